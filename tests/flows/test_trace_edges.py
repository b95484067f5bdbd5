"""The spans of one touch join, by parent or link: from the caller through every process to the timeline's row."""

import asyncio
import re
import secrets
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from chassis.telemetry import names, spans
from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline_client import Touchline

from deploy import telemetry
from services.console.gateways import Span, Traces
from tests.console.readers import Reader
from tests.flows.campaigns import Marketer, campaign_of, until
from tests.flows.people import client
from tests.flows.postbox import Postbox
from tests.flows.system import System, eventually
from tests.patience import PATIENCE, PATIENT

INTAKE = "touchline.interaction.intake.v1"
RECORDED = "touchline.interaction.recorded.v1"
# Who did what, each step caused by the one before. FLUSH is the pipelined flush that fences, inserts and commits.
WRITING = (
    ("interaction.serve", "InteractionService/RecordTouches"),
    ("interaction.serve", f"send {INTAKE}"),
    ("interaction.consume", f"process {INTAKE}"),
    ("interaction.consume", f"FLUSH {INTAKE}"),
)
TELLING = (("interaction.work", f"send {RECORDED}"), ("interaction.publish", f"process {RECORDED}"))
MAILING = (
    ("campaign.serve", "CampaignService/LaunchCampaign"),
    ("campaign.send", "claim sends"),
    ("campaign.send", "hand over mails"),
    ("campaign.send", "send mails"),
    ("campaign.send", "settle sends"),
    ("campaign.work", "send touches"),
)
METRIC = re.compile(r"^# TYPE ((?:touchline|rpc|http|messaging|db)_\w+?)(?:_total|_created)? ", re.MULTILINE)
STATIONS = [
    "on its way to us", "accepted", "in Kafka", "read and judged", "written, visible at its end",
    "on its way to others", "published",
]  # fmt: skip
Steps = Sequence[tuple[str, str]]


async def test_a_touch_can_be_followed_from_its_caller_to_its_row_and_its_page_shows_the_way(system: System):
    caller, address = Caller(), f"traced-{uuid4()}@flow.example"
    async with client(system) as touchline:
        contact = await _willing(touchline, address)
        source = pb.Source(name="sources/flow-trace", client="flow", identifier_kind="email")
        await touchline.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
        touch = pb.Touch(type="web.visited", source="sources/flow-trace", source_event_id=secrets.token_hex(8))
        touch.identifier.kind, touch.identifier.value = "email", address
        touch.occurred_time.FromDatetime(datetime.now(UTC))
        request = pb.RecordTouchesRequest(touches=[touch])

        async def is_accepted() -> bool:
            answer = await touchline.interaction.RecordTouches(request, metadata=[caller.metadata])
            return answer.results[0].status.code == 0

        await until(is_accepted)
        await _all_joined(system, caller, (*WRITING, *TELLING))
        (thread,) = (await touchline.interaction.GetTimeline(pb.GetTimelineRequest(parent=contact))).threads
    trace = await _way_on_the_page(system, f"/{contact}?people=0&touch={thread.name.rpartition('/')[2]}")
    assert trace == caller.trace


async def test_a_mail_can_be_followed_from_the_launch_to_the_row_of_its_one_recipient(system: System, postbox: Postbox):
    caller, address = Caller(), f"traced-{uuid4()}@flow.example"
    async with client(system) as touchline:
        contact = await _willing(touchline, address)
        campaign = campaign_of(await _mailing(Marketer(touchline, postbox), contact))
        launch = campaign_pb2.LaunchCampaignRequest(name=campaign)
        await touchline.campaign.LaunchCampaign(launch, metadata=[caller.metadata])
    mail = (await asyncio.to_thread(eventually, lambda: postbox.mails(recipient=address)))[0]
    await _all_joined(system, caller, (*MAILING, *WRITING, *TELLING))
    assert _types_about(system, mail.id) == ["email.handed_over"]


async def test_what_runs_records_the_spans_and_metrics_of_the_catalogue_and_no_others(system: System):
    """What the flows above did not cause, a link of the edge does."""
    async with httpx.AsyncClient(timeout=PATIENT) as somebody:
        assert (await somebody.get(f"{system.settings.edge_url}/o/forged")).status_code == 404
    metrics = {name for role in system.roles() for name in METRIC.findall(system.ask(role, "/metrics")[1])}
    assert metrics - {metric.describe()[0].name for metric in telemetry.declared()} == set()
    await asyncio.to_thread(eventually, lambda: not uncaused(system), every=0.5)
    assert [one for one in recorded(system) if not any(is_of(known, *one) for known in spans.CATALOGUE)] == []


def recorded(system: System) -> list[tuple[str, str, frozenset[str]]]:
    """Name, kind and attributes of everything that was recorded."""
    query = "SELECT DISTINCT name, kind, (SELECT group_concat(key) FROM json_each(attributes)) FROM span"
    with closing(sqlite3.connect(system.state / "traces" / "spans.sqlite")) as kept:
        return [(name, kind, frozenset((keys or "").split(",")) - {""}) for name, kind, keys in kept.execute(query)]


def uncaused(system: System) -> list[str]:
    """The spans of the catalogue that nothing has recorded yet."""
    found = recorded(system)
    return [known.name for known in spans.CATALOGUE if not any(is_of(known, *one) for one in found)]


def is_of(known: spans.Known, name: str, kind: str, attributes: frozenset[str]) -> bool:
    always = set(known.attributes)
    return known.is_of(name, kind) and always <= attributes <= always | {*known.more, names.ERROR_TYPE}


async def _willing(touchline: Touchline, address: str) -> str:
    """A new contact who allows marketing mail."""
    email = contact_pb2.Identifier(kind="email", value=address)
    wanted = contact_pb2.Contact(display_name="Traced", identifiers=[email])
    made = await touchline.contact.CreateContact(contact_pb2.CreateContactRequest(contact=wanted))
    event = contact_pb2.ConsentEvent(
        address=email, purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_EMAIL,
        status=contact_pb2.ConsentEvent.STATUS_GRANTED, lawful_basis="LAWFUL_BASIS_CONSENT",
    )  # fmt: skip
    await touchline.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))
    return str(made.name)


async def _mailing(marketer: Marketer, contact: str) -> str:
    """A mail to this contact alone, so that whatever its launch causes is about one person."""
    segment = await marketer.people(f"Traced {contact}", contact)
    sender = await marketer.sender("Traced", f"news-{uuid4()}@flow.example")
    return str((await marketer.mailing(f"Traced {contact}", segment, sender)).name)


class Caller:
    """A span of another system's, which ours hang on."""

    def __init__(self) -> None:
        self.trace, self.span = secrets.token_hex(16), secrets.token_hex(8)
        self.metadata = ("traceparent", f"00-{self.trace}-{self.span}-01")


async def _all_joined(system: System, caller: Caller, steps: Steps) -> list[Span]:
    """The last spans, when every step hangs on the one before; fail with the first at which the walk breaks."""
    kept = Traces(f"http://127.0.0.1:{system.settings.port_traces}")
    deadline = time.monotonic() + PATIENCE
    while True:
        broken, found = await walked(kept, caller, steps)
        if not broken:
            return found
        assert time.monotonic() < deadline, broken
        await asyncio.sleep(0.25)


async def walked(kept: Traces, caller: Caller, steps: Steps) -> tuple[str, list[Span]]:
    """The first step that nothing shows which followed from the step before, empty when there is none; and the last."""
    front, found = {(caller.trace, caller.span)}, []
    for role, name in steps:
        after = {span.id: span for start in front for span in await kept.following(*start)}
        found = [span for span in after.values() if span.name.endswith(name) and span.service == role]
        if not found:
            return f"{role}: {name}", []
        front = {(span.trace, span.id) for span in found}
    return "", found


async def _way_on_the_page(system: System, page: str) -> str:
    """The trace to which an administrator is led from a touch's way; a sales rep sees the way alone."""
    address = f"http://127.0.0.1:{system.settings.port_console}"
    async with httpx.AsyncClient(base_url=address, timeout=PATIENT) as rep:
        way = (await (await Reader(rep).log_in("jana")).read(page)).partition('<ol class="trace">')[2]
        assert re.findall("<li><span>([^<]+)</span>", way) == STATIONS
        assert "/traces" not in way
        assert (await rep.get("/traces")).status_code == 403
    async with httpx.AsyncClient(base_url=address, timeout=PATIENT) as client_of_admin:
        admin = await Reader(client_of_admin).log_in("adam")
        (trace,) = re.findall('href="/traces/([0-9a-f]{32})"', await admin.read(page))
        assert "InteractionService/RecordTouches" in (told := await admin.read(f"/traces/{trace}"))
        assert f"send {INTAKE}" in told
        assert "No such trace" in await admin.read("/traces", service="nobody")
        assert trace in await admin.read("/traces", service="interaction.serve")
        moved = await client_of_admin.get("/traces", params={"trace": trace})
        assert moved.headers["location"] == f"/traces/{trace}"
    return str(trace)


def _types_about(system: System, message: str) -> list[str]:
    with system.sql("interaction") as connection:
        rows = connection.execute("SELECT type FROM touch WHERE message = %s", [message]).fetchall()
    return [str(row[0]) for row in rows]
