"""The touch types that Touchline brings: the channels of a campaign and of the sales work beside it."""

from services.interaction.domain.types import (
    Actor,
    Audience,
    Channel,
    Direction,
    Field,
    FieldKind,
    TouchClass,
    TouchType,
)

A, P, S, N = TouchClass.ACTIVE, TouchClass.PASSIVE, TouchClass.SYSTEM, TouchClass.SUPPRESSED
IN, OUT, INT = Direction.INBOUND, Direction.OUTBOUND, Direction.INTERNAL

# type, class, rank, direction, title. An active inbound touch counts as a response of the person.
_ROWS: dict[Channel, list[tuple[str, TouchClass, int, Direction, str]]] = {
    Channel.EMAIL: [
        ("email.scheduled", S, 1, OUT, "E-mail scheduled: {names.message}"),
        ("email.handed_over", P, 10, OUT, "E-mail “{names.message}”"),
        ("email.sent", P, 10, OUT, "E-mail sent “{names.message}”"),
        ("email.deferred", S, 15, OUT, "E-mail held: {reason}"),
        ("email.delivered", P, 20, OUT, "E-mail delivered"),
        ("email.opened", P, 30, IN, "Opened the e-mail"),
        ("email.clicked", A, 40, IN, "Clicked {link}"),
        ("email.replied", A, 50, IN, "Replied “{subject}”"),
        ("email.forwarded", A, 45, IN, "Forwarded the e-mail"),
        ("email.received", A, 50, IN, "Wrote “{subject}”"),
        ("email.bounced", S, 60, IN, "E-mail bounced {reason}"),
        ("email.complained", A, 70, IN, "Reported the e-mail as spam"),
        ("email.unsubscribed", A, 65, IN, "Unsubscribed from {topic}"),
        ("email.suppressed", N, 5, OUT, "Not sent: {reason}"),
        ("email.cancelled", N, 5, OUT, "Not sent: the campaign was cancelled"),
        ("email.failed", S, 60, OUT, "E-mail could not be sent {reason}"),
    ],
    Channel.SMS: [
        ("sms.handed_over", P, 10, OUT, "Text message “{names.message}”"),
        ("sms.sent", P, 10, OUT, "Text message sent “{names.message}”"),
        ("sms.delivered", P, 20, OUT, "Text message delivered"),
        ("sms.clicked", A, 40, IN, "Clicked {link}"),
        ("sms.replied", A, 50, IN, "Answered “{text}”"),
        ("sms.received", A, 50, IN, "Wrote “{text}”"),
        ("sms.failed", S, 60, OUT, "Text message failed {reason}"),
        ("sms.opted_out", A, 65, IN, "Opted out of text messages"),
        ("sms.suppressed", N, 5, OUT, "Text not sent: {reason}"),
    ],
    Channel.CALL: [
        ("call.logged", A, 50, OUT, "Call by {actor} {duration_minutes} min {outcome}"),
        ("call.attempted", P, 20, OUT, "Call by {actor}, not reached"),
        ("call.received", A, 50, IN, "Called us {duration_minutes} min"),
        ("call.missed", A, 30, IN, "Called us, nobody answered"),
        ("call.voicemail", P, 25, OUT, "Left a voicemail"),
        ("call.suppressed", N, 5, OUT, "Not called: {reason}"),
    ],
    Channel.MEETING: [
        ("meeting.scheduled", A, 20, OUT, "Meeting scheduled {subject}"),
        ("meeting.rescheduled", S, 25, INT, "Meeting moved {subject}"),
        ("meeting.held", A, 50, INT, "Meeting held {subject}"),
        ("meeting.cancelled", S, 60, INT, "Meeting cancelled {subject}"),
        ("meeting.missed", S, 55, IN, "Did not come to the meeting {subject}"),
    ],
    Channel.NOTE: [
        ("note.logged", S, 50, INT, "Note by {actor}"),
    ],
    Channel.WEB: [
        ("web.visited", A, 20, IN, "Visit: {title} {page}"),
        ("web.clicked", A, 30, IN, "Clicked {link}"),
        ("web.downloaded", A, 40, IN, "Downloaded {title} {file}"),
        ("web.searched", A, 25, IN, "Searched the site for “{query}”"),
        ("web.video_played", A, 30, IN, "Watched {title}"),
        ("web.identified", S, 10, IN, "Recognised on the web site"),
    ],
    Channel.FORM: [
        ("form.viewed", P, 10, IN, "Saw the form {form}"),
        ("form.submitted", A, 50, IN, "Sent the form {form}"),
        ("form.abandoned", P, 20, IN, "Left the form {form} unfinished"),
    ],
    Channel.CHAT: [
        ("chat.started", A, 20, IN, "Started a chat"),
        ("chat.message_received", A, 40, IN, "Wrote in chat “{text}”"),
        ("chat.message_sent", P, 30, OUT, "Answered in chat"),
        ("chat.ended", S, 60, INT, "Chat ended"),
    ],
    Channel.AD: [
        ("ad.impressed", P, 10, OUT, "Saw the advert {names.activity}"),
        ("ad.clicked", A, 40, IN, "Clicked the advert {names.activity}"),
        ("ad.audience_added", S, 5, OUT, "Added to the audience {names.activity}"),
        ("ad.audience_removed", S, 6, OUT, "Taken out of the audience {names.activity}"),
        ("ad.suppressed", N, 5, OUT, "Not advertised to: {reason}"),
    ],
    Channel.EVENT: [
        ("event.invited", P, 10, OUT, "Invited to {event}"),
        ("event.registered", A, 30, IN, "Registered for {event}"),
        ("event.waitlisted", S, 25, IN, "On the waiting list of {event}"),
        ("event.attended", A, 50, IN, "Came to {event}"),
        ("event.missed", S, 45, IN, "Did not come to {event}"),
        ("event.cancelled", A, 40, IN, "Cancelled {event}"),
    ],
    Channel.DEAL: [
        ("deal.created", S, 10, INT, "Deal {names.deal} opened"),
        ("deal.stage_changed", S, 20, INT, "Deal {names.deal}: {stage}"),
        ("deal.amount_changed", S, 20, INT, "Deal {names.deal}: {value}"),
        ("deal.won", S, 50, INT, "Deal {names.deal} won {value}"),
        ("deal.lost", S, 50, INT, "Deal {names.deal} lost {reason}"),
    ],
    Channel.TASK: [
        ("task.created", S, 10, INT, "Task: {title}"),
        ("task.completed", S, 50, INT, "Task done: {title}"),
        ("task.cancelled", S, 60, INT, "Task dropped: {title}"),
    ],
    Channel.CONSENT: [
        ("consent.requested", P, 10, OUT, "Asked for consent: {topic}"),
        ("consent.given", A, 30, IN, "Gave consent: {topic}"),
        ("consent.confirmed", A, 40, IN, "Confirmed consent: {topic}"),
        ("consent.withdrawn", A, 50, IN, "Withdrew consent: {topic}"),
        ("consent.preferences_changed", A, 45, IN, "Changed preferences"),
    ],
    Channel.POSTAL: [
        ("postal.sent", P, 10, OUT, "Letter “{names.message}”"),
        ("postal.delivered", P, 20, OUT, "Letter delivered"),
        ("postal.returned", S, 60, IN, "Letter came back {reason}"),
        ("postal.replied", A, 50, IN, "Answered the letter"),
        ("postal.suppressed", N, 5, OUT, "Letter not sent: {reason}"),
    ],
    Channel.SOCIAL: [
        ("social.messaged", P, 10, OUT, "Message on {network}"),
        ("social.replied", A, 50, IN, "Answered on {network}"),
        ("social.engaged", A, 30, IN, "Reacted on {network}"),
        ("social.followed", A, 20, IN, "Follows us on {network}"),
    ],
    Channel.PUSH: [
        ("push.sent", P, 10, OUT, "Push message “{names.message}”"),
        ("push.delivered", P, 20, OUT, "Push message delivered"),
        ("push.opened", A, 40, IN, "Opened the push message"),
        ("push.failed", S, 60, OUT, "Push message failed {reason}"),
    ],
    Channel.SYSTEM: [
        ("contact.created", S, 1, INT, "Contact created"),
        ("contact.updated", S, 2, INT, "Contact changed: {fields}"),
        ("contact.merged", S, 3, INT, "Merged with {contact}"),
        ("contact.stage_changed", S, 5, INT, "Stage: {stage}"),
        ("segment.entered", S, 5, INT, "Entered the segment {segment}"),
        ("segment.left", S, 6, INT, "Left the segment {segment}"),
        ("brake.set", S, 5, INT, "Brake set by {actor}: {reason}"),
        ("brake.released", S, 6, INT, "Brake released by {actor}"),
        ("score.changed", S, 5, INT, "Score {score}"),
        ("campaign.entered", S, 5, INT, "Joined {names.campaign}"),
        ("campaign.left", S, 6, INT, "Left {names.campaign}"),
        ("campaign.suppressed", N, 5, OUT, "Left out of {names.campaign}: {reason}"),
    ],
    Channel.OTHER: [
        ("product.signed_up", A, 30, IN, "Signed up for {product}"),
        ("product.used", A, 20, IN, "Used {product} {feature}"),
        ("purchase.made", A, 50, IN, "Bought {product} {value}"),
        ("ticket.opened", A, 20, IN, "Opened a ticket {subject}"),
        ("ticket.closed", S, 50, OUT, "Ticket closed {subject}"),
        ("survey.sent", P, 10, OUT, "Survey “{names.message}”"),
        ("survey.answered", A, 50, IN, "Answered the survey {survey} {score}"),
    ],
}
_TEXT = {
    "note.logged": "text",
    "call.logged": "note",
    "call.received": "note",
    "meeting.held": "note",
    "task.created": "note",
    "task.completed": "outcome",
}
_NUMBERS = {"call.logged": ("duration_minutes",), "call.received": ("duration_minutes",)}
_PERSONAL = {"sms.replied": "text", "sms.received": "text", "chat.message_received": "text"}


def _fields(name: str) -> tuple[Field, ...]:
    known = [Field(key, FieldKind.NUMBER) for key in _NUMBERS.get(name, ())]
    if name in _TEXT:
        known.append(Field(_TEXT[name], FieldKind.STRING))
    if name in _PERSONAL:
        known.append(Field(_PERSONAL[name], FieldKind.STRING, is_personal=True))
    return tuple(known)


def _type(channel: Channel, row: tuple[str, TouchClass, int, Direction, str]) -> TouchType:
    name, touch_class, rank, direction, title = row
    by_person = touch_class is A or direction is IN or channel in (Channel.CALL, Channel.NOTE, Channel.MEETING)
    return TouchType(
        name=name,
        channel=channel,
        touch_class=touch_class,
        rank=rank,
        direction=direction,
        actor=Actor.PERSON if by_person else Actor.SYSTEM,
        display_name=name.replace(".", ": ").replace("_", " "),
        audience=Audience.EVERYONE,
        fields=_fields(name),
        title_template=title,
        detail_template=f"{{{_TEXT[name]}}}" if name in _TEXT else "{url}",
        is_response=touch_class is A and direction is IN,
        is_builtin=True,
    )


BUILTIN: dict[str, TouchType] = {row[0]: _type(channel, row) for channel, rows in _ROWS.items() for row in rows}
