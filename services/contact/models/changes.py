"""What was done to a contact, by whom and from where: appended; what became of it since stands beside it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from services.contact.domain.history import Action, Side, Standing, Step
from services.contact.models.names import CONTACT_CHANGE, Row, json, moment, one_of


class ContactChange(Row, table=True):
    """One change of one contact: the fields that changed, as they were and as they became; and what was told.

    What was told is more where it said what the record of several people said already.
    `contact_id` is whose record it changed, `earned_id` whose it is since: another where the change came under an
    identifier of somebody who was un-merged.
    """

    __tablename__ = "contact_change"
    __table_args__ = (
        one_of("action", Action),
        one_of("standing", Standing),
        Index("contact_change_contact_index", "contact_id", "number"),
        Index("contact_change_earned_index", "earned_id", "number"),
        Index("contact_change_merge_index", "other_id", postgresql_where=text("action = 'MERGED'")),
        Index("contact_change_aside_index", "number", postgresql_where=text("standing = 'SET_ASIDE'")),
    )

    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    contact_id: UUID
    earned_id: UUID
    revision: int = Field(sa_type=BigInteger)
    action: str = Field(sa_type=Text)
    actor: str = Field(default="", sa_type=Text)
    source: str = Field(default="", sa_type=Text)
    time: datetime = Field(sa_column=moment())
    before: dict[str, Any] = Field(default_factory=dict, sa_column=json())
    after: dict[str, Any] = Field(default_factory=dict, sa_column=json())
    told: dict[str, Any] = Field(default_factory=dict, sa_column=json())
    other_id: UUID | None = None
    via_id: UUID | None = None
    sides: dict[str, Any] = Field(default_factory=dict, sa_column=json())
    start: dict[str, Any] = Field(default_factory=dict, sa_column=json())
    standing: str = Field(default=Standing.STANDING, sa_type=Text)
    settled_by: int | None = Field(default=None, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return CONTACT_CHANGE.format(self.number)

    def step(self) -> Step:
        """The change as the fold of a record reads it."""
        if self.action != Action.MERGED:
            return Step(told=self.told, via=self.via_id)
        return Step(told={}, sides={name: Side(side) for name, side in self.sides.items()}, other=self.other_id)
