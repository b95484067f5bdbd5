"""ReadTouches, the lists of what went wrong, and single touches."""

import base64
import binascii
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import identity
from chassis.clock import Clock
from chassis.db import Database, Tx
from chassis.lists import Paging
from chassis.resources import page_size
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction import store
from services.interaction.domain import ids
from services.interaction.domain.errors import BatchSizeError, TouchNotFoundError, bad_argument
from services.interaction.domain.threads import Found
from services.interaction.domain.timeline import owner_of
from services.interaction.domain.touch import MAX_BATCH
from services.interaction.rpc import messages
from services.interaction.rpc.timeline import viewer
from services.interaction.usecases import TypeCatalogue, Viewer, get_touches

FIRST = (UUID(int=0), UUID(int=0))
BATCH = 500
HEAD = struct.Struct(">Hqq")
Heads = dict[int, tuple[int, int]]


@dataclass
class Looked:
    """Touches as somebody may see them, which of them unmasked, and those that are of a type not for them."""

    touches: list[pb.Touch] = field(default_factory=list)
    seen: list[Found] = field(default_factory=list)
    hidden: list[Found] = field(default_factory=list)


@dataclass
class Histories:
    """Answers what is asked about touches whoever they belong to."""

    database: Database
    types: TypeCatalogue
    clock: Clock
    hides_teams: bool = False

    async def get(self, names: Sequence[str], place: str) -> list[pb.Touch]:
        """Touches by name, each masked unless its contact is the caller's; who saw which unmasked is written down."""
        if not 1 <= len(names) <= MAX_BATCH:
            raise BatchSizeError(names=len(names), limit=MAX_BATCH)
        keys = [ids.parse_touch_name(name, place) for name in names]
        async with self.database.transaction() as tx:
            found = await get_touches(tx, keys, names)
            looked = await self._look(tx, found)
            if looked.hidden:
                raise TouchNotFoundError(touch=_name(looked.hidden[0]))
            if looked.seen:
                keys_seen = [one.subject.bytes + one.touch.bytes for one in looked.seen]
                await store.append_audit(
                    tx, time=self.clock.now(), actor=viewer().user, action="touches.read", keys=keys_seen
                )
        return looked.touches

    async def evidence(self, names: Sequence[str]) -> list[pb.BatchGetTouchEvidenceResponse.TouchEvidence]:
        """What is kept apart of touches by name, those without left out; that it was read is written down."""
        if not 1 <= len(names) <= MAX_BATCH:
            raise BatchSizeError(names=len(names), limit=MAX_BATCH)
        keys = list(dict.fromkeys(ids.parse_touch_name(name, "names") for name in names))
        async with self.database.transaction() as tx:
            kept = {(subject, touch): rest for subject, touch, *rest in await store.list_evidence(tx, keys)}
            found = [(key, *kept[key]) for key in keys if key in kept]
            if found:
                seen = [subject.bytes + touch.bytes for (subject, touch), _, _ in found]
                await store.append_audit(
                    tx, time=self.clock.now(), actor=viewer().user, action="evidence.export", keys=seen
                )
        return [
            pb.BatchGetTouchEvidenceResponse.TouchEvidence(
                touch=identity.touch_name(subject.bytes, touch.bytes),
                accepted_time=time,
                evidence=pb.Evidence.FromString(told),
            )
            for (subject, touch), time, told in found
        ]

    async def read(self, request: pb.ReadTouchesRequest) -> AsyncIterator[pb.ReadTouchesResponse]:
        """Every touch, up to the positions that are named first: a call that goes on keeps to those of the first."""
        after, heads = _read_cursor(request.cursor)
        size = page_size(request.batch_size, default=BATCH)
        async with self.database.transaction() as tx:
            if heads is None:
                found_heads = await store.list_heads(tx, [store.RECORDED])
                heads = {number: (epoch, seq) for _, number, epoch, seq in found_heads}
            await store.append_audit(
                tx, time=self.clock.now(), actor=viewer().user, action="touches.export", cursor=request.cursor
            )
        positions = [
            pb.ReadTouchesResponse.Position(partition=number, epoch=head[0], seq=head[1])
            for number, head in sorted(heads.items())
        ]
        yield pb.ReadTouchesResponse(positions=positions, cursor=_cursor(after, heads))
        while True:
            async with self.database.transaction() as tx:
                found = await store.read_history(tx, after, size)
                kept = [one for one in found if (one.epoch, one.seq) <= heads.get(one.partition, (0, 0))]
                touches = await self.show(tx, kept)
            if not found:
                return
            after = (found[-1].subject, found[-1].touch)
            yield pb.ReadTouchesResponse(touches=touches, cursor=_cursor(after, heads))

    async def conflicts(self, request: pb.ListTouchConflictsRequest) -> pb.ListTouchConflictsResponse:
        """Touches that were refused when written."""
        paging = Paging.of(request, "conflicts", request.source)
        source = request.source.removeprefix("sources/")
        async with self.database.transaction() as tx:
            rows = await store.list_conflicts(tx, source, paging.after, paging.size + 1)
        shown, token = paging.cut(rows, lambda row: (row[8], row[0], row[1], row[2]))
        return pb.ListTouchConflictsResponse(
            touch_conflicts=map(messages.conflict_message, shown), next_page_token=token
        )

    async def unlinked(self, request: pb.ListUnlinkedTouchesRequest) -> pb.ListUnlinkedTouchesResponse:
        """Touches that belong to nobody yet."""
        paging = Paging.of(request, "unlinked")
        async with self.database.transaction() as tx:
            rows = await store.list_unlinked(tx, paging.after, paging.size + 1)
            total = 0 if paging.after else await store.count_unlinked(tx)
            shown, token = paging.cut(rows, lambda row: (row.subject, *row.place, *row.order))
            touches = await self.show(tx, shown)
        return pb.ListUnlinkedTouchesResponse(touches=touches, next_page_token=token, total_size=total)

    async def show(self, tx: Tx, found: Sequence[Found]) -> list[pb.Touch]:
        """Touches as who asks may see them; those of a type that is not for them are left out."""
        return (await self._look(tx, found)).touches

    async def hidden(self, tx: Tx) -> frozenset[str]:
        """The types that are not for who asks, whoever's contact it is."""
        await self.types.refresh(tx)
        return self._hidden(viewer(), is_team=True)

    async def _look(self, tx: Tx, found: Sequence[Found]) -> Looked:
        """Touches as who asks may see them: other people's contacts, and nobody's, masked; some types not at all."""
        await self.types.refresh(tx)
        links = await store.list_links_for(tx, {one.subject for one in found})
        resolver, who = identity.resolve(links), viewer()
        owners = [owner_of(resolver, one) for one in found]
        wanted = {contact for owner in owners for contact in owner.contacts}
        known = {} if who.sees_all else await store.list_contacts(tx, wanted)
        types = {is_team: self._hidden(who, is_team=is_team) for is_team in (False, True)}
        looked = Looked()
        for one, owner in zip(found, owners, strict=True):
            sees = who.sees_all or any(who.sees(known.get(contact)) for contact in owner.contacts)
            if one.type in types[sees] or (self.hides_teams and not sees):
                looked.hidden.append(one)
                continue
            looked.touches.append(messages.touch_message(one, self.types, owner, sees=sees))
            if sees:
                looked.seen.append(one)
        return looked

    def may_know(self, looked: store.Looked) -> bool:
        """Whether there is such a contact for who asks: another team's is none where teams are hidden."""
        return not self.hides_teams or viewer().sees(looked)

    def _hidden(self, who: Viewer, *, is_team: bool) -> frozenset[str]:
        """The types that are not for who asks; our own services fold every one of them."""
        return frozenset() if who.sees_all else self.types.hidden(who.roles, is_team=is_team)


def _name(one: Found) -> str:
    return identity.touch_name(one.subject.bytes, one.touch.bytes)


def _cursor(after: tuple[UUID, UUID], heads: Heads) -> str:
    """Behind which touch to go on, and the positions that the first call named."""
    parts = [after[0].bytes, after[1].bytes, bytes([len(heads)])]
    parts += [HEAD.pack(number, *head) for number, head in sorted(heads.items())]
    return base64.urlsafe_b64encode(b"".join(parts)).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[tuple[UUID, UUID], Heads | None]:
    if not text:
        return FIRST, None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        heads = {number: (epoch, seq) for number, epoch, seq in HEAD.iter_unpack(raw[33 : 33 + raw[32] * HEAD.size])}
        return (UUID(bytes=raw[:16]), UUID(bytes=raw[16:32])), heads
    except (binascii.Error, ValueError, IndexError, struct.error):
        raise bad_argument("cursor", "is no cursor of ours") from None
