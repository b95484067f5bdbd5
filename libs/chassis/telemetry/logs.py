"""Structured logs: one JSON object a line, with the trace it belongs to and without personal data."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from google.protobuf.message import Message
from opentelemetry import trace

from chassis.telemetry import faults

if TYPE_CHECKING:
    from chassis.config import Settings

REDACTED = "[redacted]"
PERSONAL_KEYS = {
    *("address", "body", "cookie", "display_name", "email", "emails", "family_name", "full_name", "given_name"),
    *("identifier", "ip", "ip_address", "params", "parameters", "payload", "phone", "phones", "raw", "recipient"),
    *("referrer", "subject_line", "user_agent", "authorization", "token", "password", "secret"),
}
_EMAIL = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:.]+")
_PHONE = re.compile(r"(?<![\w.:-])\+\d[\d ()./-]{6,18}\d(?![\w-])")
_BEARER = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_QUIET = ("kafka", "asyncio", "sqlalchemy.engine", "grpc", "httpx", "uvicorn.access")


def logger(name: str) -> Any:
    """The logger of a module: events are short fixed names, everything that varies is a keyword."""
    return structlog.get_logger(name)


def hide(keys: Iterable[str]) -> None:
    """Redact these keywords too: the names of the personal fields of the messages that this process serves."""
    PERSONAL_KEYS.update(key.lower() for key in keys)


def setup_logs(settings: "Settings") -> None:
    """Send our own and the libraries' log lines to standard error as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _Whereabouts(settings.service, settings.role),
        tell_exception,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    _install(shared)


def _install(shared: list[Any]) -> None:
    render: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(default=_shown),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=render))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Whereabouts:
    """Adds service, role, trace and span to a line."""

    def __init__(self, service: str, role: str) -> None:
        self._service, self._role = service, role

    def __call__(self, _logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event.update(service=self._service, role=self._role)
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            event.update(trace_id=f"{context.trace_id:032x}", span_id=f"{context.span_id:016x}")
        return event


def tell_exception(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Put the exception of a line into words that hold no value."""
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = faults.describe(error)
        event["event"] = faults.silence(str(event["event"]), error)
    return event


def _exception(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        given = given[1]
        return given if isinstance(given, BaseException) else None
    return sys.exc_info()[1] if given else None


def redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Take personal data out of a line, wherever it stands."""
    return {key: REDACTED if key.lower() in PERSONAL_KEYS else _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    match value:
        case str():
            return scrub(value)
        case bytes():
            return f"<{len(value)} bytes>"
        case Message():
            return f"<{value.DESCRIPTOR.full_name}>"
        case Mapping():
            return {key: REDACTED if str(key).lower() in PERSONAL_KEYS else _clean(part) for key, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(part) for part in value]
    return value


def scrub(text: str) -> str:
    """Replace what looks like an e-mail address, an international phone number or a token."""
    for pattern in (_EMAIL, _PHONE, _BEARER):
        text = pattern.sub(REDACTED, text)
    return text


def _shown(value: Any) -> str:
    return scrub(str(value))
