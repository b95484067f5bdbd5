"""DomainError ⇄ google.rpc.Status (AIP-193): the only place that knows both."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2
from google.rpc.status_pb2 import Status

from chassis.errors import KINDS, DomainError, ErrorFacts, Violation, facts, from_facts

DOMAIN = "touchline.dev"
DETAILS = "grpc-status-details-bin"
PUSHBACK = "grpc-retry-pushback-ms"
# gRPC's clients refuse trailers above 8 KiB, base64 and the message counted in.
LONGEST_MESSAGE, LONGEST_TEXT, LARGEST_BAD_REQUEST = 500, 200, 3000
CODES = {kind: getattr(grpc.StatusCode, kind) for kind in KINDS}
KIND_OF = {code: kind for kind, code in CODES.items()}

Trailers = tuple[tuple[str, str | bytes], ...]


def to_status(error: DomainError) -> Status:
    """The status of an error, always with its ErrorInfo."""
    told = facts(error)
    status = Status(code=code_pb2.Code.Value(told.kind), message=told.message[:LONGEST_MESSAGE])
    metadata = {key: value[:LONGEST_TEXT] for key, value in told.metadata.items()}
    details: list[Any] = [error_details_pb2.ErrorInfo(reason=told.reason, domain=DOMAIN, metadata=metadata)]
    if told.violations:
        details.append(_bad_request(told.violations))
    if told.retry_after is not None:
        details.append(error_details_pb2.RetryInfo(retry_delay=_duration(told.retry_after)))
    for detail in details:
        status.details.add().Pack(detail)
    return status


def trailers(error: DomainError, remaining: float | None = None) -> Trailers:
    """What travels behind the answer: the status, and the pushback that gRPC's own retries read.

    A pause that does not fit into the `remaining` seconds of the call is a -1, do not retry: so the caller learns why
    at once instead of running into its deadline.
    """
    status = (DETAILS, to_status(error).SerializeToString())
    retry_after = getattr(error, "retry_after", None)
    if retry_after is None:
        return (status,)
    fits = remaining is None or retry_after.total_seconds() < remaining
    pause = max(1, int(retry_after / timedelta(milliseconds=1))) if fits else -1
    return (status, (PUSHBACK, str(pause)))


def from_rpc_error(error: grpc.aio.AioRpcError) -> DomainError | grpc.aio.AioRpcError:
    """The DomainError that a call's failure stands for; the failure itself where it is none of the nine kinds.

    A deadline that passed is Unavailable: whoever waits cannot tell a slow server from an absent one. So is a call that
    was cancelled from afar, as by a connection that had reached its age; who leaves himself sees CancelledError.
    """
    code = error.code()
    if code is grpc.StatusCode.CANCELLED:
        return call_cut()
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return from_facts(ErrorFacts("UNAVAILABLE", "DEADLINE_EXCEEDED", "the call's time has passed", {}))
    kind = KIND_OF.get(code)
    if kind is None:
        return error
    return from_facts(_told(kind, error.details() or "", _status_of(error)))


def call_cut() -> DomainError:
    """What a call is told whose connection has ended: it may be made again."""
    return from_facts(ErrorFacts("UNAVAILABLE", "CALL_CUT", "the connection ended before the answer", {}))


def from_status(status: Status) -> DomainError | None:
    """The DomainError of one item's status in a batch; None for OK and for what is none of the nine kinds."""
    kind = code_pb2.Code.Name(status.code)
    return from_facts(_told(kind, status.message, status)) if kind in KINDS else None


def _status_of(error: grpc.aio.AioRpcError) -> Status | None:
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS:
            return Status.FromString(bytes(value))
    return None


def _told(kind: str, message: str, status: Status | None) -> ErrorFacts:
    info = error_details_pb2.ErrorInfo(reason=kind)
    bad, retry = error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    has_retry = False
    for detail in status.details if status is not None else ():
        _unpack(detail, (info, bad))
        has_retry = detail.Unpack(retry) or has_retry
    violations = tuple(Violation(v.field, v.description, v.reason) for v in bad.field_violations)
    delay = retry.retry_delay.ToTimedelta() if has_retry else None
    return ErrorFacts(kind, info.reason, message, dict(info.metadata), violations, delay)


def _unpack(detail: AnyMessage, targets: Iterable[Any]) -> None:
    for target in targets:
        if detail.Is(target.DESCRIPTOR):
            detail.Unpack(target)


def _bad_request(violations: Iterable[Violation]) -> error_details_pb2.BadRequest:
    """As many violations as fit; the last one says that there are more."""
    request = error_details_pb2.BadRequest()
    for violation in violations:
        if request.ByteSize() > LARGEST_BAD_REQUEST:
            request.field_violations.add(description="there are more", reason="MORE_VIOLATIONS")
            break
        field, description = violation.field[:LONGEST_TEXT], violation.description[:LONGEST_TEXT]
        request.field_violations.add(field=field, description=description, reason=violation.reason)
    return request


def _duration(delay: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(delay)
    return duration
