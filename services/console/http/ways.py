"""How a touch got here: from the spans of its trace where they are kept, else from the moments that it carries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import Request
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.gateways import Span, Traces
from services.console.http import rows
from services.console.http.language import _
from services.console.http.stretches import Bar, bar
from services.console.http.times import moment

SEND_INTAKE, READ_INTAKE, WRITE_INTAKE, READ_RECORDED = (
    (role, f"{verb} touchline.interaction.{stream}.v1")
    for role, verb, stream in (
        ("", "send", "intake"),
        ("interaction.consume", "process", "intake"),
        ("interaction.consume", "FLUSH", "intake"),
        ("interaction.publish", "process", "recorded"),
    )
)
Stretch = tuple[str, float | None, float | None]


@dataclass(frozen=True)
class Station:
    """One stretch of a touch's way, and how long it took."""

    words: str
    bar: Bar
    took: str


@dataclass(frozen=True)
class Way:
    """A touch's way; `trace` is the id of its trace where it is kept."""

    stations: tuple[Station, ...]
    trace: str = ""


async def way_of(request: Request, touch: pb.Touch) -> Way:
    """The way of a touch."""
    kept: Traces | None = request.app.state.traces
    if kept is not None and len(parts := touch.traceparent.split("-")) == 4:
        _version, trace, first, _flags = parts
        spans = await kept.following(trace, first)
        if any(span.id == first for span in spans):
            return Way(stations([*before(touch), *of_spans(first, spans)]), trace)
    return Way(stations([*before(touch), *of_moments(touch)]))


def before(touch: pb.Touch) -> list[Stretch]:
    """What came before a touch was accepted, by the moments that it carries."""
    made = rows.made_time(touch) if touch.type.endswith(".handed_over") else None
    happened, accepted = seconds(touch.occurred_time), seconds(touch.accepted_time)
    written = (_("written and handed over"), made.timestamp() if made else None, happened)
    return [written, (_("on its way to us"), happened, accepted)]


def of_moments(touch: pb.Touch) -> list[Stretch]:
    """What came after that, by the moments that a touch carries."""
    return [(_("intake stream and timeline"), seconds(touch.accepted_time), seconds(touch.recorded_time))]


def seconds(stamp: Timestamp) -> float | None:
    """A moment in seconds since 1970; None where it is not set."""
    found = moment(stamp)
    return found.timestamp() if found else None


def of_spans(first: str, spans: Sequence[Span]) -> list[Stretch]:
    """From span to span: accepted, in Kafka, read, written and from then on visible, waiting, published.

    One batch of the consumer holds many touches, and what it causes goes to several partitions: the first of each kind
    is taken, so what comes behind it is not waited for.
    """
    accepted = next(span for span in spans if span.id == first)
    sent, read, written, published = (
        earliest(spans, *which) for which in (SEND_INTAKE, READ_INTAKE, WRITE_INTAKE, READ_RECORDED)
    )
    return [
        (_("accepted"), begin(accepted), end(accepted)),
        (_("in Kafka"), begin(sent), begin(read)),
        (_("read and judged"), begin(read), begin(written)),
        (_("written, visible at its end"), begin(written), end(written)),
        (_("on its way to others"), end(written), begin(published)),
        (_("published"), begin(published), end(published)),
    ]


def earliest(spans: Iterable[Span], role: str, name: str) -> Span | None:
    """The first of these spans with this name, in that role if one is named."""
    return next((span for span in spans if span.name == name and role in ("", span.service)), None)


def begin(span: Span | None) -> float | None:
    return span.begin / 1e9 if span else None


def end(span: Span | None) -> float | None:
    return span.end / 1e9 if span else None


def stations(stretches: Sequence[Stretch]) -> tuple[Station, ...]:
    """Those stretches whose both ends are known, as bars of one whole."""
    known = [(words, first, last) for words, first, last in stretches if first and last and last >= first]
    if not known:
        return ()
    start, whole = known[0][1], max(last for _, _, last in known) - known[0][1]
    if whole <= 0:
        return ()
    return tuple(
        Station(words, bar(first - start, last - start, whole), rows.span(last - first)) for words, first, last in known
    )
