"""The reasons that a service can raise, and those that its contract lists."""

import inspect
from types import ModuleType
from typing import Any

from chassis.errors import DomainError

PREFIX = "ERROR_REASON_"


def raised(domain: ModuleType) -> dict[str, str]:
    """Reason to kind, of every error that the domain defines."""
    return {
        each.reason: each.kind
        for _, each in inspect.getmembers(domain, inspect.isclass)
        if issubclass(each, DomainError) and each.__module__.startswith(domain.__name__)
    }


def catalogued(reasons: Any) -> set[str]:
    """The reasons of an ErrorReason enum, as they stand on the wire."""
    return {name.removeprefix(PREFIX) for name, number in reasons.items() if number}
