"""A whole system with a counting mail server, people in it, and mailings that are launched to all of them."""

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import grpc
import psycopg
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.segmentation.v1 import segmentation_pb2 as segments
from touchline_client import Touchline
from touchline_client.imports import ImportRun
from touchline_client.refusals import refusal_of
from touchline_client.tables import sniff

from tests.bench.smtp_sink import Received, Sink, sink
from tests.campaign.sending.ground import HTML, SUBJECT, TEXT
from tests.flows import campaigns as flows
from tests.flows.campaigns import Marketer
from tests.flows.people import client
from tests.flows.system import Engines, System
from tests.patience import PATIENCE

CONNECTIONS, PIPELINED, BATCH = 8, 2, 100
LEASE_SECONDS = 5
PLAN = "mail faults"
COLUMNS = {
    "Record ID": "crm:faults",
    "First Name": "given_name",
    "Email": "email",
    "Plan": "attributes.plan",
    "Marketing": "consent.marketing.email",
    "Tracking": "consent.tracking.email",
}


@dataclass
class Stage:
    """What the rows play on."""

    engines: Engines
    system: System
    sink: Sink
    touchline: Touchline
    people: frozenset[UUID]
    segment: str
    sender: str
    planning_seconds: float = 1.0

    def rows(self, service: str, query: str, *values: Any) -> list[Any]:
        """Rows of a service's database, read from outside; PostgreSQL itself may be coming back."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with self.system.sql(service) as connection:
                    return connection.execute(query, values).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


@dataclass(frozen=True)
class Mailing:
    """A mail that was launched to everybody, and how many mails the sink had before."""

    campaign: str
    activity: UUID
    base: int


async def patiently(call: Callable[[], Awaitable[Any]]) -> Any:
    """As any caller does: again, while the service that was just killed comes back."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await call()
        except grpc.aio.AioRpcError as error:
            if not refusal_of(error).is_passing or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.1)


async def until(holds: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
    """Return when it is so."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def open_stage(engines: Engines, number: int) -> AsyncIterator[Stage]:
    """A system on these engines that knows so many people who agreed to mail and to tracking."""
    with sink() as server:
        fields = {"smtp_port": server.port, "smtp_connections": CONNECTIONS}
        system = engines.system(**fields, send_batch=BATCH, send_lease_seconds=LEASE_SECONDS)
        try:
            await asyncio.to_thread(system.start)
            async with client(system) as touchline:
                await _import(system, touchline, number)
                _look_up_by_activity(system)
                segment, people = await _everybody(Marketer(touchline), number)
                sender = await verified_sender(system, touchline)
                stage = Stage(engines, system, server, touchline, people, segment, sender)
                await until(lambda: _known(stage) == number, "campaign knows everybody")
                yield stage
        finally:
            await asyncio.to_thread(system.stop)


async def launch(stage: Stage, name: str, rate: int) -> Mailing:
    """A new campaign with one mail to everybody, at most so many a second."""
    base, campaigns = stage.sink.counts()["mails"], stage.touchline.campaign
    wanted = pb.CreateCampaignRequest(campaign=pb.Campaign(display_name=name))
    campaign = await patiently(lambda: campaigns.CreateCampaign(wanted))
    activity = pb.Activity(
        display_name=name, include_segments=[stage.segment], sender=stage.sender, subscription_topic="news",
        subject_template=SUBJECT, html_template=HTML, text_template=TEXT, rate_per_second=rate,
    )  # fmt: skip
    request = pb.CreateActivityRequest(parent=campaign.name, activity=activity)
    made = await patiently(lambda: campaigns.CreateActivity(request))
    await patiently(lambda: campaigns.LaunchCampaign(pb.LaunchCampaignRequest(name=campaign.name)))
    return Mailing(campaign.name, UUID(made.name.rpartition("/")[2]), base)


async def until_out(stage: Stage, mailing: Mailing, mails: int) -> None:
    """Return when so many mails of it have arrived."""
    await until(lambda: stage.sink.counts()["mails"] - mailing.base >= mails, f"{mails} mails are out")


async def is_finished(stage: Stage, mailing: Mailing, seconds: float = 2 * PATIENCE) -> bool:
    """Wait until its campaign says that nothing is left to send; False when it does not in so many seconds."""
    deadline = time.monotonic() + seconds
    request = pb.GetCampaignRequest(name=mailing.campaign)
    while time.monotonic() < deadline:
        held = await patiently(lambda: stage.touchline.campaign.GetCampaign(request))
        if held.state == pb.Campaign.STATE_FINISHED:
            return True
        await asyncio.sleep(0.1)
    return False


def mails_of(stage: Stage, mailing: Mailing) -> list[Received]:
    """What arrived since it was launched; a mail is named by the UUID before the @ of its Message-ID."""
    arrived = stage.sink.mails(since=mailing.base)
    return [mail._replace(message_id=mail.message_id.partition("@")[0]) for mail in arrived]


def _look_up_by_activity(system: System) -> None:
    """An index of the checker's own: after many rows the table of touches is large."""
    with system.sql("interaction") as connection:
        connection.execute("CREATE INDEX faults_activity ON touch (activity_id)")


def _known(stage: Stage) -> int:
    found = stage.rows("campaign", "SELECT count(*) FROM person WHERE id = ANY (%s)", list(stage.people))
    return int(found[0][0])


async def _import(system: System, touchline: Touchline, number: int) -> None:
    """As an operator does, from a CRM's export."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([f"m{at}", f"Vera{at}", f"vera{at}@mails.example", PLAN, "yes", "yes"] for at in range(number))
    path = system.state / "mail-faults.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    state = await ImportRun(touchline, sniff(path), COLUMNS, region="DE", owner="", team="").run()
    assert (state.rows_created, state.rows_refused) == (number, 0)


async def _everybody(marketer: Marketer, number: int) -> tuple[str, frozenset[UUID]]:
    """A segment of all of them, as soon as they are in it."""
    await marketer.knows("attributes.plan")
    rule = segments.AttributeCondition(attribute="attributes.plan", operator=segments.OPERATOR_EQUALS)
    rule.values.add(string_value=PLAN)
    segment = await marketer.segment("Mail faults", segments.Rule(attribute=rule))

    async def members() -> set[str] | None:
        found = await marketer.members(segment)
        return found if len(found) == number else None

    found = await flows.until(members)
    return segment, frozenset(UUID(name.rpartition("/")[2]) for name in found)


async def verified_sender(system: System, touchline: Touchline) -> str:
    """A sender; its code is in a mail that the sink did not keep, so the proof is written down for it."""
    wanted = pb.Sender(display_name="Faults", address="faults@mails.example")
    made = await touchline.campaign.CreateSender(pb.CreateSenderRequest(sender=wanted))
    with system.sql("campaign") as connection:
        connection.execute("UPDATE sender SET state = 'VERIFIED', verify_time = now()")
    return str(made.name)
