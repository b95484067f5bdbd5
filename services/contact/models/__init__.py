"""The tables of contact and their constraints."""

from services.contact.models.attributes import AttributeDefinition
from services.contact.models.changes import ContactChange
from services.contact.models.consents import ConsentEvent, Suppression
from services.contact.models.duplicates import DuplicateCandidate
from services.contact.models.erasures import ErasedSubjectRow, Erasure, ErasureAcknowledgement
from services.contact.models.forms import Renormalisation, SubjectAlias
from services.contact.models.imports import ContactImport, ImportRow
from services.contact.models.names import (
    ACCOUNT,
    ATTRIBUTE_DEFINITION,
    CONSENT_EVENT,
    CONTACT,
    CONTACT_CHANGE,
    DEAL,
    DUPLICATE_CANDIDATE,
    ERASURE,
    IDENTITY_LINK,
    IMPORT,
    OPT_IN,
    PURCHASE,
    SUPPRESSION,
    Row,
)
from services.contact.models.optins import OptIn
from services.contact.models.people import Account, AuditEntry, Contact, Deal, DealContact, IdentityLink
from services.contact.models.purchases import Purchase

__all__ = [
    "ACCOUNT",
    "ATTRIBUTE_DEFINITION",
    "CONSENT_EVENT",
    "CONTACT",
    "CONTACT_CHANGE",
    "DEAL",
    "DUPLICATE_CANDIDATE",
    "ERASURE",
    "IDENTITY_LINK",
    "IMPORT",
    "OPT_IN",
    "PURCHASE",
    "SUPPRESSION",
    "Account",
    "AttributeDefinition",
    "AuditEntry",
    "ConsentEvent",
    "Contact",
    "ContactChange",
    "ContactImport",
    "Deal",
    "DealContact",
    "DuplicateCandidate",
    "ErasedSubjectRow",
    "Erasure",
    "ErasureAcknowledgement",
    "IdentityLink",
    "ImportRow",
    "OptIn",
    "Purchase",
    "Renormalisation",
    "Row",
    "SubjectAlias",
    "Suppression",
]
