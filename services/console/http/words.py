"""The words and signs by which people know channels, classes, verdicts and types."""

from collections.abc import Iterable
from functools import partial

from titling import render, value_of
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import language
from services.console.http.campaigns import wording
from services.console.http.language import _, sayings

CHANNELS = sayings(
    {
        pb.CHANNEL_EMAIL: ("E-mail", "email"),
        pb.CHANNEL_SMS: ("Text message", "sms"),
        pb.CHANNEL_CALL: ("Call", "call"),
        pb.CHANNEL_MEETING: ("Meeting", "meeting"),
        pb.CHANNEL_NOTE: ("Note", "note"),
        pb.CHANNEL_WEB: ("Web site", "web"),
        pb.CHANNEL_FORM: ("Form", "form"),
        pb.CHANNEL_CHAT: ("Chat", "sms"),
        pb.CHANNEL_AD: ("Advertising", "ad"),
        pb.CHANNEL_EVENT: ("Event", "event"),
        pb.CHANNEL_DEAL: ("Deal", "deal"),
        pb.CHANNEL_TASK: ("Task", "note"),
        pb.CHANNEL_CONSENT: ("Consent", "form"),
        pb.CHANNEL_POSTAL: ("Post", "email"),
        pb.CHANNEL_SOCIAL: ("Social network", "web"),
        pb.CHANNEL_PUSH: ("Push message", "sms"),
        pb.CHANNEL_SYSTEM: ("System", "other"),
        pb.CHANNEL_OTHER: ("Other", "other"),
    }
)
CLASSES = sayings(
    {
        pb.TOUCH_CLASS_ACTIVE: "The person did something",
        pb.TOUCH_CLASS_PASSIVE: "Reached the person",
        pb.TOUCH_CLASS_SYSTEM: "Bookkeeping",
        pb.TOUCH_CLASS_SUPPRESSED: "Deliberately not sent",
    }
)
ACTORS = sayings(
    {
        pb.ACTOR_KIND_PERSON: "A person",
        pb.ACTOR_KIND_SYSTEM: "Our systems",
        pb.ACTOR_KIND_MACHINE: "A machine",
    }
)
DIRECTIONS = sayings(
    {
        pb.DIRECTION_INBOUND: "from the person to us",
        pb.DIRECTION_OUTBOUND: "from us to the person",
        pb.DIRECTION_INTERNAL: "internal",
    }
)
VERDICTS = sayings(
    {
        pb.VERDICT_KIND_HUMAN: "a person",
        pb.VERDICT_KIND_MACHINE: "a machine",
        pb.VERDICT_KIND_UNKNOWN: "not to be told",
    }
)
CONFLICTS = sayings(
    {
        pb.TouchBrief.Conflict.KIND_MAILING_NEAR_MEETING: "mailing near a meeting",
        pb.TouchBrief.Conflict.KIND_MAILING_DURING_BRAKE: "mailing waits for the brake",
        pb.TouchBrief.Conflict.KIND_MAILING_WITHOUT_CONSENT: "mailing without consent",
        pb.TouchBrief.Conflict.KIND_TASK_OVERDUE: "task overdue",
        pb.TouchBrief.Conflict.KIND_MEETINGS_COLLIDE: "two meetings at once",
    }
)
# Why an open or a click is thought to be a machine's or a person's.
VERDICT_REASONS = sayings(
    {
        "HEAD_REQUEST": "it asked for headers only, as scanners do",
        "PREFETCH": "the browser fetched it ahead of any click",
        "TOO_SOON": "it came sooner than anybody can read",
        "KNOWN_SCANNER": "its program is a known scanner or robot",
        "PRIVACY_PROXY": "a privacy proxy fetches pictures whether anybody reads or not",
        "IMAGE_PROXY": "a mail provider fetched the picture as somebody read",
        "BROWSER_NAVIGATION": "a browser was led to the page",
        "BROWSER": "its program is a browser",
        "MAIL_PROGRAM": "its program is a mail program",
        "NO_AGENT": "it did not say what it is",
        "UNKNOWN_AGENT": "its program is not known",
    }
)
# The last word of a type, as a step of a mail or of a person's way; words of other systems are read as written.
STEPS = sayings(
    {
        "handed_over": "handed over",
        "delivered": "delivered",
        "opened": "opened",
        "clicked": "clicked",
        "replied": "replied",
        "bounced": "bounced",
        "failed": "failed",
        "complained": "complained",
        "unsubscribed": "unsubscribed",
        "suppressed": "not sent",
        "deferred": "deferred",
        "sent": "sent",
        "visited": "visited",
        "submitted": "submitted",
        "logged": "logged",
        "received": "received",
        "attempted": "attempted",
        "held": "held",
        "missed": "missed",
        "scheduled": "scheduled",
        "created": "created",
        "completed": "completed",
        "cancelled": "cancelled",
        "won": "won",
        "lost": "lost",
        "granted": "granted",
        "withdrawn": "withdrawn",
        "set": "set",
        "released": "released",
        "abandoned": "abandoned",
        "amount_changed": "amount changed",
        "answered": "answered",
        "attended": "attended",
        "audience_added": "added to the audience",
        "audience_removed": "removed from the audience",
        "changed": "changed",
        "closed": "closed",
        "confirmed": "confirmed",
        "downloaded": "downloaded",
        "ended": "ended",
        "engaged": "engaged",
        "entered": "entered",
        "followed": "followed",
        "forwarded": "forwarded",
        "given": "given",
        "identified": "identified",
        "impressed": "shown",
        "invited": "invited",
        "left": "left",
        "made": "purchased",
        "merged": "merged",
        "message_received": "message received",
        "message_sent": "message sent",
        "messaged": "messaged",
        "opted_out": "opted out",
        "preferences_changed": "preferences changed",
        "registered": "registered",
        "requested": "requested",
        "rescheduled": "rescheduled",
        "returned": "returned",
        "searched": "searched",
        "signed_up": "signed up",
        "stage_changed": "stage changed",
        "started": "started",
        "updated": "updated",
        "used": "used",
        "video_played": "video played",
        "viewed": "viewed",
        "voicemail": "voicemail",
        "waitlisted": "on the waiting list",
    }
)
# What interaction writes of a wish that names no topic, and of one that is about a single way.
EVERYTHING = sayings(
    {
        "all marketing": "all marketing",
        "all tracking": "all tracking",
        "all profiling": "all profiling",
        "all advertising": "all advertising",
        "text messages": "text messages",
    }
)
WAYS = sayings(
    {
        "mail": "{topic} by mail",
        "text message": "{topic} by text message",
        "phone": "{topic} by phone",
    }
)
TROUBLE = {"bounced", "failed", "complained", "unsubscribed", "withdrawn", "cancelled", "lost", "missed"}


def conflict(kind: int) -> str:
    """What does not go together, in words."""
    return CONFLICTS.get(kind, _("conflict"))


def channel_word(touch: pb.Touch) -> str:
    return CHANNELS.get(touch.channel, (_("Touch"), "other"))[0]


def icon(touch: pb.Touch) -> str:
    if touch.touch_class == pb.TOUCH_CLASS_SUPPRESSED:
        return "no"
    return CHANNELS.get(touch.channel, (_("Touch"), "other"))[1]


def short_type(name: str) -> str:
    """`email.handed_over` as it stands in a chip: `handed over`."""
    last = name.rpartition(".")[2]
    return STEPS.get(last) or last.replace("_", " ")


def verdict_words(verdict: pb.Verdict) -> str:
    """`a person, 0.97`; nothing where nobody judged."""
    word = VERDICTS.get(verdict.kind, "")
    sure = f", {language.number(verdict.confidence, '0.00')}" if word and verdict.confidence else ""
    return word + sure


def reason_words(codes: Iterable[str]) -> str:
    """Reasons of a verdict for people; one that this page does not know is read aloud as it is written."""
    return "; ".join(VERDICT_REASONS.get(code) or code.replace("_", " ").lower() for code in codes)


def attribute(touch: pb.Touch, key: str) -> str:
    """A text attribute; empty where it has none."""
    return str(touch.attributes[key]) if key in touch.attributes else ""


def touch_title(touch: pb.Touch) -> str:
    """Its type's line in the reader's language, where the catalogue has one, with a reason of ours in words."""
    template = language.title_template(touch.type)
    own = render(template, partial(_value_of, touch)) if template else touch.title
    title = own or f"{channel_word(touch)}: {short_type(touch.type)}"
    code = attribute(touch, "reason")
    return title.replace(code, wording.reason(code)) if code in wording.REASONS else title


def _value_of(touch: pb.Touch, name: str) -> str:
    found = value_of(touch, name)
    return topic_words(found) if name == "topic" else found


def topic_words(topic: str) -> str:
    """`all marketing by phone` in the reader's language; a topic that has a name is called by it."""
    about, _by, way = topic.rpartition(" by ")
    if about and way in WAYS:
        return WAYS[way].format(topic=topic_words(about))
    return EVERYTHING.get(topic, topic)


def is_unmeasured(touch: pb.Touch) -> bool:
    """Whether its mail carries no pixel and no counted links."""
    return "measured" in touch.attributes and touch.attributes["measured"] is False


def is_suppressed(touch: pb.Touch) -> bool:
    return touch.touch_class == pb.TOUCH_CLASS_SUPPRESSED


def is_machine(touch: pb.Touch) -> bool:
    return touch.verdict.kind == pb.VERDICT_KIND_MACHINE or touch.actor.kind == pb.ACTOR_KIND_MACHINE
