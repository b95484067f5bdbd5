"""A person as mail sees it: what a template may read, and where the mail goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

CONTACT_FIELDS = (
    *("given_name", "family_name", "display_name", "title", "email", "language", "time_zone", "country", "stage"),
    *("tags", "attributes"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Somebody who may be written to.

    `id` is the person, the survivor of merges; `direct_id` the contact that holds the address directly, whom sends and
    touches name; `subject` the address's 16 bytes, empty without an address.
    """

    id: UUID
    direct_id: UUID
    given_name: str
    family_name: str
    display_name: str
    title: str
    email: str
    subject: bytes
    language: str
    time_zone: str
    country: str
    stage: str
    tags: Sequence[str]
    attributes: Mapping[str, Any]
    owner: str
    team: str
    is_active: bool
    account_id: UUID | None
    account_display_name: str
    domain: str
    industry: str
    account_country: str

    def variables(self) -> dict[str, Any]:
        """What a template reads as `contact` and `account`; an empty field counts as missing for `default` only."""
        return {
            "contact": {name: getattr(self, name) for name in CONTACT_FIELDS},
            "account": {
                "display_name": self.account_display_name,
                "domain": self.domain,
                "industry": self.industry,
                "country": self.account_country,
            },
        }

    def hidden(self, email: str) -> "Reader":
        """For whoever may not see this person: the address as given, attributes with their type and no value."""
        return replace(self, email=email, attributes={name: _blank(value) for name, value in self.attributes.items()})


def _blank(value: Any) -> Any:
    return type(value)() if isinstance(value, bool | int | float) else "•••"
