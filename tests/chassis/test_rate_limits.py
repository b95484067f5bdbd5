"""How often one caller may call, and that nobody else notices."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from chassis.calls import Caller
from chassis.config import Settings
from chassis.rpc.limits import PEOPLE, READS, SYSTEMS, WRITES, CallerLimitedError, RateLimits
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from touchline_client.client import OneAnswer

from tests.chassis import notes

JANA, ADAM = Caller("users/jana", roles=frozenset({"rep"})), Caller("users/adam", roles=frozenset({"admin"}))
ERP = Caller("services/erp", roles=frozenset({"service"}))


class Way:
    """As much of a method as limits look at."""

    def __init__(self, permission: str) -> None:
        self.permission, self.path = permission, f"test/{permission}"


READ, WRITE = Way("contact.contacts.read"), Way("contact.contacts.write")


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def limits(now) -> RateLimits:
    rates = {(PEOPLE, READS): 2.0, (PEOPLE, WRITES): 1.0, (SYSTEMS, READS): 0.0, (SYSTEMS, WRITES): 4.0}
    return RateLimits(rates, clock=lambda: now[0], most=3)


def taken(limits: RateLimits, caller: Caller, way: Way, most: int = 1000) -> int:
    """How many calls go through at once."""
    for count in range(most):
        try:
            limits.check(caller, way)
        except CallerLimitedError:
            return count
    return most


def test_ten_seconds_worth_goes_through_at_once_and_then_as_many_as_a_second_allows(limits, now):
    assert taken(limits, JANA, READ) == 20
    now[0] += 3.0
    assert taken(limits, JANA, READ) == 6
    now[0] += 3600.0
    assert taken(limits, JANA, READ) == 20


def test_one_callers_flood_leaves_another_one_and_her_own_other_calls_alone(limits):
    assert taken(limits, JANA, READ) == 20
    assert taken(limits, ADAM, READ) == 20
    assert taken(limits, JANA, WRITE) == 10


def test_the_refusal_says_which_limit_and_when_to_come_again(limits, now):
    taken(limits, JANA, WRITE)
    now[0] += 0.25
    with pytest.raises(CallerLimitedError) as caught:
        limits.check(JANA, WRITE)
    assert caught.value.retry_after.total_seconds() == pytest.approx(0.75)
    assert caught.value.metadata == {"limit": "1 writes a second", "caller": "users/jana"}
    now[0] += 0.75
    limits.check(JANA, WRITE)


def test_a_refused_call_costs_nothing(limits, now):
    taken(limits, JANA, WRITE)
    for _ in range(100):
        assert taken(limits, JANA, WRITE) == 0
    now[0] += 1.0
    assert taken(limits, JANA, WRITE) == 1


def test_systems_have_limits_of_their_own_and_zero_is_none(limits):
    assert taken(limits, ERP, WRITE) == 40
    assert taken(limits, ERP, READ) == 1000


def test_as_many_callers_are_remembered_as_fit_the_last_ones(limits):
    taken(limits, JANA, READ)
    for number in range(50):
        limits.check(Caller(f"users/u{number}"), READ)
    assert len(limits._buckets) == 3
    assert taken(limits, JANA, READ) == 20


def test_no_limit_is_no_work():
    assert RateLimits.load(Settings()) is None
    assert RateLimits.load(Settings(limit_people_reads=5)) is not None


async def answer(request: Any) -> Any:
    return notes.Note(name=request.name)


@pytest.fixture
async def server(keys) -> AsyncIterator[Any]:
    """A server that lets each person read half a time a second: five at once, the next after two seconds."""
    settings = Settings(**keys, service="contact", role="serve", grace_seconds=0.2, limit_people_reads=0.5)
    servicer = notes.NoteServicer()
    servicer.on_get = answer
    running = notes.server(settings, servicer)
    await running.start()
    yield running
    await running.stop(0.1)


GET = notes.GetNoteRequest(name="notes/1")


async def get(server: Any, token: str, *, interceptors: tuple[Any, ...] = (), **options: Any) -> str:
    """OK, or the status of one call of GetNote."""
    given = [("grpc.enable_retries", 0)]
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{server.port}", options=given, interceptors=interceptors)
    metadata = () if interceptors else [("authorization", f"Bearer {token}")]
    async with channel:
        try:
            await notes.stub(channel).GetNote(GET, metadata=metadata, **options)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
                status = Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
                info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
                assert any(detail.Unpack(info) for detail in status.details)
                assert any(detail.Unpack(retry) for detail in status.details)
                assert (info.reason, info.metadata["limit"]) == ("CALLER_LIMITED", "0.5 reads a second")
                assert 0 < retry.retry_delay.ToMilliseconds() <= 2000
            return error.code().name
    return "OK"


async def test_who_floods_a_server_is_told_to_wait_and_another_caller_is_served(server, token):
    flood, other = token("rep", subject="users/flood"), token("rep", subject="users/other")
    answers = await asyncio.gather(*(get(server, flood) for _ in range(12)))
    assert answers.count("OK") in {5, 6}
    assert set(answers) == {"OK", "RESOURCE_EXHAUSTED"}
    assert await get(server, other) == "OK"
    assert await get(server, token("service", subject="services/campaign")) == "OK"


async def test_the_sdk_waits_as_long_as_it_is_told_and_gives_up_where_its_time_ends_before(server, token):
    mine = token("rep", subject="users/sdk")
    patient = (OneAnswer(mine, 10.0),)
    while await get(server, mine) == "OK":
        continue
    assert await get(server, mine, interceptors=patient, timeout=0.2) == "RESOURCE_EXHAUSTED"
    assert await get(server, mine, interceptors=patient) == "OK"
