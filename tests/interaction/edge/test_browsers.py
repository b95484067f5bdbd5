"""Which browser gets a cookie of the edge, when it gets another one, and that contact is told of each in the end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from chassis.bus import Record, Unfit
from google.protobuf.message import Message
from touchline.interaction.v1.intake_pb2 import IntakeTouch
from tracking import Keyring

from services.interaction.events.intake import IntakeHandler, check_payloads, touches_of
from services.interaction.gateways import Parcel, browser_parcel, envelope
from services.interaction.http import cookies
from tests.chassis.ground import until
from tests.interaction.edge.ground import CONTACT, MESSAGE, NOW, PAGE, RING, SUBJECT, World, edge_world, path, token

CHROME = {"user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537"}
BOB, OTHER = str(UUID(int=9 << 76 | 2 << 62 | 9)), bytes(reversed(range(16)))
BOBS = {"contact": BOB, "subject": OTHER}
NAME = "touchline_browser"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with edge_world(tmp_path / "spool", cookie_domain="links.example") as opened:
        yield opened


async def follow(world: World, held: str = "", **fields: Any) -> str:
    """The cookie that a browser has after it followed a link; empty when it was given none."""
    world.http.cookies.clear()
    answer = await world.http.get(path("click", **fields), headers=CHROME | _sent(held))
    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    return given(answer)


def given(answer: Any) -> str:
    said = SimpleCookie(answer.headers.get("set-cookie", ""))
    return said[NAME].value if NAME in said else ""


def _sent(held: str) -> dict[str, str]:
    return {"cookie": f"{NAME}={held}"} if held else {}


async def test_a_browser_that_follows_a_link_gets_a_cookie_and_contact_is_told(world: World):
    cookie = await follow(world)
    (told,) = world.browsers()
    assert (told.cookie, told.subject, told.contact) == (cookie, SUBJECT, f"contacts/{CONTACT}")
    assert (told.message, told.bind_time.ToMicroseconds()) == (str(MESSAGE), int(NOW.timestamp() * 1_000_000))
    assert [touch.type for _, touch in world.touches()] == ["email.clicked"]
    (record,) = world._asked()
    assert record.key == SUBJECT, "in the order of one person's requests"


async def test_the_sites_own_pages_may_read_it_and_nobody_elses(world: World):
    answer = await world.http.get(path("click"), headers=CHROME)
    said = SimpleCookie(answer.headers["set-cookie"])[NAME]
    assert (said["domain"], said["path"], said["samesite"].lower()) == ("links.example", "/", "lax")
    assert (said["secure"], said["httponly"], said["max-age"]) == (True, "", str(395 * 24 * 3600))
    assert len(said.value) == 43


async def test_over_plain_http_it_is_not_secure_so_that_it_is_kept_at_all(tmp_path: Path):
    async with edge_world(tmp_path, base="http://links.example", cookie_domain="links.example") as world:
        answer = await world.http.get(path("click"), headers=CHROME)
        assert "secure" not in answer.headers["set-cookie"].lower()


async def test_the_same_person_keeps_her_cookie(world: World):
    cookie = await follow(world)
    assert await follow(world, cookie) == cookie
    assert await follow(world, cookie, subject=OTHER) == cookie, "another address of the same contact"
    assert len(world.browsers()) == 1


async def test_a_forwarded_mail_gives_a_new_cookie_and_says_nothing_of_the_old_one(world: World):
    hers = await follow(world)
    his = await follow(world, hers, **BOBS)
    assert his not in {"", hers}
    assert [(told.cookie, told.contact) for told in world.browsers()] == [
        (hers, f"contacts/{CONTACT}"),
        (his, f"contacts/{BOB}"),
    ]
    assert await follow(world, his) not in {"", hers, his}, "and back at hers it is a third one"


async def test_who_shares_an_address_shares_no_cookie(world: World):
    hers = await follow(world)
    assert await follow(world, hers, contact=BOB) != hers


async def test_a_mail_that_names_no_contact_binds_to_its_address(world: World):
    cookie = await follow(world, contact="")
    assert await follow(world, cookie, contact="") == cookie
    assert await follow(world, cookie, contact="", subject=OTHER) not in {"", cookie}


@pytest.mark.parametrize("at", [0, 10, 21, 22, 42])
async def test_a_damaged_cookie_is_replaced(world: World, at: int):
    cookie = await follow(world)
    damaged = cookie[:at] + ("A" if cookie[at] != "A" else "Q") + cookie[at + 1 :]
    assert await follow(world, damaged) not in {"", cookie, damaged}


@pytest.mark.parametrize("forged", ["x", "A" * 43, "A" * 5_000, "%ff", "contact-7", '"a b"', "A" * 42 + "="])
async def test_a_cookie_of_somebody_elses_making_is_replaced(world: World, forged: str):
    assert len(await follow(world, forged)) == 43
    assert world.browsers()[0].cookie != forged


async def test_another_installations_cookie_is_replaced_and_an_old_keys_is_kept(world: World):
    theirs = Keyring([("t1", b"z" * 32)]).new_browser(token("click").recipient)
    assert await follow(world, theirs) not in {"", theirs}
    turned = Keyring([("t2", b"n" * 32), ("t1", b"k" * 32)])
    old = RING.new_browser(token("click").recipient)
    assert turned.is_browser_of(old, token("click").recipient)
    assert not turned.is_browser_of(turned.new_browser(b"s" + SUBJECT), b"s" + OTHER)


async def test_a_recipient_of_one_kind_is_none_of_the_other(world: World):
    contact = str(UUID(bytes=SUBJECT[:6] + b"\x70" + SUBJECT[7:8] + b"\x80" + SUBJECT[9:]))
    subject = UUID(contact).bytes
    by_contact = RING.new_browser(token("click", contact=contact).recipient)
    assert not RING.is_browser_of(by_contact, token("click", contact="", subject=subject).recipient)


@pytest.mark.parametrize(
    ("method", "where", "headers"),
    [
        ("HEAD", path("click"), {}),
        ("GET", path("click"), {"sec-purpose": "prefetch"}),
        ("GET", path("click"), {"user-agent": "curl/8.5.0"}),
        ("GET", path("click", is_test=True), {}),
        ("GET", path("open"), {}),
        ("GET", path("unsubscribe"), {}),
        ("POST", path("unsubscribe"), {}),
        ("GET", path("unsubscribe").replace("/u/", "/p/"), {}),
    ],
)
async def test_nothing_else_gives_a_cookie(world: World, method: str, where: str, headers: dict[str, str]):
    answer = await world.http.request(method, where, headers=CHROME | headers)
    assert answer.status_code in {200, 302}
    assert (given(answer), world.browsers()) == ("", [])


async def test_a_scanner_within_two_seconds_of_the_mail_gets_none(world: World):
    world.clock.set(datetime.fromtimestamp((MESSAGE.int >> 80) / 1000, UTC) + timedelta(seconds=1))
    assert (await follow(world), world.browsers()) == ("", [])


async def test_without_a_domain_there_is_none(tmp_path: Path):
    async with edge_world(tmp_path) as world:
        assert (await follow(world), world.browsers()) == ("", [])


async def test_a_link_that_is_followed_too_often_gives_no_more(world: World):
    given = [await follow(world) for _ in range(62)]
    assert (len({*given[:60]}), given[60:]) == (60, ["", ""])
    assert len(world.browsers()) == 60


async def test_while_kafka_is_away_the_browser_waits_on_disk_with_its_touch(tmp_path: Path):
    async with edge_world(tmp_path / "spool", cookie_domain="links.example") as world:
        stop = asyncio.Event()
        running = asyncio.create_task(world.edge.delivery.run(stop))
        world.broker.is_frozen = True
        hers = await follow(world)
        his = await follow(world, hers, **BOBS)
        assert (world.browsers(), world.touches()) == ([], [])
        world.broker.recover()
        await until(lambda: world.spool.waiting() == 0)
        stop.set()
        await running
        assert {(told.cookie, told.subject) for told in world.browsers()} >= {(hers, SUBJECT), (his, OTHER)}
        assert {touch.contact for _, touch in world.touches()} == {f"contacts/{CONTACT}", f"contacts/{BOB}"}


async def test_who_cannot_be_told_of_gets_none_and_is_led_on(tmp_path: Path):
    async with edge_world(tmp_path / "spool", cookie_domain="links.example") as world:
        world.broker.is_frozen = True
        world.spool._limit = 0
        assert await follow(world) == ""


def test_an_edge_of_before_takes_one_in_its_spool_for_a_broken_touch():
    whole = IntakeTouch(touch_id=bytes(16), subject=SUBJECT, thread=bytes(16)).SerializeToString()
    record = Record("intake", 0, 0, None, envelope([Parcel(0, SUBJECT, whole), browser_parcel(_bound())]))
    with pytest.raises(Unfit):
        check_payloads(touches_of(record))
    halves = IntakeHandler().halve(record)
    assert halves is not None
    check_payloads(touches_of(halves[0]))
    assert IntakeHandler().halve(halves[1]) is None, "a dead letter of its own"


@pytest.mark.parametrize("domain", ["example.com", "inks.example", "example", "b.links.example", ".links.example"])
def test_a_domain_that_browsers_would_refuse_stops_the_edge_at_its_start(domain: str):
    with pytest.raises(ValueError, match="domain of the cookie"):
        cookies(domain, "https://links.example", RING)


def test_the_domain_is_the_edges_own_or_one_above_it():
    for domain in ("links.kiln.example", "kiln.example"):
        found = cookies(domain, "https://links.kiln.example/t", RING)
        assert found is not None
        assert found.is_https


def _bound() -> Any:
    from services.interaction.http.minting import Seen, bound

    seen: Any = Seen(token("click"), None, b"", 0)  # type: ignore[arg-type]
    message: Message = bound(seen, RING.new_browser(b"s" + SUBJECT))
    return message
