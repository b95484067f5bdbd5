"""What may be said of a purchase."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.contact.domain.errors import field_invalid

CLOCK_SKEW = timedelta(minutes=5)
LONGEST = 200
_CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True)
class Bought:
    """One purchase as a system says it; `contact` or `subject` says whose, `field` where it stands in the request."""

    product: str
    amount_minor: int
    currency: str
    purchase_time: datetime
    source_purchase_id: str
    field: str
    contact: UUID | None = None
    subject: bytes = b""


def check_bought(bought: Bought, now: datetime) -> None:
    """Refuse what cannot be kept."""
    for name in ("product", "source_purchase_id"):
        text = getattr(bought, name)
        if not 1 <= len(text) <= LONGEST:
            raise field_invalid(f"{bought.field}.{name}", f"is not of 1 to {LONGEST} characters")
    if not _CURRENCY.fullmatch(bought.currency):
        raise field_invalid(f"{bought.field}.currency_code", "is no currency of three capitals, such as EUR")
    if bought.purchase_time > now + CLOCK_SKEW:
        raise field_invalid(f"{bought.field}.purchase_time", "is in the future")
