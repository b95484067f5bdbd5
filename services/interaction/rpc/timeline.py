"""Timelines by gRPC: pages, threads, and the positions from which a watch goes on."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import inbox
from chassis.calls import caller, remaining_seconds
from chassis.clock import Clock
from chassis.db import Database, Tx
from chassis.resources import PageTokens, page_size
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction import store
from services.interaction.domain import ids
from services.interaction.domain.errors import LinksBehindError, TimelineNotFoundError, bad_argument
from services.interaction.domain.threads import Filter, Found, Place, start_at, start_with
from services.interaction.domain.timeline import Person
from services.interaction.rpc import messages
from services.interaction.usecases import (
    Position,
    TypeCatalogue,
    Viewer,
    get_header,
    get_person,
    get_thread_touches,
    get_timeline,
    moment,
)

CONSUMER = "interaction"
PATIENCE = 2.0
MARGIN = 0.3
WATCHED = (store.RECORDED, "touchline.interaction.events.v1")


@dataclass
class View:
    """One person's timeline as one viewer sees it."""

    person: Person
    looked: store.Looked | None
    types: TypeCatalogue
    viewer: Viewer
    parent: str

    @property
    def sees(self) -> bool:
        """Whether addresses and personal attributes are shown."""
        return self.viewer.sees(self.looked)

    @property
    def hidden(self) -> frozenset[str]:
        """Types that this viewer does not see."""
        return self.types.hidden(self.viewer.roles, is_team=self.sees)

    def show(self, found: Found) -> pb.Touch:
        """A touch as this viewer may see it."""
        owner = self.person.owner_of(found.subject, found.touch, found.occurred_time, found.contact)
        return messages.touch_message(found, self.types, owner, sees=self.sees)


def viewer() -> Viewer:
    """Who looks, with user and team as contacts name them, whichever way the token does."""
    who = caller()
    user, team = who.subject.removeprefix("users/"), who.team.removeprefix("teams/")
    return Viewer(f"users/{user}", f"teams/{team}" if team else "", who.roles)


class Timelines:
    """Answers what is asked about timelines."""

    def __init__(self, database: Database, clock: Clock, types: TypeCatalogue, *, hides_teams: bool = False) -> None:
        self._database = database
        self._hides_teams = hides_teams
        self._clock = clock
        self._types = types

    async def view(self, tx: Tx, parent: str) -> View:
        """Whose timeline it is, for who looks."""
        kind, _, _ = parent.partition("/")
        if kind not in ("contacts", "accounts"):
            raise bad_argument("parent", "is contacts/{contact} or accounts/{account}")
        id_ = messages.uuid_of(parent, kind, bad_argument("parent", f"is a name of the form {kind}/{{uuid}}"))
        await self._types.refresh(tx)
        person, looked = await get_person(tx, kind, id_)
        view = View(person, looked, self._types, viewer(), parent)
        if self._hides_teams and not view.sees:
            raise TimelineNotFoundError(parent=f"{kind}/{id_}")
        return view

    async def get(self, request: pb.GetTimelineRequest) -> pb.GetTimelineResponse:
        """A page of a timeline."""
        await self._wait_for_links(request.min_position)
        told = request.filter.SerializeToString(deterministic=True).hex()
        tokens = PageTokens(caller().subject, request.parent, told, str(start_of(request) or ""))
        after = tokens.read(request.page_token)
        size = page_size(request.page_size)
        async with self._database.transaction() as tx:
            heads = await store.list_heads(tx, WATCHED)
            view = await self.view(tx, request.parent)
            if after is not None and after[2] != view.person.revision:
                return pb.GetTimelineResponse(links_changed=True, watch_position=encode_heads(heads))
            wanted = filter_of(request.filter, view)
            place = Place(after[0], after[1]) if after else start_of(request)
            page = await get_timeline(tx, view.person, wanted, after=place, size=size)
            response = pb.GetTimelineResponse(watch_position=encode_heads(heads))
            if after is None:
                await self._head(tx, view, wanted, response)
            if request.for_export and after is None:
                await store.append_audit(
                    tx, time=self._clock.now(), actor=view.viewer.user, action="timeline.export", cursor=request.parent
                )
            if not page.next:
                begun = await store.list_begun(tx, view.person.subjects)
                shown = [messages.begin_message(*one, view.types) for one in begun if one[0] not in view.hidden]
                response.history_begins.extend(shown)
        for thread in page.threads:
            touches = [view.show(found) for found in thread.touches]
            response.threads.append(messages.thread_message(thread, request.parent, touches))
        if page.next:
            response.next_page_token = tokens.issue((*page.next, view.person.revision))
        return response

    async def _head(self, tx: Tx, view: View, wanted: Filter, response: pb.GetTimelineResponse) -> None:
        header = await get_header(tx, view.person, wanted, self._clock.now())
        response.header.CopyFrom(messages.header_message(header, view.show))
        response.counts.CopyFrom(messages.counts_message(await store.count_touches(tx, view.person), view.hidden))

    async def list_thread(self, request: pb.ListThreadTouchesRequest) -> pb.ListThreadTouchesResponse:
        """A page of one thread."""
        parent, _, key = request.parent.partition("/threads/")
        thread, thread_us = ids.parse_thread_key(key)
        tokens = PageTokens(caller().subject, request.parent)
        after = tokens.read(request.page_token)
        async with self._database.transaction() as tx:
            view = await self.view(tx, parent)
            found, has_more = await get_thread_touches(
                tx,
                view.person,
                Place(moment(thread_us), thread),
                Filter(hidden_types=tuple(view.hidden)),
                after=(after[0], after[1], after[2]) if after else None,
                size=page_size(request.page_size),
            )
        token = tokens.issue(found[-1].order) if has_more and found else ""
        return pb.ListThreadTouchesResponse(touches=[view.show(one) for one in found], next_page_token=token)

    async def _wait_for_links(self, min_position: str) -> None:
        """Wait until the contact service's changes that the caller has seen are applied here."""
        if not min_position:
            return
        patience = max(0.0, remaining_seconds(PATIENCE) - MARGIN)
        try:
            is_reached = await inbox.wait_until_reached(self._database, CONSUMER, min_position, patience)
        except ValueError:
            raise bad_argument("min_position", "is no position") from None
        if not is_reached:
            raise LinksBehindError


def start_of(request: pb.GetTimelineRequest) -> Place | None:
    """Behind which place the first page goes on; None for a page that begins with the newest thread."""
    match request.WhichOneof("start"):
        case "start_time":
            return start_at(messages.moment_of(request.start_time, "start_time"))
        case "start_thread":
            parent, _, key = request.start_thread.partition("/threads/")
            if parent != request.parent:
                raise bad_argument("start_thread", "is a thread of the parent")
            thread, thread_us = ids.parse_thread_key(key, "start_thread")
            return start_with(Place(moment(thread_us), thread))
    return None


def filter_of(given: pb.TimelineFilter, view: View) -> Filter:
    """The filter of a request; what is hidden from the viewer cannot be searched."""
    return replace(plain_filter(given), hidden_types=tuple(sorted(view.hidden)), sees_personal=view.sees)


def plain_filter(given: pb.TimelineFilter, field: str = "filter") -> Filter:
    """What a filter says, whoever looks at whom; refuses what cannot be read."""
    if len(given.text.encode()) > 200 or "\0" in given.text:
        raise bad_argument(f"{field}.text", "has at most 200 bytes and no NUL")
    return Filter(
        types=tuple(given.types),
        classes=tuple(given.classes),
        channels=tuple(given.channels),
        campaigns=_uuids(given.campaigns, field, "campaigns"),
        accounts=_uuids(given.accounts, field, "accounts"),
        deals=_uuids(given.deals, field, "deals"),
        actors=tuple(given.actors),
        from_time=_time(given, field, "from_time"),
        to_time=_time(given, field, "to_time"),
        text=given.text,
        people_only=given.people_only,
    )


def _uuids(names: Sequence[str], field: str, collection: str) -> tuple[UUID, ...]:
    refuse = bad_argument(f"{field}.{collection}", f"are names of the form {collection}/{{uuid}}")
    return tuple(messages.uuid_of(name, collection, refuse) for name in names)


def _time(given: pb.TimelineFilter, field: str, name: str) -> datetime | None:
    return messages.moment_of(getattr(given, name), f"{field}.{name}") if given.HasField(name) else None


def encode_heads(heads: Sequence[tuple[str, int, int, int]]) -> str:
    """Positions of our streams as one opaque text."""
    told = {str(WATCHED.index(stream)): {} for stream, _, _, _ in heads}  # type: dict[str, dict[int, list[int]]]
    for stream, partition, epoch, seq in heads:
        told[str(WATCHED.index(stream))][partition] = [epoch, seq]
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_heads(text: str) -> dict[tuple[str, int], tuple[int, int]]:
    """The positions in such a text."""
    try:
        told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return {
            (WATCHED[int(stream)], int(partition)): (int(epoch), int(seq))
            for stream, partitions in told.items()
            for partition, (epoch, seq) in partitions.items()
        }
    except (ValueError, TypeError, AttributeError, IndexError, KeyError):
        raise bad_argument("watch_position", "is no position of ours") from None


def positions_of(
    heads: dict[tuple[str, int], tuple[int, int]], recorded: frozenset[int], events: int
) -> list[Position]:
    """The positions that matter to a watch: the partitions of its subjects, and every one of the events stream."""
    wanted = [(WATCHED[0], number) for number in sorted(recorded)] + [(WATCHED[1], number) for number in range(events)]
    return [Position(*key, *heads.get(key, (0, 0))) for key in wanted]
