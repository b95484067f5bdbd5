"""Methods about contacts themselves."""

from chassis.calls import caller
from chassis.filters import compile_filter
from chassis.lists import Paging
from chassis.resources import apply_mask
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.errors import field_invalid
from services.contact.models import CONTACT, Contact
from services.contact.rpc import answers, requests
from services.contact.rpc.desk import Context, Desk, keys_of
from services.contact.rpc.lists import contact_columns, subject_of
from services.contact.store import conditions
from services.contact.usecases import asof, contacts
from services.contact.usecases.contacts import Values

ALL_FIELDS = (*requests.CONTACT_TEXTS, "account", "attributes", "tags")


class Contacts(Desk):
    """Creates, reads, changes, deletes and reveals contacts."""

    async def CreateContact(self, request: pb.CreateContactRequest, context: Context) -> pb.Contact:
        viewer, now, told = self.viewer(), self.clock.now(), request.contact
        values = requests.contact_values(told, ALL_FIELDS)
        if not values["owner"] and not viewer.sees_all and "rep" in caller().roles:
            values["owner"], values["team"] = viewer.user, values["team"] or viewer.team
        known = [
            requests.known(each, self.subjects, f"contact.identifiers[{place}]")
            for place, each in enumerate(told.identifiers)
        ]
        async with self.transaction() as tx:
            created = await contacts.create_contact(
                tx, requests.new_id(request.contact_id), values, known, viewer=viewer, now=now
            )
            view = await contacts.show(tx, created, viewer=viewer, now=now)
            return await self.changed(tx, answers.contact_message(view))

    async def GetContact(self, request: pb.GetContactRequest, context: Context | None) -> pb.Contact:
        contact_id, viewer, now = CONTACT.parse_uuid(request.name), self.viewer(), self.clock.now()
        at = requests.given_moment(request, "read_time", "read_time")
        async with self.database.transaction() as tx:
            if at is None:
                return answers.contact_message(await contacts.get_contact(tx, contact_id, viewer=viewer, now=now))
            view = await asof.get_contact_at(tx, contact_id, at, viewer=viewer, now=now)
        return answers.contact_message_at(view)

    async def BatchGetContacts(
        self, request: pb.BatchGetContactsRequest, context: Context
    ) -> pb.BatchGetContactsResponse:
        ids = [CONTACT.parse_uuid(name, f"names[{place}]") for place, name in enumerate(request.names)]
        async with self.database.transaction() as tx:
            views = await contacts.batch_get_contacts(tx, ids, viewer=self.viewer(), now=self.clock.now())
        return pb.BatchGetContactsResponse(contacts=map(answers.contact_message, views))

    async def ListContacts(self, request: pb.ListContactsRequest, context: Context) -> pb.ListContactsResponse:
        viewer = self.viewer()
        narrowed = compile_filter(request.filter, contact_columns(viewer, self.subjects))
        wanted = [conditions.is_listed(show_deleted=request.show_deleted)]
        if viewer.hides_teams:
            wanted.append(conditions.is_visible(viewer))
        if narrowed is not None:
            wanted.append(narrowed)
        if request.query.strip():
            found = (subject_of(kind, request.query, self.subjects) for kind in ("email", "phone"))
            wanted.append(conditions.has_text(request.query, viewer, [subject for subject in found if subject]))
        keys, is_descending = keys_of(request.order_by)
        bound = (request.filter, request.query, request.order_by, str(request.show_deleted))
        paging = Paging.of(request, "contacts", *bound)
        async with self.database.transaction() as tx:
            views, token = await contacts.list_contacts(
                tx, wanted, keys, paging, is_descending=is_descending, viewer=viewer, now=self.clock.now()
            )
        return pb.ListContactsResponse(contacts=map(answers.contact_message, views), next_page_token=token)

    async def UpdateContact(self, request: pb.UpdateContactRequest, context: Context) -> pb.Contact:
        contact_id = CONTACT.parse_uuid(request.contact.name, "contact.name")
        if any(path.partition(".")[0] == "identifiers" for path in request.update_mask.paths):
            raise field_invalid(
                "update_mask", "identifiers change by verbs of their own: AddIdentifier and its siblings"
            )
        viewer, now = self.viewer(), self.clock.now()

        def change(contact: Contact) -> Values:
            current = answers.plain_contact(contact)
            before = requests.contact_values(current, ALL_FIELDS)
            after = requests.contact_values(current, apply_mask(current, request.contact, request.update_mask))
            return {field: value for field, value in after.items() if before[field] != value}

        async with self.transaction() as tx:
            updated = await contacts.update_contact(
                tx, contact_id, change, etag=request.contact.etag, viewer=viewer, now=now
            )
            view = await contacts.show(tx, updated, viewer=viewer, now=now)
            return await self.changed(tx, answers.contact_message(view))

    async def DeleteContact(self, request: pb.DeleteContactRequest, context: Context) -> pb.Contact:
        contact_id, now = CONTACT.parse_uuid(request.name), self.clock.now()
        async with self.transaction() as tx:
            deleted = await contacts.delete_contact(tx, contact_id, etag=request.etag, viewer=self.viewer(), now=now)
            view = await contacts.show(tx, deleted, viewer=self.viewer(), now=now)
            return await self.changed(tx, answers.contact_message(view))

    async def UndeleteContact(self, request: pb.UndeleteContactRequest, context: Context) -> pb.Contact:
        contact_id, now, viewer = CONTACT.parse_uuid(request.name), self.clock.now(), self.viewer()
        async with self.transaction() as tx:
            restored = await contacts.undelete_contact(tx, contact_id, etag=request.etag, viewer=viewer, now=now)
            view = await contacts.show(tx, restored, viewer=viewer, now=now)
            return await self.changed(tx, answers.contact_message(view))

    async def RevealContact(self, request: pb.RevealContactRequest, context: Context) -> pb.Contact:
        contact_id = CONTACT.parse_uuid(request.name)
        async with self.transaction() as tx:
            view = await contacts.reveal_contact(
                tx, contact_id, reason=request.reason, viewer=self.viewer(), now=self.clock.now()
            )
        return answers.contact_message(view)
