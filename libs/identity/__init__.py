"""Who somebody is: identifiers in normal form, subjects, links, and the one resolver that every service uses."""

from identity.kinds import (
    CONTACT,
    COOKIE,
    EMAIL,
    PHONE,
    InvalidIdentifierError,
    check_kind,
    is_role_address,
    normalise,
)
from identity.links import Kind, Link
from identity.resolver import NOBODY, Owner, Resolver, TouchFacts, owner_of, resolve
from identity.subjects import SIZE, Subjects

__all__ = [
    "CONTACT",
    "COOKIE",
    "EMAIL",
    "NOBODY",
    "PHONE",
    "SIZE",
    "InvalidIdentifierError",
    "Kind",
    "Link",
    "Owner",
    "Resolver",
    "Subjects",
    "TouchFacts",
    "check_kind",
    "is_role_address",
    "normalise",
    "owner_of",
    "resolve",
]
