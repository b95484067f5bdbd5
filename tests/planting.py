"""A piece of the running code in another's place, for the length of a block: how tests plant bugs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def replaced(holder: Any, name: str, value: Any) -> Iterator[None]:
    """Put `value` where `holder` has `name`, and back what was there; fails where nothing has that name."""
    kept = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, kept)
