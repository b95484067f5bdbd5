"""An exception as a log line may tell it: types and places, what PostgreSQL named, and no text, which may be personal.

The text of an exception quotes values: PostgreSQL's DETAIL holds the key that is there already, a ValueError the word
that is no number. What helps is elsewhere: the frames with their source lines, SQLSTATE, the constraint, the position.
"""

import traceback
from collections.abc import Iterator

DIAGNOSTICS = ("schema_name", "table_name", "column_name", "constraint_name", "statement_position")


def describe(error: BaseException, *, with_text: bool = False) -> str:
    """An exception with its causes, the first one first, each with its frames.

    `with_text` adds what each says unless PostgreSQL said it: for a process that ends, whose operator has to know why.
    """
    parts = [f"{''.join(_frames(one))}{summary(one)}{_text(one, with_text)}" for one in reversed(list(_chain(error)))]
    return "\n\n".join(parts)


def summary(error: BaseException) -> str:
    """An exception in one line: `psycopg.errors.UniqueViolation SQLSTATE 23505 constraint_name=contact_pkey`."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    state = getattr(error, "sqlstate", None)
    told = [name, *([f"SQLSTATE {state}"] if isinstance(state, str) else [])]
    diagnosis = getattr(error, "diag", None)
    told += [f"{key}={value}" for key in DIAGNOSTICS if (value := getattr(diagnosis, key, None))]
    return " ".join(told)


def silence(text: str, error: BaseException) -> str:
    """A text without what an exception in it says: asyncio writes the repr of a failed task into its message."""
    for one in _chain(error):
        text = text.replace(repr(one), summary(one))
    return text


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, what it came from, and what each member of a group came from."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting.append(one.__cause__ or (None if one.__suppress_context__ else one.__context__))
        waiting.extend(one.exceptions if isinstance(one, BaseExceptionGroup) else ())


def _frames(error: BaseException) -> list[str]:
    return traceback.format_tb(error.__traceback__)


def _text(error: BaseException, is_wanted: bool) -> str:
    """What it says; SQLAlchemy's errors (`orig`) repeat what PostgreSQL said."""
    is_of_postgresql = hasattr(error, "sqlstate") or hasattr(error, "orig")
    return f": {error}" if is_wanted and not is_of_postgresql else ""
