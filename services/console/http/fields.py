"""What people call the fields of a record."""

from collections.abc import Mapping
from types import MappingProxyType

from services.console.http.contact import label
from services.console.http.language import sayings

LABELS = sayings(
    {
        "display_name": "Name",
        "given_name": "Given name",
        "family_name": "Family name",
        "title": "Title",
        "account": "Company",
        "owner": "Owner",
        "team": "Team",
        "stage": "Stage",
        "time_zone": "Time zone",
        "country": "Country",
        "language": "Language",
        "tags": "Tags",
    }
)


def field_label(field: str, named: Mapping[str, str] = MappingProxyType({})) -> str:
    if field.startswith("identifiers."):
        return label(field.removeprefix("identifiers."))
    name = field.removeprefix("attributes.")
    return LABELS.get(field) or named.get(name, name)
