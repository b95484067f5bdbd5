"""One person's record: what it says and who said so, and what merges left for a person to decide."""

import asyncio
from collections.abc import Collection, Mapping
from decimal import Decimal

from chassis.errors import FailedPrecondition
from chassis.money import minor_digits
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import addresses, bars, forms, imports
from services.console.http.attributes import list_definitions, titled
from services.console.http.contact import contact_of, name_of, owner_name
from services.console.http.fields import LABELS, field_label
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.lists import page_token
from services.console.http.names import contact_named
from services.console.http.render import page, reader_of
from services.console.http.values import day_text

LINES = 50
MOST_ASIDE = 20
ACTIONS = sayings(
    {
        pb.ContactChange.ACTION_CREATED: "Created",
        pb.ContactChange.ACTION_EDITED: "Changed",
        pb.ContactChange.ACTION_MERGED: "Merged",
        pb.ContactChange.ACTION_UNMERGED: "Un-merged",
        pb.ContactChange.ACTION_PLACED: "Placed after an un-merge",
        pb.ContactChange.ACTION_DELETED: "Deleted",
        pb.ContactChange.ACTION_UNDELETED: "Restored",
        pb.ContactChange.ACTION_VERIFIED: "Address verified",
        pb.ContactChange.ACTION_UNVERIFIED: "Address not verified after all",
    }
)
STANDINGS = sayings(
    {
        pb.ContactChange.STANDING_UNDONE: "taken back",
        pb.ContactChange.STANDING_SET_ASIDE: "waits for a person",
        pb.ContactChange.STANDING_PLACED: "placed",
        pb.ContactChange.STANDING_DISMISSED: "dismissed",
    }
)


async def show(request: Request) -> Response:
    return await record_page(request)


async def record_page(request: Request, *, trouble: str = "", status: int = 200) -> Response:
    contact = await contact_of(request)
    if contact.name != name_of(request):  # merged: the survivor's record is the person's
        return RedirectResponse(f"/{contact.name}/record", status_code=303)
    token = page_token(request)
    list_changes = gateways(request).contact.ListContactChanges
    changes, aside, held, definitions, bought = await asyncio.gather(
        list_changes(pb.ListContactChangesRequest(parent=contact.name, page_size=LINES, page_token=token)),
        list_changes(pb.ListContactChangesRequest(parent=contact.name, page_size=MOST_ASIDE, set_aside_only=True)),
        addresses.lines(request, contact),
        list_definitions(request),
        gateways(request).contact.ListPurchases(pb.ListPurchasesRequest(parent=contact.name, page_size=LINES)),
    )
    named = titled(definitions)
    merges = [each for each in changes.contact_changes if is_standing_merge(each, contact)]
    tables = await imports.titles(
        request, (*(each.source for each in changes.contact_changes), *(each.evidence for each in held))
    )
    return page(
        request,
        "records/show.html",
        status=status,
        at=reader_of(request),
        contact=contact,
        bars=bars.laid(request, contact),
        lines=lines(contact, named),
        held=held,
        changes=[(each, what(each), who(request, each, tables)) for each in changes.contact_changes],
        tables=tables,
        waiting=aside.contact_changes,
        purchases=bought.purchases,
        has_more_purchases=bool(bought.next_page_token),
        money=money,
        merges={each.other_contact: each for each in merges},
        labels=lambda field: field_label(field, named),
        trouble=trouble,
        next_page=changes.next_page_token,
    )


def is_standing_merge(change: pb.ContactChange, contact: pb.Contact) -> bool:
    return (
        change.action == pb.ContactChange.ACTION_MERGED
        and change.standing == pb.ContactChange.STANDING_STANDING
        and change.other_contact in contact.merged_contacts
    )


async def place(request: Request, form: FormData) -> Response:
    """Says whose an edit is that an un-merge set aside; nobody's for a dismissal."""
    found = forms.read(form)
    if found.wrong or not request.path_params["change"].isdecimal():
        raise HTTPException(400, _(forms.OLD_FORM))
    whose = found["contact"]
    wish = pb.PlaceContactChangeRequest(
        name=f"contactChanges/{request.path_params['change']}",
        contact=contact_named(whose) if whose else "",
        request_id=found["request"],
    )
    try:
        await gateways(request).contact.PlaceContactChange(wish)
    except FailedPrecondition as error:
        return await record_page(request, trouble=forms.sentence(error.message), status=409)
    return RedirectResponse(f"/{name_of(request)}/record", status_code=303)


def lines(contact: pb.Contact, named: Mapping[str, str]) -> list[tuple[str, str]]:
    """The fields that say something, and the attributes, each by the name that it is registered under."""
    told = [(text, said(contact, name)) for name, text in LABELS.items()]
    told += [(named.get(name, name), attribute(value)) for name, value in sorted(contact.attributes.items())]
    return [(name, value) for name, value in told if value]


def said(contact: pb.Contact, field: str) -> str:
    """What a field of a contact says, as a person reads it; `attributes.<name>` too."""
    if field == "tags":
        return ", ".join(contact.tags)
    if field == "account":
        return contact.account_display_name or contact.account
    if field.startswith("attributes."):
        name = field.partition(".")[2]
        return attribute(contact.attributes[name]) if name in contact.attributes else ""
    return str(getattr(contact, field)).rpartition("/")[2] if field in {"owner", "team"} else getattr(contact, field)


def attribute(value: pb.AttributeValue) -> str:  # noqa: PLR0911 - one answer for each kind
    match value.WhichOneof("value"):
        case "boolean_value":
            return "yes" if value.boolean_value else "no"
        case "number_value":
            return f"{value.number_value:g}"
        case "integer_value":
            return str(value.integer_value)
        case "time_value":
            return value.time_value.ToJsonString()
        case "date_value":
            return day_text(value.date_value)
        case "strings_value":
            return ", ".join(value.strings_value.values)
    return value.string_value


def money(amount: int, currency: str) -> str:
    """`1,999.50 EUR` of an amount in the currency's smallest unit."""
    digits = minor_digits(currency)
    return f"{Decimal(amount).scaleb(-digits):,.{digits}f} {currency}"


def what(change: pb.ContactChange) -> str:
    """`Merged: Ada N. (taken back)`."""
    is_about_two = change.action in {pb.ContactChange.ACTION_MERGED, pb.ContactChange.ACTION_UNMERGED}
    other = f": {change.other_display_name or _('somebody without a name')}" if is_about_two else ""
    standing = STANDINGS.get(change.standing, "")
    return ACTIONS.get(change.action, _("Changed")) + other + (f" ({standing})" if standing else "")


def who(request: Request, change: pb.ContactChange, tables: Collection[str] = ()) -> str:
    """`Jana Dvořák, console`; of an import only who ran it, where the page names its table beside."""
    source = _("an import") if change.source.startswith(imports.PREFIX) else change.source
    told = (owner_name(request, change.actor), "" if change.source in tables else source)
    return ", ".join(part for part in told if part)
