"""What pictures of the console need and the demo company has not by itself: put in once, found again afterwards."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from chassis.config import Settings
from google.type.date_pb2 import Date
from playwright.async_api import APIRequestContext
from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2 as pb
from touchline.interaction.v1 import interaction_pb2
from touchline.segmentation.v1 import segmentation_pb2

from deploy.local import demo_mailings as mailings
from deploy.local.demo import Apis, unless_there
from deploy.local.demo_company import TWIN_ADDRESS, stable_id
from services.console.http.launch import AUDIENCE

ADA = "ada@kovarna-brno.example"
CRM, ADA_THERE = "demo", "50000"  # which CRM has a panel, and who Ada is there
LETTER = "energy-letter"
FORGOTTEN = "Otto Beispiel"
SPANS = 40  # of a trace that fits on a picture


async def places(api: Apis, web: APIRequestContext, settings: Settings) -> dict[str, str]:
    """What the addresses of the pages are made of, by the names that the addresses use."""
    now = datetime.now(UTC)
    ada = await person(api, ADA)
    account = (await api.contact.GetContact(pb.GetContactRequest(name=ada))).account
    deals = (await api.contact.ListDeals(pb.ListDealsRequest(page_size=1))).deals
    senders = (await api.campaign.ListSenders(campaign_pb2.ListSendersRequest(page_size=1))).senders
    await described(api, ada)
    await reminded(api, now)
    twin = await barred(api, now)
    known = {"ada": ada, "ada_id": last(ada), "barred": twin, "barred_id": last(twin), "account": account}
    known |= {"deal": deals[0].name, "sender": senders[0].name, "erasure": await erased(api)}
    known |= {"month": f"{now - timedelta(days=60):%Y-%m-%d}", "tomorrow": f"{now + timedelta(days=1):%Y-%m-%d}"}
    known |= {"import": await imported(api, ada)} | await campaigns(api) | await segments(api)
    known |= await read(api, web, settings, known) | await asked(api, web, settings)
    return known | {"trace": await trace(web, settings)} | await panel(web, settings)


async def person(api: Apis, address: str) -> str:
    """Who holds a mail address; empty for nobody."""
    known = pb.Identifier(kind="email", value=address)
    wish = pb.ResolveIdentifiersRequest(queries=[pb.ResolveIdentifiersRequest.Query(identifier=known)])
    found = (await api.contact.ResolveIdentifiers(wish)).resolutions[0].contacts
    return str(found[0]) if found else ""


async def imported(api: Apis, contact: str) -> str:
    """The table that somebody came by."""
    wish = pb.ListIdentityLinksRequest(parent=contact, page_size=100)
    links = (await api.contact.ListIdentityLinks(wish)).identity_links
    return next(str(link.evidence) for link in links if link.evidence.startswith("imports/"))


async def campaigns(api: Apis) -> dict[str, str]:
    """The campaign that was sent and its mail, and one that waits with its own."""
    listed = (await api.campaign.ListCampaigns(campaign_pb2.ListCampaignsRequest(page_size=100))).campaigns
    names = {one.display_name: one.name for one in listed}
    sent, draft = names[mailings.SENT], names[mailings.WAITING[0]]
    mails = {}
    for name in (sent, draft):
        wish = campaign_pb2.ListActivitiesRequest(parent=name, page_size=1)
        mails[name] = (await api.campaign.ListActivities(wish)).activities[0].name
    return {"campaign": sent, "draft": draft, "activity": mails[sent], "draft_activity": mails[draft]}


async def segments(api: Apis) -> dict[str, str]:
    """A rule and a list."""
    listed = (await api.segmentation.ListSegments(segmentation_pb2.ListSegmentsRequest(page_size=100))).segments
    names = {one.display_name: one.name for one in listed}
    return {"segment": names[mailings.MANAGERS], "list": names[mailings.FAIR]}


async def described(api: Apis, ada: str) -> None:
    """Two registered attributes, and what Ada's record says in them, beside a stage, tags and a language."""
    for name, title, kind in (("energy_use", "Energy use, GWh", "NUMBER"), ("line_since", "Line since", "DATE")):
        told = pb.AttributeDefinition(display_name=title, type=f"TYPE_{kind}")
        wish = pb.CreateAttributeDefinitionRequest(attribute_definition=told, attribute_definition_id=name)
        await unless_there(api.contact.CreateAttributeDefinition(wish))
    ada_now = await api.contact.GetContact(pb.GetContactRequest(name=ada))
    if ada_now.stage:
        return
    since = Date(year=1984, month=5, day=2)
    values = {"energy_use": pb.AttributeValue(number_value=12.5), "line_since": pb.AttributeValue(date_value=since)}
    changed = pb.Contact(name=ada, stage="SQL", language="cs", tags=["retrofit", "two lines"], attributes=values)
    await api.contact.UpdateContact(pb.UpdateContactRequest(contact=changed))


async def barred(api: Apis, now: datetime) -> str:
    """Who is probably Ada once more, with a purchase and a consent that ran out; restricted, and under a hold."""
    address, name = pb.Identifier(kind="email", value=TWIN_ADDRESS), await person(api, TWIN_ADDRESS)
    if (await api.contact.GetContact(pb.GetContactRequest(name=name))).HasField("legal_hold"):
        return name
    item = pb.ImportPurchasesRequest.Item(
        contact=name, product="Drying line, retrofit", amount_minor=18_400_000, currency_code="EUR",
        source_purchase_id="4711",
    )  # fmt: skip
    item.purchase_time.FromDatetime(now - timedelta(days=40))
    await api.contact.ImportPurchases(pb.ImportPurchasesRequest(source="shop", items=[item]))
    ran_out = pb.ConsentEvent(
        address=address, purpose=pb.PURPOSE_MARKETING, topic="retrofit-days", source="form/retrofit-days",
        status=pb.ConsentEvent.STATUS_GRANTED, lawful_basis=pb.ConsentEvent.LAWFUL_BASIS_CONSENT, wording_version="3",
    )  # fmt: skip
    ran_out.capture_time.FromDatetime(now - timedelta(days=400))
    ran_out.effective_to_time.FromDatetime(now - timedelta(days=35))
    await api.contact.RecordConsent(pb.RecordConsentRequest(consent_event=ran_out))
    why = "She disputes that the title is hers; until her letter of 12 November is answered"
    await api.contact.RestrictContact(pb.RestrictContactRequest(name=name, reason=why))
    why = "The purchase of the drying line is before the court in Brno"
    await api.contact.HoldContact(pb.HoldContactRequest(name=name, reason=why))
    return name


async def reminded(api: Apis, now: datetime) -> None:
    """A task of Jana's whose reminder has just come; then the same event once more with another type: a conflict."""
    said = {"title": "Call Ada about the spare burner", "assignee": "users/jana", "remind_time": now.isoformat()}
    task = interaction_pb2.Touch(
        identifier=interaction_pb2.Identifier(kind="email", value=ADA), type="task.created",
        source="sources/demo-site", source_event_id=f"picture-{now:%Y%m%d}",
    )  # fmt: skip
    task.occurred_time.FromDatetime(now.replace(hour=0, minute=0, second=0, microsecond=0))
    task.attributes.update(said | {"due_time": (now + timedelta(days=1)).isoformat()})
    await api.interaction.RecordTouches(interaction_pb2.RecordTouchesRequest(touches=[task]))
    other = interaction_pb2.Touch()
    other.CopyFrom(task)
    other.type = "form.submitted"
    await api.interaction.RecordTouches(interaction_pb2.RecordTouchesRequest(touches=[other]))


async def erased(api: Apis) -> str:
    """The erasure of somebody who asked to be forgotten."""
    if known := (await api.contact.ListErasures(pb.ListErasuresRequest(page_size=1))).erasures:
        return str(known[0].name)
    made = await api.contact.CreateContact(pb.CreateContactRequest(contact=pb.Contact(display_name=FORGOTTEN)))
    erasure = await api.contact.RequestErasure(pb.RequestErasureRequest(name=made.name, verification="his letter"))
    return str(erasure.name)


async def read(api: Apis, web: APIRequestContext, settings: Settings, known: dict[str, str]) -> dict[str, str]:
    """Ada reads the mail of the campaign and follows its first link; the mail, its thread, its links."""
    mail, links = await newest(web, settings, "c")

    async def thread() -> interaction_pb2.Thread | None:
        wish = interaction_pb2.GetTimelineRequest(parent=known["ada"], page_size=20)
        found = (await api.interaction.GetTimeline(wish)).threads
        own = (one for one in found if any(touch.campaign == known["campaign"] for touch in one.touches))
        return next(own, None)

    async def clicked() -> interaction_pb2.Thread | None:
        found = await thread()
        return found if found and any(touch.type == "email.clicked" for touch in found.touches) else None

    if not await clicked():
        await web.get(links["o"])
        await web.get(links["c"], max_redirects=0)
    found = await mailings.until(clicked)
    return {
        "inbox": mail, "thread": last(found.name), "touch": last(found.touches[0].name),
        "unsubscribe": links["u"], "preferences": links["p"],
    }  # fmt: skip


async def asked(api: Apis, web: APIRequestContext, settings: Settings) -> dict[str, str]:
    """The page on which Ada may confirm that she wants a letter: she is asked by mail."""
    if not (await newest(web, settings, "s"))[1]:
        address = pb.Identifier(kind="email", value=ADA)
        wanted = pb.OptIn(address=address, purpose=pb.PURPOSE_MARKETING, topic=LETTER, source="console")
        wish = pb.RequestOptInRequest(opt_in=wanted, request_id=str(stable_id(LETTER, f"{datetime.now(UTC):%Y%m%d}")))
        await api.contact.RequestOptIn(wish)

    async def link() -> str:
        return (await newest(web, settings, "s"))[1].get("s", "")

    return {"confirm": await mailings.until(link)}


async def panel(web: APIRequestContext, settings: Settings) -> dict[str, str]:
    """Ada's panel, good for an hour; nothing where the demo's CRM has no key."""
    address = launch(settings)
    return {"panel": (await web.get(address)).url} if address else {}


def launch(settings: Settings) -> str:
    """The address at which the demo's CRM opens Ada's panel, good for a minute; empty where it has no key."""
    text = Path(settings.launch_key_file).read_text("utf-8") if settings.launch_key_file else ""
    keys = dict(line.split() for line in text.split("\n") if line.startswith(f"{CRM} "))
    if CRM not in keys:
        return ""
    now = int(time.time())
    said = {"aud": AUDIENCE, "sub": "users/jana", "system": CRM, "id": ADA_THERE, "iat": now, "exp": now + 60}
    token = jwt.encode(said, keys[CRM], algorithm="HS256")
    return f"http://{settings.host}:{settings.port_console}/embed/{CRM}/{ADA_THERE}?launch={token}"


async def newest(web: APIRequestContext, settings: Settings, kind: str) -> tuple[str, dict[str, str]]:
    """The id of the newest mail to Ada with a link of a kind to the edge, and its first link of each kind.

    Kinds are the first part of an address of the edge: `o` counts an opening, `c` a click, `u` unsubscribes, `p` is
    the preference centre, `s` confirms. Empty where there is no such mail.
    """
    links = re.compile(rf"{re.escape(settings.edge_url)}/(\w)/[\w.~=-]+")
    inbox = f"http://{settings.host}:{settings.port_inbox}/mails"
    for each in (await json(web, inbox, recipient=ADA))["mails"]:
        mail = await json(web, f"{inbox}/{each['id']}")
        found: dict[str, str] = {}
        for link in links.finditer(mail["html"] + mail["text"]):
            found.setdefault(link[1], link[0])
        if kind in found:
            return each["id"], found
    return "", {}


async def trace(web: APIRequestContext, settings: Settings) -> str:
    """A trace that has much to show and fits on a picture."""
    kept = f"http://{settings.host}:{settings.port_traces}/traces"
    found = (await json(web, kept, page_size=200))["traces"]
    return str(max(found, key=lambda one: (one["spans"] <= SPANS, one["spans"]))["id"])


async def json(web: APIRequestContext, address: str, **asked: str | float | bool) -> Any:
    return await (await web.get(address, params=asked)).json()


def last(name: str) -> str:
    """The id at the end of a resource name."""
    return name.rpartition("/")[2]
