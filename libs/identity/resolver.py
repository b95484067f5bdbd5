"""Whose touch is it: links folded into people by connected components, and the rules that give a touch its owner.

A touch that names a contact belongs to the person that contact is. One without belongs to whoever its subject is linked
to at the time it occurred: to one person; to several on a shared address; to the account of a role address; else to
nobody yet. An exclusion takes one touch off one person. Nothing here depends on the order in which links arrived.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from identity.links import HOLDING, Kind, Link


@dataclass(frozen=True, slots=True)
class TouchFacts:
    """What the resolver needs to know of a touch; `touch` is its resource name."""

    subject: bytes
    occurred_time: datetime
    contact: UUID | None = None
    touch: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a touch is: `contacts` are survivors, `holders` the contacts that hold it directly."""

    contacts: tuple[UUID, ...] = ()
    account: UUID | None = None
    holders: tuple[UUID, ...] = ()

    @property
    def is_shared(self) -> bool:
        """True when it is on several people's timelines."""
        return len(self.contacts) > 1


NOBODY = Owner()
_WHENEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Resolver:
    """People, as the links given say that they are, at one moment of belief."""

    def __init__(self, links: Iterable[Link], *, as_of: datetime | None = None) -> None:
        self._component: dict[UUID, frozenset[UUID]] = {}
        self._survivor: dict[UUID, UUID] = {}
        self._by_subject: dict[bytes, list[Link]] = defaultdict(list)
        self._by_contact: dict[UUID, list[Link]] = defaultdict(list)
        self._excluded: dict[str, set[UUID]] = defaultdict(set)
        believed = [link for link in links if link.is_believed(as_of)]
        self._join([link for link in believed if link.kind is Kind.MERGE])
        for link in believed:
            self._index(link)
        self._taken_off = {self.person(contact) for those in self._excluded.values() for contact in those}

    def person(self, contact: UUID) -> UUID:
        """The contact that stands for the person: itself, or the survivor of its merges."""
        return self._survivor.get(contact, contact)

    def members(self, contact: UUID) -> frozenset[UUID]:
        """Every contact that is this person."""
        return self._component.get(contact, frozenset((contact,)))

    def holdings(self, contact: UUID) -> list[Link]:
        """The links by which the person holds subjects, oldest belief first."""
        links = (link for member in self.members(contact) for link in self._by_contact.get(member, ()))
        return sorted(links, key=lambda link: link.id)

    def subjects(self, contact: UUID) -> frozenset[bytes]:
        """Every subject that the person holds or held."""
        return frozenset(link.subject for link in self.holdings(contact))

    def holders(self, subject: bytes, at: datetime) -> tuple[UUID, ...]:
        """The contacts that hold a subject directly at a moment, in a fixed order."""
        links = self._by_subject.get(subject, ())
        held = {link.contact for link in links if link.contact and link.kind in HOLDING and link.is_valid(at)}
        return tuple(sorted(held))

    def is_lasting(self, subject: bytes) -> bool:
        """Whether who holds a subject is the same at every moment."""
        return all(link.from_time is None and link.to_time is None for link in self._by_subject.get(subject, ()))

    def account(self, subject: bytes, at: datetime) -> UUID | None:
        """The account of a role address at a moment."""
        links = self._by_subject.get(subject, ())
        return min((link.account for link in links if link.account and link.is_valid(at)), default=None)

    def direct_holder(self, contact: UUID, subject: bytes, at: datetime) -> UUID:
        """The contact to write on a touch: who holds the subject itself, where a caller names the survivor."""
        holders = self.holders(subject, at)
        if contact in holders:
            return contact
        merged = [holder for holder in holders if holder in self.members(contact)]
        return merged[0] if merged else contact

    def owner_of(self, touch: TouchFacts) -> Owner:
        """Whose a touch is."""
        holders = (touch.contact,) if touch.contact else self.holders(touch.subject, touch.occurred_time)
        if not holders:
            return Owner(account=self.account(touch.subject, touch.occurred_time))
        excluded = {self.person(contact) for contact in self._excluded.get(touch.touch, ())}
        kept = tuple(holder for holder in holders if self.person(holder) not in excluded)
        return Owner(contacts=tuple(sorted({self.person(holder) for holder in kept})), holders=kept)

    def owner_of_all(self, subject: bytes, contact: UUID | None = None) -> Owner | None:
        """Whose every touch of a subject is that names this contact; None where that may depend on the touch."""
        if contact is None and subject not in self._by_subject:
            return NOBODY
        if contact is None and not self.is_lasting(subject):
            return None
        owner = self.owner_of(TouchFacts(subject, _WHENEVER, contact))
        return owner if self._taken_off.isdisjoint(owner.contacts) else None

    def _index(self, link: Link) -> None:
        if link.kind is Kind.EXCLUSION and link.contact:
            self._excluded[link.touch].add(link.contact)
        elif link.kind is not Kind.MERGE:
            self._by_subject[link.subject].append(link)
            if link.contact:
                self._by_contact[link.contact].append(link)

    def _join(self, merges: list[Link]) -> None:
        """Find the components, and in each the contact that was merged into no other.

        A projection may know half of a change: then several survive, or in a ring none, and the smallest id stands for
        all.
        """
        neighbours: dict[UUID, set[UUID]] = defaultdict(set)
        for link in merges:
            if link.contact and link.survivor:
                neighbours[link.contact].add(link.survivor)
                neighbours[link.survivor].add(link.contact)
        merged_away = {link.contact for link in merges}
        for component in _components(neighbours):
            survivor = min(component - merged_away or component)
            for contact in component:
                self._component[contact], self._survivor[contact] = component, survivor


def _components(neighbours: dict[UUID, set[UUID]]) -> Iterable[frozenset[UUID]]:
    seen: set[UUID] = set()
    for start in neighbours:
        if start in seen:
            continue
        found, front = {start}, [start]
        while front:
            new = neighbours[front.pop()] - found
            found |= new
            front.extend(new)
        seen |= found
        yield frozenset(found)


def resolve(links: Iterable[Link], *, as_of: datetime | None = None) -> Resolver:
    """Fold links into people, as believed at a moment; now when none is given."""
    return Resolver(links, as_of=as_of)


def owner_of(touch: TouchFacts, links: Iterable[Link], *, as_of: datetime | None = None) -> Owner:
    """Whose one touch is; whoever asks about many keeps the resolver."""
    return Resolver(links, as_of=as_of).owner_of(touch)
