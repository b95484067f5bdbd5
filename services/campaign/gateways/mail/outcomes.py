"""What became of a mail: one of four ends, each with its reason."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What the sender may do next."""

    HANDED_OVER = "HANDED_OVER"  # the server took responsibility with its 250
    RETRY = "RETRY"  # it did not, and may later: again after `after` seconds
    FAILED = "FAILED"  # it will not
    UNKNOWN = "UNKNOWN"  # the whole mail left and no answer came: sending again could make it two


class Reason(StrEnum):
    """Why; what a person reads beside a number."""

    ACCEPTED = "ACCEPTED"
    UNREACHABLE = "UNREACHABLE"  # no connection: refused, no such host, no greeting, a greeting that says no
    TLS_FAILED = "TLS_FAILED"  # no TLS, or a certificate that is not trusted; never sent without
    LOGIN_REFUSED = "LOGIN_REFUSED"
    SENDER_REFUSED = "SENDER_REFUSED"
    RECIPIENT_REFUSED = "RECIPIENT_REFUSED"
    CONTENT_REFUSED = "CONTENT_REFUSED"
    TOO_LARGE = "TOO_LARGE"  # larger than the server's SIZE
    ADDRESS_INVALID = "ADDRESS_INVALID"
    UTF8_NOT_OFFERED = "UTF8_NOT_OFFERED"  # the address needs SMTPUTF8
    EIGHT_BIT_NOT_OFFERED = "EIGHT_BIT_NOT_OFFERED"  # compose it again: SmtpPool.eight_bit is False now
    TIMED_OUT = "TIMED_OUT"
    CUT = "CUT"
    NONSENSE = "NONSENSE"  # an answer that is not SMTP
    CLOSING = "CLOSING"  # the server (421) or the pool is about to end


class Outcome(NamedTuple):
    """`after` is seconds, for RETRY. `code` is the server's, 0 without an answer.

    `text` is the server's answer, at most 500 characters; it may hold the address, so it goes into no log.
    `is_offered` is False for a mail that met no connection: whatever is wrong with the server, it knows nothing of it.
    """

    kind: Kind
    reason: Reason
    code: int = 0
    text: str = ""
    after: float = 0.0
    is_offered: bool = True
