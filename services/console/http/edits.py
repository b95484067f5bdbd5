"""Changing a person's record: every field, its company by name, its attributes each as it is registered."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from chassis.errors import Aborted, FailedPrecondition, InvalidArgument, PermissionDenied
from google.protobuf.field_mask_pb2 import FieldMask
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import forms, records, values
from services.console.http.attributes import list_definitions
from services.console.http.contact import contact_of, name_of
from services.console.http.guard import gateways
from services.console.http.language import N_, _
from services.console.http.lists import quoted
from services.console.http.render import page, reader_of

EDITED = ("display_name", "given_name", "family_name", "title", "stage", "time_zone", "country", "language")
GUARDED = {"owner": "users", "team": "teams"}  # offered to who sees the person whole, as the attributes are
MOST_OFFERED = 200
SLUG = re.compile(r"[A-Za-z0-9._@-]{0,80}")
NO_COMPANY = N_("There is no company of this name.")
SEVERAL = N_("Several companies have this name: write it as accounts/…, as the address of its page has it.")


async def draw(request: Request) -> Response:
    contact, definitions = await asyncio.gather(contact_of(request), list_definitions(request))
    told = {name: getattr(contact, name) for name in EDITED}
    told |= {name: getattr(contact, name).rpartition("/")[2] for name in GUARDED}
    told |= {"account": contact.account_display_name, "tags": ", ".join(contact.tags)}
    at = reader_of(request)
    for box in values.boxes(contact, definitions):
        told |= values.drawn(box, contact, at)
    return await edit_page(request, forms.drawn(etag=contact.etag, **told), contact, definitions)


async def save(request: Request, form: FormData) -> Response:
    found = forms.read(form, longest=4_000)
    contact, definitions = await asyncio.gather(contact_of(request), list_definitions(request))
    changed, paths = await said(request, found, contact, definitions)
    theirs: Sequence[pb.ContactChange] = ()
    if not found.wrong:
        wish = pb.UpdateContactRequest(contact=changed, update_mask=FieldMask(paths=paths), request_id=found["request"])
        try:
            await gateways(request).contact.UpdateContact(wish)
            return RedirectResponse(f"/{changed.name}/record", status_code=303)
        except Aborted:
            theirs = await newest(request)
            forms.changed_meanwhile(found, (await contact_of(request)).etag)
        except (InvalidArgument, FailedPrecondition, PermissionDenied) as error:
            refuse(found, error)
    return await edit_page(request, found, contact, definitions, theirs)


async def said(
    request: Request, form: forms.Form, contact: pb.Contact, definitions: Sequence[pb.AttributeDefinition]
) -> tuple[pb.Contact, list[str]]:
    """The record that a form asks for, and the fields that it asks about."""
    changed, paths = pb.Contact(name=name_of(request), etag=form["etag"]), [*EDITED, "tags", "account"]
    for name in EDITED:
        setattr(changed, name, form[name].strip())
    changed.tags.extend(dict.fromkeys(tag.strip() for tag in form["tags"].split(",") if tag.strip()))
    changed.account = await company(request, form, contact)
    if not contact.masked:
        paths += [*GUARDED, "attributes"]
        for name, collection in GUARDED.items():
            if not SLUG.fullmatch(form[name].strip()):
                form.complain(name, _("Letters, digits, dots, dashes: such as jana or north."))
            setattr(changed, name, f"{collection}/{form[name].strip()}" if form[name].strip() else "")
        at = reader_of(request)
        for box in values.boxes(contact, definitions):
            if (value := values.read(box, form, contact, at)) is not None:
                changed.attributes[box.name].CopyFrom(value)
    return changed, paths


async def company(request: Request, form: forms.Form, contact: pb.Contact) -> str:
    """The account that a form names: as it was, by its name, or by its resource name."""
    name = form["account"].strip()
    if name == contact.account_display_name:
        return contact.account
    if not name or name.startswith("accounts/"):
        return name
    if '"' in name or "\\" in name:
        form.complain("account", _("Write this company as accounts/…, as the address of its page has it."))
        return ""
    wish = pb.ListAccountsRequest(filter=f"display_name = {quoted(name)}", page_size=2)
    found = (await gateways(request).contact.ListAccounts(wish)).accounts
    if len(found) != 1:
        form.complain("account", _(SEVERAL if found else NO_COMPANY))
    return found[0].name if found else ""


def refuse(form: forms.Form, error: Any) -> None:
    """Put what the service refuses beside its fields, attributes among them."""
    if isinstance(error, InvalidArgument):
        error.violations = tuple(values.complain(form, error.violations))
        if not error.violations and form.wrong:
            return
    forms.refuse(form, error, (*EDITED, *GUARDED, "tags", "account"))


async def newest(request: Request) -> Sequence[pb.ContactChange]:
    """What somebody else changed meanwhile, as far as it is the newest."""
    wish = pb.ListContactChangesRequest(parent=name_of(request), page_size=1)
    found: Sequence[pb.ContactChange] = (await gateways(request).contact.ListContactChanges(wish)).contact_changes
    return found


async def edit_page(
    request: Request,
    form: forms.Form,
    contact: pb.Contact,
    definitions: Sequence[pb.AttributeDefinition],
    theirs: Sequence[pb.ContactChange] = (),
) -> Response:
    companies = await gateways(request).contact.ListAccounts(
        pb.ListAccountsRequest(page_size=MOST_OFFERED, order_by="display_name")
    )
    users = list(request.app.state.users)
    return page(
        request,
        "records/form.html",
        status=form.status,
        at=reader_of(request),
        form=form,
        contact=contact,
        boxes=[] if contact.masked else values.boxes(contact, definitions),
        companies=[one.display_name for one in companies.accounts],
        owners=[user.id for user in users],
        teams=sorted({user.team for user in users if user.team}),
        theirs=[(each, records.what(each), records.who(request, each)) for each in theirs],
        labels=records.field_label,
    )
