"""Methods about who holds which identifier, and whose it is."""

from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.identifiers import Known
from services.contact.models import ACCOUNT, CONTACT, IdentityLink
from services.contact.rpc import answers, requests
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import identifiers, links

ACCOUNTS = "accounts/"


class Identifiers(Desk):
    """Adds, ends, retracts, shares, verifies and resolves identifiers; excludes touches; lists links."""

    async def ResolveIdentifiers(
        self, request: pb.ResolveIdentifiersRequest, context: Context
    ) -> pb.ResolveIdentifiersResponse:
        now = self.clock.now()
        asked = [requests.resolve_query(each, place, self.subjects, now) for place, each in enumerate(request.queries)]
        async with self.database.transaction() as tx:
            owners = await identifiers.resolve_identifiers(tx, asked, viewer=self.viewer())
        found = zip(asked, owners, strict=True)
        return pb.ResolveIdentifiersResponse(
            resolutions=[answers.resolution_message(subject, owner) for (subject, _), owner in found]
        )

    async def AddIdentifier(self, request: pb.AddIdentifierRequest, context: Context) -> pb.IdentityLink:
        parent, known, now = self._parent(request.parent), self._known(request.identifier), self.clock.now()
        from_time = requests.given_moment(request, "from_time", "from_time")
        told: dict[str, Any] = {"from_time": from_time, "evidence": request.evidence, "etag": request.etag, "now": now}
        async with self.transaction() as tx:
            if request.parent.startswith(ACCOUNTS):
                link = await identifiers.add_role_address(tx, parent, known, actor=self.viewer().user, **told)
            else:
                link = await identifiers.add_identifier(tx, parent, known, viewer=self.viewer(), **told)
            return await self._answer(tx, link)

    async def EndIdentifier(self, request: pb.EndIdentifierRequest, context: Context) -> pb.IdentityLink:
        parent, known, now = self._parent(request.parent), self._known(request.identifier), self.clock.now()
        told: dict[str, Any] = {
            "end": requests.given_moment(request, "end_time", "end_time") or now,
            "etag": request.etag,
            "now": now,
        }
        async with self.transaction() as tx:
            if request.parent.startswith(ACCOUNTS):
                link = await identifiers.end_role_address(tx, parent, known, **told)
            else:
                link = await identifiers.end_identifier(tx, parent, known, viewer=self.viewer(), **told)
            return await self._answer(tx, link)

    async def RetractIdentifier(self, request: pb.RetractIdentifierRequest, context: Context) -> pb.IdentityLink:
        parent, known = self._parent(request.parent), self._known(request.identifier)
        told: dict[str, Any] = {"etag": request.etag, "now": self.clock.now()}
        async with self.transaction() as tx:
            if request.parent.startswith(ACCOUNTS):
                link = await identifiers.retract_role_address(tx, parent, known, **told)
            else:
                link = await identifiers.retract_identifier(tx, parent, known, viewer=self.viewer(), **told)
            return await self._answer(tx, link)

    async def ShareIdentifier(self, request: pb.ShareIdentifierRequest, context: Context) -> pb.IdentityLink:
        contact_id, known = CONTACT.parse_uuid(request.parent, "parent"), self._known(request.identifier)
        async with self.transaction() as tx:
            link = await identifiers.share_identifier(
                tx,
                contact_id,
                known,
                from_time=requests.given_moment(request, "from_time", "from_time"),
                evidence=request.evidence,
                etag=request.etag,
                viewer=self.viewer(),
                now=self.clock.now(),
            )
            return await self._answer(tx, link)

    async def VerifyIdentifier(self, request: pb.VerifyIdentifierRequest, context: Context) -> pb.IdentityLink:
        contact_id, known = CONTACT.parse_uuid(request.parent, "parent"), self._known(request.identifier)
        told: dict[str, Any] = {"is_verified": not request.withdrawn, "etag": request.etag, "now": self.clock.now()}
        async with self.transaction() as tx:
            link = await identifiers.verify_identifier(tx, contact_id, known, viewer=self.viewer(), **told)
            return await self._answer(tx, link)

    async def ExcludeTouch(self, request: pb.ExcludeTouchRequest, context: Context) -> pb.IdentityLink:
        contact_id = CONTACT.parse_uuid(request.parent, "parent")
        told: dict[str, Any] = {"evidence": request.evidence, "viewer": self.viewer(), "now": self.clock.now()}
        async with self.transaction() as tx:
            return await self._answer(tx, await links.exclude_touch(tx, contact_id, request.touch, **told))

    async def IncludeTouch(self, request: pb.IncludeTouchRequest, context: Context) -> pb.IdentityLink:
        contact_id = CONTACT.parse_uuid(request.parent, "parent")
        async with self.transaction() as tx:
            link = await links.include_touch(tx, contact_id, request.touch, viewer=self.viewer(), now=self.clock.now())
            return await self._answer(tx, link)

    async def ListIdentityLinks(
        self, request: pb.ListIdentityLinksRequest, context: Context
    ) -> pb.ListIdentityLinksResponse:
        contact_id = CONTACT.parse_uuid(request.parent, "parent")
        paging = Paging.of(request, "links", request.parent)
        async with self.database.transaction() as tx:
            found, token, sees = await links.list_identity_links(tx, contact_id, paging, self.viewer())
        told = [answers.link_message(link, sees=sees, opens=self.viewer().sees_all) for link in found]
        return pb.ListIdentityLinksResponse(identity_links=told, next_page_token=token)

    def _parent(self, name: str) -> UUID:
        names = ACCOUNT if name.startswith(ACCOUNTS) else CONTACT
        return names.parse_uuid(name, "parent")

    def _known(self, identifier: pb.Identifier) -> Known:
        return requests.known(identifier, self.subjects, "identifier")

    async def _answer(self, tx: Tx, link: IdentityLink) -> pb.IdentityLink:
        await tx.flush()
        return await self.changed(tx, answers.link_message(link, sees=True, opens=self.viewer().sees_all))
