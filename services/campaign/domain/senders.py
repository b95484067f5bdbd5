"""How an address is proven to be ours: a code is mailed to it, and whoever reads its mail gives the code back."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import InvalidArgument, Violation

from services.campaign.domain.errors import (
    AddressInvalidError,
    CodeExpiredError,
    CodesExhaustedError,
    CodeWrongError,
    SenderVerifiedError,
)

# No 0, O, 1, I, L: a code is read by people.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
CODE_LIFE = timedelta(hours=1)
CODE_PAUSE = timedelta(minutes=1)
CODE_ATTEMPTS = 5
ADDRESS = re.compile(r"[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]{1,64}@[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]{1,255}")

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))+")


class SenderState(StrEnum):
    """Whether a sender's address is proven to be ours."""

    UNVERIFIED = "UNVERIFIED"
    VERIFIED = "VERIFIED"


def check_address(field: str, address: str) -> None:
    """One address, without a name, quotes or control characters, whose domain has a dot and no empty part."""
    parts = address.rpartition("@")[2].split(".")
    is_good = ADDRESS.fullmatch(address) and len(parts) > 1 and all(parts) and ".." not in address
    if not is_good or address.startswith(".") or ".@" in address:
        rule = Violation(field, "must be one e-mail address", "ADDRESS_INVALID")
        raise AddressInvalidError(violations=[rule])


def check_name(field: str, name: str) -> None:
    """The name that people see goes into a header: no line break and no other control character."""
    if CONTROL.search(name):
        rule = Violation(field, "must not hold line breaks or other control characters", "CONTROL_CHARACTER")
        raise InvalidArgument("the sender cannot be used", violations=[rule])


def check_signing_domain(field: str, domain: str, address: str) -> None:
    """Who signs is the address's domain or one above it, or nobody would take the signature for the sender's."""
    own = address.rpartition("@")[2].lower()
    if not HOST.fullmatch(domain) or not f".{own}".endswith(f".{domain.lower()}"):
        rule = Violation(field, "must be the address's domain, or one that this belongs to", "DKIM_DOMAIN_INVALID")
        raise InvalidArgument("the sender cannot be used", violations=[rule])


def code_of(random: bytes) -> str:
    """A code out of eight random bytes."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in random[:CODE_LENGTH])


def hash_of(sender: UUID, code: str) -> bytes:
    """What is kept of a code; spaces and case do not matter."""
    typed = "".join(code.split()).replace("-", "").upper()
    return hashlib.sha256(sender.bytes + typed.encode(errors="replace")).digest()


def check_may_mail(state: SenderState, sent: datetime | None, now: datetime, *, sender: str) -> None:
    """A verified sender needs no code, and nobody is mailed more than one a minute."""
    if state is SenderState.VERIFIED:
        raise SenderVerifiedError(sender=sender)
    if sent is not None and now < sent + CODE_PAUSE:
        raise CodesExhaustedError(retry_after=sent + CODE_PAUSE - now)


def check_code_stands(
    kept: bytes | None, expires: datetime | None, attempts: int, now: datetime, *, sender: str
) -> None:
    """There is a code, its hour has not passed, and it was not guessed at too often."""
    if kept is None or expires is None or now >= expires or attempts >= CODE_ATTEMPTS:
        raise CodeExpiredError(sender=sender)


def is_right(kept: bytes, sender: UUID, code: str) -> bool:
    """Whether this is the code, in time that tells nothing."""
    return hmac.compare_digest(kept, hash_of(sender, code))


def wrong_code() -> CodeWrongError:
    """What is said of a code that is not the one."""
    return CodeWrongError(violations=[Violation("code", "is not the code that was mailed", "CODE_WRONG")])
