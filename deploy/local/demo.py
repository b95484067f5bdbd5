"""Puts the demo company into a running installation through its APIs, and lets a little happen to it while you watch.

`python -m deploy.local.demo seed` creates what is missing and records ninety days of history; twice changes nothing.
`python -m deploy.local.demo live` records a touch every two seconds until it is stopped.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.auth import issue_token
from chassis.config import Settings
from chassis.errors import AlreadyExists, DomainError, ResourceExhausted, Unavailable
from chassis.rpc import channel
from chassis.rpc.tls import Certificates
from google.protobuf.message import Message
from google.type.date_pb2 import Date
from touchline.campaign.v1 import campaign_pb2, campaign_pb2_grpc
from touchline.contact.v1 import contact_pb2, contact_pb2_grpc
from touchline.interaction.v1 import interaction_pb2, interaction_pb2_grpc
from touchline.segmentation.v1 import segmentation_pb2, segmentation_pb2_grpc

from deploy.local import demo_company as demo
from deploy.local.demo_history import SOURCES, World, deal_name, history
from deploy.local.demo_live import run_live
from deploy.local.demo_mailings import FAIR, Codes, make_mailings, sandbox_codes

CLIENT = "demo"
BATCH = 500
IN_FLIGHT = 4
TIMEOUT = 30.0
DONE = "Its history is recorded."
COLUMNS = (
    "Record ID",
    "First name",
    "Last name",
    "Email",
    "Phone",
    "Title",
    "Account",
    "Owner",
    "Team",
    "Country",
    "Zone",
    "Mail consent",
    "Tracking consent",
)
TARGETS = ("crm:demo", "given_name", "family_name", "email", "phone", "title", "account", "owner", "team", "country",
           "time_zone", "consent.marketing.email", "consent.tracking.email")  # fmt: skip
Say = Callable[[str], None]


@dataclass(frozen=True)
class Apis:
    """The four APIs, called as the demo's own client."""

    contact: contact_pb2_grpc.ContactServiceStub
    campaign: campaign_pb2_grpc.CampaignServiceStub
    segmentation: segmentation_pb2_grpc.SegmentationServiceStub
    interaction: interaction_pb2_grpc.InteractionServiceStub


@asynccontextmanager
async def apis(settings: Settings) -> AsyncIterator[Apis]:
    """Channels to all services, closed afterwards."""
    token = issue_token(settings, subject="users/demo", name="Demo company", roles=["admin"], client=CLIENT)
    stubs = (
        contact_pb2_grpc.ContactServiceStub, campaign_pb2_grpc.CampaignServiceStub,
        segmentation_pb2_grpc.SegmentationServiceStub, interaction_pb2_grpc.InteractionServiceStub,
    )  # fmt: skip
    names = ("contact", "campaign", "segmentation", "interaction")
    shown = Certificates.load(settings)
    channels = [channel(settings.target(name), token=token, timeout=TIMEOUT, certificates=shown) for name in names]
    try:
        yield Apis(*(stub(opened) for stub, opened in zip(stubs, channels, strict=True)))
    finally:
        await asyncio.gather(*(opened.close() for opened in channels))


async def seed(settings: Settings, say: Say = print, codes: Codes | None = None) -> World:
    """Create the company, record its history, send its mailing; what is there already stays as it is.

    `codes` tells the code that was mailed to an address; the sandbox's inbox does where it is ours.
    """
    company = demo.build()
    async with apis(settings) as api:
        programme = await _programme(api)
        start = _start_of(programme)
        accounts = {account.key: f"accounts/{_id(start, account.key)}" for account in company.accounts}
        await _accounts(api, company, accounts)
        campaigns = await _campaigns(api, programme, start)
        await _people(api, company, start, say)
        contacts = await _contacts(api, company)
        world = World(start, contacts, accounts, campaigns)
        await _twin(api, company, world)
        if programme.description.endswith(DONE):
            say("The demo company is there already.")
            return world
        await _sources(api)
        await _deals(api, company, world)
        await _fair_list(api, company, world)
        mailings = make_mailings(api, company, world, programme.name, codes or sandbox_codes(settings))
        await asyncio.gather(_record(api, history(company, world), say), mailings)
        await _mark_done(api, programme)
        return world


def _start_of(programme: campaign_pb2.Programme) -> datetime:
    day = programme.start_date
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _id(start: datetime, *names: str) -> str:
    return str(demo.uuid7(start, random.Random("/".join((str(demo.SEED), *names)))))


async def _programme(api: Apis) -> campaign_pb2.Programme:
    """The programme that holds the demo; its first day is where the history begins, also for whoever comes again."""
    async for programme in _pages(api.campaign.ListProgrammes, campaign_pb2.ListProgrammesRequest(), "programmes"):
        if programme.display_name == demo.PROGRAMME:
            return programme
    first = datetime.now(UTC).date() - timedelta(days=demo.DAYS)
    wanted = campaign_pb2.Programme(
        display_name=demo.PROGRAMME,
        description="A maker of drives wins factories for retrofits.",
        start_date=Date(year=first.year, month=first.month, day=first.day),
    )
    return await api.campaign.CreateProgramme(
        campaign_pb2.CreateProgrammeRequest(programme=wanted, request_id=str(demo.stable_id("programme", str(first))))
    )


async def _mark_done(api: Apis, programme: campaign_pb2.Programme) -> None:
    changed = campaign_pb2.Programme(name=programme.name, description=f"{programme.description} {DONE}")
    request = campaign_pb2.UpdateProgrammeRequest(
        programme=changed, request_id=str(demo.stable_id(programme.name, changed.description))
    )
    request.update_mask.paths.append("description")
    await api.campaign.UpdateProgramme(request)


async def _campaigns(api: Apis, programme: campaign_pb2.Programme, start: datetime) -> dict[str, str]:
    """The campaigns' resource names by what people call them."""
    names = {}
    async for held in _pages(api.campaign.ListCampaigns, campaign_pb2.ListCampaignsRequest(), "campaigns"):
        if held.programme == programme.name:
            names[held.display_name] = held.name
    for campaign in demo.CAMPAIGNS:
        if campaign.display_name not in names:
            wanted = campaign_pb2.Campaign(
                display_name=campaign.display_name,
                programme=programme.name,
                description=campaign.goal,
                owner="users/mira",
            )
            wanted.planned_start_time.FromDatetime(demo.moment_of(start, campaign.mailings[0]))
            wanted.planned_end_time.FromDatetime(start + timedelta(days=demo.DAYS + 30))
            request_id = str(demo.stable_id(programme.name, campaign.display_name))
            request = campaign_pb2.CreateCampaignRequest(campaign=wanted, request_id=request_id)
            names[campaign.display_name] = (await api.campaign.CreateCampaign(request)).name
    return names


async def _accounts(api: Apis, company: demo.Company, names: dict[str, str]) -> None:
    async def create(account: demo.Account) -> None:
        wanted = contact_pb2.Account(
            display_name=account.display_name, domain=account.domain, country=account.country, industry="Manufacturing",
            owner=f"users/{account.owner}", team=f"teams/{account.team}", external_id=account.key,
        )  # fmt: skip
        account_id = names[account.key].partition("/")[2]
        request = contact_pb2.CreateAccountRequest(account=wanted, account_id=account_id)
        await unless_there(api.contact.CreateAccount(request))

    await _together([create(account) for account in company.accounts])


async def _people(api: Apis, company: demo.Company, start: datetime, say: Say) -> None:
    """Imports the people as a CRM export; an import that was broken off goes on where it stood."""
    name = f"imports/{_id(start, 'import')}"
    wanted = contact_pb2.Import(
        display_name="demo company", columns=COLUMNS, mapping=dict(zip(COLUMNS, TARGETS, strict=True)),
        total_rows=len(company.people),
    )  # fmt: skip
    request = contact_pb2.CreateImportRequest(contact_import=wanted, import_id=name.partition("/")[2])
    await unless_there(api.contact.CreateImport(request))
    state = await api.contact.GetImport(contact_pb2.GetImportRequest(name=name))
    first = int(state.next_row)
    while state.state != contact_pb2.Import.STATE_FINISHED:
        part = company.people[first - 1 : first - 1 + BATCH]
        rows = [contact_pb2.AppendImportRowsRequest.Row(values=_row(person)) for person in part]
        last = first - 1 + len(part) == len(company.people)
        append = contact_pb2.AppendImportRowsRequest(parent=name, first_row=first, rows=rows, last=last)
        state = await api.contact.AppendImportRows(append)
        first = int(state.next_row)
        say(f"people      {min(first - 1, len(company.people)):>6} of {len(company.people)}")


def _row(person: demo.Person) -> tuple[str, ...]:
    account = person.account
    return (
        person.crm_id, person.given_name, person.family_name, person.email, person.phone, person.job_title,
        account.display_name, f"users/{account.owner}", f"teams/{account.team}", account.country, person.time_zone,
        "yes" if person.is_subscribed else "no", "yes" if person.is_trackable else "no",
    )  # fmt: skip


async def _contacts(api: Apis, company: demo.Company) -> dict[int, str]:
    """The contacts' resource names by the number of the person."""
    names = {}
    for part in _parts(company.people, BATCH):
        request = contact_pb2.ResolveIdentifiersRequest()
        for person in part:
            asked = request.queries.add().identifier
            asked.kind, asked.value = "email", person.email
        answer = await api.contact.ResolveIdentifiers(request)
        for person, resolution in zip(part, answer.resolutions, strict=True):
            if resolution.contacts:
                names[person.number] = resolution.contacts[0]
    return names


async def _twin(api: Apis, company: demo.Company, world: World) -> None:
    """Ada once more, typed in at the fair: for the queue of those who may be here twice."""
    account = company.accounts[0]
    wanted = contact_pb2.Contact(
        display_name=demo.TWIN, title="Head of plant", tags=["fair"], language="cs",
        account=world.accounts[account.key], owner=f"users/{account.owner}", team=f"teams/{account.team}",
    )  # fmt: skip
    wanted.identifiers.add(kind="email", value=demo.TWIN_ADDRESS)
    request = contact_pb2.CreateContactRequest(contact=wanted, contact_id=_id(world.start, "twin"))
    await unless_there(api.contact.CreateContact(request))


async def _sources(api: Apis) -> None:
    for source, kind in SOURCES.items():
        wanted = interaction_pb2.Source(
            name=f"sources/{source}",
            display_name=source.replace("-", " ").capitalize(),
            client=CLIENT,
            identifier_kind=kind,
        )
        await api.interaction.RegisterSource(interaction_pb2.RegisterSourceRequest(source=wanted))


async def _deals(api: Apis, company: demo.Company, world: World) -> None:
    """The deals of the CRM that the history's last word about each describes."""
    told = {touch.deal: touch for touch in history(company, world) if touch.deal}
    people = {deal_name(person, world): person for person in company.people}

    async def create(name: str, touch: interaction_pb2.Touch) -> None:
        person = people[name]
        wanted = contact_pb2.Deal(
            display_name=touch.names.deal, account=world.accounts[person.account.key], amount=touch.value,
            stage=touch.attributes["stage"], owner=f"users/{person.account.owner}", team=f"teams/{person.account.team}",
        )  # fmt: skip
        if world.contacts.get(person.number):
            wanted.participants.add(contact=world.contacts[person.number], role="buyer")
        request = contact_pb2.CreateDealRequest(deal=wanted, deal_id=name.partition("/")[2])
        await unless_there(api.contact.CreateDeal(request))

    await _together([create(name, touch) for name, touch in told.items()])


async def _fair_list(api: Apis, company: demo.Company, world: World) -> None:
    """The list of those whom the trade fair invites."""
    request = segmentation_pb2.ListSegmentsRequest()
    if FAIR in {held.display_name async for held in _pages(api.segmentation.ListSegments, request, "segments")}:
        return
    create = segmentation_pb2.CreateSegmentRequest(request_id=str(demo.stable_id(str(world.start), FAIR)))
    create.segment.display_name = FAIR
    segment = await api.segmentation.CreateSegment(create)
    people = (person for person in company.people if person.account.country == "CZ")
    members = [world.contacts[person.number] for person in people if person.number in world.contacts]
    for part in _parts(members, BATCH):
        await api.segmentation.AddMembers(segmentation_pb2.AddMembersRequest(name=segment.name, contacts=part))


async def _record(api: Apis, touches: Sequence[interaction_pb2.Touch], say: Say) -> None:
    done = 0
    limit = asyncio.Semaphore(IN_FLIGHT)

    async def record(part: Sequence[interaction_pb2.Touch]) -> None:
        nonlocal done
        async with limit:
            await record_all(api.interaction, part)
        done += len(part)
        say(f"touches     {done:>6} of {len(touches)}")

    await asyncio.gather(*(record(part) for part in _parts(touches, BATCH)))


async def record_all(
    api: interaction_pb2_grpc.InteractionServiceStub, touches: Sequence[interaction_pb2.Touch]
) -> None:
    """Record until each is accepted; what is worth sending again is sent again, any other refusal is an error."""
    while touches:
        try:
            answer = await api.RecordTouches(interaction_pb2.RecordTouchesRequest(touches=touches))
        except (Unavailable, ResourceExhausted):
            await asyncio.sleep(0.5)
            continue
        again = []
        for touch, result in zip(touches, answer.results, strict=True):
            if result.status.code in (8, 14):
                again.append(touch)
            elif result.status.code:
                raise RuntimeError(f"{touch.type} {touch.source_event_id}: {result.status.message}")
        touches = again
        await asyncio.sleep(0.2 if again else 0)


async def unless_there(call) -> None:
    try:
        await call
    except AlreadyExists:
        return


async def _together(calls: Iterable, at_once: int = 8) -> None:
    limit = asyncio.Semaphore(at_once)

    async def one(call) -> None:
        async with limit:
            await call

    await asyncio.gather(*(one(call) for call in calls))


async def _pages(method, request: Message, items: str) -> AsyncIterator:
    while True:
        answer = await method(request)
        for item in getattr(answer, items):
            yield item
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def _parts(items: Sequence, size: int) -> Iterable[Sequence]:
    return (items[start : start + size] for start in range(0, len(items), size))


def main(arguments: Sequence[str] | None = None) -> int:
    """`seed`, or `live` until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.demo", description=__doc__)
    parser.add_argument("what", choices=("seed", "live"))
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two live touches")
    given = parser.parse_args(arguments)
    settings = Settings.load()
    try:
        if given.what == "seed":
            asyncio.run(seed(settings))
        else:
            asyncio.run(_live(settings, given.every))
    except KeyboardInterrupt:
        return 0
    except DomainError as error:
        print(f"The demo company could not be completed: {error}", file=sys.stderr)
        return 1
    return 0


async def _live(settings: Settings, every: float) -> None:
    world = await seed(settings)
    async with apis(settings) as api:
        await run_live(lambda touches: record_all(api.interaction, touches), demo.build(), world, every)


if __name__ == "__main__":
    raise SystemExit(main())
