"""Contacts, accounts and deals, the links that say who somebody is, and who has looked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.resources import etag_of
from identity import VERSION, Kind, Link
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text, text
from sqlmodel import Field

from services.contact.domain.contacts import State
from services.contact.domain.facts import AccountChanged, ContactChanged, DealChanged, LinkChanged
from services.contact.domain.history import ATTRIBUTE, TAGS, TEXTS
from services.contact.domain.identifiers import CLAIMS_HOLD_FROM
from services.contact.models.names import ACCOUNT, CONTACT, DEAL, IDENTITY_LINK, Row, json, moment, one_of, texts


class Contact(Row, table=True):
    """A person."""

    __tablename__ = "contact"
    __table_args__ = (
        one_of("state", State),
        CheckConstraint("(state = 'MERGED') = (merged_into IS NOT NULL)", name="merged_into"),
        CheckConstraint("merged_into <> id", name="merged_into_another"),
        CheckConstraint("(state = 'DELETED') = (delete_time IS NOT NULL)", name="delete_time"),
        Index("contact_display_name_index", "display_name", "id"),
        Index("contact_restricted_index", "id", postgresql_where=text("restrict_time IS NOT NULL")),
        Index("contact_held_index", "id", postgresql_where=text("hold_time IS NOT NULL")),
        Index("contact_deleted_index", "id", postgresql_where=text("delete_time IS NOT NULL")),
        Index("contact_update_time_index", "update_time", "id"),
        Index("contact_owner_index", "owner", "id", postgresql_where=text("owner <> ''")),
        Index("contact_team_index", "team", "id", postgresql_where=text("team <> ''")),
        Index("contact_account_index", "account_id", "id", postgresql_where=text("account_id IS NOT NULL")),
        Index("contact_merged_into_index", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("contact_tags_index", "tags", postgresql_using="gin"),
        Index(
            "contact_searched_index",
            "searched",
            postgresql_using="gin",
            postgresql_ops={"searched": "gin_trgm_ops"},
        ),
    )

    id: UUID = Field(primary_key=True)
    display_name: str = Field(default="", sa_type=Text)
    given_name: str = Field(default="", sa_type=Text)
    family_name: str = Field(default="", sa_type=Text)
    title: str = Field(default="", sa_type=Text)
    account_id: UUID | None = Field(default=None, foreign_key="account.id")
    owner: str = Field(default="", sa_type=Text)
    team: str = Field(default="", sa_type=Text)
    stage: str = Field(default="", sa_type=Text)
    time_zone: str = Field(default="", sa_type=Text)
    country: str = Field(default="", sa_type=Text)
    language: str = Field(default="", sa_type=Text)
    attributes: dict[str, Any] = Field(default_factory=dict, sa_column=json())
    tags: list[str] = Field(default_factory=list, sa_column=texts())
    searched: str = Field(default="", sa_type=Text)
    state: str = Field(default=State.ACTIVE, sa_type=Text)
    merged_into: UUID | None = None
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
    delete_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    restrict_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    restrict_reason: str = Field(default="", sa_type=Text)
    restrict_actor: str = Field(default="", sa_type=Text)
    hold_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    hold_reason: str = Field(default="", sa_type=Text)
    hold_actor: str = Field(default="", sa_type=Text)
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return CONTACT.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def values(self) -> dict[str, Any]:
        """What its fields say, flat; what says nothing is left out."""
        told = {name: getattr(self, name) for name in TEXTS if name != "account"}
        told |= {"account": str(self.account_id) if self.account_id else "", TAGS: list(self.tags)}
        found = {name: value for name, value in told.items() if value}
        return found | {ATTRIBUTE + name: value for name, value in self.attributes.items()}

    def take(self, values: Mapping[str, Any]) -> None:
        """Say exactly what these values say."""
        for name in TEXTS:
            if name != "account":
                setattr(self, name, values.get(name, ""))
        self.account_id = UUID(values["account"]) if "account" in values else None
        self.tags = list(values.get(TAGS, ()))
        self.attributes = {
            name.removeprefix(ATTRIBUTE): value for name, value in values.items() if name.startswith(ATTRIBUTE)
        }
        self.searched = self.searchable()

    def forget(self, now: datetime) -> None:
        """Say nothing any more, for ever; who looked after her and whose team it was stays."""
        self.take({"owner": self.owner, "team": self.team})
        self.state, self.merged_into, self.delete_time = State.ERASED, None, None
        self.restrict_reason, self.hold_reason = "", ""
        self.revision += 1
        self.update_time = now

    def searchable(self) -> str:
        """What free text is looked for in; nothing that is masked."""
        parts = (self.display_name, self.given_name, self.family_name, self.title, *self.tags)
        return " ".join(dict.fromkeys(part.lower() for part in parts if part))

    def changed(self, now: datetime) -> ContactChanged:
        """The fact of its state now."""
        return ContactChanged(
            contact=self.id,
            revision=self.revision,
            display_name=self.display_name,
            owner=self.owner,
            team=self.team,
            account=self.account_id,
            state=self.state,
            merged_into=self.merged_into,
            stage=self.stage,
            country=self.country,
            language=self.language,
            time_zone=self.time_zone,
            tags=tuple(self.tags),
            time=now,
            given_name=self.given_name,
            family_name=self.family_name,
            title=self.title,
            attributes=dict(self.attributes),
            create_time=self.create_time,
            is_restricted=self.restrict_time is not None,
            is_held=self.hold_time is not None,
        )


class IdentityLink(Row, table=True):
    """A statement about who somebody is; for holds, shared and role with the identifier itself beside its subject."""

    __tablename__ = "identity_link"
    __table_args__ = (
        one_of("kind", Kind),
        CheckConstraint("(subject IS NOT NULL) = (kind IN ('holds', 'shared', 'role'))", name="subject"),
        CheckConstraint("(contact_id IS NULL) = (kind = 'role')", name="contact"),
        CheckConstraint("(survivor_id IS NOT NULL) = (kind = 'merge')", name="survivor"),
        CheckConstraint("(account_id IS NOT NULL) = (kind = 'role')", name="account"),
        CheckConstraint("(touch <> '') = (kind = 'exclusion')", name="touch"),
        CheckConstraint("from_time < to_time", name="validity"),
        CheckConstraint("octet_length(subject) = 16", name="subject_size"),
        CheckConstraint("claim = '' OR (kind = 'shared' AND claim IN ('holds', 'shared'))", name="claim"),
        Index("identity_link_subject_index", "subject", postgresql_where=text("subject IS NOT NULL")),
        Index("identity_link_contact_index", "contact_id", "id"),
        Index("identity_link_survivor_index", "survivor_id", postgresql_where=text("survivor_id IS NOT NULL")),
        Index("identity_link_account_index", "account_id", postgresql_where=text("account_id IS NOT NULL")),
        Index(
            "identity_link_one_holder_index",
            "subject",
            unique=True,
            postgresql_where=text("kind = 'holds' AND to_time IS NULL AND retracted_time IS NULL"),
        ),
        Index(
            "identity_link_one_merge_index",
            "contact_id",
            unique=True,
            postgresql_where=text("kind = 'merge' AND retracted_time IS NULL"),
        ),
        Index("identity_link_alias_index", "alias_of", "subject", postgresql_where=text("alias_of IS NOT NULL")),
        Index(
            "identity_link_value_index",
            "value",
            postgresql_using="gin",
            postgresql_ops={"value": "gin_trgm_ops"},
            postgresql_where=text("retracted_time IS NULL AND value <> ''"),
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    subject: bytes | None = Field(default=None, sa_type=LargeBinary)
    contact_id: UUID | None = None
    survivor_id: UUID | None = None
    account_id: UUID | None = None
    touch: str = Field(default="", sa_type=Text)
    from_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    to_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    asserted_time: datetime = Field(sa_column=moment())
    retracted_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    evidence: str = Field(default="", sa_type=Text)
    actor: str = Field(default="", sa_type=Text)
    identifier_kind: str = Field(default="", sa_type=Text)
    value: str = Field(default="", sa_type=Text)
    label: str = Field(default="", sa_type=Text)
    verified: bool = False
    version: int = VERSION  # of the normalisation that made the subject
    alias_of: UUID | None = None  # the link of which this one is the same under another version
    claim: str = Field(default="", sa_type=Text)  # what it would be if another team's contact did not hold the subject
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return IDENTITY_LINK.format(self.id)

    def link(self) -> Link:
        """The statement as every service's resolver reads it; a claim holds for no moment, so it earns no touch."""
        return Link(
            id=self.id,
            kind=Kind(self.kind),
            subject=self.subject or b"",
            contact=self.contact_id,
            survivor=self.survivor_id,
            account=self.account_id,
            touch=self.touch,
            from_time=CLAIMS_HOLD_FROM if self.claim else self.from_time,
            to_time=None if self.claim else self.to_time,
            asserted_time=self.asserted_time,
            retracted_time=self.retracted_time,
            evidence=self.evidence,
            revision=self.revision,
        )

    def changed(self, now: datetime) -> LinkChanged:
        """The fact of its state now."""
        return LinkChanged(link=self.link(), identifier_kind=self.identifier_kind, actor=self.actor, time=now)


class Account(Row, table=True):
    """A company."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("length(display_name) BETWEEN 1 AND 200", name="display_name"),
        Index("account_display_name_index", "display_name", "id"),
        Index("account_name_index", text("lower(display_name)")),
        Index(
            "account_external_id_index",
            "external_id",
            unique=True,
            postgresql_where=text("external_id <> '' AND delete_time IS NULL"),
        ),
        CheckConstraint("parent_id <> id", name="parent_another"),
        Index("account_parent_index", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    display_name: str = Field(sa_type=Text)
    domain: str = Field(default="", sa_type=Text)
    industry: str = Field(default="", sa_type=Text)
    country: str = Field(default="", sa_type=Text)
    owner: str = Field(default="", sa_type=Text)
    team: str = Field(default="", sa_type=Text)
    external_id: str = Field(default="", sa_type=Text)
    parent_id: UUID | None = Field(default=None, foreign_key="account.id")
    tags: list[str] = Field(default_factory=list, sa_column=texts())
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
    delete_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return ACCOUNT.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def changed(self, now: datetime) -> AccountChanged:
        """The fact of its state now."""
        return AccountChanged(
            account=self.id,
            revision=self.revision,
            display_name=self.display_name,
            owner=self.owner,
            team=self.team,
            domain=self.domain,
            industry=self.industry,
            country=self.country,
            active=self.delete_time is None,
            parent=self.parent_id,
            time=now,
        )


class Deal(Row, table=True):
    """An opportunity; its amount as google.type.Money has it."""

    __tablename__ = "deal"
    __table_args__ = (
        CheckConstraint("length(display_name) BETWEEN 1 AND 200", name="display_name"),
        CheckConstraint("nanos BETWEEN -999999999 AND 999999999", name="nanos"),
        Index("deal_display_name_index", "display_name", "id"),
        Index("deal_account_index", "account_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    display_name: str = Field(sa_type=Text)
    account_id: UUID | None = Field(default=None, foreign_key="account.id")
    currency: str = Field(default="", sa_type=Text)
    units: int = Field(default=0, sa_type=BigInteger)
    nanos: int = 0
    stage: str = Field(default="", sa_type=Text)
    close_date: date | None = None
    owner: str = Field(default="", sa_type=Text)
    team: str = Field(default="", sa_type=Text)
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return DEAL.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def changed(self, now: datetime, contacts: tuple[UUID, ...]) -> DealChanged:
        """The fact of its state now."""
        return DealChanged(
            deal=self.id,
            revision=self.revision,
            display_name=self.display_name,
            account=self.account_id,
            contacts=contacts,
            stage=self.stage,
            owner=self.owner,
            team=self.team,
            time=now,
        )


class DealContact(Row, table=True):
    """A person's part in a deal."""

    __tablename__ = "deal_contact"
    __table_args__ = (Index("deal_contact_contact_index", "contact_id"),)

    deal_id: UUID = Field(primary_key=True, foreign_key="deal.id")
    place: int = Field(primary_key=True)
    contact_id: UUID = Field(foreign_key="contact.id")
    role: str = Field(default="", sa_type=Text)


class AuditEntry(Row, table=True):
    """Who saw or did what, and why: appended, each entry linked to the one before (`chassis.audit`)."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_entry_resource_index", "resource", "number"),
        Index("audit_entry_actor_index", "actor", "number"),
    )

    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    time: datetime = Field(sa_column=moment())
    actor: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    resource: str = Field(sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
    reason_hash: bytes = Field(default=b"", sa_type=LargeBinary)
    reason_salt: bytes = Field(default=b"", sa_type=LargeBinary)
    previous_hash: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)
