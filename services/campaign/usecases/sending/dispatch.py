"""One batch from its claim to its end: claim, judge, begin, write and hand over each mail in its turn, settle.

Each arrow of the ledger is a short transaction of its own; what is remote happens between them. A batch whose DATA may
have left is noted as begun before its first byte leaves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from chassis import telemetry
from chassis.clock import Clock
from chassis.db import Database, Tx
from chassis.errors import Aborted, Unavailable
from chassis.ids import uuid7
from chassis.telemetry import names
from opentelemetry.trace import SpanKind

from services.campaign.domain.errors import TemplateInvalidError
from services.campaign.domain.measuring import Policies
from services.campaign.domain.people import Reader
from services.campaign.domain.sends import (
    LOOK_AT_KEYS,
    Batch,
    Claimed,
    Reason,
    SendState,
    Settled,
    after_refusal,
    settled,
)
from services.campaign.domain.touches import OF_A_MESSAGE, SendTouch, TouchesNoted, event_id, told_as
from services.campaign.gateways.consent import Consents
from services.campaign.gateways.mail import Kind, Outcome, SmtpPool
from services.campaign.gateways.mail import Reason as SmtpReason
from services.campaign.store import people, senders
from services.campaign.store import sends as ledger
from services.campaign.usecases.sending.judging import Admitted, judge
from services.campaign.usecases.sending.letters import Letter, Scribe
from services.campaign.usecases.sending.prepared import Preparation, Prepared

# Nothing is wrong with the mail: such a try does not count, nor does one that met no connection.
NOT_TRIED = {SmtpReason.LOGIN_REFUSED, SmtpReason.CLOSING, SmtpReason.EIGHT_BIT_NOT_OFFERED}
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
LOG = telemetry.logger(__name__)
AT_A_TIME = 10  # mails written before others get their turn


@dataclass(frozen=True)
class Limits:
    """How much a sender takes at once, and for how long it is its own."""

    batch: int = 200
    lease: timedelta = timedelta(seconds=30)


@dataclass
class Work:
    """A batch in the hands of this process."""

    batch: Batch
    prepared: Prepared | None
    readers: dict[UUID, Reader]
    holds: dict[UUID, tuple[UUID, datetime]]
    subjects: dict[UUID, str] = field(default_factory=dict)
    unmeasured: set[UUID] = field(default_factory=set)
    claimed_in: str = ""
    sent_in: str = ""


class Leaving(NamedTuple):
    """A mail that was given to the pool, as it is kept."""

    send: Claimed
    kept: bytes
    outcome: asyncio.Future[Outcome]


class Dispatcher:
    """Sends batches. Many may run at once in a process; `owner` names the process in the leases."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        consents: Consents,
        pool: SmtpPool,
        scribe: Scribe,
        preparation: Preparation,
        owner: str,
        limits: Limits | None = None,
        policies: Policies | None = None,
    ) -> None:
        self._database, self._clock = database, clock
        self._consents, self._pool, self._scribe, self._preparation = consents, pool, scribe, preparation
        self.owner, self.limits, self._policies = owner, limits or Limits(), policies or {}
        self.is_consent_away = False
        self.is_server_away = False
        self._in_hand = set[UUID]()

    async def renew(self) -> None:
        """Keep the leases of the batches in hand. One that was let go of, as PostgreSQL was away, is free in time."""
        async with self._database.transaction() as tx:
            await ledger.renew(tx, list(self._in_hand), lease=self.limits.lease, now=self._clock.now())

    async def dispatch(self, activity: UUID) -> int:
        """Take a batch of an activity and see it to its end; gives its size, 0 when there was nothing to take."""
        batch = uuid7(self._clock.now())
        self._in_hand.add(batch)
        try:
            return await self._dispatch(activity, batch)
        finally:
            self._in_hand.discard(batch)

    async def _dispatch(self, activity: UUID, batch: UUID) -> int:
        work = await self._claim(activity, batch)
        if work is None:
            return 0
        # Launch, claim, SMTP, settling follow from one another; the touches leave with the last one's trace.
        launch = telemetry.extract([("traceparent", work.batch.traceparent)])
        with telemetry.span(names.HAND_OVER_MAILS, SpanKind.PRODUCER, context=launch) as told:
            told.follows(work.claimed_in)
            await self._send(work)
        return len(work.batch.sends)

    async def _claim(self, activity: UUID, batch_id: UUID) -> Work | None:
        now = self._clock.now()
        messages = [uuid7(now) for _ in range(self.limits.batch)]
        with telemetry.span(names.CLAIM_SENDS, SpanKind.INTERNAL) as told:
            here = telemetry.traceparent()
            async with self._database.transaction() as tx:
                batch = await ledger.claim(
                    tx, activity, batch_id, messages, owner=self.owner, lease=self.limits.lease, now=now
                )
            if batch is None:
                return None
            told.follows(batch.traceparent)
        work = await self._read(batch)
        work.claimed_in = here
        return work

    async def _read(self, batch: Batch) -> Work:
        """What is written to whom; in a transaction of its own, so that the claim's locks are gone."""
        async with self._database.transaction() as tx:
            return await self._read_inside(tx, batch)

    async def _read_inside(self, tx: Tx, batch: Batch) -> Work:
        contacts = [send.contact for send in batch.sends]
        found = await people.readers(tx, contacts)
        holds = await senders.holds(tx, contacts, now=self._clock.now())
        try:
            return Work(batch, await self._preparation.get(tx, batch.activity), found, holds)
        except TemplateInvalidError:
            return Work(batch, None, found, holds)

    async def _send(self, work: Work) -> None:
        prepared = work.prepared
        if prepared is None:
            failed = [settled(send, SendState.FAILED, Reason.RENDER_FAILED) for send in work.batch.sends]
            await self._settle(work, failed)
            return
        if prepared.obstacle:
            await self._settle(work, self._held(work, prepared.obstacle))
            return
        judgement = await judge(
            self._consents,
            work.batch.sends,
            work.readers,
            work.holds,
            prepared.topic,
            with_tracking=prepared.is_tracked,
            policies=self._policies,
            now=self._clock.now(),
        )
        self.is_consent_away = judgement.is_consent_away
        await self._settle(work, judgement.settled, is_last=not judgement.admitted)
        if judgement.admitted:
            await self._hand_over(work, prepared, judgement.admitted)

    def _held(self, work: Work, obstacle: str) -> list[Settled]:
        """All of them put off: nothing is wrong with any of these mails."""
        due = self._clock.now() + LOOK_AT_KEYS
        return [settled(send, SendState.HELD, obstacle, due_time=due) for send in work.batch.sends]

    async def _hand_over(self, work: Work, prepared: Prepared, admitted: Sequence[Admitted]) -> None:
        """Write each mail when it is the next to leave: its links say when that was, so that verdicts know."""
        if not await self._begin(work.batch):
            return
        told, leaving = list[Settled](), list[Leaving]()
        with telemetry.span(names.SEND_MAILS, SpanKind.CLIENT):
            work.sent_in = telemetry.traceparent()
            for place, one in enumerate(admitted):
                await self._pool.ready()
                written = self._scribe.write(prepared, one, eight_bit=self._pool.eight_bit, now=self._clock.now())
                if isinstance(written, Letter):
                    leaving.append(self._submit(work, prepared, one, written))
                else:
                    told.append(written)
                if place % AT_A_TIME == AT_A_TIME - 1:
                    await asyncio.sleep(0)
            outcomes = await asyncio.gather(*(one.outcome for one in leaving))
        self.is_server_away = bool(outcomes) and not any(is_tried(outcome) for outcome in outcomes)
        told += [self._told(one, outcome, prepared) for one, outcome in zip(leaving, outcomes, strict=True)]
        await self._settle(work, told)

    def _submit(self, work: Work, prepared: Prepared, one: Admitted, letter: Letter) -> Leaving:
        work.subjects[one.send.message] = letter.subject_line
        if not one.is_tracked:
            work.unmeasured.add(one.send.message)
        outcome = self._pool.submit(prepared.from_.email, one.send.address, letter.data)
        return Leaving(one.send, letter.kept, outcome)

    async def _begin(self, batch: Batch) -> bool:
        """Note that DATA may leave; if the campaign was paused meanwhile or the lease is lost, give everything back."""
        try:
            async with self._database.transaction() as tx:
                now = self._clock.now()
                if await ledger.begin(tx, batch.id, owner=self.owner, lease=self.limits.lease, now=now):
                    return True
        except (Unavailable, Aborted):
            # The note may be there without its answer: nothing has left, and nobody but we can know that.
            await self._insist(lambda: self._give_back(batch))
            raise
        await self._give_back(batch)
        return False

    async def _give_back(self, batch: Batch) -> None:
        async with self._database.transaction() as tx:
            await ledger.put_back(tx, batch.id, data_begun=False, now=self._clock.now())

    def _told(self, leaving: Leaving, outcome: Outcome, prepared: Prepared) -> Settled:
        told: dict[str, Any] = {
            "version": prepared.version,
            "reply_code": outcome.code,
            "reply_text": outcome.text.replace("\0", ""),
        }
        send = leaving.send
        match outcome.kind:
            case Kind.HANDED_OVER:
                return settled(send, SendState.HANDED_OVER, mail=leaving.kept, **told)
            case Kind.FAILED:
                return settled(send, SendState.FAILED, outcome.reason, **told)
            case Kind.UNKNOWN:
                return settled(send, SendState.UNKNOWN, outcome.reason, mail=leaving.kept, **told)
        now = self._clock.now()
        if not is_tried(outcome):
            wait = timedelta(seconds=max(1.0, outcome.after))
            return settled(send, SendState.PLANNED, due_time=now + wait, **told)
        return after_refusal(send, now, wait=timedelta(seconds=outcome.after), **told)

    async def _settle(self, work: Work, told: Sequence[Settled], *, is_last: bool = True) -> None:
        """Write the ends of these sends and what is told of them, in one transaction, however long PostgreSQL is away.

        Whatever a mail server has answered is worth waiting with: without it these sends would be unknown.
        """
        if told or is_last:
            await self._insist(lambda: self._settle_once(work, told, is_last))

    async def _insist(self, write: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                return await write()
            except (Unavailable, Aborted):
                LOG.warning("writing_again")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _settle_once(self, work: Work, told: Sequence[Settled], is_last: bool) -> None:
        now = self._clock.now()
        with telemetry.span(names.SETTLE_SENDS) as settling:
            settling.follows(work.sent_in)
            async with self._database.transaction() as tx:
                batch = work.batch.id if is_last else None
                moved = await ledger.settle(tx, work.batch.activity, told, now=now, batch=batch)
                touches = tuple(self._touches(work, told, moved, now))
                if touches and work.prepared is not None:
                    tx.emit(TouchesNoted(named=work.prepared.named, touches=touches, time=now))

    @staticmethod
    def _touches(work: Work, told: Sequence[Settled], moved: dict[UUID, SendState], now: datetime) -> list[SendTouch]:
        sends = {send.message: send for send in work.batch.sends}
        return [
            _touch(work, one, state, sends[one.message].address, now)
            for one in told
            if one.message in moved and (state := told_as(one, sends[one.message])) is not None
        ]


def _touch(work: Work, one: Settled, state: SendState, address: str, now: datetime) -> SendTouch:
    reader = work.readers.get(one.contact)
    return SendTouch(
        state=state,
        event_id=event_id(state, one.message),
        time=now,
        contact=reader.direct_id if reader is not None else one.contact,
        address=address,
        message=one.message if state in OF_A_MESSAGE else None,
        account=reader.account_id if reader is not None else None,
        reason=one.reason,
        until=_until(work, one),
        contact_name=reader.display_name if reader is not None else "",
        subject_line=work.subjects.get(one.message, ""),
        is_measured=state != SendState.HANDED_OVER or one.message not in work.unmeasured,
    )


def _until(work: Work, one: Settled) -> datetime | None:
    """When a hold ends by itself, where that is known; a brake is looked at before it ends."""
    if one.reason == Reason.BRAKE:
        return work.holds[one.contact][1]
    return one.due_time if one.reason == Reason.RETRY else None


def is_tried(outcome: Outcome) -> bool:
    """Whether the mail server has looked at the mail."""
    return outcome.is_offered and outcome.reason not in NOT_TRIED
