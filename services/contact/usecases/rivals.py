"""Who else holds an identifier, and whom of them the asking person may know.

Where teams are hidden from each other, an identifier that only contacts of other teams hold is taken as a free one is:
the link is a claim. It is on its contact's page, holds for no moment, so that it earns no touch, and lets whoever sees
both contacts find the pair among the duplicates.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from uuid import UUID

from chassis.db import Tx
from identity import Kind, Link

from services.contact.domain.contacts import Viewer
from services.contact.models import Contact, IdentityLink
from services.contact.store import contacts as contact_store
from services.contact.store import links as store


class Rivals:
    """The believed links of some subjects, claims among them; `survivors` are who stands for their contacts."""

    def __init__(
        self, links: list[IdentityLink], survivors: dict[UUID, UUID], people: dict[UUID, Contact], viewer: Viewer
    ) -> None:
        self.survivors, self._links, self._viewer = survivors, links, viewer
        roots = {holder: people[root] for holder, root in survivors.items()}
        self._seen = {holder for holder, root in roots.items() if viewer.sees(root.owner, root.team)}
        self._known = {holder for holder, root in roots.items() if viewer.may_know(root.owner, root.team)}

    @classmethod
    async def load(cls, tx: Tx, subjects: Iterable[bytes], viewer: Viewer) -> "Rivals":
        """Read whoever holds or claims these subjects."""
        links = await store.list_said_of(tx, set(subjects))
        survivors = await contact_store.list_survivors(tx, {link.contact_id for link in links if link.contact_id})
        return cls(links, survivors, await contact_store.get_contacts(tx, survivors.values()), viewer)

    def standing(self, subjects: Collection[bytes], members: Collection[UUID]) -> IdentityLink | None:
        """The link by which a person holds or claims one of an identifier's subjects, with no end to it."""
        found = (link for link in self._of(subjects) if link.contact_id in members and link.to_time is None)
        return next(found, None)

    def known(self, subjects: Collection[bytes], but: Collection[UUID] = ()) -> list[Link]:
        """What holds these subjects for all the viewer may know, but for a person's own; to a team its claims hold."""
        found = [link for link in self._of(subjects) if link.contact_id in self._known and link.contact_id not in but]
        return [told(link) for link in found if not (link.claim and self._viewer.sees_all)]

    def claimed(self, link: IdentityLink, subjects: Collection[bytes], own: Collection[UUID] = ()) -> IdentityLink:
        """A new link, as a claim where somebody holds or held a form of its identifier whom the viewer may not know."""
        others = [each for each in self._of(subjects) if not each.claim and each.contact_id not in own]
        if any(each.contact_id not in self._known for each in others):
            link.claim, link.kind = Kind(link.kind).value, Kind.SHARED.value
        return link

    def again(self, link: IdentityLink) -> dict[str, str]:
        """What a link becomes when it is believed again: a claim, where somebody hidden took its subject."""
        others = [each for each in self._of([bytes(link.subject or b"")]) if each.contact_id not in self._known]
        taken = any(each.link().overlaps(link.from_time, link.to_time) for each in others if each.kind == Kind.HOLDS)
        return {"claim": Kind.HOLDS.value, "kind": Kind.SHARED.value} if taken and link.kind == Kind.HOLDS else {}

    def shown(self) -> Iterator[Link]:
        """What the viewer may hear of whose these subjects are; a claim counts where nobody else is shown."""
        seen = [link for link in self._links if link.contact_id is None or link.contact_id in self._seen]
        held = {link.subject for link in seen if not link.claim}
        yield from (told(link) for link in seen if not (link.claim and link.subject in held))

    def _of(self, subjects: Collection[bytes]) -> Iterator[IdentityLink]:
        return (link for link in self._links if link.subject in subjects and link.kind != Kind.ROLE)


def told(link: IdentityLink) -> Link:
    """A link as its own team is told of it: a claim as what it would be."""
    if not link.claim:
        return link.link()
    return replace(link.link(), kind=Kind(link.claim), from_time=link.from_time, to_time=link.to_time)
