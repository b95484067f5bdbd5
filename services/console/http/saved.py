"""Filters of timelines that a colleague keeps by name: offered above each timeline, renamed and deleted on a page."""

from chassis.errors import DomainError, NotFound
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import forms, names, query
from services.console.http.forms import Form
from services.console.http.guard import gateways, user_of
from services.console.http.render import page, reader_of
from services.console.http.times import Reader

MOST = 50
FIELDS = ("display_name",)


async def offered(request: Request, at: Reader) -> list[tuple[str, query.Query]]:
    """The reader's saved filters by name, each as a query; none where interaction does not answer."""
    try:
        return [(one.display_name, query.asked_by(one.filter, at)) for one in await listed(request)]
    except DomainError:
        return []


async def listed(request: Request) -> list[pb.SavedFilter]:
    wish = pb.ListSavedFiltersRequest(parent=parent_of(request), page_size=MOST)
    return list((await gateways(request).interaction.ListSavedFilters(wish)).saved_filters)


def parent_of(request: Request) -> str:
    return f"users/{user_of(request).id}"


async def draw(request: Request) -> Response:
    return await shown(request, request.query_params.get("contact", ""))


async def save(request: Request, form: FormData) -> Response:
    """Saves what the timeline was filtered by; a name that is taken is said beside its field."""
    found = forms.read(form, longest=8_000)
    contact = contact_of(found["contact"])
    asked = query.read(QueryParams(found["asked"]), user_of(request))
    saved = pb.SavedFilter(display_name=found["display_name"], filter=asked.filter(reader_of(request)))
    wish = pb.CreateSavedFilterRequest(parent=parent_of(request), saved_filter=saved, request_id=found["request"])
    if not found.wrong:
        try:
            await gateways(request).interaction.CreateSavedFilter(wish)
        except DomainError as error:
            forms.refuse(found, error, FIELDS)
    if found.wrong:
        return await shown(request, contact, new=found)
    return RedirectResponse(back_to(contact, asked.newest.address()), status_code=303)


async def rename(request: Request, form: FormData) -> Response:
    found, name = forms.read(form), name_of(request)
    saved = pb.SavedFilter(name=name, display_name=found["display_name"])
    wish = pb.UpdateSavedFilterRequest(saved_filter=saved, request_id=found["request"])
    wish.update_mask.paths.append("display_name")
    if not found.wrong:
        try:
            await gateways(request).interaction.UpdateSavedFilter(wish)
        except NotFound:
            raise
        except DomainError as error:
            forms.refuse(found, error, FIELDS)
    if found.wrong:
        return await shown(request, found["contact"], renamed={name: found})
    return RedirectResponse(page_of(found["contact"]), status_code=303)


async def delete(request: Request, form: FormData) -> Response:
    found = forms.read(form)
    if found.wrong:
        return await shown(request, found["contact"])
    wish = pb.DeleteSavedFilterRequest(name=name_of(request), request_id=found["request"])
    await gateways(request).interaction.DeleteSavedFilter(wish)
    return RedirectResponse(page_of(found["contact"]), status_code=303)


async def shown(
    request: Request, contact: str, *, new: Form | None = None, renamed: dict[str, Form] | None = None
) -> Response:
    """The page of the reader's filters, with the one that could not be saved or renamed as it was typed."""
    at, renamed = reader_of(request), renamed or {}
    lines = [
        (one, renamed.get(one.name) or forms.drawn(display_name=one.display_name), query.asked_by(one.filter, at))
        for one in await listed(request)
    ]
    wrong = new or next(iter(renamed.values()), None)
    return page(
        request,
        "touches/saved.html",
        status=wrong.status if wrong else 200,
        at=at,
        back=back_to(contact),
        contact=contact_of(contact),
        lines=lines,
        new=new,
    )


def name_of(request: Request) -> str:
    return names.checked(f"{parent_of(request)}/savedFilters/{request.path_params['saved']}")


def contact_of(text: str) -> str:
    """The person whose timeline the reader came from; empty for none."""
    return names.contact_named(text) if text else ""


def back_to(contact: str, address: str = "") -> str:
    if not contact:
        return "/contacts"
    return f"/{contact_of(contact)}" + (f"?{address}" if address else "")


def page_of(contact: str) -> str:
    return f"/filters?contact={contact_of(contact)}" if contact else "/filters"
