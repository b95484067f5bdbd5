"""Today: whose people did something and why that matters, and what is to be done."""

import asyncio
from datetime import timedelta

from chassis.errors import DomainError
from starlette.requests import Request
from starlette.responses import Response
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http.guard import gateways, user_of
from services.console.http.language import sayings
from services.console.http.lists import page_token
from services.console.http.render import page, reader_of
from services.console.http.times import Reader

PEOPLE, TASKS = 50, 100
SPANS = sayings(
    {"1": "since yesterday", "3": "in the last 3 days", "7": "in the last 7 days", "30": "in the last 30 days"}
)
REASONS = sayings(
    {
        pb.ContactActivity.REASON_ASKED: ("wants an answer", "bad"),
        pb.ContactActivity.REASON_BOUGHT: ("bought", "good"),
        pb.ContactActivity.REASON_CAME: ("came", "good"),
        pb.ContactActivity.REASON_LEFT: ("left", "warn"),
        pb.ContactActivity.REASON_READ: ("reads us", "key"),
        pb.ContactActivity.REASON_VISITED: ("visited", "key"),
        pb.ContactActivity.REASON_REMINDED: ("reminder", "warn"),
    }
)


async def show_today(request: Request) -> Response:
    """The reader's own contacts who did something, ranked, and the reader's tasks."""
    at = reader_of(request)
    days = request.query_params.get("days", "1")
    days = days if days in SPANS else "1"
    people, tasks, is_owner, alerts = await asyncio.gather(
        people_of(request, at, int(days)), tasks_of(request), owns(request), alerts_of(request)
    )
    return page(
        request,
        "today/show.html",
        at=at,
        people=people,
        tasks=tasks,
        is_owner=is_owner,
        unseen=alerts,
        days=days,
        spans=SPANS,
        reasons=REASONS,
        end_of_today=at.midnight(at.now.date() + timedelta(days=1)),
    )


async def people_of(request: Request, at: Reader, days: int) -> pb.ListContactActivitiesResponse | None:
    """Who did something since the beginning of the day so many days ago; None where interaction does not answer."""
    wish = pb.ListContactActivitiesRequest(
        page_size=PEOPLE, page_token=page_token(request), owner=f"users/{user_of(request).id}"
    )
    wish.since_time.FromDatetime(at.midnight(at.now.date() - timedelta(days=days)))
    try:
        found: pb.ListContactActivitiesResponse = await gateways(request).interaction.ListContactActivities(wish)
    except DomainError as error:
        if error.kind == "INVALID_ARGUMENT":
            raise
        return None
    return found


async def tasks_of(request: Request) -> list[pb.Task] | None:
    """The reader's open tasks; None where interaction does not answer."""
    try:
        wish = pb.ListTasksRequest(assignee=f"users/{user_of(request).id}", page_size=TASKS)
        return list((await gateways(request).interaction.ListTasks(wish)).tasks)
    except DomainError:
        return None


async def alerts_of(request: Request) -> int:
    """How many alerts the reader has not seen; none where interaction does not answer."""
    try:
        wish = pb.GetAlertSettingsRequest(name=f"users/{user_of(request).id}/alertSettings")
        return int((await gateways(request).interaction.GetAlertSettings(wish)).unseen_count)
    except DomainError:
        return 0


async def owns(request: Request) -> bool:
    """Whether anybody is the reader's at all."""
    mine = contact_pb2.ListContactsRequest(filter=f'owner = "users/{user_of(request).id}"', page_size=1)
    return bool((await gateways(request).contact.ListContacts(mine)).contacts)
