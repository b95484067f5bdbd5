"""The call that is being answered: who calls, what, until when; a context variable, so no signature carries it."""

import time
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """Who is calling, as the door has proved it."""

    subject: str
    name: str = ""
    email: str = ""
    roles: frozenset[str] = frozenset()
    team: str = ""
    client: str = ""
    reads_only: bool = False  # whatever its roles allow beside reading is refused


NOBODY = Caller(subject="")


@dataclass
class Call:
    """One call from the door's admission to its answer."""

    method: str
    caller: Caller = NOBODY
    deadline: float | None = None  # on time.monotonic()'s scale
    request_id: str = ""
    request_hash: bytes = b""
    must_answer: bool = False  # its repeat is answered by reading a resource again, so its name must be noted
    is_noted: bool = False  # its request_id row is inserted


CALL: ContextVar[Call | None] = ContextVar("touchline_call", default=None)


def current_call() -> Call | None:
    """The call being answered; None in jobs, consumers and scripts."""
    return CALL.get()


def caller() -> Caller:
    """Who is calling; a caller without a name or role outside of a call."""
    call = CALL.get()
    return call.caller if call is not None else NOBODY


def remaining_seconds(default: float) -> float:
    """What is left of the call's time, never less than zero; `default` outside of a call or for one without end."""
    call = CALL.get()
    if call is None or call.deadline is None:
        return default
    return max(0.0, call.deadline - time.monotonic())
