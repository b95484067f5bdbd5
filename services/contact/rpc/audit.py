"""The audit log as whoever runs the installation reads it."""

from chassis.audit import Entry
from chassis.filters import Column, Kind, compile_filter, parse_order
from chassis.lists import Paging
from sqlmodel import col
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.models import AuditEntry
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases.auditing import list_audit_entries

COLUMNS = {
    **{name: Column(Kind.TEXT, col(getattr(AuditEntry, name))) for name in ("actor", "action", "resource")},
    "time": Column(Kind.TIME, col(AuditEntry.time)),
}


class Audit(Desk):
    """Lists who saw or did what."""

    async def ListAuditEntries(
        self, request: pb.ListAuditEntriesRequest, context: Context
    ) -> pb.ListAuditEntriesResponse:
        where = compile_filter(request.filter, COLUMNS)
        _, is_descending = (parse_order(request.order_by, ("number",)) or [("number", True)])[0]
        paging = Paging.of(request, "audit", request.filter, request.order_by)
        async with self.database.transaction() as tx:
            entries, token = await list_audit_entries(
                tx, [] if where is None else [where], paging, is_descending=is_descending
            )
        return pb.ListAuditEntriesResponse(audit_entries=map(audit_message, entries), next_page_token=token)


def audit_message(entry: Entry) -> pb.AuditEntry:
    """An entry with all that its verification needs."""
    return pb.AuditEntry(
        number=entry.number,
        time=entry.time,
        actor=entry.actor,
        action=entry.action,
        resource=entry.resource,
        reason=entry.reason,
        reason_hash=entry.reason_hash,
        reason_salt=entry.reason_salt,
        digest=entry.digest,
        erased=entry.is_erased,
        previous_digest=entry.previous,
    )
