"""What rules look at: projections of contact and interaction, and what is still to be evaluated. Written set-based."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.segmentation.models.segments import Row

MOMENT = DateTime(timezone=True)


def _must(name: str, kind: object) -> Column[object]:
    return Column(name, kind, nullable=False)  # type: ignore[arg-type]


def _may(name: str, kind: object) -> Column[object]:
    return Column(name, kind, nullable=True)  # type: ignore[arg-type]


def _stated() -> tuple[Column[object], ...]:
    """Which state of a resource a row holds; only a higher (epoch, revision) replaces it."""
    return _must("epoch", BigInteger), _must("revision", BigInteger)


# A contact. `person_id` is the survivor of its merges, itself without one; `attributes` are typed JSON, moments in
# microseconds as {"time": …}; what is empty is left out.
PERSON = Table(
    "person",
    Row.metadata,
    Column("contact_id", Uuid, primary_key=True),
    _must("person_id", Uuid),
    _must("state", Text),
    _may("account_id", Uuid),
    _must("display_name", Text),
    _must("attributes", JSONB),
    *_stated(),
    Index("person_person_index", "person_id"),
    Index("person_account_index", "account_id", postgresql_where=text("account_id IS NOT NULL")),
)

ACCOUNT = Table(
    "account",
    Row.metadata,
    Column("account_id", Uuid, primary_key=True),
    _must("is_active", Boolean),
    _must("attributes", JSONB),
    *_stated(),
)

LINK = Table(
    "link",
    Row.metadata,
    Column("link_id", Uuid, primary_key=True),
    _must("kind", Text),
    _may("subject_id", Uuid),
    _may("contact_id", Uuid),
    _may("survivor_id", Uuid),
    _may("account_id", Uuid),
    _must("touch", Text),
    _may("from_time", MOMENT),
    _may("to_time", MOMENT),
    _must("asserted_time", MOMENT),
    _may("retracted_time", MOMENT),
    _must("identifier_kind", Text),
    *_stated(),
    Index("link_subject_index", "subject_id", postgresql_where=text("subject_id IS NOT NULL")),
    Index("link_contact_index", "contact_id", postgresql_where=text("contact_id IS NOT NULL")),
    Index("link_survivor_index", "survivor_id", postgresql_where=text("survivor_id IS NOT NULL")),
)

CONSENT = Table(
    "consent",
    Row.metadata,
    Column("consent_id", Uuid, primary_key=True),
    _must("subject_id", Uuid),
    _must("purpose", Text),
    _must("channel", Text),
    _must("topic", Text),
    _must("status", Text),
    _must("capture_time", MOMENT),
    _may("effective_to_time", MOMENT),
    Index("consent_subject_index", "subject_id"),
)

SUPPRESSION = Table(
    "suppression",
    Row.metadata,
    Column("suppression_id", Uuid, primary_key=True),
    _must("subject_id", Uuid),
    _must("channel", Text),
    _must("is_active", Boolean),
    *_stated(),
    Index("suppression_subject_index", "subject_id"),
)

# A touch of a person: one row for each whose it is, one with the nil UUID while it is nobody's.
TOUCH = Table(
    "touch",
    Row.metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("touch_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    _may("contact_id", Uuid),
    _must("type", Text),
    _must("occurred_time", MOMENT),
    _may("corrects", Uuid),
    _must("is_corrected", Boolean),
    Index("touch_person_index", "person_id", "type", "occurred_time", postgresql_where=text("NOT is_corrected")),
    Index("touch_contact_index", "contact_id", postgresql_where=text("contact_id IS NOT NULL")),
    Index("touch_corrects_index", "subject_id", "corrects", postgresql_where=text("corrects IS NOT NULL")),
)

# Something that a contact bought; it never changes. Whose it is follows the contact through its merges.
PURCHASE = Table(
    "purchase",
    Row.metadata,
    Column("purchase_id", Uuid, primary_key=True),
    _must("contact_id", Uuid),
    _must("product", Text),
    _must("amount_minor", BigInteger),
    _must("currency", Text),
    _must("purchase_time", MOMENT),
    Index("purchase_contact_index", "contact_id", "purchase_time"),
)

# Custom attributes with the types of their values, and touch types, as far as seen.
VOCABULARY = Table(
    "vocabulary",
    Row.metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("type", Text, primary_key=True),
)

# What changed for whom and was not evaluated yet.
CHANGE = Table(
    "change",
    Row.metadata,
    Column("number", BigInteger, primary_key=True),
    _must("contact_id", Uuid),
    _must("concern", Text),
    _must("touch", Text),
    _must("resource", Text),
)


def _of_rule(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["segment_id", "version"],
        ["segment_rule.segment_id", "segment_rule.version"],
        name=name,
        ondelete="CASCADE",
    )


# Whom a version that does not decide yet would hold.
CANDIDATE = Table(
    "candidate",
    Row.metadata,
    Column("segment_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    _of_rule("candidate_segment_id_fkey"),
)

# When time alone may change the answer of a rule for a contact.
TIMER = Table(
    "timer",
    Row.metadata,
    Column("segment_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    _must("due_time", MOMENT),
    _of_rule("timer_segment_id_fkey"),
    Index("timer_due_time_index", "due_time"),
)
