"""What the edge makes of a token: the touch of an open, a click or an unsubscribe, and the request to contact."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import identity
from chassis.streams import partition_of
from chassis.telemetry import traceparent
from google.protobuf.struct_pb2 import Struct
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_events_pb2 import BrowserBound, ConsentRequest
from tracking import Token

from services.interaction.domain import ids
from services.interaction.domain.builtin import BUILTIN
from services.interaction.domain.edge import OPEN, slot_of, source_event_id
from services.interaction.domain.touch import References
from services.interaction.domain.tracking import MEASURED
from services.interaction.domain.types import Verdict
from services.interaction.domain.verdicts import RULESET, Judgement, judge
from services.interaction.gateways import Facts, Mould, Parcel, Stamps, timestamp
from services.interaction.http.agents import agent_of
from services.interaction.http.callers import Caller

SOURCE = "edge"
MACHINE = "m"
STAMPS = Stamps()
WAYS = {"EMAIL": "mail", "SMS": "text message", "PHONE": "phone"}
MARKS = ("source", "medium", "campaign", "term", "content")


class Seen(NamedTuple):
    """Something that the edge saw: whose link, who used it (and 8 bytes by which that is known again), and when."""

    token: Token
    caller: Caller
    caller_hash: bytes
    now_us: int


class About(NamedTuple):
    """What a touch says beside its references."""

    attributes: Struct
    utm: pb.Utm
    searched: bytes


def opened(seen: Seen, partitions: int) -> Parcel:
    """The open of a mail."""
    return _touch(seen, "email.opened", OPEN, _about(), partitions)


def clicked(seen: Seen, partitions: int) -> Parcel:
    """The click on a link of a mail."""
    return _touch(seen, "email.clicked", str(seen.token.link), _link(seen.token.url, seen.token.link), partitions)


def asked(seen: Seen, request: ConsentRequest, partitions: int) -> Parcel:
    """What somebody asked for on the page or by one click, as a touch on her timeline."""
    if request.origin == ConsentRequest.ORIGIN_PREFERENCES:
        kind = "consent.given" if request.wish == ConsentRequest.WISH_GRANT else "consent.withdrawn"
    else:
        kind = "email.unsubscribed"
    way = f" by {WAYS[request.channel]}" if request.channel else ""
    told = {"topic": (request.topic or f"all {request.purpose.lower()}") + way, "purpose": request.purpose.lower()}
    scope = f"{request.purpose}@{request.channel}" if request.channel else request.purpose
    place = f"u{request.wish}-{ids.content_hash(f'{scope}/{request.topic}'.encode()).hex()}"
    return _touch(seen, kind, place, _about(told), partitions)


def confirmed(seen: Seen, token: Token, partitions: int) -> Parcel:
    """The confirmation of a consent, beside the mail that asked for it."""
    told = {"topic": token.topic or f"all {token.purpose}", "purpose": token.purpose}
    return _touch(seen, "consent.confirmed", "s", _about(told), partitions)


def consent_request(
    seen: Seen, *, purpose: str, topic: str, wish: int, origin: int, channel: str = ""
) -> ConsentRequest:
    """The record that contact applies."""
    token = seen.token
    return ConsentRequest(
        message=str(token.message),
        subject=token.subject,
        wish=wish,  # type: ignore[arg-type]
        purpose=purpose,
        topic=topic,
        channel=channel,
        origin=origin,  # type: ignore[arg-type]
        request_time=timestamp(seen.now_us),
        slot=slot_of(seen.now_us),
        caller_hash=seen.caller_hash,
        **{field: name for field, name in _references(token).items() if field in {"contact", "campaign", "activity"}},
    )


def bound(seen: Seen, cookie: str) -> BrowserBound:
    """What contact is told of a browser that gets a cookie."""
    token = seen.token
    return BrowserBound(
        cookie=cookie,
        subject=token.subject,
        contact=_references(token).get("contact", ""),
        message=str(token.message),
        bind_time=timestamp(seen.now_us),
    )


def _touch(seen: Seen, kind: str, place: str, about: About, partitions: int) -> Parcel:
    token, known = seen.token, BUILTIN[kind]
    judgement = verdict_of(seen) if kind in MEASURED else None
    if judgement is not None and judgement.verdict is Verdict.MACHINE:
        place += MACHINE  # so that a prefetch is not taken for the click that follows it within its slot
    event = source_event_id(str(token.message), place, seen.caller_hash, slot_of(seen.now_us))
    said = pb.Touch(
        identifier=pb.Identifier(kind="email"),
        message=str(token.message),
        type=kind,
        source=f"sources/{SOURCE}",
        source_event_id=event,
        **_references(token),
    )
    if about.searched:
        said.attributes.CopyFrom(about.attributes)
        said.utm.CopyFrom(about.utm)
    facts = _facts(seen, event, said.message, about.searched)
    if judgement is not None:
        said.verdict.CopyFrom(verdict_message(judgement))
        facts = facts._replace(verdict=int(judgement.verdict))
    mould = Mould(STAMPS.of(known), source=SOURCE, accepted_us=seen.now_us, trace=traceparent().encode())
    return mould.seal(said.SerializeToString(), facts, partition_of(token.subject, partitions))


def verdict_of(seen: Seen) -> Judgement:
    """Whether a person did what the edge saw."""
    made_us = ids.uuid7_us(str(seen.token.message))
    since_us = seen.now_us - made_us - seen.token.waited_ms * 1000 if made_us is not None else -1
    return judge(agent_of(seen.caller.agent), seen.caller.hints, since_written_us=since_us)


def verdict_message(judgement: Judgement) -> pb.Verdict:
    """A judgement as the touch tells it."""
    return pb.Verdict(
        kind=int(judgement.verdict),  # type: ignore[arg-type]
        reasons=list(judgement.reasons),
        confidence=judgement.confidence,
        ruleset_version=RULESET,
    )


def _facts(seen: Seen, event: str, message: str, searched: bytes) -> Facts:
    subject, touch_id = seen.token.subject, ids.touch_id(SOURCE, event)
    thread, thread_us = ids.place(touch_id, source=SOURCE, message=message, message_us=0, occurred_us=seen.now_us)
    return Facts(
        name=identity.touch_name(subject, touch_id),
        touch_id=touch_id,
        subject=subject,
        thread=thread,
        thread_us=thread_us,
        occurred_us=seen.now_us,
        content_hash=ids.content_hash(event.encode()),
        message=message.encode(),
        searched=searched,
        references=_ids(seen.token),
        evidence=seen.caller.evidence().SerializeToString(),
    )


def _references(token: Token) -> dict[str, Any]:
    """The resource names that a token holds."""
    campaign = f"campaigns/{token.campaign}" if token.campaign else ""
    within = f"{campaign}/" if campaign else ""
    activity = f"{within}activities/{token.activity}" if token.activity else ""
    found = {
        "contact": f"contacts/{token.contact}" if token.contact else "",
        "campaign": campaign,
        "activity": activity,
        "variant": f"{activity}/variants/{token.variant}" if token.variant and campaign and activity else "",
    }
    return {field: name for field, name in found.items() if name}


def _ids(token: Token) -> References:
    """The same as 16 bytes each."""
    found = (getattr(token, field, "") for field in References._fields)
    return References(*(bytes.fromhex(name.replace("-", "")) for name in found))


@lru_cache(4096)
def _link(url: str, number: int) -> About:
    """What is said of a click: where it led, and the marks in it."""
    parts = urlsplit(url)
    marks = {name.removeprefix("utm_"): value for name, value in parse_qsl(parts.query) if name.startswith("utm_")}
    kept = {name: _short(value) for name, value in marks.items() if name in MARKS}
    return _about({"link": f"{parts.netloc}{parts.path}".rstrip("/"), "url": url, "number": number}, kept)


def _about(attributes: Mapping[str, str | int] | None = None, utm: Mapping[str, str] | None = None) -> About:
    struct = Struct()
    if attributes:
        struct.update(attributes)
    kept = {name: value for name, value in (("attributes", attributes), ("utm", utm)) if value}
    searched = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() if kept else b""
    return About(struct, pb.Utm(**(utm or {})), searched)


def _short(value: str) -> str:
    """At most 200 bytes, and nothing that a row cannot hold: a query is decoded into whatever it says."""
    return "".join(char for char in value if char >= " ").encode(errors="ignore")[:200].decode(errors="ignore")
