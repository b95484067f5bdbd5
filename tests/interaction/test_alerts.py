"""Alerts: whom they reach, what for, by mail and signed webhook, once; digests; and quiet for machines."""

import asyncio
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from chassis.clock import FixedClock
from chassis.errors import Aborted, InvalidArgument, PermissionDenied
from touchline.interaction.v1 import interaction_pb2 as pb

from deploy.local.children import free_port
from services.interaction.domain import alerts as rules
from services.interaction.domain.activities import Reason
from services.interaction.domain.alerts import Line
from services.interaction.gateways import Letters, WebhookRefusedError, Webhooks, check_url
from services.interaction.gateways.webhooks import headers
from services.interaction.jobs import Alerts
from tests.interaction.test_activities import someone
from tests.interaction.world import World, touch

EVIL = 'Ada\r\nBcc: all@evil.example\r\n\r\n=HYPERLINK("x")<script>\u202e\x07'
PRAGUE = ZoneInfo("Europe/Prague")


def test_the_next_digest_is_at_the_hour_on_the_wall_also_where_the_clock_is_moved():
    night = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # the clock is put forward in these hours
    assert rules.next_digest(night, 7, PRAGUE) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert rules.next_digest(datetime(2026, 3, 29, 5, tzinfo=UTC), 7, PRAGUE) == datetime(2026, 3, 30, 5, tzinfo=UTC)


def test_a_webhook_that_fails_comes_again_later_and_later_for_an_hour_at_most():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert [int((rules.next_try(now, tries) - now).total_seconds() / 60) for tries in (0, 1, 5, 6, 99)] == [
        1,
        2,
        32,
        60,
        60,
    ]


def test_what_comes_from_outside_breaks_out_of_no_line_of_a_mail():
    line = Line(EVIL, uuid4(), Reason.ASKED, "email.replied", datetime.now(UTC))
    subject, text = rules.alert_text([line], "http://console", PRAGUE)
    assert "\n" not in subject
    assert "\r" not in subject + text
    assert len([each for each in text.splitlines() if each.startswith(("Bcc:", "="))]) == 0
    _, digest = rules.digest_text([], [(EVIL, "")], "http://console", PRAGUE)
    assert digest.count("\n- ") == 1
    assert "\u202e" not in text + digest


WRONG_URLS = [
    "http://hooks.example/x", "ftp://hooks.example", "https://", "https://a:b@hooks.example/",
    "https://hooks.example/ x",
    "https://hooks.example:0/", "javascript:alert(1)", "https://[::1", "https://hooks.example/" + "x" * 500,
]  # fmt: skip


@pytest.mark.parametrize("url", WRONG_URLS)
def test_a_webhook_is_an_https_address_without_a_login(url):
    with pytest.raises(InvalidArgument):
        check_url(url, allow_http=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost:1/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
    ],
)
async def test_a_webhook_reaches_no_private_network(url):
    with pytest.raises(WebhookRefusedError, match="not public"):
        await Webhooks("").post(url, "secret", "1", {})


class Mailbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mails.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


@contextmanager
def receiver(status: list[int]) -> Iterator[tuple[list[tuple[dict[str, str], bytes]], int]]:
    """A web address of somebody; answers with these codes, the last for ever."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            got.append(({name.lower(): value for name, value in self.headers.items()}, raw))
            self.send_response(status.pop(0) if len(status) > 1 else status[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield got, server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def teller(world: World, smtp_port: int = 1, clock=None) -> Alerts:
    settings = world.settings.model_copy(
        update={"smtp_port": smtp_port, "alert_sender": "Touchline <t@touchline.example>"}
    )
    return Alerts(world.database, Letters(settings), Webhooks("127.0.0.0/8"), "http://console", clock)


async def update(stub, user: str = "users/jana", **fields) -> pb.AlertSettings:
    settings = pb.AlertSettings(name=f"{user}/alertSettings", **{"digest_hour": 7} | fields)
    request = pb.UpdateAlertSettingsRequest(alert_settings=settings)
    request.update_mask.paths.append("*")
    return await stub.UpdateAlertSettings(request)


async def told(stub, user: str = "users/jana", **fields) -> list[tuple[str, int]]:
    answer = await stub.ListAlerts(pb.ListAlertsRequest(parent=user, **fields))
    return [(one.touch.source_event_id, one.reason) for one in answer.alerts]


async def test_an_owner_is_told_once_of_what_people_did_and_never_of_machines_or_history(world: World):
    await someone(world, "ada@kiln.example")
    await someone(world, "eva@kiln.example", "users/tomas")
    await world.settled()
    alerts = teller(world)
    await world.accept(touch("before", "email.replied", ago=30))
    await alerts.tell()  # begins at the end
    assert await told(await world.caller("rep", subject="users/jana")) == []
    await world.accept(
        touch("asked", "email.replied", ago=20),
        touch("opened", "email.opened", ago=20),
        touch("machine", "email.clicked", ago=20, actor=pb.Actor(kind=pb.ACTOR_KIND_MACHINE)),
        touch("imported", "email.clicked", ago=90_000),
        touch("visited", "web.visited", ago=20),
        touch("theirs", "email.clicked", value="eva@kiln.example", ago=20),
    )
    await asyncio.gather(alerts.tell(), teller(world).tell())
    await alerts.tell()
    jana = await world.caller("rep", subject="users/jana")
    assert await told(jana) == [("asked", pb.ContactActivity.REASON_ASKED)]
    assert await told(await world.caller("rep", subject="users/tomas"), "users/tomas") == [
        ("theirs", pb.ContactActivity.REASON_READ)
    ]
    with pytest.raises(PermissionDenied) as refused:
        await told(jana, "users/tomas")
    assert refused.value.reason == "ALERTS_NOT_YOURS"
    seen = pb.MarkAlertsSeenRequest(parent="users/jana")
    seen.until_time.FromDatetime(datetime.now(UTC))
    assert (await jana.MarkAlertsSeen(seen)).unseen_count == 0
    assert await told(jana, only_unseen=True) == []
    assert len(await told(jana)) == 1


async def test_a_task_reminds_its_assignee_once_when_its_time_has_come_on_whatever_clock_unless_it_was_ended(
    world: World,
):
    await someone(world, "ada@kiln.example", "users/jana")
    await world.settled()
    now, tokyo = datetime.now(UTC), ZoneInfo("Asia/Tokyo")
    said = {
        "came": (now - timedelta(minutes=1)).astimezone(tokyo).isoformat(),
        "ended": (now - timedelta(minutes=1)).isoformat(),
        "later": (now + timedelta(hours=1)).astimezone(tokyo).isoformat(),
        "history": (now - timedelta(days=8)).isoformat(),
        "nonsense": now.isoformat()[:10] + "T99:99",
    }
    tasks = [
        touch(
            name, "task.created", ago=30, attributes={"assignee": "users/tomas", "title": name, "remind_time": moment}
        )
        for name, moment in said.items()
    ]
    names = dict(zip(said, await world.accept(*tasks), strict=True))
    await world.accept(touch("end", "task.completed", ago=20, attributes={"task": names["ended"]}))
    await teller(world).tell()
    await teller(world).tell()
    tomas = await world.caller("rep", subject="users/tomas")
    assert await told(tomas, "users/tomas") == [("came", pb.ContactActivity.REASON_REMINDED)]
    assert await told(await world.caller("rep", subject="users/jana")) == [], "the owner is not the assignee"
    await teller(world, clock=FixedClock(now + timedelta(hours=2))).tell()
    assert [name for name, _ in await told(tomas, "users/tomas")] == ["later", "came"]


async def test_five_hundred_signals_at_once_are_each_told_once(world: World):
    await someone(world, "ada@kiln.example")
    await world.settled()
    alerts = teller(world)
    await world.accept(touch("first", "email.clicked", ago=30))
    await alerts.tell()
    await world.accept(*(touch(str(n), "email.clicked", ago=20) for n in range(700)))
    for _ in range(4):
        await alerts.tell()
    answer = await (await world.caller("rep", subject="users/jana")).ListAlerts(
        pb.ListAlertsRequest(parent="users/jana")
    )
    assert answer.unseen_count == 700


async def test_settings_are_checked_and_a_stale_change_is_told(world: World):
    jana = await world.caller("rep", subject="users/jana", email="jana@touchline.example")
    bare = await world.caller("rep", subject="users/nora")
    for wrong in (
        {"digest_hour": 24},
        {"time_zone": "Moon"},
        {"webhook_url": "https://a:b@c.example"},
        {"reasons": [99]},
        {"reasons": [pb.ContactActivity.REASON_REMINDED]},
    ):
        with pytest.raises(InvalidArgument):
            await update(jana, **wrong)
    with pytest.raises(InvalidArgument, match="login"):
        await update(bare, "users/nora", is_mailed=True)
    kept = await update(jana, is_mailed=True, webhook_url="https://hooks.example/1")
    assert (kept.address, len(kept.webhook_secret) > 30) == ("jana@touchline.example", True)
    again = await jana.GetAlertSettings(pb.GetAlertSettingsRequest(name="users/jana/alertSettings"))
    assert (again.webhook_secret, again.etag) == ("", "1")
    assert list(again.reasons) == [int(reason) for reason in rules.USUAL]
    with pytest.raises(Aborted):
        await update(jana, etag="0")


async def test_an_alert_is_mailed_and_posted_signed_and_what_is_refused_comes_again(world: World):
    ada = await someone(world, "ada@kiln.example")
    await world.settled()
    with mail_server() as (box, smtp_port), receiver([500, 302, 204]) as (got, port):
        jana = await world.caller("rep", subject="users/jana", email="jana@touchline.example")
        moment = datetime.now(UTC)
        await teller(world, smtp_port).tell()
        servicer_url = f"http://127.0.0.1:{port}/hook?x=1"
        async with world.database.transaction() as tx:
            from services.interaction import store

            await store.save_settings(
                tx,
                rules.AlertSettings(
                    "users/jana", "jana@touchline.example", True, webhook_url=servicer_url, webhook_secret="s"
                ),
            )
        await world.accept(touch("asked", "email.replied", ago=20, attributes={"subject": EVIL}))
        for minutes in (0, 2, 6, 60):
            await teller(world, smtp_port, FixedClock(moment + timedelta(minutes=minutes))).tell()
        assert [recipients for recipients, _ in box.mails] == [["jana@touchline.example"]]
        assert "wants an answer" in box.mails[0][1]
        assert "Bcc" not in box.mails[0][1]
        assert [len(json.loads(raw)["alerts"]) for _, raw in got] == [1, 1, 1]
        assert len({told["touchline-delivery"] for told, _ in got}) == 1
        for told_headers, raw in got:
            stamp, signature = (part.partition("=")[2] for part in told_headers["touchline-signature"].split(","))
            assert signature == hmac.new(b"s", f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
            assert headers("other", "1", raw, int(stamp))["touchline-signature"] != told_headers["touchline-signature"]
        alert = json.loads(got[0][1])["alerts"][0]
        assert (alert["contact"], alert["reason"]) == (f"contacts/{ada}", "ASKED")
        assert "kiln" not in got[0][1].decode()
        settings = await jana.GetAlertSettings(pb.GetAlertSettingsRequest(name="users/jana/alertSettings"))
        assert settings.webhook_trouble == ""


async def test_a_digest_is_mailed_once_a_day_and_none_on_a_quiet_day(world: World):
    await someone(world, "ada@kiln.example")
    await world.settled()
    with mail_server() as (box, smtp_port):
        jana = await world.caller("rep", subject="users/jana", email="jana@touchline.example")
        await update(jana, is_digested=True, time_zone="UTC", digest_hour=(datetime.now(UTC).hour + 1) % 24)
        due = datetime.now(UTC) + timedelta(hours=1, minutes=1)
        await teller(world, smtp_port, FixedClock(due)).tell()
        assert box.mails == []  # nobody did anything
        said = {"title": EVIL, "assignee": "users/jana"}
        await world.accept(touch("1", "email.replied", ago=20), touch("2", "task.created", ago=20, attributes=said))
        for hours in (23, 24, 24.1):
            clock = FixedClock(datetime.now(UTC) + timedelta(hours=hours + 1))
            await world.accept(touch(f"c{hours}", "email.clicked", ago=20))
            await teller(world, smtp_port, clock).tell()
        assert len(box.mails) == 1
        assert "1 tasks" in box.mails[0][1]
        assert "\nBcc" not in box.mails[0][1]
