"""Who somebody is: identifiers in normal form, subjects, links, and the one resolver that every service uses."""

from identity.erased import Span, alone, as_told
from identity.kinds import (
    CONTACT,
    COOKIE,
    EMAIL,
    PHONE,
    VERSION,
    VERSIONS,
    InvalidIdentifierError,
    Rules,
    check_kind,
    is_role_address,
    normalise,
)
from identity.links import Kind, Link
from identity.resolver import NOBODY, Owner, Resolver, TouchFacts, owner_of, resolve
from identity.subjects import SIZE, Form, Subjects
from identity.touches import TOUCH_NAME_LENGTH, parse_touch_name, touch_name

__all__ = [
    "CONTACT",
    "COOKIE",
    "EMAIL",
    "NOBODY",
    "PHONE",
    "SIZE",
    "TOUCH_NAME_LENGTH",
    "VERSION",
    "VERSIONS",
    "Form",
    "InvalidIdentifierError",
    "Kind",
    "Link",
    "Owner",
    "Resolver",
    "Rules",
    "Span",
    "Subjects",
    "TouchFacts",
    "alone",
    "as_told",
    "check_kind",
    "is_role_address",
    "normalise",
    "owner_of",
    "parse_touch_name",
    "resolve",
    "touch_name",
]
