"""Everything about a person as one archive, written while it is read."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

from touchline.contact.v1 import contact_pb2 as pb

from services.contact.gateways import File, listed
from services.contact.models import CONTACT
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import exporting

PAGE = 1000
CHUNK = 256 * 1024


class Pipe(io.RawIOBase):
    """Where the archive is written to: what came since it was last emptied."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def empty(self) -> list[bytes]:
        """What was written, in pieces that fit into an answer."""
        whole, self._parts = b"".join(self._parts), []
        return [whole[at : at + CHUNK] for at in range(0, len(whole), CHUNK)]


class Exports(Desk):
    """Exports people."""

    async def ExportContact(
        self, request: pb.ExportContactRequest, context: Context
    ) -> AsyncIterator[pb.ExportContactResponse]:
        contact_id, viewer, now = CONTACT.parse_uuid(request.name), self.viewer(), self.clock.now()
        async with self.transaction() as tx:
            person, members = await exporting.begin_export(
                tx, contact_id, reason=request.reason, viewer=viewer, now=now
            )
        pipe, told = Pipe(), dict[str, int]()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
            async for file in self._files(person.name, [CONTACT.format(one) for one in members], context):
                archive.writestr(file.path, file.content)
                told[file.path] = file.items
                for chunk in pipe.empty():
                    yield pb.ExportContactResponse(chunk=chunk)
                yield pb.ExportContactResponse(
                    progress=pb.ExportContactResponse.Progress(file=file.path, items=file.items)
                )
            manifest = {"contact": person.name, "merged": [CONTACT.format(one) for one in members], "files": told}
            manifest |= {"exported": now.isoformat(), "exporter": viewer.user}
            archive.writestr("manifest.json", json.dumps(manifest, indent=2) + "\n")
        for chunk in pipe.empty():
            yield pb.ExportContactResponse(chunk=chunk)

    async def _files(self, name: str, merged: list[str], context: Context) -> AsyncIterator[File]:
        """What contact keeps by its own methods, then what the others keep."""
        me: Any = self
        yield listed("contact/contact.json", [await me.GetContact(pb.GetContactRequest(name=name), context)])
        for path, method, wish, field in (
            ("identity_links", me.ListIdentityLinks, pb.ListIdentityLinksRequest(parent=name), "identity_links"),
            ("changes", me.ListContactChanges, pb.ListContactChangesRequest(parent=name), "contact_changes"),
            ("consent_events", me.ListConsentEvents, pb.ListConsentEventsRequest(parent=name), "consent_events"),
            ("purchases", me.ListPurchases, pb.ListPurchasesRequest(parent=name), "purchases"),
            ("deals", me.ListDeals, pb.ListDealsRequest(filter=f'contact = "{name}"'), "deals"),
            ("audit", me.ListAuditEntries, pb.ListAuditEntriesRequest(filter=f'resource = "{name}"'), "audit_entries"),
        ):
            yield listed(f"contact/{path}.json", await _all(method, wish, field, context))
        async for file in self.elsewhere.files(name, merged):
            yield file


async def _all(method: Any, wish: Any, field: str, context: Context) -> list[Any]:
    """Every page of a list."""
    wish.page_size, found = PAGE, []
    while True:
        page = await method(wish, context)
        found += getattr(page, field)
        wish.page_token = page.next_page_token
        if not wish.page_token:
            return found
