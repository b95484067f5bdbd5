"""Numbers of enums, also those that only a newer service knows."""

from typing import Any


def constant(enum: Any, number: int) -> str:
    """The name of a number of an enum, given by its descriptor; empty where this version has none for it."""
    known = enum.values_by_number.get(number)
    return str(known.name) if known else ""
