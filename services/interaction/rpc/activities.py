"""What a colleague's day is made of, by gRPC: whose contacts did something, and which tasks are open."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import identity
from chassis.calls import caller
from chassis.clock import Clock
from chassis.db import Database, Tx
from chassis.lists import Paging
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction import store
from services.interaction.domain.activities import Activity
from services.interaction.domain.briefs import moment_said
from services.interaction.domain.errors import bad_argument
from services.interaction.domain.threads import Found
from services.interaction.domain.timeline import people_of
from services.interaction.rpc import messages
from services.interaction.rpc.briefs import text
from services.interaction.rpc.history import Histories
from services.interaction.usecases import list_activities

LONGEST = timedelta(days=31)
NEVER = datetime.max.replace(tzinfo=UTC)


class Activities:
    """Answers ListContactActivities and ListTasks."""

    def __init__(self, database: Database, histories: Histories, clock: Clock) -> None:
        self._database, self._histories, self._clock = database, histories, clock

    async def list(self, request: pb.ListContactActivitiesRequest) -> pb.ListContactActivitiesResponse:
        """A page of who did something since a moment."""
        owner, since = user_named(request.owner, "owner"), self._since(request)
        paging = Paging.of(request, "activities", owner, since.isoformat())
        async with self._database.transaction() as tx:
            hidden = await self._histories.hidden(tx)
            found = await list_activities(tx, owner, since, sorted(hidden))
            behind = [one for one in found if paging.after is None or one.place > paging.after]
            shown, token = paging.cut(behind, lambda one: one.place)
            told = await self._tell(tx, shown)
        return pb.ListContactActivitiesResponse(contact_activities=told, next_page_token=token)

    def _since(self, request: pb.ListContactActivitiesRequest) -> datetime:
        since = messages.moment_of(request.since_time, "since_time")
        if self._clock.now() - since > LONGEST:
            raise bad_argument("since_time", "is more than 31 days ago")
        return since

    async def _tell(self, tx: Tx, activities: Sequence[Activity]) -> "list[pb.ContactActivity]":
        keys = [(one.touch.subject, one.touch.touch) for one in activities]
        names = [identity.touch_name(subject.bytes, touch.bytes) for subject, touch in keys]
        touches = {touch.name: touch for touch in await self._histories.show(tx, await store.list_touches(tx, keys))}
        looked = await store.list_contacts(tx, {one.contact for one in activities})
        told = []
        for one, name in zip(activities, names, strict=True):
            if name not in touches:  # not for who asks
                continue
            activity = pb.ContactActivity(
                contact=f"contacts/{one.contact}",
                display_name=looked[one.contact].display_name if one.contact in looked else "",
                reason=int(one.reason),  # type: ignore[arg-type]
                touch=touches[name],
                touch_count=one.count,
            )
            activity.last_time.CopyFrom(messages.stamp(one.last_time))
            told.append(activity)
        return told

    async def tasks(self, request: pb.ListTasksRequest) -> pb.ListTasksResponse:
        """A page of a colleague's open tasks."""
        assignee = user_named(request.assignee, "assignee")
        is_bounded = request.HasField("due_before_time")
        before = messages.moment_of(request.due_before_time, "due_before_time") if is_bounded else None
        paging = Paging.of(request, "tasks", assignee, before.isoformat() if before else "")
        async with self._database.transaction() as tx:
            found = await store.list_open_tasks(tx, assignee)
            touches = await self._histories.show(tx, found)
            people = await _people(tx, found)
        tasks = sorted((_task(touch, people.get(touch.name)) for touch in touches), key=_place)
        wanted = [one for one in tasks if before is None or _due(one) < before]
        behind = [one for one in wanted if paging.after is None or _place(one) > paging.after]
        shown, token = paging.cut(behind, _place)
        return pb.ListTasksResponse(tasks=shown, next_page_token=token)


def user_named(name: str, field: str) -> str:
    """A user's resource name; the caller's where none is given."""
    found = name or caller().subject
    if not found.startswith("users/") or len(found) > 200:
        raise bad_argument(field, "is a name of the form users/{user}")
    return found


Known = tuple[UUID, store.Looked | None]


async def _people(tx: Tx, found: Sequence[Found]) -> dict[str, Known]:
    """Whose each touch is, by its name."""
    resolver = identity.resolve(await store.list_links_for(tx, {one.subject for one in found}))
    names = {identity.touch_name(one.subject.bytes, one.touch.bytes): people_of(resolver, one) for one in found}
    owners = {name: people[0] for name, people in names.items() if people}
    looked = await store.list_contacts(tx, set(owners.values()))
    return {name: (contact, looked.get(contact)) for name, contact in owners.items()}


def _task(touch: pb.Touch, known: Known | None) -> pb.Task:
    task = pb.Task(
        touch=touch.name,
        contact=f"contacts/{known[0]}" if known else "",
        display_name=known[1].display_name if known and known[1] else "",
        title=text(touch, "title"),
        note=text(touch, "note"),
        assignee=text(touch, "assignee"),
        create_time=touch.occurred_time,
    )
    for field in ("due_time", "remind_time"):
        moment = moment_said(text(touch, field))
        if moment is not None:
            getattr(task, field).CopyFrom(messages.stamp(moment))
    return task


def _due(task: pb.Task) -> datetime:
    return task.due_time.ToDatetime(tzinfo=UTC) if task.HasField("due_time") else NEVER


def _place(task: pb.Task) -> tuple[Any, str]:
    return (_due(task), task.touch)
