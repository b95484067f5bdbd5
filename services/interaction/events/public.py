"""A touch as others may read it, encoded: what is not named here is not in it.

The shown parts are message types of their own, made of the same fields without the hidden ones: whatever else a payload
holds is unknown to them, and discarded. What is known only when it is published is written behind: protobuf merges it.
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import identity
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch

from services.interaction.domain.builtin import BUILTIN
from services.interaction.gateways import length, sized, tag, timestamp
from services.interaction.usecases import moment

_PACKAGE, _SHOWN = "touchline.interaction.v1", "touchline.interaction.shown"
# contact, recorded_time and shared are those of the moment at which it is published.
_KEPT: dict[type[Message], Collection[str]] = {
    pb.Touch: {
        "name", "account", "deal", "campaign", "activity", "variant", "message", "message_time", "channel", "type",
        "type_version", "direction", "touch_class", "occurred_time", "accepted_time", "source", "source_event_id",
        "value", "utm", "names", "attributes", "verdict", "correction_of", "actor", "rank", "uncounted",
    },
    pb.Names: {"account", "deal", "campaign", "activity", "variant"},  # a subject line greets people by name
    pb.Actor: {"kind", "user"},
}  # fmt: skip
_TOUCH, _CONTACTS = tag(events_pb2.PublishedTouch, "touch"), tag(events_pb2.PublishedTouch, "contacts")
_CONTACT, _RECORDED = tag(pb.Touch, "contact"), tag(pb.Touch, "recorded_time")
_SHARED = tag(pb.Touch, "shared", "varint") + b"\x01"


def _shown_touch() -> Any:
    """The message type of a shown touch."""
    file = descriptor_pb2.FileDescriptorProto(name="shown.proto", package=_SHOWN, syntax="proto3")
    file.dependency.extend([pb.DESCRIPTOR.name, *(each.name for each in pb.DESCRIPTOR.dependencies)])
    types = {f".{_PACKAGE}.{kind.DESCRIPTOR.name}": f".{_SHOWN}.{kind.DESCRIPTOR.name}" for kind in _KEPT}
    for kind, names in _KEPT.items():
        whole = descriptor_pb2.DescriptorProto()
        kind.DESCRIPTOR.CopyToProto(whole)
        kept = [field for field in whole.field if field.name in names]
        for field in kept:
            if field.type_name in types:
                field.type_name = types[field.type_name]
        file.message_type.add(name=whole.name, field=kept)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())  # type: ignore[no-untyped-call]
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_SHOWN}.Touch"))


_Shown = _shown_touch()


class Owned(NamedTuple):
    """Whose a touch is, encoded: within the touch, beside it, and as the subject of its CloudEvent."""

    touch: bytes = b""
    contacts: bytes = b""
    subject: bytes = b""


class Owners:
    """Whose touches are when they are published, by the links of their subjects."""

    def __init__(self, links: Collection[identity.Link]) -> None:
        self._resolver = identity.resolve(links)
        self._held: dict[bytes, Owned] = {}

    def of(self, touch: IntakeTouch, subject: bytes, name: str) -> Owned:
        """Whose this touch is."""
        about = subject + touch.contact
        owned = self._held.get(about)
        return self._ask(about, touch, name) if owned is None else owned

    def _ask(self, about: bytes, touch: IntakeTouch, name: str) -> Owned:
        contact = UUID(bytes=touch.contact) if touch.contact else None
        owner = self._resolver.owner_of_all(touch.subject, contact)
        if owner is None:
            facts = identity.TouchFacts(touch.subject, moment(touch.occurred_us), contact, name)
            return _owned(contact, self._resolver.owner_of(facts))
        found = self._held[about] = _owned(contact, owner)
        return found


def _owned(contact: UUID | None, owner: identity.Owner) -> Owned:
    if contact is None and not owner.contacts:
        return NOBODYS
    named = sized(_CONTACT, f"contacts/{contact}".encode()) if contact else b""
    names = [f"contacts/{one}".encode() for one in owner.contacts]
    contacts = b"".join([sized(_CONTACTS, name) for name in names])
    return Owned(named + _SHARED if owner.is_shared else named, contacts, names[0] if names else b"")


NOBODYS = Owned()


def public(touch: IntakeTouch, recorded: bytes, owned: Owned) -> bytes:
    """A PublishedTouch; `recorded` is what `recorded_time` made of its envelope's time."""
    shown = _Shown.FromString(touch.payload)
    shown.DiscardUnknownFields()
    if shown.HasField("attributes"):
        _keep_public(shown.attributes.fields, _public_keys(touch.type))
    encoded = shown.SerializeToString()
    size = len(encoded) + len(recorded) + len(owned.touch)
    return b"".join((_TOUCH, length(size), encoded, recorded, owned.touch, owned.contacts))


def recorded_time(recorded_us: int) -> bytes:
    """When the touches of an envelope were recorded, as part of each."""
    return sized(_RECORDED, timestamp(recorded_us).SerializeToString())


def _keep_public(attributes: Any, keys: frozenset[str]) -> None:
    for key in set(attributes) - keys:
        del attributes[key]


@lru_cache(1024)
def _public_keys(kind: str) -> frozenset[str]:
    """Only what a built-in type knows and calls public: free text of others may hold anything."""
    known = BUILTIN.get(kind)
    fields = known.fields if known else ()
    return frozenset(field.key for field in fields if not field.is_personal and field.kind == 2)


def json_time(us: int) -> bytes:
    """A moment as protobuf's JSON has it: no digits behind the second, three, or six."""
    seconds, rest = divmod(us, 1_000_000)
    if rest % 1000:
        return b"%b.%06dZ" % (_second(seconds), rest)
    return b"%b.%03dZ" % (_second(seconds), rest // 1000) if rest else _second(seconds) + b"Z"


@lru_cache(4096)
def _second(seconds: int) -> bytes:
    return timestamp(seconds * 1_000_000).ToJsonString()[:-1].encode()
