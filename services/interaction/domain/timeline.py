"""Whose timeline shows which touches: the subjects to look under, and the rule that decides on each touch found."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

import identity

from services.interaction.domain.errors import TooManySubjectsError

MOST_SUBJECTS = 200  # held; those that only name the contact are as many as sources say


class Seen(Protocol):
    """As much of a touch as decides whose it is."""

    @property
    def subject(self) -> UUID: ...
    @property
    def touch(self) -> UUID: ...
    @property
    def occurred_time(self) -> datetime: ...
    @property
    def contact(self) -> UUID | None: ...


def owner_of(resolver: identity.Resolver, one: Seen) -> identity.Owner:
    """Whose a touch is."""
    name = identity.touch_name(one.subject.bytes, one.touch.bytes)
    return resolver.owner_of(identity.TouchFacts(one.subject.bytes, one.occurred_time, one.contact, name))


def people_of(resolver: identity.Resolver, one: Seen) -> list[UUID]:
    """The people whose a touch is, each once."""
    return list(dict.fromkeys(resolver.person(contact) for contact in owner_of(resolver, one).contacts))


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which whatever happened under a subject is the person's, unless it names somebody else."""

    subject: UUID
    from_time: datetime | None = None
    to_time: datetime | None = None


@dataclass(frozen=True)
class Person:
    """One person, or the role addresses of one account: what is looked up, and who decides."""

    contact: UUID | None
    account: UUID | None
    members: frozenset[UUID]
    spans: tuple[Span, ...]
    named_only: frozenset[UUID]
    revision: str
    resolver: identity.Resolver
    has_exclusions: bool
    _known: dict[tuple[UUID, UUID | None], identity.Owner] = field(default_factory=dict, compare=False, repr=False)

    @property
    def subjects(self) -> frozenset[UUID]:
        """Every subject under which a touch of this person may lie."""
        return frozenset(span.subject for span in self.spans) | self.named_only

    def owns(self, owner: identity.Owner) -> bool:
        """Whether a touch of this owner is on this timeline."""
        if self.account is not None:
            return owner.account == self.account
        return bool(self.members.intersection(owner.contacts))

    def owner_of(self, subject: UUID, touch: UUID, occurred_time: datetime, contact: UUID | None) -> identity.Owner:
        """Whose a touch is."""
        known = self._known.get((subject, contact))
        if known is not None:
            return known
        name = identity.touch_name(subject.bytes, touch.bytes) if self.has_exclusions else ""
        owner = self.resolver.owner_of(identity.TouchFacts(subject.bytes, occurred_time, contact, name))
        if not self.has_exclusions and (contact is not None or self.resolver.is_lasting(subject.bytes)):
            self._known[subject, contact] = owner
        return owner


def person_of(contact: UUID, links: Iterable[identity.Link], named: Iterable[UUID]) -> Person:
    """The person that a contact is; `named` are subjects whose touches name one of its contacts."""
    links = list(links)
    resolver = identity.resolve(links)
    members = resolver.members(contact)
    spans = tuple(Span(UUID(bytes=link.subject), link.from_time, link.to_time) for link in resolver.holdings(contact))
    formerly = {UUID(bytes=link.subject) for link in links if link.contact in members and link.subject}
    held = {span.subject for span in spans}
    named_only = (formerly | set(named)) - held
    if len(held) > MOST_SUBJECTS:
        raise TooManySubjectsError(subjects=len(held), limit=MOST_SUBJECTS)
    return Person(contact, None, members, spans, frozenset(named_only), revision_of(links), resolver, _excludes(links))


def desk_of(account: UUID, links: Iterable[identity.Link]) -> Person:
    """The role addresses of an account, whose touches nobody in person earned."""
    links = list(links)
    desks = [link for link in links if link.account == account and link.is_believed() and link.subject]
    spans = tuple(Span(UUID(bytes=link.subject), link.from_time, link.to_time) for link in desks)
    return Person(
        None, account, frozenset(), spans, frozenset(), revision_of(links), identity.resolve(links), _excludes(links)
    )


def _excludes(links: Iterable[identity.Link]) -> bool:
    return any(link.kind is identity.Kind.EXCLUSION for link in links)


def revision_of(links: Iterable[identity.Link]) -> str:
    """A text that changes when any of the links does."""
    told = sorted(f"{link.id.hex}.{link.revision}" for link in links)
    return hashlib.blake2b("|".join(told).encode(), digest_size=8).hexdigest()
