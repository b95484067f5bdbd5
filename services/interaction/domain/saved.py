"""Saved filters: what a colleague asks timelines for again and again, under a name of their own."""

from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from services.interaction.domain.errors import bad_argument

MOST = 50  # of one colleague
LONGEST_NAME = 60  # characters


@dataclass(frozen=True)
class SavedFilter:
    """One filter of one colleague; what it asks for is kept as the API writes it."""

    id: UUID
    user: str
    display_name: str
    asks: dict[str, object]
    create_time: datetime
    update_time: datetime
    revision: int = 1

    @property
    def key(self) -> str:
        """What tells the filters of a colleague apart."""
        return name_key(self.display_name)


def name_key(display_name: str) -> str:
    """A name whatever the case of its letters."""
    return display_name.casefold()


def check_name(display_name: str) -> str:
    """The name with single blanks between its words and none around them; refuses what is none."""
    told = " ".join(part for part in normalize("NFC", display_name).split(" ") if part)
    if not told or len(told) > LONGEST_NAME or not told.isprintable():
        raise bad_argument("saved_filter.display_name", f"has 1 to {LONGEST_NAME} characters on one line")
    return told
