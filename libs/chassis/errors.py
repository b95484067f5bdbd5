"""The nine kinds of DomainError: what went wrong, in words that no transport owns. Standard library only.

A service subclasses a kind and sets `reason`; the kind becomes the status code at the door, the reason and the metadata
travel in `google.rpc.ErrorInfo`. Whatever is not a DomainError is a bug, and a caller sees INTERNAL without detail.
"""

# ruff: noqa: N818 - the kinds carry the names of the status codes that they become
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import ClassVar, NamedTuple

SOON = timedelta(seconds=1)


class Violation(NamedTuple):
    """One field that breaks one rule; `reason` is the rule in UPPER_SNAKE, for example STRING_EMAIL."""

    field: str
    description: str
    reason: str = ""


class DomainError(Exception):
    """Something the caller can understand and act on."""

    kind: ClassVar[str]
    reason: str = "UNSPECIFIED"

    def __init__(self, message: str = "", **metadata: object) -> None:
        self.metadata = {key: _text(value) for key, value in metadata.items()}
        self.message = message or _first_line(type(self).__doc__)
        super().__init__(self.message)


class InvalidArgument(DomainError):
    """The request is wrong, whatever the state of the world."""

    kind = "INVALID_ARGUMENT"
    reason = "INVALID_ARGUMENT"

    def __init__(self, message: str = "", *, violations: Sequence[Violation] = (), **metadata: object) -> None:
        super().__init__(message or "; ".join(f"{v.field}: {v.description}" for v in violations), **metadata)
        self.violations = tuple(violations)


class NotFound(DomainError):
    """There is no such resource, or the caller may not know that there is."""

    kind = "NOT_FOUND"
    reason = "NOT_FOUND"


class AlreadyExists(DomainError):
    """The resource exists already."""

    kind = "ALREADY_EXISTS"
    reason = "ALREADY_EXISTS"


class FailedPrecondition(DomainError):
    """The resource is in a state that forbids this."""

    kind = "FAILED_PRECONDITION"
    reason = "FAILED_PRECONDITION"


class Aborted(DomainError):
    """Someone else was faster: read again and retry the whole."""

    kind = "ABORTED"
    reason = "ABORTED"


class Unauthenticated(DomainError):
    """The call carries no valid proof of who is calling."""

    kind = "UNAUTHENTICATED"
    reason = "UNAUTHENTICATED"


class PermissionDenied(DomainError):
    """The caller's roles do not allow this."""

    kind = "PERMISSION_DENIED"
    reason = "PERMISSION_DENIED"


class ResourceExhausted(DomainError):
    """There is too much to do already: wait as long as `retry_after` says."""

    kind = "RESOURCE_EXHAUSTED"
    reason = "RESOURCE_EXHAUSTED"

    def __init__(self, message: str = "", *, retry_after: timedelta = SOON, **metadata: object) -> None:
        super().__init__(message, **metadata)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """Something that is needed is away: retry, with backoff."""

    kind = "UNAVAILABLE"
    reason = "UNAVAILABLE"

    def __init__(self, message: str = "", *, retry_after: timedelta = SOON, **metadata: object) -> None:
        super().__init__(message, **metadata)
        self.retry_after = retry_after


KINDS: dict[str, type[DomainError]] = {
    error.kind: error
    for error in (
        InvalidArgument,
        NotFound,
        AlreadyExists,
        FailedPrecondition,
        Aborted,
        Unauthenticated,
        PermissionDenied,
        ResourceExhausted,
        Unavailable,
    )
}


@dataclass(frozen=True)
class ErrorFacts:
    """A DomainError as it crossed a wire: enough to raise its kind again on the other side."""

    kind: str
    reason: str
    message: str
    metadata: dict[str, str]
    violations: tuple[Violation, ...] = ()
    retry_after: timedelta | None = None


def facts(error: DomainError) -> ErrorFacts:
    """Say everything that a wire needs to know about an error."""
    return ErrorFacts(
        kind=error.kind,
        reason=error.reason,
        message=error.message,
        metadata=error.metadata,
        violations=getattr(error, "violations", ()),
        retry_after=getattr(error, "retry_after", None),
    )


def from_facts(told: ErrorFacts) -> DomainError:
    """Build the error of the same kind, with the reason of the other side."""
    error = KINDS[told.kind](told.message)
    error.reason = told.reason
    error.metadata = dict(told.metadata)
    if isinstance(error, InvalidArgument):
        error.violations = told.violations
    if isinstance(error, ResourceExhausted | Unavailable) and told.retry_after is not None:
        error.retry_after = told.retry_after
    return error


def invalid(field: str, description: str, reason: str) -> InvalidArgument:
    """Refuse one field for one reason."""
    error = InvalidArgument(violations=[Violation(field, description, reason)])
    error.reason = reason
    return error


def _text(value: object) -> str:
    return value.name if isinstance(value, Enum) else str(value)


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n", maxsplit=1)[0]
