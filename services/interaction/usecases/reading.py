"""Reading timelines: whose they are, which threads a page has, what its head answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Tx

from services.interaction import store
from services.interaction.domain.errors import TimelineNotFoundError, TouchNotFoundError
from services.interaction.domain.threads import SHOWN_TOUCHES, Filter, Found, Place, Thread, newest_forms
from services.interaction.domain.timeline import Person, desk_of, person_of
from services.interaction.store import Clause

CHUNK = 200
FEW = 3
MOST_CHUNK = 1000
RECENT = timedelta(days=30)
MOST_CAMPAIGNS = 10


@dataclass(frozen=True)
class Viewer:
    """Who looks."""

    user: str
    team: str = ""
    roles: frozenset[str] = frozenset()

    @property
    def sees_all(self) -> bool:
        """Administrators and our own services see everybody's addresses."""
        return bool(self.roles & {"admin", "service"})

    def sees(self, looked: store.Looked | None) -> bool:
        """Whether this contact's addresses are shown: to its owner and team, and to nobody while we know neither."""
        if self.sees_all:
            return True
        if looked is None:
            return False
        return (bool(looked.owner) and looked.owner == self.user) or (bool(looked.team) and looked.team == self.team)


@dataclass
class Page:
    """A page of a timeline."""

    threads: list[Thread]
    next: Place | None


@dataclass
class Header:
    """What a timeline's head answers."""

    last_response: Found | None = None
    last_call: Found | None = None
    last_active_time: datetime | None = None
    recent: list[Found] = field(default_factory=list)


async def get_person(tx: Tx, kind: str, id_: UUID) -> tuple[Person, store.Looked | None]:
    """Whose timeline it is: a contact's with everyone merged into it, or an account's; and who sees it whole.

    Of people who were merged that is decided by the one that stands for all, whichever is asked for.
    """
    if kind == "accounts":
        looked = await store.find_account(tx, id_)
        if looked is None or not looked.is_there:
            raise TimelineNotFoundError(parent=f"accounts/{id_}")
        return desk_of(id_, await store.list_links_of_account(tx, id_)), looked
    looked, links, named = await store.find_person(tx, id_)
    if looked is None or not looked.is_there:
        raise TimelineNotFoundError(parent=f"contacts/{id_}")
    person = person_of(id_, links, named)
    stands = person.resolver.person(id_)
    return person, looked if stands == id_ else await store.find_contact(tx, stands)


async def get_timeline(tx: Tx, person: Person, wanted: Filter, *, after: Place | None, size: int) -> Page:
    """A full page of threads, unless it is the last: the newest first, each with its first hundred touches."""
    if wanted.is_picky:
        places = await _matching_places(tx, person, wanted, after, size + 1)
        threads = await _whole(tx, person, wanted, places[:size])
        has_next = len(places) > size
    else:
        threads = await _scan_threads(tx, person, wanted, after, size + 1)
        has_next = len(threads) > size
    shown = threads[:size]
    if wanted.people_only:
        await _note_machines(tx, person, wanted, shown)
    return Page([_fold(thread) for thread in shown], shown[-1].place if has_next else None)


async def _note_machines(tx: Tx, person: Person, wanted: Filter, threads: Sequence[Thread]) -> None:
    """Beside what people did in a message, what machines did: a verdict hides nothing."""
    messages = {thread.place: thread for thread in threads if thread.touches[0].touch != thread.place.thread}
    for touch in await store.list_threads(tx, person, list(messages), store.by_machines(wanted)):
        if owns(person, touch):
            messages[touch.place].machines.append(touch)


async def _scan_threads(tx: Tx, person: Person, wanted: Filter, after: Place | None, count: int) -> list[Thread]:
    """Read chunks until there are threads enough, skipping what a thread has beyond its hundredth touch."""
    threads: dict[Place, Thread] = {}
    behind: store.Behind = after
    limit = min(MOST_CHUNK, count * 2)  # enough where a thread has a touch or two; then more at once
    condition = store.shown(wanted)
    while True:
        found = await store.scan(tx, person, [condition], after=behind, limit=limit)
        for touch in found:
            _collect(threads, person, touch)
        if len(found) < limit or len(threads) > count:
            break
        behind = _go_on(threads, found[-1])
        limit = min(MOST_CHUNK, max(CHUNK, count * 4))
    kept = list(threads.values())[:count]
    await _reread_long(tx, person, wanted, kept)
    return kept


def _collect(threads: dict[Place, Thread], person: Person, touch: Found) -> None:
    if not owns(person, touch):
        return
    thread = threads.get(touch.place)
    if thread is None:
        thread = threads[touch.place] = Thread(touch.place)
    if len(thread.touches) < SHOWN_TOUCHES:
        thread.touches.append(touch)
    else:
        thread.has_more = True


def _go_on(threads: dict[Place, Thread], last: Found) -> store.Behind:
    thread = threads.get(last.place)
    if thread is not None and thread.has_more:
        return last.place
    return (*last.place, *last.order)


async def _reread_long(tx: Tx, person: Person, wanted: Filter, threads: Sequence[Thread]) -> None:
    """The scan runs backwards and so has a long thread's last hundred; show its first."""
    long = {thread.place: thread for thread in threads if thread.has_more}
    if long:
        for whole in await _whole(tx, person, wanted, list(long)):
            long[whole.place].touches = whole.touches


async def _matching_places(tx: Tx, person: Person, wanted: Filter, after: Place | None, count: int) -> list[Place]:
    """Which threads hold a touch that matches, in their order."""
    places: dict[Place, None] = {}
    behind: store.Behind = after
    conditions = [store.shown(wanted), store.matching(wanted)]
    limit = min(MOST_CHUNK, max(CHUNK, count * 2))
    while len(places) < count:
        found = await store.scan(tx, person, conditions, after=behind, limit=limit)
        places.update((touch.place, None) for touch in found if owns(person, touch))
        if len(found) < limit:
            break
        behind = found[-1].place if found[-1].place in places else (*found[-1].place, *found[-1].order)
    return list(places)[:count]


async def _whole(tx: Tx, person: Person, wanted: Filter, places: Sequence[Place]) -> list[Thread]:
    threads = {place: Thread(place) for place in places}
    for touch in await store.list_threads(tx, person, places, store.shown(wanted)):
        if owns(person, touch):
            threads[touch.place].touches.append(touch)
    for thread in threads.values():
        thread.touches.sort(key=lambda touch: touch.order)
        thread.has_more = len(thread.touches) > SHOWN_TOUCHES
        del thread.touches[SHOWN_TOUCHES:]
    return list(threads.values())


def _fold(thread: Thread) -> Thread:
    machines = newest_forms(thread.machines[:SHOWN_TOUCHES])
    return Thread(thread.place, newest_forms(thread.touches), thread.has_more, machines)


def owns(person: Person, touch: Found) -> bool:
    """Whether a touch found under one of the person's subjects is on this timeline."""
    owner = person.owner_of(touch.subject, touch.touch, touch.occurred_time, touch.contact)
    return person.owns(owner) or (person.account is not None and touch.account == person.account)


async def get_thread_touches(
    tx: Tx,
    person: Person,
    place: Place,
    wanted: Filter,
    *,
    after: tuple[datetime, int, UUID] | None,
    size: int,
) -> tuple[list[Found], bool]:
    """A full page of one thread, unless it is the last, in its order, as written; says whether there are more."""
    kept: list[Found] = []
    while len(kept) <= size:
        found = await store.list_thread(tx, person, place, store.shown(wanted), after=after, limit=size + 1)
        kept += [touch for touch in found if owns(person, touch)]
        if len(found) <= size:
            break
        after = found[-1].order
    return kept[:size], len(kept) > size


async def get_header(tx: Tx, person: Person, wanted: Filter, now: datetime) -> Header:
    """What the person did last, the last call, and which campaigns touched them in the last 30 days."""
    base = store.shown(Filter(hidden_types=wanted.hidden_types))
    human = Clause([*base.sql, "touch_class = 1", "verdict <> 2", "actor <> 3"], list(base.values))
    response = Clause([*human.sql, "is_response"], list(human.values))
    call = Clause([*base.sql, "channel = 3"], list(base.values))
    recent = Clause([*base.sql], list(base.values)).add("campaign_id IS NOT NULL AND occurred_time >= %s", now - RECENT)
    (active, last_response, last_call), campaigns = await _first_of(tx, person, [human, response, call], recent)
    return Header(
        last_response=last_response,
        last_call=last_call,
        last_active_time=active.occurred_time if active is not None else None,
        recent=campaigns,
    )


async def _first_of(
    tx: Tx, person: Person, conditions: Sequence[Clause], recent: Clause
) -> tuple[list[Found | None], list[Found]]:
    """The newest touch of the person under each condition, and of each campaign; some found may be another's."""
    limit = FEW
    while True:
        asked = [*((condition, limit) for condition in conditions), (recent, CHUNK)]
        found = await store.newest(tx, person, asked)
        *mine, campaigns = [[touch for touch in each if owns(person, touch)] for each in found]
        if all(kept or len(each) < limit for kept, each in zip(mine, found, strict=False)):
            return [kept[0] if kept else None for kept in mine], _newest_of_each(campaigns)
        limit *= 20


def _newest_of_each(found: Sequence[Found]) -> list[Found]:
    """The newest touch of each campaign, the newest campaign first."""
    newest: dict[UUID | None, Found] = {}
    for touch in found:
        newest.setdefault(touch.campaign, touch)
    return list(newest.values())[:MOST_CAMPAIGNS]


async def get_touches(tx: Tx, keys: Sequence[tuple[UUID, UUID]], names: Sequence[str]) -> list[Found]:
    """Touches in the order that they are asked for; the first that is missing is named."""
    found = {(touch.subject, touch.touch): touch for touch in await store.list_touches(tx, keys)}
    for key, name in zip(keys, names, strict=True):
        if key not in found:
            raise TouchNotFoundError(touch=name)
    return [found[key] for key in keys]
