"""Any sequence of claims, beginnings, answers, crashes, freezes and lost leases: nobody twice, nobody missing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.campaign.domain.sends import Batch, SendState, Settled, after_refusal
from services.campaign.store import sends
from tests.campaign.sending.ledgers import LEASE, Ledger, people

PEOPLE = 12
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "claim",
                "claim",
                "begin",
                "begin",
                "data",
                "data",
                "settle",
                "crash",
                "lease",
                "expire",
                "pause",
                "resume",
            ]
        ),
        st.integers(0, 7),
    ),
    max_size=40,
)


@dataclass
class Held:
    """What a sender has in its memory of one batch: lost with a crash."""

    batch: Batch
    owner: str
    has_begun: bool = False
    answers: dict[UUID, Settled] = field(default_factory=dict)


class World:
    """Senders, the mail server, and the ledger between them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.held = ledger, list[Held]()
        self.sink: Counter[UUID] = Counter()
        self.uncommitted = 0  # mails in the batches that were lost after they had begun

    async def step(self, action: str, number: int) -> None:
        if action in {"begin", "data", "settle"} and not self.held:
            return
        await getattr(self, f"on_{action}")(number)

    def pick(self, number: int) -> Held:
        return self.held[number % len(self.held)]

    async def on_claim(self, number: int) -> None:
        owner = f"sender {number}"
        batch = await self.ledger.claim(1 + number % 5, owner)
        if batch is not None:
            self.held.append(Held(batch, owner))

    async def on_begin(self, number: int) -> None:
        held = self.pick(number)
        if not held.has_begun:
            held.has_begun = await self.ledger.begin(held.batch, held.owner)
            if not held.has_begun:
                self.held.remove(held)

    async def on_data(self, number: int) -> None:
        """The next mail of a begun batch: it arrives, or the server says no for now."""
        held = self.pick(number)
        waiting = [send for send in held.batch.sends if send.message not in held.answers]
        if not held.has_begun or not waiting:
            return
        send = waiting[0]
        if number % 3 == 0:
            held.answers[send.message] = after_refusal(send, self.ledger.clock.now())
            return
        self.sink[send.contact] += 1
        held.answers[send.message] = Settled(
            contact=send.contact, occurrence=1, message=send.message, state=SendState.HANDED_OVER
        )

    async def on_settle(self, number: int) -> None:
        held = self.pick(number)
        if len(held.answers) == len(held.batch.sends):
            await self.ledger.settle(held.batch, list(held.answers.values()))
            self.held.remove(held)

    async def on_crash(self, number: int) -> None:
        """kill -9 of one sender: everything that it knew is gone."""
        self.uncommitted += sum(len(one.batch.sends) for one in self.held if one.has_begun)
        self.held.clear()

    async def on_lease(self, number: int) -> None:
        self.ledger.clock.advance(LEASE + timedelta(seconds=1 + 700 * (number % 2)))

    async def on_expire(self, number: int) -> None:
        await self.ledger.expire()

    async def on_pause(self, number: int) -> None:
        async with self.ledger.database.transaction() as tx:
            await sends.pause(tx, self.ledger.campaign)

    async def on_resume(self, number: int) -> None:
        async with self.ledger.database.transaction() as tx:
            await sends.resume(tx, self.ledger.campaign, now=self.ledger.clock.now())

    async def finish(self) -> None:
        """The rest of it, without trouble."""
        await self.on_crash(0)
        await self.on_resume(0)
        for _ in range(200):
            await self.on_lease(1)
            self.ledger.clock.advance(timedelta(hours=3))
            await self.ledger.expire()
            batch = await self.ledger.claim(PEOPLE, "last")
            if batch is None:
                return
            assert await self.ledger.begin(batch, "last")
            self.sink.update(send.contact for send in batch.sends)
            told = [
                Settled(contact=send.contact, occurrence=1, message=send.message, state=SendState.HANDED_OVER)
                for send in batch.sends
            ]
            await self.ledger.settle(batch, told)


async def run(ledger: Ledger, steps: Sequence[tuple[str, int]]) -> None:
    ledger.activity, ledger.campaign = uuid4(), uuid4()
    world, crowd = World(ledger), people(PEOPLE)
    await ledger.open()
    await ledger.plan(crowd)
    for action, number in steps:
        await world.step(action, number)
        await ledger.check_sum(PEOPLE)
    await world.finish()
    await ledger.check_sum(PEOPLE)
    states = await ledger.states()
    assert max(world.sink.values(), default=0) <= 1, "somebody got it twice"
    assert set(states) <= {"HANDED_OVER", "UNKNOWN", "FAILED"}, "somebody was forgotten"
    assert states["UNKNOWN"] <= world.uncommitted
    async with ledger.database.transaction() as tx:
        handed_over = [
            person.contact
            for person in crowd
            if (await sends.get(tx, ledger.activity, person.contact, 1)).state == SendState.HANDED_OVER
        ]
    assert all(world.sink[contact] == 1 for contact in handed_over), "the ledger says more than happened"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_no_sequence_of_crashes_mails_anybody_twice_or_forgets_anybody(
    ledger: Ledger, steps: Sequence[tuple[str, int]]
) -> None:
    await run(ledger, steps)
