"""Which attributes of contacts are registered, and what each may say."""

from datetime import datetime

from chassis.resources import etag_of
from sqlalchemy import BigInteger, CheckConstraint, Text
from sqlmodel import Field

from services.contact.domain.attributes import DataClass, Definition, Type
from services.contact.domain.facts import AttributeDefinitionChanged
from services.contact.models.names import ATTRIBUTE_DEFINITION, Row, moment, one_of, texts


class AttributeDefinition(Row, table=True):
    """A registered attribute; its id is its name."""

    __tablename__ = "attribute_definition"
    __table_args__ = (
        one_of("type", Type),
        one_of("data_class", DataClass),
        CheckConstraint("id ~ '^[a-z][a-z0-9_]{0,59}$'", name="id"),
        CheckConstraint("(type IN ('CHOICE', 'MULTI_CHOICE')) = (cardinality(choices) > 0)", name="choices"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    display_name: str = Field(sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    type: str = Field(sa_type=Text)
    choices: list[str] = Field(default_factory=list, sa_column=texts())
    data_class: str = Field(default=DataClass.PERSONAL, sa_type=Text)
    archived: bool = False
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return ATTRIBUTE_DEFINITION.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def definition(self) -> Definition:
        """What values are held against."""
        return Definition(Type(self.type), tuple(self.choices), self.archived, DataClass(self.data_class))

    def changed(self, now: datetime) -> AttributeDefinitionChanged:
        """The fact of its state now."""
        return AttributeDefinitionChanged(
            attribute=self.id,
            revision=self.revision,
            display_name=self.display_name,
            type=self.type,
            choices=tuple(self.choices),
            data_class=self.data_class,
            archived=self.archived,
            time=now,
        )
