"""What every method of contact's door needs: the identity key, who is looking, where a change stands in the stream."""

from collections.abc import Sequence
from typing import TypeVar

import grpc
from chassis.calls import caller
from chassis.clock import Clock
from chassis.db import Database, Tx
from chassis.filters import parse_order
from chassis.rpc import Servicer
from chassis.signing import Signer
from identity import Subjects

from services.contact.domain.contacts import Viewer
from services.contact.gateways import Elsewhere

Context = grpc.aio.ServicerContext
M = TypeVar("M")
SEEING_ALL = frozenset(("service", "admin"))
# What a list can be ordered by: the keys of the order, unique together.
KEYS = {"create_time": ("id",), "update_time": ("update_time", "id"), "display_name": ("display_name", "id")}


class Desk(Servicer):
    """The servicer that contact's methods share."""

    def __init__(
        self,
        database: Database,
        subjects: Subjects,
        clock: Clock | None = None,
        *,
        signer: Signer,
        elsewhere: Elsewhere,
        hides_teams: bool = False,
        refuses_unregistered: bool = False,
    ) -> None:
        super().__init__(database, clock)
        self.subjects, self.signer, self.elsewhere = subjects, signer, elsewhere
        self._hides_teams = hides_teams
        self._refuses_unregistered = refuses_unregistered

    def viewer(self) -> Viewer:
        """Who is looking. Roles that run the installation see all; others what is theirs or their team's."""
        found = caller()
        user, team = found.subject.removeprefix("users/"), found.team.removeprefix("teams/")
        return Viewer(
            user=f"users/{user}" if user else "",
            team=f"teams/{team}" if team else "",
            sees_all=bool(found.roles & SEEING_ALL),
            client=found.client,
            hides_teams=self._hides_teams,
            refuses_unregistered=self._refuses_unregistered,
        )

    async def changed(self, tx: Tx, message: M) -> M:
        """The answer to a change: with its position in the stream, and noted for a repeat of the request."""
        message.position = await tx.positions()  # type: ignore[attr-defined]
        return tx.answer(message)


def keys_of(order_by: str, allowed: Sequence[str] = tuple(KEYS)) -> tuple[Sequence[str], bool]:
    """The keys of an order, and whether it descends; newest first when nothing is said."""
    order = parse_order(order_by, allowed)[:1]
    column, is_descending = order[0] if order else ("create_time", True)
    return KEYS[column], is_descending
