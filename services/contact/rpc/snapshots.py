"""Methods for projections that join late: everything as it is, and where the stream stood before the first page."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from chassis.calls import caller
from chassis.db import Tx
from chassis.lists import Paging
from chassis.resources import PageTokens, page_size
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.rpc import answers
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import snapshots

STREAM = "touchline.contact.events.v1"
PAGE = 1000
IDS = PageTokens("id")

Read = Callable[[Tx, Paging], Awaitable[tuple[list[Any], str]]]


class Page(NamedTuple):
    """One page of a snapshot."""

    rows: list[Any]
    token: str
    position: str
    epoch: int


class Snapshots(Desk):
    """Pages through all links, all contacts, and everything as events."""

    async def SnapshotLinks(self, request: pb.SnapshotLinksRequest, context: Context) -> pb.SnapshotLinksResponse:
        page = await self._page(request, "all links", snapshots.snapshot_links)
        return pb.SnapshotLinksResponse(
            identity_links=[answers.link_message(link, sees=True) for link in page.rows],
            next_page_token=page.token,
            position=page.position,
            epoch=page.epoch,
        )

    async def SnapshotContacts(
        self, request: pb.SnapshotContactsRequest, context: Context
    ) -> pb.SnapshotContactsResponse:
        page = await self._page(request, "all contacts", snapshots.snapshot_contacts)
        return pb.SnapshotContactsResponse(
            entries=map(answers.entry_message, page.rows),
            next_page_token=page.token,
            position=page.position,
            epoch=page.epoch,
        )

    async def SnapshotEvents(self, request: pb.SnapshotEventsRequest, context: Context) -> pb.SnapshotEventsResponse:
        """One kind of resource after the other; the token says which, and behind which id."""
        tokens = PageTokens("everything", caller().subject)
        held = tokens.read(request.page_token)
        async with self.database.transaction() as tx:
            kind, after, position, epoch = held or (0, None, *await snapshots.read_positions(tx, STREAM))
            paging = Paging(page_size(request.page_size, PAGE, PAGE), (after,) if after else None, IDS)
            facts, more = await snapshots.snapshot_facts(tx, kind, paging, self.clock.now())
            events = [event.data for fact in facts for event in tx.encoded(fact)]
        following = (kind, *(IDS.read(more) or ())) if more else (kind + 1, None)
        token = tokens.issue((*following, position, epoch)) if following[0] < len(snapshots.KINDS) else ""
        return pb.SnapshotEventsResponse(events=events, next_page_token=token, position=position, epoch=epoch)

    async def _page(self, request: Any, kind: str, read: Read) -> Page:
        """The positions are read before the first page and travel in the token: what changes later is in the stream."""
        tokens = PageTokens(kind, caller().subject)
        held = tokens.read(request.page_token)
        async with self.database.transaction() as tx:
            after, position, epoch = held or (None, *await snapshots.read_positions(tx, STREAM))
            paging = Paging(page_size(request.page_size, PAGE, PAGE), (after,) if after else None, tokens)
            rows, more = await read(tx, paging)
        token = tokens.issue((rows[-1].id, position, epoch)) if more else ""
        return Page(rows, token, position, epoch)
