"""What a refusal says: the code, the reason, the fields that are wrong, and when to try again."""

from dataclasses import dataclass, field
from datetime import timedelta

import grpc
from google.rpc import code_pb2, error_details_pb2
from google.rpc.status_pb2 import Status

DETAILS = "grpc-status-details-bin"
TRY_AGAIN = {"UNAVAILABLE", "RESOURCE_EXHAUSTED", "ABORTED", "DEADLINE_EXCEEDED"}


@dataclass(frozen=True)
class Refusal:
    """Why a call, or one item of it, was refused; `reason` is listed in the catalogue of the service's errors."""

    code: str
    message: str
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    fields: tuple[tuple[str, str], ...] = ()
    retry_after: timedelta | None = None

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed later, without anybody changing anything."""
        return self.code in TRY_AGAIN

    def __str__(self) -> str:
        """One line for people."""
        facts = [f"{key}={value}" for key, value in sorted(self.metadata.items())]
        said = [
            f"{self.reason or self.code}: {self.message}",
            *(f"{name} {what}" for name, what in self.fields),
            *facts,
        ]
        return "; ".join(said)


def refusal_of(error: grpc.RpcError) -> Refusal:
    """What a failed call says."""
    status = next((value for key, value in error.trailing_metadata() or () if key == DETAILS), None)
    if status is None:
        return Refusal(error.code().name, error.details() or "")
    return refusal_of_status(Status.FromString(bytes(status)))


def refusal_of_status(status: Status) -> Refusal:
    """What the status of one item in a batch says."""
    info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    waits = False
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
        waits = detail.Unpack(retry) or waits
    return Refusal(
        code=code_pb2.Code.Name(status.code),
        message=status.message,
        reason=info.reason,
        metadata=dict(info.metadata),
        fields=tuple((each.field, each.description) for each in bad.field_violations),
        retry_after=retry.retry_delay.ToTimedelta() if waits else None,
    )
