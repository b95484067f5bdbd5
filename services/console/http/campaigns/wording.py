"""The words by which people know a campaign's states, the ledger's numbers, and the reasons in it."""

from chassis.enums import constant
from touchline.campaign.v1 import campaign_pb2 as pb

from services.console.http import language
from services.console.http.language import _, plural, sayings

CAMPAIGN = sayings(
    {
        pb.Campaign.STATE_DRAFT: ("draft", ""),
        pb.Campaign.STATE_SCHEDULED: ("scheduled", "key"),
        pb.Campaign.STATE_RUNNING: ("running", "good"),
        pb.Campaign.STATE_PAUSED: ("paused", "warn"),
        pb.Campaign.STATE_FINISHED: ("finished", ""),
        pb.Campaign.STATE_CANCELLED: ("cancelled", "bad"),
    }
)
SEND = sayings(
    {
        pb.Send.STATE_PLANNED: ("waits for its turn", ""),
        pb.Send.STATE_HELD: ("held", "warn"),
        pb.Send.STATE_CLAIMED: ("being sent", "key"),
        pb.Send.STATE_HANDED_OVER: ("handed over", "good"),
        pb.Send.STATE_DELIVERED: ("delivered", "good"),
        pb.Send.STATE_BOUNCED: ("bounced", "bad"),
        pb.Send.STATE_FAILED: ("failed", "bad"),
        pb.Send.STATE_SUPPRESSED: ("not sent", "warn"),
        pb.Send.STATE_CANCELLED: ("cancelled", ""),
        pb.Send.STATE_UNKNOWN: ("unknown", "bad"),
    }
)
REASONS = sayings(
    {
        # Why somebody is left out.
        "SAME_ADDRESS": "somebody else here has the same address: one mail is enough",
        "ADDRESS_CHANGED": "the address changed after the mail was planned",
        "CONTACT_GONE": "does not exist any more",
        "NO_ADDRESS": "has no e-mail address",
        "ADDRESS_INVALID": "the address is none that mail can be sent to",
        "WITHDRAWN": "unsubscribed",
        "DENIED": "refused consent",
        "EXPIRED": "the consent ran out",
        "PENDING": "the consent was never confirmed",
        "NO_CONSENT": "never consented",
        "NOT_ASKED": "never consented",
        "SUPPRESSED": "the address must not be written to",
        "RESTRICTED": "what is done with this person’s data is restricted",
        "HARD_BOUNCE": "earlier mail came back for good",
        "COMPLAINT": "complained about earlier mail",
        "DELETED": "was deleted",
        "CONTACT_DELETED": "was deleted",
        "EXCLUDED": "is in a segment that is left out",
        "NOT_IN_AUDIENCE": "was in none of the segments",
        # Why somebody waits.
        "BRAKE": "a colleague in sales asked for silence",
        "CONSENT_UNREACHABLE": "consent cannot be asked for right now",
        "STALE": "the newest unsubscribes are not read yet",
        "NOT_KNOWN_YET": "not known here yet, for example just imported",
        "CONTACTS_BEHIND": "some of its people are not known here yet",
        "CONTACT_UNREACHABLE": "the contact service does not answer",
        "SEGMENTATION_UNREACHABLE": "the segmentation service does not answer",
        "DKIM_KEY_UNUSABLE": "the key that signs the mail cannot be used",
        "RETRY": "the mail server asked to try again later",
        "PAUSED": "the campaign is paused",
        # What went wrong.
        "RESTORED": "a backup was restored, and it may have been sent before",
        "HARD": "it came back and always will",
        "SOFT": "it came back this time",
        "REFUSED": "the mail server refused it",
        "MAIL_REFUSED": "the mail could not be written to this name or address",
        "RENDER_FAILED": "the mail could not be made for this person",
        "TOO_MANY_ATTEMPTS": "it was tried too often",
        "CAMPAIGN_CANCELLED": "the campaign was given up",
    }
)
PROBLEMS = sayings(
    {
        "NO_ACTIVITY": "It has no mail yet.",
        "NO_AUDIENCE": "No segment says who it goes to.",
        "EMPTY_AUDIENCE": "Nobody is in its segments, or everybody is left out.",
        "SEGMENT_NOT_FOUND": "One of its segments is gone.",
        "EXCLUSION_INCLUDED": "One of its segments is an exclusion list: those are to be left out.",
        "DKIM_KEY_UNUSABLE": "Its sender is to be signed with a key that is missing or cannot be used.",
        "NO_SENDER": "Nobody signs it: choose a sender.",
        "SENDER_NOT_VERIFIED": "The sender’s address is not proven to be ours.",
        "NO_SUBSCRIPTION_TOPIC": "Without a subscription topic nobody could unsubscribe.",
        "NO_SUBJECT": "It has no subject.",
        "NO_CONTENT": "It has no content.",
        "TEMPLATE_INVALID": "A template has a fault.",
        "SCHEDULE_INVALID": "The moment is not within the next year.",
    }
)
STEPS = sayings(
    {
        pb.ExplainSendResponse.Step.KIND_LAUNCH: "Launch",
        pb.ExplainSendResponse.Step.KIND_AUDIENCE: "Audience",
        pb.ExplainSendResponse.Step.KIND_ADDRESS: "Address",
        pb.ExplainSendResponse.Step.KIND_CONSENT: "Consent",
        pb.ExplainSendResponse.Step.KIND_BRAKE: "Brake",
        pb.ExplainSendResponse.Step.KIND_SENDING: "Sending",
        pb.ExplainSendResponse.Step.KIND_DELIVERY: "Delivery",
    }
)
PLANNING = sayings(
    {
        pb.Activity.Planning.STATE_WAITING: "Waits for its turn",
        pb.Activity.Planning.STATE_RUNNING: "Being planned",
        pb.Activity.Planning.STATE_DONE: "Planned",
        pb.Activity.Planning.STATE_CANCELLED: "Given up",
    }
)


def state(campaign: pb.Campaign) -> tuple[str, str]:
    """A campaign's state in a word, and its tone."""
    return CAMPAIGN.get(campaign.state, (_("not known"), ""))


def state_key(campaign: pb.Campaign) -> str:
    """A campaign's state as its proto has it, in lower case: what pages decide by, in every language."""
    return constant(pb.Campaign.State.DESCRIPTOR, campaign.state).removeprefix("STATE_").lower()


def send_state(send: pb.Send) -> tuple[str, str]:
    return SEND.get(send.state, (_("not known"), ""))


def reason(code: str) -> str:
    """A reason for people; one that this page does not know is read aloud as it is written."""
    return REASONS.get(code) or code.replace("_", " ").lower()


def problem(found: pb.LaunchProblem) -> str:
    return PROBLEMS.get(found.reason) or found.description or reason(found.reason)


def people(count: int) -> str:
    """`1 person`, `2,300 people`."""
    return plural(count, "1 person", "{n} people")


def number(count: int) -> str:
    return language.number(count)


def origin(source: str) -> str:
    """Whose word holds somebody back: an old system's opt-outs by its name."""
    return _("by {source}").format(source=source) if source else _("by nobody named")
