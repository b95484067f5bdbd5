"""What the door writes and checks by hand agrees with what protobuf and the contract say."""

import json
from typing import Any

import identity
import pytest
from chassis import validation
from chassis.errors import DomainError, facts
from hypothesis import given, settings
from hypothesis import strategies as st
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch

from services.interaction.domain import ids, touch
from services.interaction.domain.builtin import BUILTIN
from services.interaction.rpc.accept import Door, Judge
from services.interaction.rpc.content import check_text, searched
from services.interaction.rpc.shape import Shape, about
from tests.planting import replaced

NOW_US = 1_800_000_000_000_000
OWN = "0190a000-0000-7000-8000-000000000001"
KEYED = identity.Subjects(b"k" * 32, "")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
UUIDS = st.uuids().map(str)
MOMENTS = st.builds(dict, seconds=st.integers(946_684_800, NOW_US // 10**6), nanos=st.integers(0, 999_999_999))
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


class Held:
    """Sources or types that are known already."""

    def __init__(self, held: dict[str, Any]) -> None:
        self.get = held.get


@st.composite
def touches(draw: st.DrawFn) -> pb.Touch:
    """Touches that the door takes, with any of their fields."""
    said = pb.Touch(type=draw(st.sampled_from(sorted(BUILTIN))), source="sources/mail", source_event_id=draw(TEXTS))
    said.identifier.kind, said.identifier.value = "email", "reino@kiln.example"
    said.occurred_time.MergeFrom(type(said.occurred_time)(**draw(MOMENTS)))
    optional = {
        "contact": UUIDS.map("contacts/{}".format), "deal": UUIDS.map("deals/{}".format),
        "activity": UUIDS.map(f"campaigns/{OWN}/activities/{{}}".format), "message": st.just(OWN),
        "direction": st.integers(0, 3), "type_version": st.integers(0, 1),
        "actor": st.builds(pb.Actor, kind=st.integers(0, 3), user=TEXTS),
        "names": st.builds(pb.Names, campaign=TEXTS, message=TEXTS), "utm": st.builds(pb.Utm, source=TEXTS),
        "evidence": st.builds(pb.Evidence, ip=TEXTS, body=st.binary(max_size=20)),
    }  # fmt: skip
    for name in draw(st.sets(st.sampled_from(sorted(optional)))):
        said.MergeFrom(pb.Touch(**{name: draw(optional[name])}))
    said.attributes.update(draw(st.dictionaries(TEXTS, VALUES, max_size=4)))
    return said


def _spoils() -> list[pb.Touch]:
    """What breaks a rule, or just keeps it, where it is merged into a touch."""
    texts = ["x", *(of * size for of, size in [("x", 63), ("x", 64), ("x", 200), ("x", 201), ("x", 321), ("x", 501)])]
    texts += ["ä" * size for size in (51, 81, 100, 101, 161)]
    values: dict[str, list[Any]] = {
        "identifier": [{part: text} for part in ("kind", "value") for text in texts],
        "type": texts, "source": [*texts, "sources/nobody"], "source_event_id": texts, "message": texts,
        "contact": texts, "variant": texts, "correction_of": texts, "utm": [{"term": text} for text in texts],
        "names": [{"deal": text} for text in texts], "actor": [{"user": text} for text in texts],
        "type_version": [2], "direction": [-1, 1, 3, 4], "value": [{"units": 1}, {"currency_code": "euro"}],
        "occurred_time": [{"nanos": -1}, {"nanos": 10**9}, {"seconds": 1}, {"seconds": NOW_US // 10**6 + 301}],
        "message_time": [{"seconds": 1}, {"seconds": NOW_US // 10**6}],
    }  # fmt: skip
    values["actor"] += [{"kind": kind} for kind in (-1, 1, 3, 4)]
    return [pb.Touch(**{name: value}) for name, given in values.items() for value in given]


SPOILS = _spoils()
OUTPUT = [
    pb.Touch(name="touches/x"), pb.Touch(channel=1), pb.Touch(touch_class=1), pb.Touch(accepted_time={"seconds": 1}),
    pb.Touch(verdict={"kind": 1}), pb.Touch(rank=1), pb.Touch(title="x"), pb.Touch(traceparent="00-1-2-01"),
]  # fmt: skip
LIKE_A_MESSAGE = f"x@kiln.exampleJ${OWN}"
SPOILS += [pb.Touch(source_event_id=LIKE_A_MESSAGE), pb.Touch(identifier={"value": LIKE_A_MESSAGE})]
SPOILS += [pb.Touch(identifier={"value": text}) for text in ("reino\0@kiln.example", "x" * 120, "")]
SPOILS += [pb.Touch(**{name: f"{name}s/{OWN}"}) for name in touch.References._fields if name != "activity"]
SPOILS += [pb.Touch(message=f"J${'x' * 28}", message_time={"seconds": NOW_US // 10**6})]
SPOILS += [pb.Touch(message=OWN[::-1]), pb.Touch(source="mail")]
SPOILS += [pb.Touch(attributes={"a": text}) for text in ("\0", "x" * touch.MAX_TOUCH_BYTES)]
SPOILS += [
    pb.Touch(correction_of=identity.touch_name(KEYED.of("email", who), bytes(16)))
    for who in ("reino@kiln.example", "ada@kiln.example")
]
SPOILS += [pb.Touch(source_event_id="a\0b"), pb.Touch(message="m", message_time={"seconds": NOW_US // 10**6})]
PARTS: dict[str, Any] = {
    "type": "email.opened", "source": "sources/mail", "source_event_id": "e",
    "identifier": pb.Identifier(kind="email", value="reino@kiln.example"),
    "occurred_time": {"seconds": NOW_US // 10**6}, "message": OWN, "contact": f"contacts/{OWN}",
    "campaign": f"campaigns/{OWN}", "names": pb.Names(campaign="Autumn"), "direction": 1, "type_version": 1,
    "attributes": {"a": 4.0, "b": ["c"]}, "value": {"units": 5, "currency_code": "EUR"}, "utm": pb.Utm(source="x"),
    "actor": pb.Actor(kind=2, user="users/ada"),
}  # fmt: skip
ALWAYS = ("type", "source", "source_event_id", "identifier", "occurred_time")
USUAL = [("occurred_time",), ("message",), ("contact", "campaign"), ("contact", "message", "names", "attributes")]
USUAL += [("direction", "type_version"), ("value", "utm"), ("actor",)]


def door(*, is_whole_seconds: bool = False) -> Door:
    source = touch.Source("mail", "mailer", "email", is_whole_seconds=is_whole_seconds)
    return Door(Held({"mail": source}), Held(BUILTIN), KEYED, 24)  # type: ignore[arg-type]


@given(touches(), st.booleans(), st.sampled_from([b"", b"00-1-2-00", b"00-1-2-01"]))
def test_what_is_written_by_hand_reads_as_the_messages_that_it_stands_for(
    said: pb.Touch, is_whole_seconds: bool, trace: bytes
):
    told = pb.Touch.FromString(said.SerializeToString())
    accepted = door(is_whole_seconds=is_whole_seconds).accept(told, client="mailer", now_us=NOW_US, trace=trace)
    inside = IntakeTouch.FromString(accepted.parcel.encoded)
    payload = pb.Touch.FromString(inside.payload)
    expected = _public(said, accepted.name, inside.occurred_us)
    expected.traceparent = "00-1-2-01" if trace.endswith(b"01") else ""  # where no spans are recorded, it leads nowhere
    assert payload == expected
    assert inside == _envelope(said, inside, payload, trace)
    assert (accepted.parcel.subject, accepted.content_hash) == (inside.subject, inside.content_hash)


@settings(max_examples=20)
@given(touches())
def test_a_touch_of_a_known_shape_is_judged_as_any_other(said: pb.Touch):
    shaped, other = (door().judge(client="mailer", now_us=NOW_US, trace=b"") for _ in range(2))
    for one in [said, *(_merged(said, spoil) for spoil in SPOILS + OUTPUT)]:
        with replaced(Shape, "cut", lambda *_: None):
            expected = _told(other, one)
        assert [_told(shaped, one), _told(shaped, one)] == [expected, expected]


def test_a_message_that_looks_like_an_identifier_is_none():
    said = pb.Touch(**{name: value for name, value in PARTS.items() if name in ALWAYS and name != "identifier"})
    said.message = "\n\x05email\x12\x1a".ljust(36, "x")
    with pytest.raises(touch.TouchInvalidError):
        door().accept(said, client="mailer", now_us=NOW_US, trace=b"")


@pytest.mark.parametrize("fields", USUAL, ids=" and ".join)
def test_a_touch_without_rare_parts_is_judged_by_its_shape(fields: tuple[str, ...]):
    said = pb.Touch(**{name: value for name, value in PARTS.items() if name in {*ALWAYS, *fields}})
    with replaced(Judge, "_accept_any", None):
        door().accept(said, client="mailer", now_us=NOW_US, trace=b"")


@settings(max_examples=20)
@given(touches(), touches())
def test_a_touch_is_judged_among_others_as_it_is_alone(first: pb.Touch, other: pb.Touch):
    judge = door().judge(client="mailer", now_us=NOW_US, trace=b"")
    for one in [first, other, *(_merged(first, spoil) for spoil in SPOILS), first]:
        assert _told(judge, one) == _told(door().judge(client="mailer", now_us=NOW_US, trace=b""), one)


def _merged(*said: pb.Touch) -> pb.Touch:
    return pb.Touch.FromString(b"".join(one.SerializeToString() for one in said))


def _told(judge: Judge, said: pb.Touch) -> object:
    """The envelope, or why there is none."""
    merged = _merged(said)
    try:
        inside = IntakeTouch.FromString(judge.accept(merged, about(merged)).parcel.encoded)
    except DomainError as error:
        return facts(error)
    inside.attributes_json = json.dumps(json.loads(inside.attributes_json or "{}"), sort_keys=True).encode()
    return inside


def _public(said: pb.Touch, name: str, occurred_us: int) -> pb.Touch:
    """The touch as the contract describes it: what its source said, and what Touchline fills in."""
    kind, shown = BUILTIN[said.type], pb.Touch.FromString(said.SerializeToString())
    shown.ClearField("evidence")
    shown.name, shown.channel, shown.touch_class, shown.rank = name, kind.channel, kind.touch_class, kind.rank
    shown.type_version = said.type_version or kind.version
    shown.direction = said.direction or kind.direction
    shown.actor.kind = said.actor.kind or kind.actor
    shown.occurred_time.FromMicroseconds(occurred_us)
    shown.accepted_time.FromMicroseconds(NOW_US)
    return shown


def _envelope(said: pb.Touch, inside: IntakeTouch, payload: pb.Touch, trace: bytes) -> IntakeTouch:
    """The envelope that says of a touch what its payload says; what is computed is taken over where it is tested."""
    kind, subject = BUILTIN[said.type], KEYED.of("email", "reino@kiln.example")
    touch_id = ids.touch_id("mail", said.source_event_id)
    thread, thread_us = ids.place(
        touch_id, source="mail", message=said.message, message_us=0, occurred_us=inside.occurred_us
    )
    references = {
        name: bytes.fromhex(getattr(said, name).rpartition("/")[2].replace("-", ""))
        for name in touch.References._fields
    }
    assert payload.name == identity.touch_name(subject, touch_id)
    return IntakeTouch(
        touch_id=touch_id, subject=subject, thread=thread, thread_us=thread_us, occurred_us=inside.occurred_us,
        accepted_us=NOW_US, rank=kind.rank, touch_class=kind.touch_class, channel=kind.channel,
        direction=payload.direction, type=said.type, type_version=payload.type_version, message=said.message.encode(),
        source="mail", attributes_json=inside.attributes_json, payload=inside.payload, trace=trace,
        raw=said.evidence.SerializeToString(), actor=payload.actor.kind, is_response=kind.is_response,
        content_hash=ids.content_hash(said.SerializeToString(deterministic=True)), **references,
    )  # fmt: skip


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5), st.sets(TEXTS))
def test_what_is_searched_is_json_with_what_is_personal_apart(attributes: dict[str, Any], others: set[str]):
    personal = frozenset([*list(attributes)[:1], *others])
    said = pb.Touch(names=pb.Names(campaign='“Autumn” \\ "retrofit"\n'))
    found = json.loads(searched(said, personal, attributes))
    assert found.pop("names") == {"campaign": said.names.campaign}
    assert found.pop("personal") == {key: value for key, value in attributes.items() if key in personal}
    assert found.pop("attributes", {}) == {key: value for key, value in attributes.items() if key not in personal}
    assert not found


@given(touches(), st.sets(st.sampled_from(["identifier", "type", "occurred_time", "source", "source_event_id"])))
def test_the_door_misses_what_the_contract_requires(said: pb.Touch, cleared: set[str]):
    for name in cleared:
        said.ClearField(name)
    wanted = {violation.field for violation in validation.missing(said)}
    try:
        touch.check_touch(said, size=said.ByteSize(), now_us=NOW_US)
        found = set()
    except touch.TouchInvalidError as error:
        found = {violation.field.partition(".")[0] for violation in error.violations}
    assert found == wanted


@given(touches(), st.sampled_from(["source_event_id", "names", "attributes", "key"]))
def test_no_text_with_nul_passes(said: pb.Touch, where: str):
    match where:
        case "names":
            said.names.deal = "a\0b"
        case "attributes":
            said.attributes.update({"a": ["b", {"c": "\0"}]})
        case "key":
            said.attributes.update({"\0": 1})
        case _:
            said.source_event_id = "\0"
    with pytest.raises(DomainError):
        check_text(said)
    with pytest.raises(DomainError):
        door().accept(said, client="mailer", now_us=NOW_US, trace=b"")


def test_nul_in_a_list_is_named_with_its_place():
    said = pb.Touch()
    said.attributes.update({"a": ["b", "\0"]})
    with pytest.raises(DomainError) as refused:
        check_text(said)
    (violation,) = refused.value.violations
    assert violation.field == "attributes.fields.a.list_value.values[1].string_value"
