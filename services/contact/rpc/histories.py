"""Methods about what was done to contacts: merges with a preview, un-merges, the history and what waits in it."""

from chassis.lists import Paging
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.errors import ContactChangeNotFoundError
from services.contact.models import CONTACT, CONTACT_CHANGE
from services.contact.rpc import answers, requests
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import contacts, history, merges

MOST_DIGITS = 18


class Histories(Desk):
    """Merges and un-merges contacts, lists their changes, places what was set aside."""

    async def PreviewMerge(self, request: pb.PreviewMergeRequest, context: Context) -> pb.PreviewMergeResponse:
        ids = CONTACT.parse_uuid(request.name), CONTACT.parse_uuid(request.duplicate, "duplicate")
        now, viewer = self.clock.now(), self.viewer()
        choices = requests.merge_choices(request.choices)
        async with self.database.transaction() as tx:
            preview = await merges.preview_merge(tx, *ids, choices=choices, viewer=viewer)
            both = await contacts.batch_get_contacts(tx, ids, viewer=viewer, now=now)
        return answers.preview_message(preview, both)

    async def MergeContacts(self, request: pb.MergeContactsRequest, context: Context) -> pb.Contact:
        contact_id, duplicate_id = CONTACT.parse_uuid(request.name), CONTACT.parse_uuid(request.duplicate, "duplicate")
        now, viewer = self.clock.now(), self.viewer()
        async with self.transaction() as tx:
            survivor = await merges.merge_contacts(
                tx,
                contact_id,
                duplicate_id,
                choices=requests.merge_choices(request.choices),
                evidence=request.evidence,
                etag=request.etag,
                duplicate_etag=request.duplicate_etag,
                viewer=viewer,
                now=now,
            )
            view = await contacts.show(tx, survivor, viewer=viewer, now=now)
            return await self.changed(tx, answers.contact_message(view))

    async def UnmergeContact(self, request: pb.UnmergeContactRequest, context: Context) -> pb.Contact:
        contact_id, now = CONTACT.parse_uuid(request.name), self.clock.now()
        async with self.transaction() as tx:
            restored = await merges.unmerge_contact(tx, contact_id, etag=request.etag, viewer=self.viewer(), now=now)
            view = await contacts.show(tx, restored, viewer=self.viewer(), now=now)
            return await self.changed(tx, answers.contact_message(view))

    async def ListContactChanges(
        self, request: pb.ListContactChangesRequest, context: Context
    ) -> pb.ListContactChangesResponse:
        contact_id = CONTACT.parse_uuid(request.parent, "parent")
        paging = Paging.of(request, "changes", request.parent, str(request.set_aside_only))
        async with self.database.transaction() as tx:
            changes, token, sees = await history.list_contact_changes(
                tx, contact_id, paging, is_aside_only=request.set_aside_only, viewer=self.viewer()
            )
            names = await history.list_names(tx, changes, viewer=self.viewer())
        told = [answers.change_message(change, names, sees=sees) for change in changes]
        return pb.ListContactChangesResponse(contact_changes=told, next_page_token=token)

    async def PlaceContactChange(self, request: pb.PlaceContactChangeRequest, context: Context) -> pb.ContactChange:
        number = change_number(request.name)
        contact_id = CONTACT.parse_uuid(request.contact, "contact") if request.contact else None
        async with self.transaction() as tx:
            change = await history.place_contact_change(
                tx, number, contact_id, viewer=self.viewer(), now=self.clock.now()
            )
            names = await history.list_names(tx, [change], viewer=self.viewer())
            return await self.changed(tx, answers.change_message(change, names, sees=True))


def change_number(name: str) -> int:
    """The number of a change's name; a name that is none of ours is nobody's."""
    text = CONTACT_CHANGE.parse(name)
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise ContactChangeNotFoundError(contact_change=name)
    return int(text)
