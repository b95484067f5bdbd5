"""Identifiers as somebody gives them, and as we know them: normal form and subject."""

from dataclasses import dataclass
from datetime import UTC, datetime

from identity import EMAIL, PHONE, VERSION, Form, InvalidIdentifierError, Subjects

from services.contact.domain.attributes import MASK
from services.contact.domain.errors import field_invalid, identifier_invalid

# A claim holds from then on, which is for no touch. Resolvers of every service read it as any other moment.
CLAIMS_HOLD_FROM = datetime(9000, 1, 1, tzinfo=UTC)
ROLE_KINDS = frozenset((EMAIL, PHONE))


@dataclass(frozen=True)
class Given:
    """An identifier as a caller writes it; `field` says where in the request it stands."""

    kind: str
    value: str
    label: str = ""
    verified: bool = False
    field: str = "identifier"


@dataclass(frozen=True)
class Known:
    """An identifier with the subject under which its touches are written.

    `forms` are its subjects under every version of the normalisation, the newest last; none where there is one version.
    """

    kind: str
    value: str
    subject: bytes
    label: str = ""
    verified: bool = False
    field: str = "identifier"
    version: int = VERSION
    forms: tuple[Form, ...] = ()

    @property
    def subjects(self) -> frozenset[bytes]:
        """Every subject that it has under some version."""
        return frozenset((self.subject, *(form.subject for form in self.forms)))


def know(given: Given, subjects: Subjects) -> Known:
    """Bring an identifier into normal form, or refuse it."""
    if given.value.strip() == MASK:  # an id of another system may be anything else
        raise identifier_invalid(f"{given.field}.value", "is a mask, not a value")
    try:
        normal = subjects.normal(given.kind, given.value)
    except InvalidIdentifierError as invalid:
        raise identifier_invalid(f"{given.field}.value", str(invalid)) from None
    shown = normal if given.kind in ROLE_KINDS else given.value.strip()
    return Known(
        given.kind,
        shown,
        subjects.subject(given.kind, normal),
        given.label,
        given.verified,
        given.field,
        subjects.version,
        forms_of(given.kind, given.value, subjects),
    )


def forms_of(kind: str, value: str, subjects: Subjects, region: str = "") -> tuple[Form, ...]:
    """What an identifier is under every version of the normalisation; nothing where that is one and the same."""
    forms = subjects.forms(kind, value, region) if subjects.has_several else ()
    return forms if len(forms) > 1 else ()


def check_provable(kind: str) -> None:
    """Only of addresses and numbers somebody can show that they are theirs."""
    if kind not in ROLE_KINDS:
        raise field_invalid("identifier.kind", "only an e-mail address or phone number can be verified")


def check_role_kind(kind: str) -> None:
    """Only addresses and numbers can be an account's."""
    if kind not in ROLE_KINDS:
        raise field_invalid("identifier.kind", "only an e-mail address or phone number can be an account's")
