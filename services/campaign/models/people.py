"""What campaign keeps of people, companies and deals: a projection of the contact service's events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, Text, text
from sqlmodel import Field

from services.campaign.models.names import Row, json, moment, texts


class Person(Row, table=True):
    """A contact as mail needs it.

    `survivor_id` is the contact it was merged into, itself when it was not. `direct_id` is the contact that holds the
    address directly: another one where the person has only the address of a contact merged into it. `subject` is the
    address's 16 bytes, None without an address. `read_time` is the moment, by this database's clock, before the state
    was asked for: a state that was read earlier never replaces one read later.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index("person_survivor_index", "survivor_id", "id", postgresql_where=text("survivor_id <> id")),
        Index("person_account_index", "account_id", "id", postgresql_where=text("account_id IS NOT NULL")),
        Index("person_subject_index", "subject", postgresql_where=text("subject IS NOT NULL")),
        Index("person_held_index", "id", postgresql_where=text("is_held")),
    )

    id: UUID = Field(primary_key=True)
    survivor_id: UUID
    direct_id: UUID
    given_name: str = Field(default="", sa_type=Text)
    family_name: str = Field(default="", sa_type=Text)
    display_name: str = Field(default="", sa_type=Text)
    title: str = Field(default="", sa_type=Text)
    account_id: UUID | None = None
    owner: str = Field(default="", sa_type=Text)
    team: str = Field(default="", sa_type=Text)
    stage: str = Field(default="", sa_type=Text)
    email: str = Field(default="", sa_type=Text)
    subject: bytes | None = Field(default=None, sa_type=LargeBinary)
    language: str = Field(default="", sa_type=Text)
    time_zone: str = Field(default="", sa_type=Text)
    country: str = Field(default="", sa_type=Text)
    attributes: dict[str, Any] = Field(default_factory=dict, sa_column=json())
    tags: list[str] = Field(default_factory=list, sa_column=texts())
    is_active: bool = True
    is_held: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    epoch: int = Field(default=0, sa_type=BigInteger)
    revision: int = Field(default=0, sa_type=BigInteger)
    read_time: datetime = Field(sa_column=moment())


class Account(Row, table=True):
    """A company as mail names it."""

    __tablename__ = "account"

    id: UUID = Field(primary_key=True)
    display_name: str = Field(default="", sa_type=Text)
    domain: str = Field(default="", sa_type=Text)
    industry: str = Field(default="", sa_type=Text)
    country: str = Field(default="", sa_type=Text)
    is_active: bool = True
    epoch: int = Field(default=0, sa_type=BigInteger)
    revision: int = Field(default=0, sa_type=BigInteger)


class Deal(Row, table=True):
    """A deal and who is in it: a brake on a deal holds these people."""

    __tablename__ = "deal"
    __table_args__ = (Index("deal_contacts_index", "contacts", postgresql_using="gin"),)

    id: UUID = Field(primary_key=True)
    contacts: list[str] = Field(default_factory=list, sa_column=texts())
    epoch: int = Field(default=0, sa_type=BigInteger)
    revision: int = Field(default=0, sa_type=BigInteger)
