"""The gathering door: envelopes of many callers, each caller answered by itself."""

import asyncio
from typing import Any

import pytest
from chassis.errors import ResourceExhausted, Unavailable
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction.domain.errors import IntakeFullError
from services.interaction.gateways import FLUSH_BYTES, FLUSH_TOUCHES, Intake, Parcel, Ticket
from services.interaction.gateways.intake import MANY


class Kafka:
    """A producer whose answers the test gives."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, list[bytes]]] = []
        self.futures: list[asyncio.Future[int]] = []
        self.refusal: Exception | None = None

    def send(self, stream: str, *, partition: int, key: Any, value: bytes, headers: Any = ()) -> asyncio.Future[int]:
        if self.refusal is not None:
            raise self.refusal
        batch = TouchBatch.FromString(value)
        assert batch.subjects == b"".join(touch.subject for touch in batch.touches)
        self.sent.append((partition, [touch.touch_id for touch in batch.touches]))
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]


def parcel(name: str, partition: int = 0, size: int = 0) -> Parcel:
    subject = b"s" * 16
    touch = IntakeTouch(touch_id=name.encode(), subject=subject, payload=bytes(size))
    return Parcel(partition, subject, touch.SerializeToString())


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def envelopes(kafka: Kafka, number: int) -> None:
    for _ in range(2000):
        if len(kafka.sent) >= number:
            return
        await asyncio.sleep(0.005)


async def test_one_call_makes_one_envelope_a_partition():
    kafka = Kafka()
    ticket = Intake(kafka).offer([parcel("1"), parcel("2", 1), parcel("3")])
    await turn()
    assert sorted(kafka.sent) == [(0, [b"1", b"3"]), (1, [b"2"])]
    kafka.futures[0].set_result(0)
    await turn()
    assert not ticket.future.done()
    kafka.futures[1].set_result(0)
    await ticket.future
    assert ticket.errors == [None, None, None]


async def test_callers_share_an_envelope_while_one_is_in_flight_and_at_most_two_are(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.interaction.gateways.intake.FLUSH_SECONDS", 0.005)
    kafka = Kafka()
    intake = Intake(kafka)
    tickets = [intake.offer([parcel("0")])]
    await turn()
    tickets += [intake.offer([parcel(str(n))]) for n in range(1, 4)]
    await envelopes(kafka, 2)
    assert [len(ids) for _, ids in kafka.sent] == [1, 3]
    tickets += [intake.offer([parcel("x")]), intake.offer([parcel("y")])]
    await asyncio.sleep(0.03)
    assert len(kafka.sent) == 2
    kafka.futures[0].set_result(0)
    await turn()
    assert [len(ids) for _, ids in kafka.sent] == [1, 3, 2]
    for future in kafka.futures[1:]:
        future.set_result(0)
    await asyncio.gather(*(ticket.future for ticket in tickets))


async def test_callers_gather_while_anything_is_in_flight_and_go_when_it_is_answered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.interaction.gateways.intake.FLUSH_SECONDS", 60.0)
    kafka = Kafka()
    intake = Intake(kafka)
    tickets = [intake.offer([parcel("0"), parcel("1", 1)])]
    await turn()
    for name in ("2", "3", "4"):
        tickets.append(intake.offer([parcel(name, 2)]))
        await turn()
    kafka.futures[0].set_result(0)
    await turn()
    assert len(kafka.sent) == 2
    kafka.futures[1].set_result(0)
    await turn()
    assert kafka.sent[2:] == [(2, [b"2", b"3", b"4"])]
    kafka.futures[2].set_result(0)
    await asyncio.gather(*(ticket.future for ticket in tickets))


async def test_whoever_calls_again_alone_waits_for_nobody():
    kafka = Kafka()
    intake = Intake(kafka, rest=60.0)
    for number in range(3):
        ticket = intake.offer([parcel(str(number))])
        await turn()
        kafka.futures[number].set_result(0)
        await ticket.future
    assert [ids for _, ids in kafka.sent] == [[b"0"], [b"1"], [b"2"]]


async def many_and_one_late(intake: Intake) -> Ticket:
    """Callers whose envelopes are on their way, and one more who came meanwhile."""
    for name in range(MANY):
        intake.offer([parcel(str(name))])
    await turn()
    return intake.offer([parcel("late")])


async def test_many_callers_in_two_groups_become_one():
    kafka = Kafka()
    intake = Intake(kafka, rest=60.0)
    await many_and_one_late(intake)
    kafka.futures[0].set_result(0)
    await turn()
    assert len(kafka.sent) == 1
    for name in range(MANY):
        intake.offer([parcel(str(name))])
    await turn()
    assert [len(ids) for _, ids in kafka.sent] == [MANY, MANY + 1]


async def test_callers_who_do_not_come_again_are_not_waited_for_long():
    kafka = Kafka()
    intake = Intake(kafka)
    ticket = await many_and_one_late(intake)
    kafka.futures[0].set_result(0)
    await envelopes(kafka, 2)
    kafka.futures[1].set_result(0)
    await ticket.future
    assert ticket.errors == [None]


async def test_an_envelope_that_was_full_keeps_nobody_waiting_longer():
    kafka = Kafka()
    intake = Intake(kafka, rest=0.03)
    for name in range(FLUSH_TOUCHES - 1):
        intake.offer([parcel(str(name))])
    await turn()
    kafka.futures[0].set_result(0)
    await turn()
    intake.offer([parcel("small")])
    for _ in range(FLUSH_TOUCHES // 2):  # far fewer callers than were told
        if (0, [b"small"]) in kafka.sent:
            break
        intake.offer([parcel(str(n), 1) for n in range(FLUSH_TOUCHES)])
        kafka.futures[-1].set_result(0)
        await asyncio.sleep(0.01)
    assert (0, [b"small"]) in kafka.sent


async def test_who_rests_never_sends_as_soon_as_all_is_answered():
    kafka = Kafka()
    intake = Intake(kafka, rest=0.0)
    await many_and_one_late(intake)
    kafka.futures[0].set_result(0)
    await turn()
    assert [len(ids) for _, ids in kafka.sent] == [MANY, 1]


async def test_an_envelope_has_its_limits():
    kafka = Kafka()
    intake = Intake(kafka)
    intake.offer([parcel(str(n)) for n in range(FLUSH_TOUCHES + 10)])
    await envelopes(kafka, 2)
    assert [len(ids) for _, ids in kafka.sent] == [FLUSH_TOUCHES, 10]
    intake.offer([parcel(str(n), 1, FLUSH_BYTES // 3) for n in range(5)])
    await turn()
    assert all(len(ids) <= 2 for partition, ids in kafka.sent if partition == 1)


async def test_a_caller_who_leaves_takes_nobody_along():
    kafka = Kafka()
    intake = Intake(kafka)
    first, second = intake.offer([parcel("1")]), intake.offer([parcel("2")])
    await turn()
    first.future.cancel()
    kafka.futures[0].set_result(0)
    await second.future
    assert second.errors == [None]


async def test_what_kafka_does_not_acknowledge_is_unavailable():
    kafka = Kafka()
    intake = Intake(kafka)
    ticket = intake.offer([parcel("1")])
    await turn()
    kafka.futures[0].set_exception(Unavailable())
    await ticket.future
    assert [error.reason for error in ticket.errors] == ["TOUCH_NOT_ACKNOWLEDGED"]
    assert intake.waiting() == 0


async def test_a_caller_whose_patience_ends_is_told_that_kafka_has_not_acknowledged():
    kafka = Kafka()
    intake = Intake(kafka)
    ticket = intake.offer([parcel("1")])
    await ticket.settled(0.01)
    assert [error.reason for error in ticket.errors] == ["TOUCH_NOT_ACKNOWLEDGED"]
    kafka.futures[0].set_result(0)
    await turn()
    assert intake.waiting() == 0


async def test_a_full_producer_is_resource_exhausted():
    kafka = Kafka()
    kafka.refusal = ResourceExhausted("full")
    ticket = Intake(kafka).offer([parcel("1")])
    await ticket.future
    assert [error.reason for error in ticket.errors] == ["INTAKE_FULL"]


async def test_what_waits_is_bounded():
    intake = Intake(Kafka(), bound=10_000)
    intake.offer([parcel("1", size=8000)])
    with pytest.raises(IntakeFullError):
        intake.offer([parcel("2", size=8000)])


async def test_what_waits_too_long_is_bounded_too():
    kafka = Kafka()
    intake = Intake(kafka, age=0.02)
    tickets = [intake.offer([parcel("1")])]
    await turn()
    tickets.append(intake.offer([parcel("2", partition=1)]))
    await asyncio.sleep(0.05)
    with pytest.raises(IntakeFullError):
        intake.offer([parcel("3", partition=2)])
    for future in kafka.futures:
        future.set_result(0)
    await asyncio.gather(*(ticket.future for ticket in tickets))
    assert not intake.offer([parcel("3", partition=2)]).future.done()
