"""How a repeated request is answered: the resource is read again, as it is now, with the caller's own masks."""

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import Message
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.models import IDENTITY_LINK
from services.contact.rpc import answers
from services.contact.rpc.accounts import Accounts
from services.contact.rpc.attributes import Attributes
from services.contact.rpc.audit import Audit
from services.contact.rpc.bars import Bars
from services.contact.rpc.contacts import Contacts
from services.contact.rpc.duplicates import Duplicates
from services.contact.rpc.erasures import Erasures
from services.contact.rpc.exports import Exports
from services.contact.rpc.histories import Histories, change_number
from services.contact.rpc.imports import Imports
from services.contact.rpc.proofs import Proofs
from services.contact.rpc.snapshots import STREAM
from services.contact.usecases import history, links, snapshots


class Rereads(Contacts, Bars, Erasures, Exports, Audit, Histories, Duplicates, Accounts, Attributes, Proofs, Imports):
    """Reads a resource by its name, whatever it is."""

    async def reread(self, name: str, method: str) -> Message:
        """The resource as it is now; its position is where the stream stands, which is behind the first answer's."""
        message: Any = await self._read(name)
        if "position" in message.DESCRIPTOR.fields_by_name:
            async with self.database.transaction() as tx:
                message.position = (await snapshots.read_positions(tx, STREAM))[0]
        return message  # type: ignore[no-any-return]

    async def _read(self, name: str) -> Any:
        readers = {
            "contacts": self._reader(self.GetContact, pb.GetContactRequest),
            "accounts": self._reader(self.GetAccount, pb.GetAccountRequest),
            "attributeDefinitions": self._reader(self.GetAttributeDefinition, pb.GetAttributeDefinitionRequest),
            "deals": self._reader(self.GetDeal, pb.GetDealRequest),
            "erasures": self._reader(self.GetErasure, pb.GetErasureRequest),
            "imports": self._reader(self.GetImport, pb.GetImportRequest),
            "consentEvents": self.read_consent_event,
            "optIns": self._reader(self.GetOptIn, pb.GetOptInRequest),
            "suppressions": self.read_suppression,
            "identityLinks": self._read_link,
            "contactChanges": self._read_change,
            "duplicateCandidates": self.read_duplicate_candidate,
        }
        return await readers[name.partition("/")[0]](name)

    def _reader(self, method: Any, request: Any) -> Callable[[str], Awaitable[Any]]:
        return lambda name: method(request(name=name), None)

    async def _read_link(self, name: str) -> pb.IdentityLink:
        async with self.database.transaction() as tx:
            link, sees = await links.get_link(tx, IDENTITY_LINK.parse_uuid(name), self.viewer())
        return answers.link_message(link, sees=sees, opens=self.viewer().sees_all)

    async def _read_change(self, name: str) -> pb.ContactChange:
        async with self.database.transaction() as tx:
            change, sees = await history.get_contact_change(tx, change_number(name), viewer=self.viewer())
            names = await history.list_names(tx, [change], viewer=self.viewer())
        return answers.change_message(change, names, sees=sees)
