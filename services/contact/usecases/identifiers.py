"""Who holds which identifier: adding, ending, retracting and sharing them, and asking whose they are."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.resources import check_etag
from identity import Kind, Owner, TouchFacts, resolve

from services.contact.domain import contacts as rules
from services.contact.domain import history
from services.contact.domain.contacts import Viewer
from services.contact.domain.errors import IdentifierNotFoundError, field_invalid
from services.contact.domain.history import Action
from services.contact.domain.identifiers import Known, check_provable, check_role_kind
from services.contact.models import Account, Contact, IdentityLink
from services.contact.store import accounts as account_store
from services.contact.store import contacts as contact_store
from services.contact.store import forms as form_store
from services.contact.store import links as store
from services.contact.usecases.changes import (
    check_sees,
    following_id,
    note,
    retract,
    revise,
    revise_account,
    say_link,
)
from services.contact.usecases.forms import alias_links, join_forms
from services.contact.usecases.rivals import Rivals


async def hold_identifiers(
    tx: Tx, contact: Contact, identifiers: Sequence[Known], *, evidence: str, viewer: Viewer, now: datetime
) -> None:
    """Give a new contact its identifiers; each must be free from then on."""
    distinct = list({known.subject: known for known in identifiers}.values())
    rules.check_subjects(len(distinct), contact.name)
    subjects = {subject for known in distinct for subject in known.subjects}
    await store.lock_subjects(tx, subjects)
    rivals = await Rivals.load(tx, subjects, viewer)
    links = []
    for place, known in enumerate(distinct):
        others = rivals.known(known.subjects)
        begin = rules.begins(known.kind, others, now)
        rules.check_free(others, begin, known.field)
        link = new_link(known, Kind.HOLDS, now, place=place, from_time=begin, evidence=evidence, actor=viewer.user)
        link.contact_id = contact.id
        links.append(say_link(tx, rivals.claimed(link, known.subjects), now))
    await _say_forms(tx, links, distinct, now)


async def add_identifier(
    tx: Tx,
    contact_id: UUID,
    known: Known,
    *,
    from_time: datetime | None,
    evidence: str,
    etag: str,
    viewer: Viewer,
    now: datetime,
) -> IdentityLink:
    """State that an identifier is a contact's; saying so twice changes nothing."""
    contact = await _lock_own(tx, contact_id, known, etag, viewer)
    members = (await contact_store.list_members(tx, [contact.id]))[contact.id]
    rivals = await Rivals.load(tx, known.subjects, viewer)
    if mine := rivals.standing(known.subjects, members):
        return mine
    begin = from_time or rules.begins(known.kind, rivals.known(known.subjects), now)
    rules.check_free(rivals.known(known.subjects, members), begin, known.field)
    await _check_room(tx, contact, members)
    link = new_link(known, Kind.HOLDS, now, from_time=begin, evidence=evidence or "added", actor=viewer.user)
    return await hold(tx, contact, rivals.claimed(link, known.subjects, members), known, now)


async def share_identifier(
    tx: Tx,
    contact_id: UUID,
    known: Known,
    *,
    from_time: datetime | None,
    evidence: str,
    etag: str,
    viewer: Viewer,
    now: datetime,
) -> IdentityLink:
    """State that an identifier is a contact's as well as other people's; of who sees all it makes a claim good."""
    contact = await _lock_own(tx, contact_id, known, etag, viewer)
    members = (await contact_store.list_members(tx, [contact.id]))[contact.id]
    rivals = await Rivals.load(tx, known.subjects, viewer)
    if mine := rivals.standing(known.subjects, members):
        if not (mine.claim and viewer.sees_all):
            return mine
        await _retract(tx, [mine], now)
    await _check_room(tx, contact, members)
    link = new_link(known, Kind.SHARED, now, from_time=from_time, evidence=evidence or "shared", actor=viewer.user)
    return await hold(tx, contact, rivals.claimed(link, known.subjects, members), known, now)


async def end_identifier(
    tx: Tx, contact_id: UUID, known: Known, *, end: datetime, etag: str, viewer: Viewer, now: datetime
) -> IdentityLink:
    """State that an identifier stopped being a contact's; what happened before stays theirs."""
    contact = await _lock_own(tx, contact_id, known, etag, viewer)
    link = (await _held_by(tx, contact, known, now))[-1]
    await _end(tx, link, end, now)
    revise(tx, contact, now)
    return link


async def retract_identifier(
    tx: Tx, contact_id: UUID, known: Known, *, etag: str, viewer: Viewer, now: datetime
) -> IdentityLink:
    """State that an identifier never was a contact's."""
    contact = await _lock_own(tx, contact_id, known, etag, viewer)
    links = await _held_by(tx, contact, known, None)
    await _retract(tx, links, now)
    revise(tx, contact, now)
    return links[-1]


async def verify_identifier(
    tx: Tx, contact_id: UUID, known: Known, *, is_verified: bool, etag: str, viewer: Viewer, now: datetime
) -> IdentityLink:
    """Note that a contact has proven that an address or number is theirs, or take that back."""
    check_provable(known.kind)
    contact = await _lock_own(tx, contact_id, known, etag, viewer)
    links = await _held_by(tx, contact, known, now)
    changed = [link for link in links if link.verified != is_verified]
    for link in (*changed, *await form_store.list_aliases(tx, [link.id for link in changed])):
        link.verified = is_verified
        link.revision += 1
        tx.add(link)
        tx.emit(link.changed(now))
    if changed:
        revise(tx, contact, now)
        await _note_verified(tx, changed[-1], viewer, now)
    return links[-1]


async def _note_verified(tx: Tx, link: IdentityLink, viewer: Viewer, now: datetime) -> None:
    """In the history of who holds it directly: it goes with her when a merge is taken back."""
    holder = await contact_store.get_contact(tx, link.contact_id or UUID(int=0))
    told = {history.IDENTIFIER + link.identifier_kind: link.value}
    if link.verified:
        await note(tx, holder, Action.VERIFIED, {}, told, viewer=viewer, now=now)
    else:
        await note(tx, holder, Action.UNVERIFIED, told, {}, viewer=viewer, now=now)


async def add_role_address(
    tx: Tx,
    account_id: UUID,
    known: Known,
    *,
    from_time: datetime | None,
    evidence: str,
    etag: str,
    actor: str,
    now: datetime,
) -> IdentityLink:
    """State that an address is a desk's of an account."""
    check_role_kind(known.kind)
    account = await _lock_account(tx, account_id, known, etag)
    for link in await store.list_role_links(tx, account.id):
        if link.subject in known.subjects and link.to_time is None:
            return link
    link = new_link(known, Kind.ROLE, now, from_time=from_time, evidence=evidence or "added", actor=actor)
    link.account_id = account.id
    revise_account(tx, account, now)
    say_link(tx, link, now)
    await _say_forms(tx, [link], [known], now)
    return link


async def end_role_address(
    tx: Tx, account_id: UUID, known: Known, *, end: datetime, etag: str, now: datetime
) -> IdentityLink:
    """State that an address stopped being an account's."""
    account = await _lock_account(tx, account_id, known, etag)
    link = (await _role_of(tx, account, known))[-1]
    await _end(tx, link, end, now)
    revise_account(tx, account, now)
    return link


async def retract_role_address(tx: Tx, account_id: UUID, known: Known, *, etag: str, now: datetime) -> IdentityLink:
    """State that an address never was an account's."""
    account = await _lock_account(tx, account_id, known, etag)
    links = await _role_of(tx, account, known)
    await _retract(tx, links, now)
    revise_account(tx, account, now)
    return links[-1]


async def resolve_identifiers(tx: Tx, questions: Sequence[tuple[bytes, datetime]], *, viewer: Viewer) -> list[Owner]:
    """Whom each subject belongs to at its moment; contacts that the viewer sees masked are left out."""
    rivals = await Rivals.load(tx, {subject for subject, _ in questions}, viewer)
    people = resolve(rivals.shown())
    return [_of_survivors(people.owner_of(TouchFacts(*question)), rivals.survivors) for question in questions]


def new_link(
    known: Known,
    kind: Kind,
    now: datetime,
    *,
    from_time: datetime | None,
    evidence: str,
    actor: str,
    place: int = 0,
) -> IdentityLink:
    """A link about an identifier, not yet anybody's."""
    return IdentityLink(
        id=following_id(now, place),
        kind=kind,
        subject=known.subject,
        from_time=from_time,
        asserted_time=now,
        evidence=evidence,
        actor=actor,
        identifier_kind=known.kind,
        value=known.value,
        label=known.label,
        verified=known.verified,
        version=known.version,
    )


async def hold(tx: Tx, contact: Contact, link: IdentityLink, known: Known, now: datetime) -> IdentityLink:
    """Let a locked contact hold an identifier by a new link; the caller has seen to it that it may."""
    link.contact_id = contact.id
    revise(tx, contact, now)
    say_link(tx, link, now)
    await _say_forms(tx, [link], [known], now)
    return link


async def _say_forms(tx: Tx, links: Sequence[IdentityLink], identifiers: Sequence[Known], now: datetime) -> None:
    """State the same of the other forms of these identifiers, where there is more than one version."""
    forms = {known.subject: known.forms for known in identifiers if known.forms}
    if not forms:
        return
    await alias_links(tx, links, lambda link: forms.get(bytes(link.subject or b""), ()), now=now)
    await join_forms(tx, list(forms.values()), now=now)


async def _lock_own(tx: Tx, contact_id: UUID, known: Known, etag: str, viewer: Viewer) -> Contact:
    """Lock an identifier and then the contact: an import takes them in this order too."""
    await store.lock_subjects(tx, known.subjects)
    contact = await contact_store.lock_contact(tx, contact_id)
    check_etag(contact, etag)
    rules.check_active(contact.state, contact.name)
    check_sees(contact, viewer)
    return contact


async def _held_by(tx: Tx, contact: Contact, known: Known, at: datetime | None) -> list[IdentityLink]:
    """The believed links by which a person holds an identifier: those not ended at a moment, or all for None."""
    members = (await contact_store.list_members(tx, [contact.id]))[contact.id]
    links = _meant(await store.list_identifiers(tx, members, at), known)
    if not links:
        raise IdentifierNotFoundError(parent=contact.name)
    return links


def _meant(links: Sequence[IdentityLink], known: Known) -> list[IdentityLink]:
    """Those of these links that hold an identifier under any form, no aliases."""
    roots = {link.alias_of or link.id for link in links if link.subject in known.subjects}
    return [link for link in links if link.id in roots]


async def _check_room(tx: Tx, contact: Contact, members: Sequence[UUID]) -> None:
    held = {bytes(link.subject or b"") for link in await store.list_identifiers(tx, members, None)}
    rules.check_subjects(len(held) + 1, contact.name)


async def _lock_account(tx: Tx, account_id: UUID, known: Known, etag: str) -> Account:
    await store.lock_subjects(tx, known.subjects)
    account = await account_store.get_account(tx, account_id, lock=True)
    check_etag(account, etag)
    if account.delete_time is not None:
        raise field_invalid("parent", "is a deleted account")
    return account


async def _role_of(tx: Tx, account: Account, known: Known) -> list[IdentityLink]:
    links = _meant(await store.list_role_links(tx, account.id), known)
    if not links:
        raise IdentifierNotFoundError(parent=account.name)
    return links


async def _end(tx: Tx, link: IdentityLink, end: datetime, now: datetime) -> None:
    """End a link and its aliases; an alias that would begin later never held."""
    rules.check_end(link.from_time, end)
    aliases = [each for each in await form_store.list_aliases(tx, [link.id]) if each.retracted_time is None]
    for each in (link, *aliases):
        if each.from_time is not None and each.from_time >= end:
            retract(tx, each, now)
            continue
        each.to_time = end
        each.revision += 1
        tx.add(each)
        tx.emit(each.changed(now))


async def _retract(tx: Tx, links: Sequence[IdentityLink], now: datetime) -> None:
    """Stop believing links and their aliases."""
    aliases = await form_store.list_aliases(tx, [link.id for link in links])
    for link in (*links, *aliases):
        if link.retracted_time is None:
            retract(tx, link, now)


def _of_survivors(owner: Owner, survivors: dict[UUID, UUID]) -> Owner:
    """The same owner with survivors in place of the contacts that hold directly, one holder for each."""
    holders: dict[UUID, UUID] = {}
    for holder in owner.holders:
        holders.setdefault(survivors[holder], holder)
    ordered = sorted(holders)
    return Owner(tuple(ordered), owner.account, tuple(holders[contact] for contact in ordered))
