"""How a touch got here: its trace as stretches in order, and what its own moments tell where no trace is kept."""

from datetime import UTC, datetime, timedelta

from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.gateways import Span
from services.console.http import ways
from services.console.http.stretches import Bar

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
FIRST = "a" * 16


def span(name: str, begin: int, end: int, service: str = "interaction.serve", number: str = "") -> Span:
    """A span by its milliseconds."""
    return Span(
        trace="t", id=number or f"{name}{begin}", parent="", name=name, kind="", service=service,
        begin=begin * 1_000_000, end=end * 1_000_000, is_error=False, attributes={}, links=(),
    )  # fmt: skip


SPANS = (
    span("touchline.interaction.v1.InteractionService/RecordTouches", 1_000, 1_010, number=FIRST),
    span("send touchline.interaction.intake.v1", 1_005, 1_009),
    span("process touchline.interaction.intake.v1", 1_020, 1_060, "interaction.consume"),
    span("FLUSH touchline.interaction.intake.v1", 1_030, 1_050, "interaction.consume"),
    span("process touchline.interaction.recorded.v1", 1_100, 1_200, "interaction.publish"),
)


def touch(**moments: timedelta) -> pb.Touch:
    found = pb.Touch(type="web.visited")
    for name, after in moments.items():
        getattr(found, name).FromDatetime(NOON + after)
    return found


def test_a_trace_is_told_from_accepting_to_publishing_each_stretch_where_the_last_one_left_it():
    found = ways.stations(ways.of_spans(FIRST, SPANS))
    assert [(one.words, one.bar) for one in found] == [
        ("accepted", Bar(0, 5)),
        ("in Kafka", Bar(2, 8)),
        ("read and judged", Bar(10, 5)),
        ("written, visible at its end", Bar(15, 10)),
        ("on its way to others", Bar(25, 25)),
        ("published", Bar(50, 50)),
    ]


def test_what_a_trace_does_not_hold_yet_is_left_out_and_nothing_is_made_up():
    found = ways.stations(ways.of_spans(FIRST, SPANS[:3]))
    assert [one.words for one in found] == ["accepted", "in Kafka"]
    of_others = (SPANS[0], span("process touchline.interaction.intake.v1", 1_020, 1_060, "somebody.else"))
    assert [one.words for one in ways.stations(ways.of_spans(FIRST, of_others))] == ["accepted"]


def test_without_a_trace_the_moments_of_the_touch_tell_it():
    came = touch(occurred_time=timedelta(), accepted_time=timedelta(seconds=3), recorded_time=timedelta(seconds=4))
    found = ways.stations([*ways.before(came), *ways.of_moments(came)])
    assert [(one.words, one.bar) for one in found] == [
        ("on its way to us", Bar(0, 75)),
        ("intake stream and timeline", Bar(75, 25)),
    ]


def test_a_clock_that_runs_ahead_draws_no_stretch_backwards():
    came = touch(occurred_time=timedelta(seconds=9), accepted_time=timedelta(), recorded_time=timedelta(seconds=1))
    found = ways.stations([*ways.before(came), *ways.of_moments(came)])
    assert [one.words for one in found] == ["intake stream and timeline"]
    assert ways.stations(ways.of_moments(touch())) == ()
