"""Saved filters by gRPC; each colleague has their own, and nobody else sees them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.calls import caller
from chassis.clock import Clock
from chassis.db import Tx
from chassis.lists import Paging
from chassis.resources import ResourceName, apply_mask
from google.protobuf.json_format import MessageToDict, ParseDict
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction import store
from services.interaction.domain.errors import SavedFiltersNotYoursError, bad_argument
from services.interaction.domain.saved import SavedFilter
from services.interaction.rpc import messages
from services.interaction.rpc.timeline import plain_filter
from services.interaction.usecases import create_saved_filter, delete_saved_filter, update_saved_filter

USER, SAVED = ResourceName("users/{user}"), ResourceName("users/{user}/savedFilters/{saved_filter}")
LARGEST, MOST_VALUES = 8 * 1024, 50


class SavedFilters:
    """Answers what is asked about saved filters."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def get(self, tx: Tx, name: str) -> pb.SavedFilter:
        """One saved filter."""
        return _message(await store.get_saved_filter(tx, *_named(name, "name")))

    async def list(self, tx: Tx, request: pb.ListSavedFiltersRequest) -> pb.ListSavedFiltersResponse:
        """A page of a colleague's filters."""
        user = _own(request.parent, "parent")
        paging = Paging.of(request, "saved_filters", user)
        rows = await store.list_saved_filters(tx, user, paging.after[0] if paging.after else "", paging.size + 1)
        shown, token = paging.cut(rows, lambda row: (row.key,))
        return pb.ListSavedFiltersResponse(saved_filters=map(_message, shown), next_page_token=token)

    async def create(self, tx: Tx, request: pb.CreateSavedFilterRequest) -> pb.SavedFilter:
        """Save a filter under a name."""
        user, given = _own(request.parent, "parent"), request.saved_filter
        asks = _asks(given.filter)
        return _message(await create_saved_filter(tx, user, given.display_name, asks, now=self._clock.now()))

    async def update(self, tx: Tx, request: pb.UpdateSavedFilterRequest) -> pb.SavedFilter:
        """Rename a saved filter, or change what it asks for."""
        given = request.saved_filter
        user, id_ = _named(given.name, "saved_filter.name")

        def change(kept: SavedFilter) -> SavedFilter:
            wanted = _message(kept)
            apply_mask(wanted, given, request.update_mask)
            return replace(kept, display_name=wanted.display_name, asks=_asks(wanted.filter))

        now = self._clock.now()
        return _message(await update_saved_filter(tx, user, id_, change, etag=given.etag, now=now))

    async def delete(self, tx: Tx, request: pb.DeleteSavedFilterRequest) -> None:
        """Forget a saved filter."""
        await delete_saved_filter(tx, *_named(request.name, "name"), etag=request.etag)


def _own(user: str, field: str) -> str:
    """The colleague of a name; refuses everybody else's."""
    USER.parse(user, field)
    if user != caller().subject:
        raise SavedFiltersNotYoursError(user=user)
    return user


def _named(name: str, field: str) -> tuple[str, UUID]:
    id_ = SAVED.parse_uuid(name, field)
    return _own(USER.format(SAVED.match(name, field)["user"]), field), id_


def _asks(given: pb.TimelineFilter) -> dict[str, Any]:
    """What a filter asks for, as it is kept; refuses what no timeline could be asked."""
    if given.ByteSize() > LARGEST:
        raise bad_argument("saved_filter.filter", f"has at most {LARGEST:,} bytes")
    for field, value in given.ListFields():
        if field.is_repeated and len(value) > MOST_VALUES:
            raise bad_argument(f"saved_filter.filter.{field.name}", f"has at most {MOST_VALUES} values")
    plain_filter(given, "saved_filter.filter")
    asks: dict[str, Any] = MessageToDict(given, preserving_proto_field_name=True)
    return asks


def _message(saved: SavedFilter) -> pb.SavedFilter:
    message = pb.SavedFilter(
        name=SAVED.format(USER.parse(saved.user), saved.id),
        display_name=saved.display_name,
        filter=ParseDict(saved.asks, pb.TimelineFilter(), ignore_unknown_fields=True),
        etag=str(saved.revision),
    )
    message.create_time.CopyFrom(messages.stamp(saved.create_time))
    message.update_time.CopyFrom(messages.stamp(saved.update_time))
    return message
