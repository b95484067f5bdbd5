"""Rows and facts as messages of the API, masked for who looks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import identity
from chassis.masking import DOTS, mask_value
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from titling import render, value_of
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import ids, touch, types
from services.interaction.domain.errors import bad_argument
from services.interaction.domain.threads import Found, Thread
from services.interaction.gateways import timestamp
from services.interaction.store import Counts, Deletion, Retention
from services.interaction.usecases import Header, microseconds

DAY_SECONDS, MOST_DAYS = 86_400, 36_500


class TypesByName(Protocol):
    """Touch types as far as they are known."""

    def get(self, name: str) -> types.TouchType | None: ...


def moment_of(stamp: Timestamp, field: str) -> datetime:
    """A moment that a request says; refuses what is none."""
    try:
        return stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise bad_argument(field, "is no moment") from None


def stamp(moment: datetime) -> Timestamp:
    """A moment as protobuf writes it."""
    return timestamp(microseconds(moment))


def touch_message(found: Found, known: TypesByName, owner: identity.Owner, *, sees: bool) -> pb.Touch:
    """A touch as its reader may see it."""
    message = pb.Touch.FromString(found.payload)
    message.recorded_time.CopyFrom(stamp(found.recorded_time))
    message.contact = f"contacts/{found.contact}" if found.contact else ""
    message.shared = owner.is_shared
    message.thread = ids.thread_key(found.thread, microseconds(found.thread_time))
    if found.verdict:
        message.verdict.kind = found.verdict  # type: ignore[assignment]
    kind = known.get(message.type)
    if not sees:
        hide(message, kind)
    _write_lines(message, kind)
    return message


def hide(message: pb.Touch, kind: types.TouchType | None) -> None:
    """Mask what is personal in a touch."""
    message.identifier.value = mask_value(message.identifier.kind, message.identifier.value)
    if message.names.message:
        message.names.message = DOTS
    for key in kind.personal_keys if kind else list(message.attributes.fields):
        if key in message.attributes.fields:
            message.attributes.fields[key].string_value = DOTS


def _write_lines(message: pb.Touch, kind: types.TouchType | None) -> None:
    if kind is None:
        message.title = message.type
        return
    message.title = render(kind.title_template, partial(value_of, message)) or kind.display_name
    message.detail = render(kind.detail_template, partial(value_of, message))


def thread_message(thread: Thread, parent: str, touches: Sequence[pb.Touch]) -> pb.Thread:
    """A row of a timeline."""
    key = ids.thread_key(thread.place.thread, microseconds(thread.place.thread_time))
    return pb.Thread(
        name=f"{parent}/threads/{key}",
        thread_time=stamp(thread.place.thread_time),
        touches=touches,
        has_more_touches=thread.has_more,
        machine_touches=machine_messages(thread.machines),
    )


def machine_messages(found: Sequence[Found]) -> list[pb.MachineTouches]:
    """What machines did in a thread, by type, with every reason once."""
    groups: dict[str, list[Found]] = {}
    for one in sorted(found, key=lambda each: each.rank):
        groups.setdefault(one.type, []).append(one)
    return [pb.MachineTouches(type=name, count=len(group), reasons=_reasons(group)) for name, group in groups.items()]


def _reasons(found: Sequence[Found]) -> list[str]:
    return sorted({reason for one in found for reason in pb.Touch.FromString(one.payload).verdict.reasons})


def header_message(header: Header, show: Any) -> pb.TimelineHeader:
    """What a timeline's head answers; `show` makes a touch's message."""
    message = pb.TimelineHeader()
    if header.last_response is not None:
        message.last_human_response.CopyFrom(show(header.last_response))
    if header.last_call is not None:
        message.last_call.CopyFrom(show(header.last_call))
    if header.last_active_time is not None:
        message.last_active_time.CopyFrom(stamp(header.last_active_time))
    for found in header.recent:
        names = pb.Touch.FromString(found.payload).names
        message.campaigns_in_flight.add(
            campaign=f"campaigns/{found.campaign}",
            display_name=names.campaign,
            last_touch_time=stamp(found.occurred_time),
        )
    return message


def counts_message(counts: Counts, hidden: frozenset[str]) -> pb.TimelineCounts:
    """How many touches a timeline has, the most frequent type first."""
    totals: dict[str, list[int]] = {}
    for (name, verdict), number in counts.items():
        if name not in hidden:
            held = totals.setdefault(name, [0, 0])
            held[0] += number
            held[1] += number if verdict == types.Verdict.MACHINE else 0
    by_type = [
        pb.TimelineCounts.ByType(type=name, count=held[0], machine_count=held[1])
        for name, held in sorted(totals.items(), key=lambda item: (-item[1][0], item[0]))
    ]
    return pb.TimelineCounts(
        total=sum(one.count for one in by_type), machine=sum(one.machine_count for one in by_type), by_type=by_type
    )


def source_message(source: touch.Source, create_time: datetime) -> pb.Source:
    """A source."""
    return pb.Source(
        name=f"sources/{source.id}",
        display_name=source.display_name,
        client=source.client,
        identifier_kind=source.identifier_kind,
        is_whole_seconds=source.is_whole_seconds,
        create_time=stamp(create_time),
    )


def source_of(message: pb.Source) -> touch.Source:
    """A source as somebody gives it."""
    return touch.Source(
        id=message.name.removeprefix("sources/"),
        client=message.client,
        identifier_kind=message.identifier_kind,
        display_name=message.display_name,
        is_whole_seconds=message.is_whole_seconds,
    )


def type_message(kind: types.TouchType, kept: Retention | None = None) -> pb.TouchType:
    """A touch type, with how long its touches are kept."""
    fields = [
        pb.TouchType.Field(
            key=known.key,
            display_name=known.display_name,
            kind=int(known.kind),  # type: ignore[arg-type]
            is_required=known.is_required,
            is_personal=known.is_personal,
        )
        for known in kind.fields
    ]
    message = pb.TouchType(
        name=f"touchTypes/{kind.name}",
        version=kind.version,
        display_name=kind.display_name,
        channel=int(kind.channel),  # type: ignore[arg-type]
        touch_class=int(kind.touch_class),  # type: ignore[arg-type]
        rank=kind.rank,
        direction=int(kind.direction),  # type: ignore[arg-type]
        actor=int(kind.actor),  # type: ignore[arg-type]
        audience=int(kind.audience),  # type: ignore[arg-type]
        audience_role=kind.audience_role,
        fields=fields,
        title_template=kind.title_template,
        detail_template=kind.detail_template,
        is_response=kind.is_response,
        is_builtin=kind.is_builtin,
    )
    if kept is not None and kept.days is not None:
        message.retention.FromTimedelta(timedelta(days=kept.days))
    if kept is not None and kept.begin is not None:
        message.history_begin_time.CopyFrom(stamp(kept.begin))
    return message


def days_of(retention: Duration) -> int:
    """A retention in days: whole ones, at least one and at most 36,500."""
    days, rest = divmod(retention.seconds, DAY_SECONDS)
    if rest or retention.nanos or not 1 <= days <= MOST_DAYS:
        raise bad_argument("retention", "is 1 to 36,500 whole days")
    return int(days)


def deletion_message(deleted: Deletion) -> pb.TouchDeletion:
    """What was deleted on a day."""
    return pb.TouchDeletion(
        day_time=stamp(deleted.day),
        type=deleted.type,
        begin_time=stamp(deleted.begin),
        touch_count=deleted.touches,
    )


def begin_message(kind: str, begin: datetime, known: TypesByName) -> pb.HistoryBegin:
    """Where the history of a type begins."""
    found = known.get(kind)
    name = found.display_name if found and found.display_name else kind
    return pb.HistoryBegin(type=kind, display_name=name, begin_time=stamp(begin))


def type_of(message: pb.TouchType) -> types.TouchType:
    """A touch type as somebody gives it."""
    fields = tuple(
        types.Field(known.key, types.FieldKind(known.kind), known.display_name, known.is_required, known.is_personal)
        for known in message.fields
    )
    return types.TouchType(
        name=message.name.removeprefix("touchTypes/"),
        channel=types.Channel(message.channel),
        touch_class=types.TouchClass(message.touch_class),
        rank=message.rank,
        direction=types.Direction(message.direction or types.Direction.INTERNAL),
        actor=types.Actor(message.actor or types.Actor.SYSTEM),
        version=message.version,
        display_name=message.display_name,
        audience=types.Audience(message.audience or types.Audience.EVERYONE),
        audience_role=message.audience_role,
        fields=fields,
        title_template=message.title_template,
        detail_template=message.detail_template,
        is_response=message.is_response,
    )


def conflict_message(row: Sequence[Any]) -> pb.TouchConflict:
    """A touch that was refused when written."""
    subject, touch_id, refused, kept, source, event, kind, accepted, refused_time = row
    return pb.TouchConflict(
        touch=identity.touch_name(subject.bytes, touch_id.bytes),
        source=f"sources/{source}",
        source_event_id=event,
        type=kind,
        accepted_time=stamp(accepted),
        refused_time=stamp(refused_time),
        kept_hash=kept.bytes,
        refused_hash=refused.bytes,
    )


def uuid_of(name: str, collection: str, refuse: Any) -> UUID:
    """The UUID in `{collection}/{uuid}`; `refuse` makes the error."""
    try:
        return UUID(name.removeprefix(f"{collection}/"))
    except ValueError:
        raise refuse from None
