"""Every reason with which campaign refuses; protos/touchline/campaign/v1/campaign_errors.proto lists the same."""

from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted


class ProgrammeNotFoundError(NotFound):
    """There is no such programme."""

    reason = "PROGRAMME_NOT_FOUND"


class ProgrammeDatesInvalidError(InvalidArgument):
    """The programme would end before it starts, or a date is no day of the calendar."""

    reason = "PROGRAMME_DATES_INVALID"


class ProgrammeNotEmptyError(FailedPrecondition):
    """Campaigns belong to the programme: move or delete them first."""

    reason = "PROGRAMME_NOT_EMPTY"


class CampaignNotFoundError(NotFound):
    """There is no such campaign."""

    reason = "CAMPAIGN_NOT_FOUND"


class CampaignTimesInvalidError(InvalidArgument):
    """The campaign would end before it starts."""

    reason = "CAMPAIGN_TIMES_INVALID"


class CampaignNotEditableError(FailedPrecondition):
    """A finished or cancelled campaign changes no more."""

    reason = "CAMPAIGN_NOT_EDITABLE"


class CampaignNotDeletableError(FailedPrecondition):
    """Only a draft can be deleted: touches name campaigns, so one that ran is kept."""

    reason = "CAMPAIGN_NOT_DELETABLE"


class CampaignStateForbidsError(FailedPrecondition):
    """The state of the campaign forbids this."""

    reason = "CAMPAIGN_STATE_FORBIDS"


class CampaignNotReadyError(FailedPrecondition):
    """Something is missing for a launch; `problems` names all of it."""

    reason = "CAMPAIGN_NOT_READY"


class ScheduleInvalidError(InvalidArgument):
    """A launch can be scheduled for a moment within a year."""

    reason = "SCHEDULE_INVALID"


class ActivityNotFoundError(NotFound):
    """There is no such activity."""

    reason = "ACTIVITY_NOT_FOUND"


class TemplateInvalidError(InvalidArgument):
    """A template cannot be used."""

    reason = "TEMPLATE_INVALID"


class RenderFailedError(FailedPrecondition):
    """The mail cannot be made for this person."""

    reason = "RENDER_FAILED"


class PersonNotFoundError(NotFound):
    """Campaign does not know such a contact."""

    reason = "PERSON_NOT_FOUND"


class SenderNotFoundError(NotFound):
    """There is no such sender."""

    reason = "SENDER_NOT_FOUND"


class SenderExistsError(AlreadyExists):
    """A sender with this address exists."""

    reason = "SENDER_EXISTS"


class SenderInUseError(FailedPrecondition):
    """Activities name the sender."""

    reason = "SENDER_IN_USE"


class SenderVerifiedError(FailedPrecondition):
    """The sender is verified and needs no code."""

    reason = "SENDER_VERIFIED"


class SenderNotVerifiedError(FailedPrecondition):
    """The sender's address is not proven to be ours."""

    reason = "SENDER_NOT_VERIFIED"


class AddressInvalidError(InvalidArgument):
    """This is no address that mail can be sent to."""

    reason = "ADDRESS_INVALID"


class CodeWrongError(InvalidArgument):
    """The code is not the one that was mailed."""

    reason = "CODE_WRONG"


class CodeExpiredError(FailedPrecondition):
    """The code ran out, was tried too often, or none stands: ask for a new one."""

    reason = "CODE_EXPIRED"


class CodesExhaustedError(ResourceExhausted):
    """A code was mailed within the last minute."""

    reason = "CODES_EXHAUSTED"


class BrakeNotFoundError(NotFound):
    """There is no such brake."""

    reason = "BRAKE_NOT_FOUND"


class BrakeTimeInvalidError(InvalidArgument):
    """A brake ends later than now and within 180 days."""

    reason = "BRAKE_TIME_INVALID"


class SendNotFoundError(NotFound):
    """There is no such line of the ledger."""

    reason = "SEND_NOT_FOUND"


class ReportContradictsError(FailedPrecondition):
    """The report cannot follow what the ledger says."""

    reason = "REPORT_CONTRADICTS"


class SendNotUnknownError(FailedPrecondition):
    """Only a send that is unknown can be settled by a person."""

    reason = "SEND_NOT_UNKNOWN"
