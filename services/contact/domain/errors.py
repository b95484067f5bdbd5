"""Every reason for which contact refuses; the catalogue is contact_errors.proto."""

from chassis.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Violation,
)


class ContactNotFoundError(NotFound):
    """There is no such contact."""

    reason = "CONTACT_NOT_FOUND"


class AccountNotFoundError(NotFound):
    """There is no such account."""

    reason = "ACCOUNT_NOT_FOUND"


class DealNotFoundError(NotFound):
    """There is no such deal."""

    reason = "DEAL_NOT_FOUND"


class IdentifierNotFoundError(NotFound):
    """The parent does not hold that identifier."""

    reason = "IDENTIFIER_NOT_FOUND"


class LinkNotFoundError(NotFound):
    """There is no such link."""

    reason = "LINK_NOT_FOUND"


class ConsentEventNotFoundError(NotFound):
    """There is no such consent event."""

    reason = "CONSENT_EVENT_NOT_FOUND"


class SuppressionNotFoundError(NotFound):
    """There is no such suppression."""

    reason = "SUPPRESSION_NOT_FOUND"


class DuplicateCandidateNotFoundError(NotFound):
    """There is no such pair, or the caller sees one of the two masked."""

    reason = "DUPLICATE_CANDIDATE_NOT_FOUND"


class ContactChangeNotFoundError(NotFound):
    """There is no such change."""

    reason = "CONTACT_CHANGE_NOT_FOUND"


class AttributeDefinitionNotFoundError(NotFound):
    """There is no such definition of an attribute."""

    reason = "ATTRIBUTE_DEFINITION_NOT_FOUND"


class ErasureNotFoundError(NotFound):
    """There is no such erasure."""

    reason = "ERASURE_NOT_FOUND"


class ErasureNotAcknowledgedError(FailedPrecondition):
    """Services have still to acknowledge the erasure."""

    reason = "ERASURE_NOT_ACKNOWLEDGED"


class ImportNotFoundError(NotFound):
    """There is no such import."""

    reason = "IMPORT_NOT_FOUND"


class IdentifierHeldError(AlreadyExists):
    """Somebody else holds that identifier in that time: share it, or end it there first."""

    reason = "IDENTIFIER_HELD"


class ContactExistsError(AlreadyExists):
    """A contact has that id."""

    reason = "CONTACT_EXISTS"


class AccountExistsError(AlreadyExists):
    """An account has that id or external id."""

    reason = "ACCOUNT_EXISTS"


class DealExistsError(AlreadyExists):
    """A deal has that id."""

    reason = "DEAL_EXISTS"


class AttributeDefinitionExistsError(AlreadyExists):
    """An attribute of that name is registered."""

    reason = "ATTRIBUTE_DEFINITION_EXISTS"


class ImportExistsError(AlreadyExists):
    """An import has that id."""

    reason = "IMPORT_EXISTS"


class IdentifierInvalidError(InvalidArgument):
    """A value is not a valid identifier of its kind."""

    reason = "IDENTIFIER_INVALID"


class FieldInvalidError(InvalidArgument):
    """A field breaks a rule that only this service knows."""

    reason = "FIELD_INVALID"


class AttributeInvalidError(InvalidArgument):
    """Values of attributes do not fit their definitions; each violation says which and why."""

    reason = "ATTRIBUTE_INVALID"


class ImportWithoutIdentifierError(InvalidArgument):
    """No column of the import holds an identifier."""

    reason = "IMPORT_WITHOUT_IDENTIFIER"


class ContactNotActiveError(FailedPrecondition):
    """The contact is deleted or merged into another."""

    reason = "CONTACT_NOT_ACTIVE"


class ContactNotDeletedError(FailedPrecondition):
    """Only a deleted contact can be restored."""

    reason = "CONTACT_NOT_DELETED"


class UndeleteExpiredError(FailedPrecondition):
    """The contact was deleted more than 30 days ago."""

    reason = "UNDELETE_EXPIRED"


class ContactNotMergedError(FailedPrecondition):
    """The contact is not merged into another."""

    reason = "CONTACT_NOT_MERGED"


class ChangeNotSetAsideError(FailedPrecondition):
    """Only a change that an un-merge set aside can be placed or dismissed."""

    reason = "CHANGE_NOT_SET_ASIDE"


class AccountInUseError(FailedPrecondition):
    """Contacts or deals belong to the account."""

    reason = "ACCOUNT_IN_USE"


class AccountCycleError(FailedPrecondition):
    """The account that it would belong to belongs to it."""

    reason = "ACCOUNT_CYCLE"


class ImportGapError(FailedPrecondition):
    """Rows before these are missing."""

    reason = "IMPORT_GAP"


class ImportFinishedError(FailedPrecondition):
    """The import's last row was written."""

    reason = "IMPORT_FINISHED"


class MergeConflictError(Aborted):
    """The two contacts were merged the other way meanwhile."""

    reason = "MERGE_CONFLICT"


class TooManySubjectsError(FailedPrecondition):
    """A contact has at most 200 subjects."""

    reason = "TOO_MANY_SUBJECTS"


class TooManyAttributesError(FailedPrecondition):
    """As many attributes are registered as can be."""

    reason = "TOO_MANY_ATTRIBUTES"


class ContactMaskedError(PermissionDenied):
    """The caller sees the contact masked, and so cannot change what is hidden."""

    reason = "CONTACT_MASKED"


class OptInNotFoundError(NotFound):
    """There is no such request for confirmation."""

    reason = "OPT_IN_NOT_FOUND"


class OptInUsedError(FailedPrecondition):
    """The link was used already."""

    reason = "OPT_IN_USED"


class OptInExpiredError(FailedPrecondition):
    """The link ended before it was used: ask for a new one."""

    reason = "OPT_IN_EXPIRED"


class OptInWithdrawnError(FailedPrecondition):
    """The address has refused since it was asked to confirm."""

    reason = "OPT_IN_WITHDRAWN"


class OptInMailsExhaustedError(ResourceExhausted):
    """Enough mails were sent for this request: wait until it ends."""

    reason = "OPT_IN_MAILS_EXHAUSTED"


class AddressSuppressedError(FailedPrecondition):
    """The address must not be sent to: lift its suppression first."""

    reason = "ADDRESS_SUPPRESSED"


class AddressRestrictedError(FailedPrecondition):
    """The address is of somebody who is restricted: nothing is asked of them until that is lifted."""

    reason = "ADDRESS_RESTRICTED"


class AddressMaskedError(PermissionDenied):
    """The caller sees the address masked, and so cannot allow sending to it."""

    reason = "ADDRESS_MASKED"


class ConsentInFutureError(InvalidArgument):
    """A consent cannot come from the future."""

    reason = "CONSENT_IN_FUTURE"


class ConsentWithoutBasisError(InvalidArgument):
    """A grant needs a lawful basis."""

    reason = "CONSENT_WITHOUT_BASIS"


def field_invalid(field: str, description: str) -> FieldInvalidError:
    """Refuse one field."""
    return FieldInvalidError(violations=[Violation(field, description, FieldInvalidError.reason)])


def identifier_invalid(field: str, description: str) -> IdentifierInvalidError:
    """Refuse the value of an identifier; the description never repeats it."""
    return IdentifierInvalidError(violations=[Violation(field, description, IdentifierInvalidError.reason)])


def consent_in_future(field: str) -> ConsentInFutureError:
    """Refuse a consent that was said later than now."""
    return ConsentInFutureError(violations=[Violation(field, "is in the future", ConsentInFutureError.reason)])


def consent_without_basis(field: str) -> ConsentWithoutBasisError:
    """Refuse a grant that says no ground."""
    description = "says on what ground: a grant needs a lawful basis, for example CONSENT"
    return ConsentWithoutBasisError(violations=[Violation(field, description, ConsentWithoutBasisError.reason)])
