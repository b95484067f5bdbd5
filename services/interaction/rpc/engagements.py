"""How the people of an account or a deal stand with us, and what touched a deal, by gRPC."""

from datetime import UTC, datetime
from uuid import UUID

import identity
from chassis.db import Database, Tx
from chassis.lists import Paging
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction import store
from services.interaction.domain.errors import TimelineNotFoundError, bad_argument
from services.interaction.gateways import Neighbours
from services.interaction.rpc import messages
from services.interaction.rpc.history import Histories
from services.interaction.usecases import Standing, get_standings

MOST_CONTACTS = 200
FIRST = (datetime.min.replace(tzinfo=UTC), UUID(int=0), UUID(int=0))
State = pb.Engagement.State


class Engagements:
    """Answers BatchGetEngagements and ListDealTouches."""

    def __init__(self, database: Database, histories: Histories, neighbours: Neighbours | None) -> None:
        self._database, self._histories, self._neighbours = database, histories, neighbours

    async def batch_get(self, request: pb.BatchGetEngagementsRequest) -> pb.BatchGetEngagementsResponse:
        """How each contact stands, in the order asked."""
        names = list(request.contacts)
        if len(names) > MOST_CONTACTS:
            raise bad_argument("contacts", f"are at most {MOST_CONTACTS} names")
        refuse = bad_argument("contacts", "are names of the form contacts/{uuid}")
        contacts = [messages.uuid_of(name, "contacts", refuse) for name in names]
        since = messages.moment_of(request.since_time, "since_time")
        async with self._database.transaction() as tx:
            await self._check(tx, contacts)
            hidden = await self._histories.hidden(tx)
            standings = await get_standings(tx, contacts, since, sorted(hidden))
            shown = await self._newest(tx, standings)
        gone = await self._neighbours.opted_out(names) if self._neighbours is not None else None
        response = pb.BatchGetEngagementsResponse(is_consent_unknown=gone is None)
        for name, standing in zip(names, standings, strict=True):
            response.engagements.append(_message(name, standing, shown, is_out=name in (gone or ())))
        return response

    async def _check(self, tx: Tx, contacts: list[UUID]) -> None:
        looked = await store.list_contacts(tx, contacts)
        for contact in contacts:
            found = looked.get(contact)
            if found is None or not found.is_there or not self._histories.may_know(found):
                raise TimelineNotFoundError(parent=f"contacts/{contact}")

    async def _newest(self, tx: Tx, standings: list[Standing]) -> dict[str, pb.Touch]:
        firsts = [standing.responses[0] for standing in standings if standing.responses]
        keys = list(dict.fromkeys((one.subject, one.touch) for one in firsts))
        return {one.name: one for one in await self._histories.show(tx, await store.list_touches(tx, keys))}

    async def list_of_deal(self, request: pb.ListDealTouchesRequest) -> pb.ListDealTouchesResponse:
        """A page of the touches that name a deal."""
        deal = messages.uuid_of(request.parent, "deals", bad_argument("parent", "is a name of the form deals/{uuid}"))
        paging = Paging.of(request, "deal touches", request.parent)
        after = (paging.after[0], paging.after[1], paging.after[2]) if paging.after else FIRST
        async with self._database.transaction() as tx:
            rows = await store.list_of_deal(tx, deal, after, paging.size + 1)
            found, token = paging.cut(rows, lambda one: (one.occurred_time, one.subject, one.touch))
            shown = await self._histories.show(tx, found)
        return pb.ListDealTouchesResponse(touches=shown, next_page_token=token)


def _message(name: str, standing: Standing, shown: dict[str, pb.Touch], *, is_out: bool) -> pb.Engagement:
    message = pb.Engagement(contact=name, response_count=len(standing.responses))
    if standing.responses:
        first = standing.responses[0]
        touch = shown.get(identity.touch_name(first.subject.bytes, first.touch.bytes))
        if touch is not None:
            message.last_response.CopyFrom(touch)
    if standing.last_time is not None:
        message.last_touch_time.CopyFrom(messages.stamp(standing.last_time))
    message.state = _state(standing, is_out=is_out)
    return message


def _state(standing: Standing, *, is_out: bool) -> "State":
    if is_out:
        return pb.Engagement.STATE_OPTED_OUT
    if standing.responses:
        return pb.Engagement.STATE_ENGAGED
    return pb.Engagement.STATE_SILENT if standing.last_time else pb.Engagement.STATE_UNTOUCHED
