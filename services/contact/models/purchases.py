"""What people bought, as other systems say."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlmodel import Field

from services.contact.domain.facts import PurchaseRecorded
from services.contact.models.names import PURCHASE, Row, moment


class Purchase(Row, table=True):
    """Something that a person bought, known by its source and its number there."""

    __tablename__ = "purchase"
    __table_args__ = (
        CheckConstraint("length(product) BETWEEN 1 AND 200", name="product"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        Index("purchase_source_index", "source", "source_purchase_id", unique=True),
        Index("purchase_contact_index", "contact_id", "purchase_time", "id"),
        Index("purchase_untold_index", "id", postgresql_where=text("NOT is_told")),
    )

    id: UUID = Field(primary_key=True)
    contact_id: UUID = Field(foreign_key="contact.id")
    product: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    purchase_time: datetime = Field(sa_column=moment())
    source: str = Field(sa_type=Text)
    source_purchase_id: str = Field(sa_type=Text)
    actor: str = Field(default="", sa_type=Text)
    create_time: datetime = Field(sa_column=moment())
    is_told: bool = True  # False for those from before the stream told of purchases, until it does

    @property
    def name(self) -> str:
        return PURCHASE.format(self.id)

    def changed(self, now: datetime) -> PurchaseRecorded:
        """What our stream says of it."""
        return PurchaseRecorded(
            purchase=self.id,
            contact=self.contact_id,
            product=self.product,
            amount_minor=self.amount_minor,
            currency=self.currency,
            purchase_time=self.purchase_time,
            time=now,
        )

    def said(self) -> tuple[str, int, str, datetime]:
        """What the source says of it, to tell a repeat from another purchase under the same number."""
        return self.product, self.amount_minor, self.currency, self.purchase_time
