"""Companies and deals: their people with how each stands with us, and what happened, from first to last."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta

from chassis.errors import DomainError, NotFound
from google.type.date_pb2 import Date
from starlette.requests import Request
from starlette.responses import Response
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import imports, language, people, rows
from services.console.http.contact import owner_name
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.lists import page_token, quoted
from services.console.http.names import checked, part
from services.console.http.render import page, reader_of
from services.console.http.times import Reader

LINES, MOST_PEOPLE, MOST_DEALS, THREADS = 50, 200, 50, 20
MOST_BELOW = 30  # a filter that names them all stays below its 2,000 characters
ENGAGED = timedelta(days=90)
STATES = sayings(
    {
        pb.Engagement.STATE_ENGAGED: ("engaged", "good"),
        pb.Engagement.STATE_SILENT: ("silent", ""),
        pb.Engagement.STATE_UNTOUCHED: ("never touched", ""),
        pb.Engagement.STATE_OPTED_OUT: ("opted out", "bad"),
    }
)
SUPPRESSED = sayings(
    {
        contact_pb2.Suppression.REASON_BOUNCE: "it bounced",
        contact_pb2.Suppression.REASON_COMPLAINT: "a complaint",
        contact_pb2.Suppression.REASON_UNSUBSCRIBED: "unsubscribed",
        contact_pb2.Suppression.REASON_MANUAL: "by a colleague",
        contact_pb2.Suppression.REASON_ERASED: "somebody was erased",
    }
)
SOURCES = sayings({"added": "a colleague", "import": "a table"})
ORDER = (
    pb.Engagement.STATE_ENGAGED,
    pb.Engagement.STATE_SILENT,
    pb.Engagement.STATE_UNTOUCHED,
    pb.Engagement.STATE_OPTED_OUT,
)


@dataclass(frozen=True)
class Roll:
    """How some people stand, by name, and how many stand how; `is_away` where interaction does not answer."""

    by_contact: dict[str, pb.Engagement] = field(default_factory=dict)
    numbers: tuple[tuple[str, str, int], ...] = ()
    is_consent_unknown: bool = False
    is_away: bool = False


async def roll(request: Request, contacts: Sequence[str], at: Reader) -> Roll:
    """How up to 200 people stand with us."""
    if not contacts:
        return Roll()
    wish = pb.BatchGetEngagementsRequest(contacts=contacts[:MOST_PEOPLE])
    wish.since_time.FromDatetime((at.now - ENGAGED).astimezone(UTC))
    try:
        answer = await gateways(request).interaction.BatchGetEngagements(wish)
    except DomainError:
        return Roll(is_away=True)
    counted = Counter(one.state for one in answer.engagements)
    numbers = tuple((*STATES[state], counted[state]) for state in ORDER if counted[state])
    return Roll({one.contact: one for one in answer.engagements}, numbers, answer.is_consent_unknown)


async def list_accounts(request: Request) -> Response:
    wish = contact_pb2.ListAccountsRequest(page_size=LINES, page_token=page_token(request), order_by="display_name")
    answer = await gateways(request).contact.ListAccounts(wish)
    owners = {one.owner: owner_name(request, one.owner) for one in answer.accounts}
    return page(
        request, "accounts/list.html", accounts=answer.accounts, owners=owners, next_page=answer.next_page_token
    )


async def show_account(request: Request) -> Response:
    """GET /accounts/{id}: its people, those who did something lately first, its deals, and its own touches."""
    name, at = part(request, "accounts", "account"), reader_of(request)
    narrowed = f"account = {quoted(name)}"
    account, below = await asyncio.gather(
        gateways(request).contact.GetAccount(contact_pb2.GetAccountRequest(name=name)), companies_below(request, name)
    )
    listed, deals, threads, parent = await asyncio.gather(
        gateways(request).contact.ListContacts(
            contact_pb2.ListContactsRequest(
                filter=" OR ".join(f'account = "{one}"' for one in (name, *below)),
                page_size=MOST_PEOPLE,
                page_token=page_token(request),
            )
        ),
        gateways(request).contact.ListDeals(contact_pb2.ListDealsRequest(filter=narrowed, page_size=MOST_DEALS)),
        threads_of(request, name),
        parent_of(request, account),
    )
    rolled = await roll(request, [one.name for one in listed.contacts], at)
    return page(
        request,
        "accounts/show.html",
        at=at,
        account=account,
        below=below,
        parent=parent,
        contacts=sorted(listed.contacts, key=lambda one: last_of(rolled.by_contact.get(one.name)), reverse=True),
        roll=rolled,
        states=STATES,
        deals=deals.deals,
        days=None if threads is None else rows.days([rows.row(one, at) for one in threads], at),
        next_page=listed.next_page_token,
        owner=owner_name(request, account.owner),
        suppressed=SUPPRESSED,
        sources={one.evidence: said_by(one.evidence) for one in account.role_addresses},
        tables=await imports.titles(request, (one.evidence for one in account.role_addresses)),
    )


def said_by(evidence: str) -> str:
    """From where an address is known."""
    return SOURCES.get("import" if evidence.startswith(imports.PREFIX) else evidence, evidence)


async def companies_below(request: Request, account: str) -> dict[str, str]:
    """The companies that belong to one, directly or through others, by name; the first 30."""
    wish = contact_pb2.ListAccountsRequest(
        filter=f"ancestor_account = {quoted(account)}", order_by="display_name", page_size=MOST_BELOW
    )
    found = (await gateways(request).contact.ListAccounts(wish)).accounts
    return {one.name: one.display_name for one in found}


async def parent_of(request: Request, account: contact_pb2.Account) -> contact_pb2.Account | None:
    """The company that one belongs to."""
    if not account.parent_account:
        return None
    wish = contact_pb2.GetAccountRequest(name=account.parent_account)
    found: contact_pb2.Account = await gateways(request).contact.GetAccount(wish)
    return found


def last_of(one: pb.Engagement | None) -> tuple[int, int]:
    """Who answered last stands first, then whom anything touched last."""
    if one is None:
        return (0, 0)
    return (one.last_response.occurred_time.seconds, one.last_touch_time.seconds)


async def threads_of(request: Request, account: str) -> Sequence[pb.Thread] | None:
    """The newest of the account's own timeline: what names it, and its role addresses; None without an answer."""
    try:
        wish = pb.GetTimelineRequest(parent=account, page_size=THREADS)
        found: Sequence[pb.Thread] = (await gateways(request).interaction.GetTimeline(wish)).threads
    except DomainError:
        return None
    return found


async def show_deal(request: Request) -> Response:
    """GET /deals/{id}: who takes part and how each stands, and its touches from the first on."""
    name, at = part(request, "deals", "deal"), reader_of(request)
    deal, touches = await asyncio.gather(
        gateways(request).contact.GetDeal(contact_pb2.GetDealRequest(name=name)),
        touches_of(request, name),
    )
    participants = [checked(one.contact) for one in deal.participants]
    company, known = await asyncio.gather(company_of(request, deal.account), known_of(request, participants))
    rolled = await roll(request, list(known), at)
    holders = await people.names(request, [one.contact for one in touches.touches]) if touches else {}
    return page(
        request,
        "deals/show.html",
        at=at,
        deal=deal,
        company=company,
        closes=closing(deal.close_date),
        known=known,
        roll=rolled,
        states=STATES,
        touches=touches,
        holders=holders,
        owner=owner_name(request, deal.owner),
    )


async def company_of(request: Request, account: str) -> str:
    """The name of a deal's company; empty where it has none, contact does not answer, or the reader may not know it."""
    if not account:
        return ""
    try:
        return str(
            (await gateways(request).contact.GetAccount(contact_pb2.GetAccountRequest(name=account))).display_name
        )
    except DomainError:
        return ""


def closing(day: Date) -> str:
    """The day on which a deal is expected to close; empty where none is named."""
    try:
        return language.moment(date(day.year, day.month, day.day), _("d MMMM y"))
    except ValueError:
        return ""


async def known_of(request: Request, contacts: Sequence[str]) -> dict[str, str]:
    """The names of those whom the reader may know; where all are asked at once, one who is not hides the others."""

    async def name_of(contact: str) -> str | None:
        try:
            wish = contact_pb2.GetContactRequest(name=contact)
            return (await gateways(request).contact.GetContact(wish)).display_name or _("No name")
        except NotFound:
            return None

    names = await asyncio.gather(*map(name_of, contacts))
    return {contact: name for contact, name in zip(contacts, names, strict=True) if name is not None}


async def touches_of(request: Request, deal: str) -> pb.ListDealTouchesResponse | None:
    """A page of what touched a deal; None without an answer."""
    wish = pb.ListDealTouchesRequest(parent=deal, page_size=LINES, page_token=page_token(request))
    try:
        found: pb.ListDealTouchesResponse = await gateways(request).interaction.ListDealTouches(wish)
    except DomainError as error:
        if error.kind == "INVALID_ARGUMENT":
            raise
        return None
    return found
