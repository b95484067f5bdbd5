"""What the interaction service refuses, each with the reason that its catalogue explains."""

from chassis.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unavailable,
    Violation,
)


class TouchInvalidError(InvalidArgument):
    """The touch breaks rules that its violations name."""

    reason = "TOUCH_INVALID"


class TouchAheadOfTimeError(InvalidArgument):
    """The touch occurred more than 5 minutes ahead of the server's clock."""

    reason = "TOUCH_AHEAD_OF_TIME"


class TouchTooOldError(InvalidArgument):
    """The touch occurred before 2000."""

    reason = "TOUCH_TOO_OLD"


class TouchTooLargeError(InvalidArgument):
    """The touch is larger than 32 KiB."""

    reason = "TOUCH_TOO_LARGE"


class TouchTypeUnknownError(InvalidArgument):
    """The touch type, or this version of it, is not registered."""

    reason = "TOUCH_TYPE_UNKNOWN"


class TouchAttributesInvalidError(InvalidArgument):
    """The attributes are not as the touch type wants them."""

    reason = "TOUCH_ATTRIBUTES_INVALID"


class IdentifierKindMismatchError(InvalidArgument):
    """The source was registered for another kind of identifier."""

    reason = "IDENTIFIER_KIND_MISMATCH"


class IdentifierInvalidError(InvalidArgument):
    """The identifier cannot be normalised."""

    reason = "IDENTIFIER_INVALID"


class SourceUnknownError(PermissionDenied):
    """There is no such source."""

    reason = "SOURCE_UNKNOWN"


class SourceNotYoursError(PermissionDenied):
    """The source belongs to another client."""

    reason = "SOURCE_NOT_YOURS"


class TouchConflictError(AlreadyExists):
    """The same request says something else under the same source_event_id."""

    reason = "TOUCH_CONFLICT"


class TouchNotAcknowledgedError(Unavailable):
    """Kafka did not acknowledge the touch in time; sending it again is harmless."""

    reason = "TOUCH_NOT_ACKNOWLEDGED"


class IntakeFullError(ResourceExhausted):
    """Too much is waiting for Kafka."""

    reason = "INTAKE_FULL"


class BatchSizeError(InvalidArgument):
    """A request holds 1 to 1,000 items."""

    reason = "BATCH_SIZE"


class TouchNotFoundError(NotFound):
    """There is no such touch."""

    reason = "TOUCH_NOT_FOUND"


class TimelineNotFoundError(NotFound):
    """There is no such contact or account here."""

    reason = "TIMELINE_NOT_FOUND"


class TooManySubjectsError(FailedPrecondition):
    """The contact holds more than 200 identifiers."""

    reason = "TOO_MANY_SUBJECTS"


class LinksBehindError(Unavailable):
    """The links that min_position names are not applied yet."""

    reason = "LINKS_BEHIND"


class SourceNotFoundError(NotFound):
    """There is no such source."""

    reason = "SOURCE_NOT_FOUND"


class SourceTakenError(AlreadyExists):
    """The source is registered for another client or another kind of identifier."""

    reason = "SOURCE_TAKEN"


class TouchTypeNotFoundError(NotFound):
    """There is no such touch type."""

    reason = "TOUCH_TYPE_NOT_FOUND"


class TouchTypeNarrowedError(FailedPrecondition):
    """A new version may only widen the one before, and built-in types stay as they are."""

    reason = "TOUCH_TYPE_NARROWED"


class ArgumentInvalidError(InvalidArgument):
    """A filter, position, name or cursor cannot be read."""

    reason = "ARGUMENT_INVALID"


class WatchNotReadyError(Unavailable):
    """The watcher is still joining the streams."""

    reason = "WATCH_NOT_READY"


class TooManyPinsError(FailedPrecondition):
    """A contact has as many pins as it may have."""

    reason = "TOO_MANY_PINS"


class AlertsNotYoursError(PermissionDenied):
    """Alerts are for the colleague themselves."""

    reason = "ALERTS_NOT_YOURS"


class SavedFilterNotFoundError(NotFound):
    """The colleague has saved no such filter."""

    reason = "SAVED_FILTER_NOT_FOUND"


class SavedFilterNameTakenError(AlreadyExists):
    """Another saved filter of the colleague has this name."""

    reason = "SAVED_FILTER_NAME_TAKEN"


class TooManySavedFiltersError(FailedPrecondition):
    """The colleague has saved as many filters as they may; delete one first."""

    reason = "TOO_MANY_SAVED_FILTERS"


class SavedFiltersNotYoursError(PermissionDenied):
    """Saved filters are for the colleague themselves."""

    reason = "SAVED_FILTERS_NOT_YOURS"


def bad_argument(field: str, description: str) -> ArgumentInvalidError:
    """Refuse one field of a request."""
    return ArgumentInvalidError(violations=[Violation(field, description, "ARGUMENT_INVALID")])
