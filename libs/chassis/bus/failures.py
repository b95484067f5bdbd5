"""What a failure of a handler means: the record is wrong, we were replaced, or it is not the time."""

from enum import Enum, auto

import psycopg
from sqlalchemy.exc import DBAPIError

from chassis.bus.records import Invalid, NotNow, Unfit
from chassis.errors import Aborted, DomainError, PermissionDenied, ResourceExhausted, Unauthenticated, Unavailable
from chassis.inbox import FENCED

HEALED_BY_TIME = (Aborted, PermissionDenied, ResourceExhausted, Unauthenticated, Unavailable)
UNIQUE_VIOLATION = "23505"


class Failure(Enum):
    """What to do next."""

    INVALID = auto()  # the record by itself is at fault
    DATA = auto()  # something in the batch is refused, by PostgreSQL or by its handler
    FENCED = auto()  # someone else moved the position: read it again
    NOT_NOW = auto()  # wait, then the same records again
    BUG = auto()  # the same, loudly


def judge(error: BaseException) -> Failure:
    """Sort an exception of a handler, of the fence or of the commit."""
    if isinstance(error, Invalid):
        return Failure.DATA if isinstance(error, Unfit) else Failure.INVALID
    state = sqlstate(error)
    if state == FENCED:
        return Failure.FENCED
    if state[:2] in {"22", "23"} and state != UNIQUE_VIOLATION:
        return Failure.DATA
    if isinstance(error, DomainError):
        return Failure.NOT_NOW if isinstance(error, HEALED_BY_TIME) else Failure.INVALID
    if isinstance(error, NotNow | TimeoutError | OSError | psycopg.OperationalError | psycopg.InterfaceError):
        return Failure.NOT_NOW
    return Failure.BUG


def is_about_us(error: BaseException) -> bool:
    """Whether it would befall any other partition as well: the database or the way to it, not the records."""
    if isinstance(error, NotNow):
        return False
    return isinstance(error, Unavailable) or (judge(error) is Failure.NOT_NOW and not isinstance(error, DomainError))


def sqlstate(error: BaseException | None) -> str:
    """PostgreSQL's code for what went wrong, however deeply it is wrapped."""
    while error is not None:
        found = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(found, "sqlstate", None)
        if isinstance(state, str):
            return state
        error = error.__cause__
    return ""


def reason(error: BaseException) -> str:
    """What a dead letter says of its failure: no values, which may be personal."""
    if isinstance(error, Invalid):
        return str(error) or "invalid"
    if isinstance(error, DomainError):
        return error.reason
    return f"{type(error).__name__} {sqlstate(error)}".strip()
