"""What a list of contacts may be narrowed by; whoever may not see an identifier does not find by it either."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, exists, false, func, literal, not_, or_, select, true
from sqlalchemy.orm import Mapped
from sqlmodel import col

from services.contact.domain.contacts import State, Viewer
from services.contact.models import Account, Contact, IdentityLink


def is_listed(*, show_deleted: bool) -> ColumnElement[bool]:
    """Merged contacts are found through their survivors; deleted ones only on request."""
    states = [State.ACTIVE, State.DELETED] if show_deleted else [State.ACTIVE]
    return col(Contact.state).in_([state.value for state in states])


def is_visible(viewer: Viewer) -> ColumnElement[bool]:
    """As `Viewer.sees`, for a query."""
    if viewer.sees_all:
        return true()
    mine = and_(literal(viewer.user) != "", col(Contact.owner) == viewer.user)
    ours = and_(literal(viewer.team) != "", col(Contact.team) == viewer.team)
    return or_(mine, ours)


def is_known(contact: UUID, viewer: Viewer) -> ColumnElement[bool]:
    """Whether the person that a contact stands for is there for the viewer, where teams are hidden."""
    survivor = col(Contact.id) == func.survivor_of(literal(contact, Uuid))
    return exists(select(1).where(survivor, is_visible(viewer)))


def has_text(query: str, viewer: Viewer, subjects: Sequence[bytes]) -> ColumnElement[bool]:
    """Every word is in the name, title, tags or company, or in an identifier that the viewer may see."""
    words = and_(*(_has_word(word, viewer) for word in query.lower().split()))
    if not subjects:
        return words
    return or_(words, and_(is_visible(viewer), _holds(col(IdentityLink.subject).in_(subjects))))


def has_identifier(kind: str, operator: str, value: str, subject: bytes | None, viewer: Viewer) -> ColumnElement[bool]:
    """A filter on an address: equal by its subject, or containing a text."""
    if operator == ":":
        found = and_(col(IdentityLink.identifier_kind) == kind, contains(col(IdentityLink.value), value))
    else:
        found = col(IdentityLink.subject) == subject if subject is not None else false()
    held = _holds(found)
    return and_(is_visible(viewer), not_(held) if operator == "!=" else held)


def has_tag(operator: str, tag: str) -> ColumnElement[bool]:
    """Whether a contact carries a tag."""
    carried = col(Contact.tags).contains([tag])
    return not_(carried) if operator == "!=" else carried


def contains(what: Mapped[str], part: str) -> ColumnElement[bool]:
    """Whether a text holds another, whatever the case."""
    pattern = "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in part)
    return what.ilike(f"%{pattern}%", escape="\\")


def _has_word(word: str, viewer: Viewer) -> ColumnElement[bool]:
    companies = select(col(Account.id)).where(contains(col(Account.display_name), word))
    return or_(
        contains(col(Contact.searched), word),
        col(Contact.account_id).in_(companies),
        and_(is_visible(viewer), _holds(contains(col(IdentityLink.value), word))),
    )


def _holds(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the person holds such an identifier now, by itself or through a contact merged into it."""
    holders = select(func.survivor_of(col(IdentityLink.contact_id))).where(
        condition,
        col(IdentityLink.contact_id).is_not(None),
        col(IdentityLink.retracted_time).is_(None),
        or_(col(IdentityLink.to_time).is_(None), col(IdentityLink.to_time) > func.now()),
    )
    return col(Contact.id).in_(holders)
