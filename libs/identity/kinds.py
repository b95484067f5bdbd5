"""The kinds of identifier, and the one spelling in which values of a kind are compared.

The rules of spelling have versions. A newer version may join what an older one kept apart and must not part what an
older one joined: its form of an older form is its form of the value itself. So whoever has stored an older form can
always make the newer one of it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from uuid import UUID

import idna
import phonenumbers

EMAIL = "email"
PHONE = "phone"
COOKIE = "cookie"
CONTACT = "contact"
VERSION = 1  # of the normalisation, where no other is asked for: stored beside what it made

LONGEST_VALUE = 320
SHORTEST_PHONE = 7  # digits, country code included: Niue has no fewer
_KIND = re.compile(r"email|phone|cookie|contact|crm:[a-z0-9][a-z0-9_-]{0,39}")
_LOCAL = re.compile(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]{1,64}")
# fmt: off
ROLE_NAMES = frozenset((
    "abuse", "accounts", "admin", "billing", "career", "careers", "contact", "enquiries", "feedback", "finance",
    "hello", "help", "helpdesk", "hostmaster", "hr", "info", "invoice", "invoices", "jobs", "legal", "mail",
    "marketing", "media", "newsletter", "noreply", "no-reply", "office", "orders", "postmaster", "press",
    "privacy", "purchasing", "reception", "sales", "security", "service", "shop", "support", "team", "webmaster",
    "welcome",
))
# fmt: on


class InvalidIdentifierError(ValueError):
    """A value that cannot be an identifier of its kind; the text never repeats the value."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(f"not a valid {kind}: {why}")
        self.kind, self.why = kind, why


def check_kind(kind: str) -> None:
    """Refuse what is no kind of identifier."""
    if not _KIND.fullmatch(kind):
        raise InvalidIdentifierError("kind", "there are email, phone, cookie, contact and crm:<system>")


def normalise(kind: str, value: str, region: str = "", rules: "Rules | None" = None) -> str:
    """The spelling in which two values of a kind are the same identifier, by the rules of a version.

    `region` is the ISO country by which phone numbers without a country code are read.
    """
    check_kind(kind)
    _check_text(kind, value)
    rule = (rules or VERSIONS[VERSION]).get(kind)
    return rule(value, region) if rule else _plain(kind, value)


def is_role_address(value: str) -> bool:
    """Whether an e-mail address belongs to a desk and not to a person, judged by its name (info@, sales@)."""
    return value.rpartition("@")[0].strip().lower() in ROLE_NAMES


def _check_text(kind: str, value: str) -> None:
    if not value.isprintable() and any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value.strip()):
        raise InvalidIdentifierError(kind, "holds a control character")
    if "\ufffd" in value:
        raise InvalidIdentifierError(kind, "was read in a wrong encoding")


def _plain(kind: str, value: str) -> str:
    stripped = value.strip()
    if not 1 <= len(stripped) <= LONGEST_VALUE:
        raise InvalidIdentifierError(kind, f"has not 1 to {LONGEST_VALUE} characters")
    return stripped


def _email(value: str, _region: str) -> str:
    local, at, domain = unicodedata.normalize("NFC", value.strip()).rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        raise InvalidIdentifierError(EMAIL, "is not of the form name@domain")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise InvalidIdentifierError(EMAIL, "has a dot in a wrong place")
    address = f"{unicodedata.normalize('NFC', local.lower())}@{_domain(domain)}"
    if len(address) > 254:
        raise InvalidIdentifierError(EMAIL, "is longer than 254 characters")
    return address


@lru_cache(4096)  # IDNA costs 25 µs, and most addresses share their domain
def _domain(domain: str) -> str:
    try:
        ascii_form = idna.encode(domain.lower(), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise InvalidIdentifierError(EMAIL, "has no valid domain") from None
    if "." not in ascii_form or ascii_form.endswith(".") or ascii_form.rpartition(".")[2].isdigit():
        raise InvalidIdentifierError(EMAIL, "has no valid domain")
    return ascii_form


def _phone(value: str, region: str) -> str:
    try:
        number = phonenumbers.parse(value, region or None)
    except phonenumbers.NumberParseException:
        raise InvalidIdentifierError(PHONE, "is no telephone number, or lacks its country code") from None
    if not phonenumbers.is_possible_number(number):
        raise InvalidIdentifierError(PHONE, "has too few or too many digits")
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if len(written) <= SHORTEST_PHONE:
        raise InvalidIdentifierError(PHONE, "has too few or too many digits")
    return written


def _contact(value: str, _region: str) -> str:
    try:
        return str(UUID(value.strip().removeprefix("contacts/")))
    except ValueError:
        raise InvalidIdentifierError(CONTACT, "is no UUID") from None


Rules = Mapping[str, Callable[[str, str], str]]  # by kind: from a value and a region to its normal form
VERSIONS: Mapping[int, Rules] = {1: {EMAIL: _email, PHONE: _phone, CONTACT: _contact}}
