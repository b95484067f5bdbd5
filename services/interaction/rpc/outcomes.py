"""What became of mails, for a ledger that went back to an earlier moment."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from chassis.db import Database
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction import store
from services.interaction.domain.errors import bad_argument
from services.interaction.gateways import INTAKE
from services.interaction.rpc import messages
from services.interaction.rpc.timeline import CONSUMER

MOST_SUBJECTS = 500


class Ends(Protocol):
    """Who knows where a stream ends."""

    async def read(self) -> Mapping[int, int]: ...


class Outcomes:
    """Answers BatchGetMailOutcomes; without `ends` no answer is complete."""

    def __init__(self, database: Database, ends: Ends | None) -> None:
        self._database, self._ends = database, ends

    async def batch_get(self, request: pb.BatchGetMailOutcomesRequest) -> pb.BatchGetMailOutcomesResponse:
        """The ends are asked for first, then what is applied, then the touches: so complete means complete."""
        activity = _activity(request.parent)
        subjects = [_subject(each) for each in request.subjects]
        if len(subjects) > MOST_SUBJECTS:
            raise bad_argument("subjects", f"are at most {MOST_SUBJECTS}")
        ends = await self._ends.read() if self._ends is not None else None
        async with self._database.transaction() as tx:
            complete = ends is not None and await store.is_applied(tx, CONSUMER, INTAKE, ends)
            rows = await store.list_mail_outcomes(tx, activity, subjects)
        return pb.BatchGetMailOutcomesResponse(outcomes=map(_message, rows), complete=complete)


def _message(row: Any) -> pb.MailOutcome:
    subject, message, kind, reason, occurred, contact = row
    found = pb.MailOutcome(subject=subject.bytes, message=message, type=kind, reason=reason)
    if contact is not None:
        found.contact = f"contacts/{contact}"
    found.occurred_time.CopyFrom(messages.stamp(occurred))
    return found


def _activity(name: str) -> UUID:
    refuse = bad_argument("parent", "is a name of the form campaigns/{campaign}/activities/{activity}")
    campaign, slash, activity = name.partition("/activities/")
    if not slash:
        raise refuse
    messages.uuid_of(campaign, "campaigns", refuse)
    return messages.uuid_of(activity, "activities", refuse)


def _subject(raw: bytes) -> UUID:
    if len(raw) != 16:
        raise bad_argument("subjects", "have 16 bytes each")
    return UUID(bytes=raw)
