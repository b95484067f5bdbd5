"""Who of a batch may be written to at this moment: known, still at that address, not braked, and willing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.campaign.domain.measuring import Policies, may_measure
from services.campaign.domain.people import Reader
from services.campaign.domain.sends import LOOK_AGAIN, LOOK_AT_BRAKE, Claimed, Reason, SendState, Settled, settled
from services.campaign.gateways.consent import Consent, ConsentAwayError, Consents

STALE = "STALE"


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who gets the mail; `is_tracked` says whether its links and its pixel may be hers alone."""

    send: Claimed
    reader: Reader
    is_tracked: bool


@dataclass
class Judgement:
    """Everybody of a batch, on one side or the other."""

    admitted: list[Admitted]
    settled: list[Settled]
    is_consent_away: bool = False


Holds = Mapping[UUID, tuple[UUID, datetime]]


def look(
    sends: Sequence[Claimed], readers: Mapping[UUID, Reader], holds: Holds, now: datetime
) -> tuple[list[Claimed], list[Settled]]:
    """Who can be asked about consent, and who is settled without."""
    asked, done = list[Claimed](), list[Settled]()
    for send in sends:
        verdict = _look(send, readers.get(send.contact), holds, now)
        if verdict is None:
            asked.append(send)
        else:
            done.append(verdict)
    return asked, done


def _look(send: Claimed, reader: Reader | None, holds: Holds, now: datetime) -> Settled | None:
    if reader is None:
        return _held(send, Reason.NOT_KNOWN_YET, now)
    if not reader.is_active:
        return settled(send, SendState.SUPPRESSED, Reason.CONTACT_GONE)
    if reader.subject != send.subject:
        return settled(send, SendState.SUPPRESSED, Reason.ADDRESS_CHANGED)
    if send.contact in holds:
        return settled(send, SendState.HELD, Reason.BRAKE, due_time=min(holds[send.contact][1], now + LOOK_AT_BRAKE))
    return None


async def judge(
    consents: Consents,
    sends: Sequence[Claimed],
    readers: Mapping[UUID, Reader],
    holds: Holds,
    topic: str,
    *,
    with_tracking: bool,
    policies: Policies,
    now: datetime,
) -> Judgement:
    """Ask contact about all who can be asked; when it gives no answer, they are held."""
    asked, done = look(sends, readers, holds, now)
    if not asked:
        return Judgement([], done)
    try:
        answers = await consents.check([send.subject for send in asked], topic, with_tracking=with_tracking)
    except ConsentAwayError:
        held = [_held(send, Reason.CONSENT_UNREACHABLE, now) for send in asked]
        return Judgement([], done + held, is_consent_away=True)
    judgement = Judgement([], done, is_consent_away=any(answer.denial == STALE for answer in answers))
    for send, answer in zip(asked, answers, strict=True):
        if not answer.denial:
            judgement.admitted.append(_admitted(send, readers[send.contact], answer, policies))
        else:
            judgement.settled.append(_denied(send, answer, now))
    return judgement


def _admitted(send: Claimed, reader: Reader, answer: Consent, policies: Policies) -> Admitted:
    is_tracked = may_measure(
        policies, reader.country, is_allowed=answer.is_tracked, is_unsaid=answer.is_tracking_unsaid
    )
    return Admitted(send, reader, is_tracked)


def _denied(send: Claimed, answer: Consent, now: datetime) -> Settled:
    if answer.denial == STALE:
        return _held(send, Reason.STALE, now)
    return settled(send, SendState.SUPPRESSED, answer.denial)


def _held(send: Claimed, reason: Reason, now: datetime) -> Settled:
    return settled(send, SendState.HELD, reason, due_time=now + LOOK_AGAIN)
