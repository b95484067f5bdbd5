"""Stretches of time as bars beside each other: where in the whole they begin, and how much of it they take."""

from dataclasses import dataclass

WIDEST = 100  # in hundredths of the whole
THINNEST = 1


@dataclass(frozen=True)
class Bar:
    """A bar, in hundredths of the whole way."""

    start: int
    width: int


def bar(begin: float, end: float, whole: float) -> Bar:
    """The bar from `begin` to `end` of something that lasts `whole`, all in one unit; never too thin to be seen."""
    start = min(WIDEST - THINNEST, round(WIDEST * begin / whole)) if whole else 0
    width = max(THINNEST, round(WIDEST * (end - begin) / whole)) if whole else WIDEST
    return Bar(start, min(width, WIDEST - start))
