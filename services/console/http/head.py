"""What a rep must know before the first scroll: six answers, one sentence, and what happened since the last call."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import consent, words
from services.console.http.coming import Coming
from services.console.http.language import _, plural
from services.console.http.rows import Row
from services.console.http.times import Reader, at_words, moment, near_words, zone
from services.console.http.users import User

MOST_NAMED = 2


@dataclass(frozen=True)
class Answer:
    """One answer: its question, the answer with the place where it is proven, and a line below."""

    question: str
    answer: str
    href: str = ""
    below: Markup | str = ""
    tone: str = ""


@dataclass(frozen=True)
class Part:
    """A piece of the sentence on top, and the touch or plan that it was written from."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Facts:
    """What the head is written from; what a service did not answer is None.

    `refusal` is the thread of the touch by which she said her last no, by its id; empty where no touch tells of that.
    """

    contact: contact_pb2.Contact
    owner: str
    header: pb.TimelineHeader
    coming: Sequence[Coming]
    has_outlook: bool
    consents: Sequence[consent.Line] | None
    campaigns: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


def answers(facts: Facts, at: Reader) -> list[Answer]:
    told = [response(facts, at), call(facts, at), following(facts, at)]
    return [*told, flights(facts, at), allowed(facts), side(facts, at)]


def response(facts: Facts, at: Reader) -> Answer:
    question = _("Last human response")
    if not facts.header.HasField("last_human_response"):
        return Answer(question, _("None yet"), below=_("no click, reply or visit"))
    touch = facts.header.last_human_response
    return Answer(question, words.touch_title(touch), href(touch), at.near(touch.occurred_time))


def call(facts: Facts, at: Reader) -> Answer:
    question = _("Last call")
    if not facts.header.HasField("last_call"):
        return Answer(question, _("None yet"), f"/{facts.contact.name}/log/call", _("log one"))
    touch = facts.header.last_call
    return Answer(question, words.touch_title(touch), href(touch), at.near(touch.occurred_time))


def following(facts: Facts, at: Reader) -> Answer:
    question = _("Next from marketing")
    if not facts.has_outlook:
        return Answer(question, _("Not known"), below=_("campaigns do not answer right now"))
    mail = next((one for one in facts.coming if not one.is_stopped), None)
    if mail is None:
        stopped = _("{n} planned, none would go out", n=len(facts.coming)) if facts.coming else _("no mailing is due")
        return Answer(question, _("Nothing planned"), "#coming" if facts.coming else "", stopped)
    below = at.near(mail.due) if mail.due else _("as soon as its turn comes")
    return Answer(question, mail.title, f"/{mail.campaign}", below)


def flights(facts: Facts, at: Reader) -> Answer:
    question, found = _("In campaigns"), facts.header.campaigns_in_flight
    if not found:
        return Answer(question, _("None"), below=_("in the last 30 days"))
    name = found[0].display_name or facts.campaigns.get(found[0].campaign, "") or _("A campaign")
    link = "?" + urlencode({"campaign": found[0].campaign})
    if len(found) > 1:
        return Answer(question, name, link, _("and {n} more", n=len(found) - 1))
    return Answer(question, name, link, Markup("{}").format(_("last ")) + at.near(found[0].last_touch_time))


def allowed(facts: Facts) -> Answer:
    """May marketing write? The whole list stands beside."""
    question, lines = _("Consent"), facts.consents
    if lines is None:
        return Answer(question, _("Not known"), "#allowed", _("contact does not answer right now"), "warn")
    good = [one.about for one in lines if one.tone == "good"]
    bad = [one.about for one in lines if one.tone != "good"]
    if not lines:
        return Answer(question, _("Never asked"), "#allowed", _("marketing stays silent"), "warn")
    if not good:
        return Answer(question, _("Nothing"), "#allowed", some(bad, _("not ")), "bad")
    if bad:
        return Answer(question, some(good), "#allowed", some(bad, _("not ")), "warn")
    return Answer(question, _("Opted in"), "#allowed", some(good), "good")


def some(names: Sequence[str], before: str = "") -> str:
    rest = _(" and {n} more", n=len(names) - MOST_NAMED) if len(names) > MOST_NAMED else ""
    return f"{before}{'; '.join(names[:MOST_NAMED])}{rest}"


def side(facts: Facts, at: Reader) -> Answer:
    """Where she stands, whose she is, and what time it is there."""
    contact = facts.contact
    there = f"{at.now.astimezone(zone(contact.time_zone)):%H:%M}" if contact.time_zone else ""
    city = contact.time_zone.rpartition("/")[2].replace("_", " ")
    below = " · ".join(
        part for part in (facts.owner, _("{time} in {city}", time=there, city=city) if there else "") if part
    )
    return Answer(_("Stage, owner, local time"), contact.stage or _("No stage"), "", below)


def href(touch: pb.Touch) -> str:
    """The address of a touch on this timeline, whatever is filtered."""
    return thread_href(touch.thread)


def thread_href(thread: str) -> str:
    return "?" + urlencode({"people": "0", "touch": thread})


def sentence(facts: Facts, at: Reader) -> list[Part]:
    """What there is to know in one breath; every part leads to what it was written from."""
    found = []
    header = facts.header
    if header.HasField("last_human_response"):
        touch = header.last_human_response
        found.append(Part(f"{words.touch_title(touch)} {when(touch, at)}", href(touch)))
    if header.HasField("last_call") and header.last_call.name != header.last_human_response.name:
        touch = header.last_call
        found.append(Part(_("last call {when}", when=when(touch, at)), href(touch)))
    if not found:
        found.append(Part(_("No answer and no call so far")))
    if mail := next((one for one in facts.coming if not one.is_stopped), None):
        due = near_words(mail.due, at.now) if mail.due else _("as soon as its turn comes")
        found.append(Part(_("next from marketing: {mail}, {due}", mail=mail.title, due=due), f"/{mail.campaign}"))
    if no := consent.last_no(facts.consents or ()):
        place = thread_href(facts.refusal) if facts.refusal else "#allowed"
        found.append(Part(f"{no.about}: {no.state.lstrip('✕– ')}", place))
    return found


def when(touch: pb.Touch, at: Reader) -> str:
    told = at.local(touch.occurred_time)
    return at_words(told, at.now) if told is not None else ""


@dataclass(frozen=True)
class Line:
    """The line that is drawn at the last call: above which row, who called when, and what happened since."""

    row: str
    text: str
    time: datetime


def line(call_touch: pb.Touch | None, rows: Sequence[Row], user: User, at: Reader) -> Line | None:
    """The line on this page; None where there was no call, or it stands on another page."""
    called = at.local(call_touch.occurred_time) if call_touch is not None else None
    if called is None or call_touch is None:
        return None
    below = next((row for row in rows if row.when <= called), None)
    if below is None:
        return None
    whose = _("your last call") if call_touch.actor.user == f"users/{user.id}" else _("the last call")
    told = {"what": happened(rows, called), "call": whose, "day": near_words(called, at.now)}
    return Line(below.id, _("{what} since {call}, {day}", **told), called)


def happened(rows: Iterable[Row], since: datetime) -> str:
    """`2 mails, 3 answers and 4 other touches`, counted from what stands on the page."""
    fresh = [touch for row in rows for touch in touches(row) if (told := moment(touch.occurred_time)) and told > since]
    mails = sum(touch.type.endswith(".handed_over") for touch in fresh)
    given = sum(is_answer(touch) for touch in fresh)
    rest = len(fresh) - mails - given
    counted = [
        plural(mails, "{n} mail", "{n} mails") if mails else "",
        plural(given, "{n} answer", "{n} answers") if given else "",
        plural(rest, "{n} other touch", "{n} other touches") if rest else "",
    ]
    return ", ".join(part for part in counted if part) or _("Nothing")


def is_news(row: Row, since: datetime) -> bool:
    """Whether a row that stands below the line holds something that came after the call."""
    return row.when <= since and any((told := moment(touch.occurred_time)) and told > since for touch in touches(row))


def touches(row: Row) -> Iterable[pb.Touch]:
    yield from row.steps
    for one in row.folded:
        yield from one.steps


def is_answer(touch: pb.Touch) -> bool:
    is_active = touch.touch_class == pb.TOUCH_CLASS_ACTIVE and touch.direction == pb.DIRECTION_INBOUND
    return is_active and not words.is_machine(touch)
