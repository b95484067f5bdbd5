"""A batch of rows meets what is known: each finds its contact or makes one, and all is written in a few statements.

A row finds its contact by external id first, then by e-mail address, and by number only where it has neither. The same
address with another external id is a second contact that shares the address. A role address (info@) that no person
holds is the row's company's, unless nothing else would tell who the row is about.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from identity import EMAIL, PHONE, Kind, Subjects, is_role_address

from services.contact.domain import contacts as rules
from services.contact.domain import history
from services.contact.domain.attributes import Registry
from services.contact.domain.consent import EVERY, REFUSALS, Question, Said, Status, judge
from services.contact.domain.identifiers import Known
from services.contact.domain.imports import Outcome, Person, Reason, RowRefusedError, know_read, read_row
from services.contact.models import ContactImport
from services.contact.models.drafts import (
    NewAccount,
    NewConsentEvent,
    NewContact,
    NewContactChange,
    NewIdentityLink,
    NewImportRow,
)
from services.contact.store import accounts as account_store
from services.contact.store import changes as change_store
from services.contact.store import consents as consent_store
from services.contact.store import contacts as contact_store
from services.contact.store import erasures as erasure_store
from services.contact.store import links as link_store
from services.contact.store.imports import insert_many
from services.contact.usecases.changes import following_ids, revise_account
from services.contact.usecases.consents import KIND_OF_CHANNEL
from services.contact.usecases.forms import alias_events, alias_links, join_known

CRM = "crm:"
REFUSED = frozenset(map(str, REFUSALS))
NAMES = frozenset(("display_name", "given_name", "family_name"))


class Batch:
    """The rows of one call, and all that they touch, in memory."""

    def __init__(
        self, tx: Tx, contact_import: ContactImport, read_by: tuple[Subjects, Registry], actor: str, now: datetime
    ) -> None:
        subjects, self._registry = read_by
        self._tx, self._import, self._subjects, self._actor, self._now = tx, contact_import, subjects, actor, now
        self._evidence = contact_import.name
        self._region = contact_import.region or subjects.region
        self._contacts: dict[UUID, Any] = {}
        self._links: dict[bytes, list[Any]] = defaultdict(list)  # believed, by subject
        self._desks: dict[bytes, set[UUID]] = defaultdict(set)  # the companies whose role address a subject is
        self._roots: dict[UUID, UUID] = {}
        self._held: dict[UUID, dict[bytes, str]] = defaultdict(dict)  # what each person holds now: subject and kind
        self._accounts: dict[str, UUID] = {}
        self._said: dict[bytes, list[Said]] = defaultdict(list)
        self._new: dict[type, list[Any]] = {
            kind: [] for kind in (NewAccount, NewContact, NewIdentityLink, NewConsentEvent)
        }
        self._changes: list[Any] = []
        self._erased: set[bytes] = set()  # what only an erased person held
        self._merged: set[UUID] = set()  # records of several people
        self._created: set[UUID] = set()
        self._changed: dict[UUID, Any] = {}
        self._staffed: set[UUID] = set()  # companies that got a role address
        self._ids = following_ids(now)
        self._forms: dict[bytes, Known] = {}  # the identifiers that have several forms

    async def write(self, rows: Sequence[Sequence[str]]) -> list[Any]:
        """Write the rows; what became of each, in their order."""
        first = self._import.next_row
        read = [self._read(self._import.columns, self._import.mapping, values) for values in rows]
        people = [each for each in read if not isinstance(each, RowRefusedError)]
        await link_store.lock_all_subjects(self._tx)
        await self._load(people)
        reports = [self._row(first + place, each) for place, each in enumerate(read)]
        await self._save()
        return reports

    def _read(
        self, columns: Sequence[str], mapping: Mapping[str, str], values: Sequence[str]
    ) -> "tuple[Person, list[Known]] | RowRefusedError":
        try:
            person = read_row(columns, mapping, values, self._region, self._registry)
        except RowRefusedError as refused:
            return refused
        read = [know_read(each, self._subjects, self._region) for each in person.identifiers]
        known = {each.subject: each for each in read}
        self._forms |= {subject: each for subject, each in known.items() if each.forms}
        return person, list(known.values())

    async def _load(self, people: Sequence[tuple[Person, list[Known]]]) -> None:
        """Read whatever these rows could meet."""
        subjects = {subject for _, identifiers in people for known in identifiers for subject in known.subjects}
        self._erased = await erasure_store.list_refused(self._tx, subjects)
        for link in await link_store.list_holding(self._tx, subjects):
            if link.kind != Kind.ROLE:
                self._links[bytes(link.subject or b"")].append(link)
            elif link.account_id and link.to_time is None:
                self._desks[bytes(link.subject or b"")].add(link.account_id)
        holders = {link.contact_id for links in self._links.values() for link in links if link.contact_id}
        self._roots = await contact_store.list_survivors(self._tx, holders)
        self._contacts = await contact_store.lock_contacts(self._tx, self._roots.values())
        members = await contact_store.list_members(self._tx, self._contacts)
        self._merged = {root for root, found in members.items() if len(found) > 1}
        self._roots |= {member: root for root, found in members.items() for member in found}
        for link in await link_store.list_identifiers(self._tx, self._roots, self._now):
            if link.contact_id is not None:
                self._held[self._roots[link.contact_id]][bytes(link.subject or b"")] = link.identifier_kind
        await self._load_accounts({person.account for person, _ in people if person.account})
        if any(person.consents for person, _ in people):
            purposes = {purpose for person, _ in people for purpose, _, _ in person.consents}
            self._said.update(await consent_store.list_said(self._tx, subjects, purposes))
        for known in self._forms.values():
            self._meet(known)

    def _meet(self, known: Known) -> None:
        """Whatever is known of another form of an identifier is known of the one in force."""
        for other in known.subjects - {known.subject}:
            self._links[known.subject].extend(self._links.get(other, ()))
            self._desks[known.subject] |= self._desks.get(other, set())
            self._said[known.subject].extend(self._said.get(other, ()))
            self._erased |= {known.subject} if other in self._erased else set()
            for held in (each for each in self._held.values() if other in each):
                held[known.subject] = known.kind

    async def _load_accounts(self, names: set[str]) -> None:
        self._accounts = await contact_store.find_accounts_by_name(self._tx, names) if names else {}
        for name in sorted(names):
            if name.lower() not in self._accounts:
                account_id = next(self._ids)
                self._accounts[name.lower()] = account_id
                self._new[NewAccount].append(
                    NewAccount(id=account_id, display_name=name, create_time=self._now, update_time=self._now)
                )

    def _row(self, number: int, read: "tuple[Person, list[Known]] | RowRefusedError") -> Any:
        report = NewImportRow(import_id=self._import.id, number=number, outcome=Outcome.REFUSED)
        try:
            if isinstance(read, RowRefusedError):
                raise read
            person, identifiers = read
            self._check_erased(identifiers)
            desks = self._desks_of(person, identifiers)
            personal = [known for known in identifiers if known not in desks]
            outcome = Outcome.UNCHANGED
            if personal:
                report.contact_id, outcome = self._person(person, personal)
            is_told = self._staff(person, desks)
            report.outcome = Outcome.UPDATED if is_told and outcome == Outcome.UNCHANGED else outcome
        except RowRefusedError as refused:
            report.reason, report.column_title = refused.reason, refused.column
        return report

    def _person(self, person: Person, identifiers: Sequence[Known]) -> tuple[UUID, Outcome]:
        """Write down the person whom a row is about; who it is, and what became of the row."""
        contact, via = self._find(identifiers)
        if contact is None:
            contact = self._create(person)
            self._apply(contact, person, identifiers, None)
            return contact.id, Outcome.CREATED
        self._check_room(contact, identifiers)
        is_news = self._apply(contact, person, identifiers, via)
        return contact.id, Outcome.UPDATED if is_news else Outcome.UNCHANGED

    def _desks_of(self, person: Person, identifiers: Sequence[Known]) -> list[Known]:
        """The role addresses of a row that are its company's: no person holds them, and the row says by something else
        who it is about, or speaks of no person at all.
        """
        desks = [known for known in identifiers if known.kind == EMAIL and is_role_address(known.value)]
        desks = [known for known in desks if not self._people_of(known.subject)]
        is_somebody = bool(NAMES & person.fields.keys()) and len(desks) == len(identifiers)
        return desks if person.account and not is_somebody else []

    def _staff(self, person: Person, desks: Sequence[Known]) -> bool:
        """Give a company its role addresses, and record what is said of them; whether any of it is new."""
        account = self._accounts[person.account.lower()] if desks else None
        fresh = [known for known in desks if account not in self._desks[known.subject]]
        for known in fresh:
            self._desks[known.subject].add(account)
            self._new[NewIdentityLink].append(self._new_link(known, Kind.ROLE, account_id=account))
            self._staffed.add(account)
        return self._consent(person, desks) or bool(fresh)

    def _find(self, identifiers: Sequence[Known]) -> tuple[Any | None, UUID | None]:
        """Who a row is about, and who of those merged there holds directly what it was found by; nobody for several."""
        external = [known for known in identifiers if known.kind.startswith(CRM)]
        found, by = self._holders(external), external
        if not found:
            by_mail = [known for known in identifiers if known.kind == EMAIL]
            by = weaker = by_mail or ([] if external else [known for known in identifiers if known.kind == PHONE])
            found = {root for root in self._holders(weaker) if not self._is_another(root, external)}
            if len(found) > 1 and external:
                return None, None
        if len(found) > 1:
            raise RowRefusedError(Reason.AMBIGUOUS)
        if not found:
            return None, None
        root = found.pop()
        direct = {link.contact_id for known in by for link in self._held_now(known.subject)}
        direct = {holder for holder in direct if self._roots[holder] == root}
        return self._contacts[root], direct.pop() if len(direct) == 1 else None

    def _holders(self, identifiers: Iterable[Known]) -> set[UUID]:
        return {root for known in identifiers for root in self._people_of(known.subject)}

    def _people_of(self, subject: bytes) -> set[UUID]:
        """Who holds a subject now."""
        return {self._roots[link.contact_id] for link in self._held_now(subject)}

    def _held_now(self, subject: bytes) -> list[Any]:
        return [
            link
            for link in self._links.get(subject, ())
            if link.contact_id is not None and (link.to_time is None or link.to_time > self._now)
        ]

    def _is_another(self, root: UUID, external: Sequence[Known]) -> bool:
        """Whether a person has another id in one of the systems that a row names: then it is somebody else."""
        held = self._held[root]
        return any(known.kind in held.values() and known.subject not in held for known in external)

    def _create(self, person: Person) -> Any:
        contact = NewContact(
            id=next(self._ids),
            owner=self._import.owner,
            team=self._import.team,
            attributes={},
            tags=[],
            create_time=self._now,
            update_time=self._now,
        )
        self._new[NewContact].append(contact)
        self._contacts[contact.id] = contact
        self._roots[contact.id] = contact.id
        self._created.add(contact.id)
        self._note(contact, history.Action.CREATED, contact.values(), {}, None)
        return contact

    def _apply(self, contact: Any, person: Person, identifiers: Sequence[Known], via: UUID | None) -> bool:
        """Write what a row says into its contact; whether it said anything new."""
        before = None if contact.id in self._created else contact.values()
        told: dict[str, Any] = dict(person.fields)
        if person.account:
            told["account_id"] = self._accounts[person.account.lower()]
        if not contact.display_name and "display_name" not in told:
            given, family = (told.get(name, getattr(contact, name)) for name in ("given_name", "family_name"))
            told["display_name"] = rules.compose_name("", given, family)
        told["attributes"] = contact.attributes | person.attributes
        told["tags"] = list(dict.fromkeys([*contact.tags, *person.tags]))
        changed = {name: value for name, value in told.items() if getattr(contact, name) != value}
        for name, value in changed.items():
            setattr(contact, name, value)
        if before is not None and (changed or contact.id in self._merged):
            self._note(contact, history.Action.EDITED, before, self._told(person), via)
        linked = self._link(contact, identifiers, via)
        if changed or linked:
            self._changed[contact.id] = contact
        return self._consent(person, identifiers) or bool(changed) or linked

    def _told(self, person: Person) -> dict[str, Any]:
        """What a row says, whatever is known."""
        told: dict[str, Any] = dict(person.fields)
        if person.account:
            told["account"] = str(self._accounts[person.account.lower()])
        told |= {history.ATTRIBUTE + name: value for name, value in person.attributes.items()}
        return told | ({history.MORE_TAGS: list(person.tags)} if person.tags else {})

    def _note(
        self, contact: Any, action: history.Action, before: history.Values, told: history.Values, via: UUID | None
    ) -> None:
        was, became = history.differences(before, contact.values())
        change = NewContactChange(
            number=0,  # given when all are written
            contact_id=contact.id,
            earned_id=contact.id,
            revision=contact.revision + (contact.id not in self._created),
            action=action,
            actor=self._actor,
            source=self._evidence,
            time=self._now,
            before=was,
            after=became,
            told=told,
            via_id=via,
        )
        self._changes.append(change)

    def _check_room(self, contact: Any, identifiers: Sequence[Known]) -> None:
        if len(self._held[contact.id].keys() | {known.subject for known in identifiers}) > rules.MOST_SUBJECTS:
            raise RowRefusedError(Reason.INVALID_VALUE)

    def _check_erased(self, identifiers: Sequence[Known]) -> None:
        """A table brings nobody back; who comes back by herself is created anew, and then rows find her."""
        if any(known.subject in self._erased and not self._people_of(known.subject) for known in identifiers):
            raise RowRefusedError(Reason.ERASED)

    def _link(self, contact: Any, identifiers: Sequence[Known], via: UUID | None) -> bool:
        fresh = [known for known in identifiers if known.subject not in self._held[contact.id]]
        for known in fresh:
            others = self._links[known.subject]
            kind = Kind.SHARED if self._people_of(known.subject) else Kind.HOLDS
            begin = (
                None if kind is Kind.SHARED else rules.begins(known.kind, [each.link() for each in others], self._now)
            )
            link = self._new_link(known, kind, contact_id=via or contact.id, from_time=begin)
            others.append(link)
            self._held[contact.id][known.subject] = known.kind
            self._new[NewIdentityLink].append(link)
        return bool(fresh)

    def _new_link(self, known: Known, kind: Kind, **fields: Any) -> Any:
        return NewIdentityLink(
            id=next(self._ids),
            kind=kind,
            subject=known.subject,
            asserted_time=self._now,
            evidence=self._evidence,
            actor=self._actor,
            identifier_kind=known.kind,
            value=known.value,
            version=known.version,
            **fields,
        )

    def _consent(self, person: Person, identifiers: Sequence[Known]) -> bool:
        """Append what a row says about consent, unless it is known; a table never takes back a refusal."""
        fresh = [
            self._event(known, purpose, channel, status)
            for purpose, channel, status in person.consents
            for known in identifiers
            if known.kind == KIND_OF_CHANNEL.get(channel) and self._is_news(known.subject, purpose, channel, status)
        ]
        return bool(fresh)

    def _is_news(self, subject: bytes, purpose: str, channel: str, status: Status) -> bool:
        if not self._said.get(subject):
            return True
        answer = judge(Question(purpose, channel, EVERY, self._now), self._said[subject], ())
        is_refused = str(answer.reason) in REFUSED
        return not is_refused and (status is not Status.GRANTED or not answer.is_allowed)

    def _event(self, known: Known, purpose: str, channel: str, status: Status) -> Any:
        event = NewConsentEvent(
            id=next(self._ids),
            subject=known.subject,
            identifier_kind=known.kind,
            value=known.value,
            purpose=purpose,
            channel=channel,
            status=status,
            capture_time=self._now,
            source="import",
            evidence=self._evidence,
            actor=self._actor,
            create_time=self._now,
        )
        self._said[known.subject].append(event.said())
        self._new[NewConsentEvent].append(event)
        return event

    async def _say_forms(self) -> None:
        """State the same of the other forms of these identifiers, where there is more than one version."""
        links = [link for link in self._new[NewIdentityLink] if link.subject in self._forms]
        await alias_links(self._tx, links, lambda link: self._forms[link.subject].forms, now=self._now)
        self._new[NewConsentEvent] += await alias_events(self._tx, self._new[NewConsentEvent], self._now)

    async def _save(self) -> None:
        for contact in self._changed.values():
            contact.searched = contact.searchable()
            if contact.id not in self._created:
                contact.revision += 1
                contact.update_time = self._now
        with self._tx.session.no_autoflush:  # changed contacts may name accounts that are only inserted here
            for kind, rows in self._new.items():
                if kind is NewConsentEvent:
                    await join_known(self._tx, self._forms.values(), now=self._now)
                await insert_many(self._tx, rows)
        await self._tx.flush()
        await self._say_forms()
        for change, number in zip(
            self._changes, await change_store.next_numbers(self._tx, len(self._changes)), strict=True
        ):
            change.number = number
        await insert_many(self._tx, self._changes)
        for row in (row for rows in self._new.values() for row in rows):
            self._tx.emit(row.changed(self._now))
        for contact_id, contact in self._changed.items():
            if contact_id not in self._created:
                self._tx.emit(contact.changed(self._now))
        for account_id in sorted(self._staffed - {account.id for account in self._new[NewAccount]}):
            revise_account(self._tx, await account_store.get_account(self._tx, account_id, lock=True), self._now)
