"""What others read of a touch: everything that is meant for them, nothing else."""

from uuid import UUID

import identity
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from identity import Kind, Link
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch
from touchline.interaction.v1.interaction_events_pb2 import PublishedTouch

from services.interaction.domain.builtin import BUILTIN
from services.interaction.domain.writing import FIRST_US, LAST_US
from services.interaction.events.public import NOBODYS, Owners, json_time, public, recorded_time
from tests.interaction.test_door import NOW_US, door, touches

ADA, BOB = UUID(int=1), UUID(int=2)
HIDDEN = ["identifier", "evidence", "thread", "title", "detail", "shared", "traceparent", "contact", "recorded_time"]
# Every text that a touch of its own may have, by its path, that others read.
SHOWN = {
    "name", "account", "deal", "campaign", "activity", "variant", "message", "type", "source", "source_event_id",
    "correction_of", "value.currency_code", "actor.user",
    *(f"names.{name}" for name in ("account", "deal", "campaign", "activity", "variant")),
    *(f"utm.{field.name}" for field in pb.Utm.DESCRIPTOR.fields),
    *(f"verdict.{field.name}" for field in pb.Verdict.DESCRIPTOR.fields if field.type == field.TYPE_STRING),
}  # fmt: skip


def published(
    payload: pb.Touch, *links: Link, contact: UUID | None = None, subject: bytes = bytes(16)
) -> PublishedTouch:
    """What is published of a touch with this payload, recorded now."""
    touch = IntakeTouch(
        subject=subject, touch_id=bytes(16), type=payload.type, payload=payload.SerializeToString(),
        contact=contact.bytes if contact else b"", occurred_us=NOW_US,
    )  # fmt: skip
    owned = Owners(links).of(touch, subject, identity.touch_name(subject, bytes(16)))
    return PublishedTouch.FromString(public(touch, recorded_time(NOW_US + 1), owned))


@given(touches())
def test_what_is_published_reads_as_the_touch_without_what_is_hidden(said: pb.Touch):
    accepted = door().accept(said, client="mailer", now_us=NOW_US, trace=b"00-1-2-01")
    payload = pb.Touch.FromString(IntakeTouch.FromString(accepted.parcel.encoded).payload)
    shown = published(payload)
    for name in HIDDEN:
        payload.ClearField(name)
    if payload.HasField("names"):
        payload.names.ClearField("message")
        payload.names.ClearField("contact")
    payload.actor.ClearField("display_name")
    public_keys = {field.key for field in BUILTIN[said.type].fields if not field.is_personal and field.kind == 2}
    for key in set(payload.attributes.fields) - public_keys:
        del payload.attributes.fields[key]
    payload.recorded_time.FromMicroseconds(NOW_US + 1)
    assert shown == PublishedTouch(touch=payload)


def texts(message, path=""):
    """Write a word of its own into every text of a message, and of what it is made of; gives them by path."""
    found = {}
    for field in message.DESCRIPTOR.fields:
        at = f"{path}{field.name}"
        if field.message_type is not None and not field.is_repeated and field.message_type.name != "Struct":
            found |= texts(getattr(message, field.name), f"{at}.")
        elif field.type == field.TYPE_STRING:
            found[at] = f"word-of-{at}-"
            if field.is_repeated:
                getattr(message, field.name).append(found[at])
            else:
                setattr(message, field.name, found[at])
    return found


def test_nothing_is_published_that_is_not_named():
    payload = pb.Touch()
    words = texts(payload)
    payload.attributes.update({"note": "word-of-nobody"})
    value = published(payload).SerializeToString()
    assert {path for path, word in words.items() if word.encode() in value} == SHOWN
    assert b"nobody" not in value


def test_what_a_newer_version_may_hold_is_not_published():
    touch = IntakeTouch(type="call.logged", payload=b"\xfa\x3f\x06secret" + b"\xba\x01\x09\xfa\x3f\x06secret")
    assert b"secret" not in public(touch, recorded_time(NOW_US), NOBODYS)


def test_a_touch_says_whose_it_is_when_it_is_published():
    subject, nobodys = bytes([1]) * 16, bytes([2]) * 16
    links = [
        Link(UUID(int=5), Kind.HOLDS, subject=subject, contact=ADA),
        Link(UUID(int=6), Kind.SHARED, subject=subject, contact=BOB),
    ]
    said = pb.Touch(type="call.logged", contact="contacts/before")
    shared = published(said, *links, subject=subject)
    assert (shared.touch.shared, shared.touch.contact) == (True, "")
    assert list(shared.contacts) == [f"contacts/{ADA}", f"contacts/{BOB}"]
    named = published(said, *links, contact=BOB, subject=subject)
    assert (named.touch.shared, named.touch.contact) == (False, f"contacts/{BOB}")
    assert list(named.contacts) == [f"contacts/{BOB}"]
    assert list(published(said, *links, subject=nobodys).contacts) == []


def test_each_touch_of_a_batch_has_its_own_owner_where_that_depends_on_it():
    subject = bytes([1]) * 16
    off = identity.touch_name(subject, bytes([7]) * 16)
    owners = Owners(
        [
            Link(UUID(int=5), Kind.HOLDS, subject=subject, contact=ADA),
            Link(UUID(int=6), Kind.EXCLUSION, contact=ADA, touch=off),
        ]
    )
    touch = IntakeTouch(subject=subject, occurred_us=NOW_US)
    for name, contact in ((off, b""), ("touches/other", f"contacts/{ADA}".encode()), (off, b"")):
        assert owners.of(touch, subject, name).subject == contact


@given(st.integers(FIRST_US, LAST_US) | st.integers(FIRST_US // 10**6, LAST_US // 10**6).map(lambda s: s * 10**6))
def test_a_moment_is_written_as_protobuf_writes_it(us: int):
    for moment in (us, us // 1000 * 1000):
        told = Timestamp()
        told.FromMicroseconds(moment)
        assert json_time(moment).decode() == told.ToJsonString()
