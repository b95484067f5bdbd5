"""What the edge answers, and what it writes: on the memory broker, through its whole ASGI application."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_events_pb2 import ConsentRequest
from tracking import Keyring

from services.interaction.domain import ids
from services.interaction.gateways import Stands
from tests.interaction.edge.ground import (
    ACTIVITY,
    CAMPAIGN,
    CONTACT,
    MESSAGE,
    PAGE,
    RING,
    SUBJECT,
    NobodyKnows,
    World,
    edge_world,
    path,
    token,
)

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with edge_world(tmp_path / "spool") as opened:
        yield opened


async def test_an_open_is_an_image_and_a_touch(world: World):
    answer = await world.http.get(path("open"), headers={"user-agent": "Mail/1", "sec-purpose": "prefetch"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.content[:6] == b"GIF89a"
    assert answer.headers["cache-control"] == "no-store"
    ((inside, said),) = world.touches()
    assert (inside.subject, said.type, said.message) == (SUBJECT, "email.opened", str(MESSAGE))
    assert inside.thread == MESSAGE.bytes
    assert (said.contact, said.campaign) == (f"contacts/{CONTACT}", f"campaigns/{CAMPAIGN}")
    assert said.activity == f"campaigns/{CAMPAIGN}/activities/{ACTIVITY}"
    assert inside.touch_id == ids.touch_id("edge", said.source_event_id)
    assert inside.content_hash == ids.content_hash(said.source_event_id.encode())


async def test_address_and_agent_are_evidence_and_nothing_else(world: World):
    await world.http.get(path("open"), headers={"user-agent": "Secret-Agent/1", "sec-purpose": "prefetch"})
    ((inside, _),) = world.touches()
    evidence = pb.Evidence.FromString(inside.raw)
    assert (evidence.ip, evidence.user_agent) == ("192.0.2.7", "Secret-Agent/1")
    assert json.loads(evidence.body) == {"method": "GET", "sec-purpose": "prefetch"}
    inside.ClearField("raw")
    for secret in (b"192.0.2.7", b"Secret-Agent"):
        assert secret not in inside.SerializeToString()


async def test_a_click_leads_to_its_own_url_and_says_so_on_the_timeline(world: World):
    answer = await world.http.get(path("click"), headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko"})
    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    ((_, said),) = world.touches()
    assert (said.type, said.utm.source) == ("email.clicked", "mail")
    assert said.attributes["link"] == "kiln.example/spring"
    assert said.source_event_id.startswith(f"{MESSAGE}/3/")


async def test_no_parameter_changes_where_a_click_leads(world: World):
    for query in (
        "?url=https://evil.example",
        "?r=//evil.example",
        "?\r\nx=1".replace("\r\n", "%0d%0a"),
        "?" + "a" * 5000,
    ):
        answer = await world.http.get(path("click") + query)
        assert (answer.status_code, answer.headers["location"]) == (302, PAGE)


async def test_one_person_is_one_touch_a_slot_and_a_later_open_is_another(world: World):
    for _ in range(3):
        await world.http.get(path("open"))
    assert len({inside.touch_id for inside, _ in world.touches()}) == 1
    await world.http.get(path("open"), headers={"user-agent": "other"})
    assert len({inside.touch_id for inside, _ in world.touches()}) == 2
    world.clock.advance(timedelta(seconds=2))
    await world.http.get(path("open"))
    assert len({inside.touch_id for inside, _ in world.touches()}) == 3


async def test_beyond_sixty_a_minute_a_link_leads_on_but_is_only_counted(world: World):
    for number in range(70):
        assert (await world.http.get(path("click"), headers={"user-agent": str(number)})).status_code == 302
    assert len(world.touches()) == 60
    await world.http.get(path("open"))
    assert len(world.touches()) == 61, "another link has its own measure"
    world.clock.advance(timedelta(minutes=1))
    await world.http.get(path("click"))
    assert len(world.touches()) == 62


async def test_head_is_answered_like_get_and_noted(world: World):
    answer = await world.http.head(path("click"))
    assert (answer.status_code, answer.headers["location"], answer.content) == (302, PAGE, b"")
    ((inside, _),) = world.touches()
    assert json.loads(pb.Evidence.FromString(inside.raw).body)["method"] == "HEAD"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("where", ["u", "p"])
async def test_looking_changes_nothing(world: World, method: str, where: str):
    answer = await world.http.request(method, f"/{where}/" + RING.sign(token("unsubscribe")))
    assert answer.status_code == 200
    assert "unsubscribed" not in answer.text
    assert (world.requests(), world.touches()) == ([], [])


@pytest.mark.parametrize("form", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}])
async def test_one_click_in_both_encodings(world: World, form: dict[str, object]):
    answer = await world.http.post(path("unsubscribe"), **form)
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    assert "You are unsubscribed" in answer.text
    (request,) = world.requests()
    assert (request.subject, request.purpose, request.topic) == (SUBJECT, "MARKETING", "newsletter")
    assert (request.wish, request.origin) == (ConsentRequest.WISH_WITHDRAW, ConsentRequest.ORIGIN_ONE_CLICK)
    assert request.slot == request.request_time.seconds // 2
    ((inside, said),) = world.touches()
    assert (said.type, inside.subject, said.attributes["topic"]) == ("email.unsubscribed", SUBJECT, "newsletter")


async def test_one_click_twice_is_one_request_in_effect(world: World):
    for _ in range(2):
        assert (await world.http.post(path("unsubscribe"), data=ONE_CLICK)).status_code == 200
    keys = {(one.message, one.purpose, one.topic, one.wish, one.slot) for one in world.requests()}
    assert len(keys) == 1
    assert len({inside.touch_id for inside, _ in world.touches()}) == 1


async def test_the_button_for_everything(world: World):
    await world.http.post(path("unsubscribe"), data={"scope": "all"})
    (request,) = world.requests()
    assert (request.topic, request.purpose, request.origin) == ("", "MARKETING", ConsentRequest.ORIGIN_PAGE)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe=%%%", b"--x\r\nbroken"])
@pytest.mark.parametrize("kind", ["", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a/b"])
async def test_a_body_that_is_no_form_still_unsubscribes(world: World, body: bytes, kind: str):
    answer = await world.http.post(path("unsubscribe"), content=body, headers={"content-type": kind} if kind else {})
    assert answer.status_code == 200
    assert len(world.requests()) == 1


async def test_without_kafka_nobody_is_told_to_be_unsubscribed(world: World):
    world.broker.is_away = True
    answer = await world.http.post(path("unsubscribe"), data=ONE_CLICK)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "unsubscribed" not in answer.text
    assert world.spool.waiting() == 0, "a request is never spooled"


async def test_too_many_requests_of_one_link_are_refused(world: World):
    answers = [await world.http.post(path("unsubscribe"), data=ONE_CLICK) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]


async def test_the_preference_centre_asks_for_what_was_changed(world: World):
    shown = {"was/MARKETING/newsletter": "allow", "was/TRACKING/": "allow", "was/PROFILING/": ""}
    chosen = {"MARKETING/newsletter": "allow", "TRACKING/": "stop", "PROFILING/": "allow"}
    answer = await world.http.post(f"/p/{RING.sign(token('unsubscribe'))}", data=shown | chosen)
    assert answer.status_code == 200
    assert "saved" in answer.text
    asked = [(one.purpose, one.topic, one.wish, one.origin) for one in world.requests()]
    origin = ConsentRequest.ORIGIN_PREFERENCES
    assert asked == [
        ("TRACKING", "", ConsentRequest.WISH_WITHDRAW, origin),
        ("PROFILING", "", ConsentRequest.WISH_GRANT, origin),
    ]
    assert [said.type for _, said in world.touches()] == ["consent.withdrawn", "consent.given"]


async def test_other_ways_to_the_person_are_choices_too(tmp_path: Path):
    class Known:
        async def of(self, **_: object) -> list[Stands]:
            return [Stands("MARKETING", "newsletter", True), Stands("MARKETING", "", False, "SMS")]

    async with edge_world(tmp_path, standing=Known()) as world:
        where = f"/p/{RING.sign(token('unsubscribe'))}"
        assert 'name="MARKETING@SMS/" value="stop" checked' in (await world.http.get(where)).text
        data = {
            "was/MARKETING@SMS/": "stop",
            "MARKETING@SMS/": "allow",
            "MARKETING@POST/": "allow",
            "TRACKING@SMS/": "allow",
        }
        assert "saved" in (await world.http.post(where, data=data)).text
        ((_, said),) = world.touches()
        assert said.attributes["topic"] == "all marketing by text message"
        (request,) = world.requests()
        assert (request.purpose, request.channel, request.wish) == ("MARKETING", "SMS", ConsentRequest.WISH_GRANT)
        assert request.contact == f"contacts/{CONTACT}"


@pytest.mark.parametrize(("contact", "ways"), [(CONTACT, ["SMS", "PHONE"]), ("", [])])
async def test_one_button_ends_everything(world: World, contact: str, ways: list[str]):
    where = f"/p/{RING.sign(token('unsubscribe', contact=contact))}"
    page = (await world.http.get(where)).text
    assert '<button name="everything" value="stop">' in page
    answer = await world.http.post(f"{where}?lang=de", data={"everything": "stop", "TRACKING/": "allow"})
    assert (answer.status_code, "Alles ist abgeschaltet" in answer.text) == (200, True)
    asked = [(one.purpose, one.channel, one.topic, one.wish) for one in world.requests()]
    stop = ConsentRequest.WISH_WITHDRAW
    purposes = [(purpose, "", "", stop) for purpose in ("MARKETING", "TRACKING", "PROFILING", "ADVERTISING")]
    assert asked == purposes + [("MARKETING", way, "", stop) for way in ways]
    assert len({inside.touch_id for inside, _ in world.touches()}) == len(asked)


async def test_one_link_does_not_make_the_edge_ask_contact_for_ever(tmp_path: Path):
    class Counting(NobodyKnows):
        asked = 0

        async def of(self, **fields: Any) -> list[Stands]:
            self.asked += 1
            return await super().of(**fields)

    standing = Counting()
    async with edge_world(tmp_path, standing=standing) as world:
        for _ in range(30):
            assert (await world.http.get(f"/p/{RING.sign(token('unsubscribe'))}")).status_code == 200
    assert standing.asked == 20


async def test_the_preference_centre_takes_no_other_fields(world: World):
    fields = {
        "SECRET/": "stop",
        "MARKETING": "stop",
        "MARKETING/" + "x" * 61: "stop",
        "TRACKING/a\0": "stop",
        "x/": "stop",
    }
    answer = await world.http.post(f"/p/{RING.sign(token('unsubscribe'))}", data=fields)
    assert "Nothing changed" in answer.text
    assert world.requests() == []


async def test_what_somebody_wrote_into_a_topic_is_shown_as_text(tmp_path: Path):
    class Hostile:
        async def of(self, **_: object) -> list[Stands]:
            return [Stands("MARKETING", "<script>alert(1)</script>\"'", True)]

    async with edge_world(tmp_path, standing=Hostile()) as world:
        for where in ("u", "p"):
            text = (
                await world.http.get(f"/{where}/" + RING.sign(token("unsubscribe", topic="<script>x</script>")))
            ).text
            assert "<script" not in text
            assert "&lt;script&gt;" in text


async def test_a_test_mail_writes_nothing(world: World):
    assert (await world.http.get(path("open", is_test=True))).status_code == 200
    assert (await world.http.get(path("click", is_test=True))).status_code == 302
    answer = await world.http.post(path("unsubscribe", is_test=True), data=ONE_CLICK)
    assert (answer.status_code, "test" in answer.text) == (200, True)
    assert "You are unsubscribed" not in answer.text
    assert (world.touches(), world.requests()) == ([], [])


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("where", ["o", "c", "u", "p"])
@pytest.mark.parametrize("how", ["other key", "other kind", "cut", "flipped", "empty", "nonsense"])
async def test_a_token_that_is_none_of_ours_is_not_found(world: World, method: str, where: str, how: str):
    kind = {"o": "open", "c": "click", "u": "unsubscribe", "p": "unsubscribe"}[where]
    good = RING.sign(token(kind))
    text = {
        "other key": Keyring([("t1", b"x" * 32)]).sign(token(kind)),
        "other kind": RING.sign(token("open" if kind == "unsubscribe" else "unsubscribe")),
        "cut": good[:-4],
        "flipped": good[:30] + ("A" if good[30] != "A" else "B") + good[31:],
        "empty": "",
        "nonsense": "%00%ff<script>",
    }[how]
    answer = await world.http.request(method, f"/{where}/{text}", **({"data": ONE_CLICK} if method == "POST" else {}))
    assert answer.status_code in ({404} if where in "up" or method != "POST" else {404, 405})
    assert "location" not in answer.headers
    assert "unsubscribed" not in answer.text
    assert (world.touches(), world.requests()) == ([], [])


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_flipped_bit_anywhere_is_not_found(tmp_path: Path, data: st.DataObject):
    async def ask() -> None:
        async with edge_world(tmp_path) as world:
            kind = data.draw(st.sampled_from(["open", "click", "unsubscribe"]))
            text = path(kind)
            at = data.draw(st.integers(3, len(text) - 1))
            other = data.draw(st.sampled_from("ABCDEFGHabcdefgh0123456789-_").filter(lambda char: char != text[at]))
            method = "POST" if kind == "unsubscribe" else "GET"
            answer = await world.http.request(method, text[:at] + other + text[at + 1 :])
            assert answer.status_code == 404
            assert (world.touches(), world.requests()) == ([], [])

    asyncio.run(ask())


@pytest.mark.parametrize("where", ["/", "/o/", "/x/abc", "/favicon.ico", "/o/a/b", "/../etc/passwd"])
async def test_nothing_else_is_there(world: World, where: str):
    answer = await world.http.get(where)
    assert answer.status_code == 404
    assert "location" not in answer.headers


async def test_every_answer_carries_the_security_headers(world: World):
    for where in (path("open"), path("click"), path("unsubscribe"), "/x"):
        headers = (await world.http.get(where)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "max-age" in headers["strict-transport-security"]
        assert "set-cookie" not in headers


async def test_a_body_beyond_the_limit_is_refused_said_or_in_pieces(world: World):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"a" * 1024

    for content in (b"a" * 17_000, pieces()):
        assert (await world.http.post(path("unsubscribe"), content=content)).status_code in {413, 200}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for content in (b"a" * 17_000, pieces()):
        assert (await world.http.post(path("unsubscribe"), content=content, headers=headers)).status_code == 413


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "seen"),
    [
        ("", "192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.0/8", "10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.0/8", "10.1.2.3", "203.0.113.9, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.0/8", "10.1.2.3", "<script>, nonsense", "10.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3", "", "10.1.2.3"),
        ("::1/128", "::1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"),
    ],
)
async def test_only_our_own_proxies_are_believed(tmp_path: Path, proxies: str, peer: str, forwarded: str, seen: str):
    async with edge_world(tmp_path, proxies=proxies, peer=peer) as world:
        await world.http.get(path("open"), headers={"x-forwarded-for": forwarded} if forwarded else {})
        ((inside, _),) = world.touches()
        assert pb.Evidence.FromString(inside.raw).ip == seen


async def test_hostile_headers_are_kept_short_and_clean(world: World):
    agent = "Mozilla\x1b[31m" + "é" * 900
    await world.http.get(path("open"), headers=[(b"user-agent", agent.encode("latin-1"))])
    ((inside, _),) = world.touches()
    kept = pb.Evidence.FromString(inside.raw).user_agent
    assert kept.startswith("Mozilla[31m")
    assert len(kept.encode()) <= 1000


async def test_a_click_while_kafka_is_away_is_spooled_and_one_on_a_full_disk_still_leads_on(world: World):
    world.broker.is_frozen = True
    assert (await world.http.get(path("click"))).status_code == 302
    assert world.spool.waiting() > 0
    world.edge.delivery._spool._limit = 0
    assert (await world.http.get(path("click", link=4))).status_code == 302


async def test_a_message_that_is_no_uuid7_is_its_own_thread(world: World):
    await world.http.get(path("open", message=UUID(int=5)))
    assert len(world.touches()) == 1
