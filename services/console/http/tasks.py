"""Tasks: what a colleague has to do for a person, by when, and what came of it. Each is a touch, its end another."""

from datetime import UTC, datetime

from chassis.errors import FailedPrecondition, InvalidArgument
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import forms, names
from services.console.http.contact import name_of
from services.console.http.guard import gateways, user_of
from services.console.http.language import _
from services.console.http.log import stated
from services.console.http.render import page, reader_of
from services.console.http.times import aware

FIELDS = ("title", "due", "remind", "note")
ENDS = {"done": "task.completed", "drop": "task.cancelled"}


async def draw(request: Request) -> Response:
    """The open tasks of a person, and a form for one more."""
    return await tasks_page(request, forms.drawn(drawn=reader_of(request).now.isoformat()))


async def tasks_page(request: Request, form: forms.Form) -> Response:
    name = name_of(request)
    contact = await gateways(request).contact.GetContact(contact_pb2.GetContactRequest(name=name))
    wish = pb.GetTouchBriefRequest(name=f"{name}/touchBrief")
    wish.read_mask.paths.append("open_items")
    items = (await gateways(request).interaction.GetTouchBrief(wish)).open_items
    kind = pb.TouchBrief.OpenItem.KIND_TASK
    found = [one for one in items if one.kind == kind]
    at = reader_of(request)
    return page(request, "tasks/list.html", status=form.status, form=form, contact=contact, items=found, at=at)


async def create(request: Request, form: FormData) -> Response:
    """Records the task and waits until it is on the timeline."""
    found = forms.read(form)
    if not found["title"].strip():
        found.complain("title", _("Say what is to be done."))
    due, remind = moment_of(request, found, "due"), moment_of(request, found, "remind")
    if found.wrong:
        return await tasks_page(request, found)
    said = {"title": found["title"].strip()[:200], "assignee": f"users/{user_of(request).id}"}
    said |= {"due_time": due.isoformat()} if due else {}
    said |= {"remind_time": remind.isoformat()} if remind else {}
    said |= {"note": found["note"].strip()[:4000]} if found["note"].strip() else {}
    made = touch(request, "task.created", f"{user_of(request).id}/{found['request']}", said, found["drawn"])
    try:
        await gateways(request).wait_for_touch(await gateways(request).record_touch(made))
    except (InvalidArgument, FailedPrecondition) as error:
        return await tasks_page(request, forms.refuse(found, error, FIELDS))
    return RedirectResponse(f"/{name_of(request)}/tasks", status_code=303)


async def end(request: Request, form: FormData) -> Response:
    """A task is done, or dropped; whichever is said first stands."""
    task, how = request.path_params["task"], str(form.get("how", ""))
    if not names.TOUCH.fullmatch(task) or how not in ENDS:
        raise HTTPException(404)
    said = {"task": f"touches/{task}", "title": str(form.get("title", ""))[:200]}
    outcome = str(form.get("outcome", "")).replace("\r\n", "\n").replace("\0", "").strip()[:4000]
    said |= {"outcome": outcome} if outcome else {}
    ended = touch(request, ENDS[how], f"task/{task}", said, str(form.get("drawn", "")))
    await gateways(request).wait_for_touch(await gateways(request).record_touch(ended))
    back = str(form.get("back", ""))
    return RedirectResponse("/today" if back == "today" else f"/{name_of(request)}/tasks", status_code=303)


def touch(request: Request, kind: str, event: str, said: dict[str, str], drawn: str) -> pb.Touch:
    """A touch about a task; its moment is that of its form, so that the same form sent twice says the same."""
    found = stated(request, kind, event)
    moment = aware(drawn)
    if moment is None or moment > reader_of(request).now:
        raise InvalidArgument(_(forms.OLD_FORM))
    found.occurred_time.FromDatetime(moment.astimezone(UTC))
    found.attributes.update(said)
    return found


def moment_of(request: Request, form: forms.Form, field: str) -> datetime | None:
    """The moment that a field names on the reader's calendar, in UTC; None where it is empty, or complained about."""
    if not form[field]:
        return None
    try:
        named = datetime.fromisoformat(form[field])
    except ValueError:
        form.complain(field, _("A day and a time, or nothing."))
        return None
    if named.tzinfo is not None or not 1970 <= named.year <= 9000:
        form.complain(field, _("A day and a time, or nothing."))
        return None
    return named.replace(tzinfo=reader_of(request).zone).astimezone(UTC)
