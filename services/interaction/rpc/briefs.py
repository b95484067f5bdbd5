"""Briefs by gRPC: a person's newest touches, what the neighbours say, and what follows from both."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from chassis.clock import Clock
from chassis.db import Database
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import briefs
from services.interaction.domain.briefs import Clash, Hold, Said, Statement, Step, moment_said
from services.interaction.domain.errors import bad_argument
from services.interaction.domain.threads import Filter, Found
from services.interaction.gateways import Neighbours
from services.interaction.rpc import messages
from services.interaction.rpc.timeline import Timelines, View
from services.interaction.usecases import Grounds, get_grounds

SUFFIX = "/touchBrief"
MOST_PAST, MOST_OPEN, MOST_NEXT = 10, 50, 20
Brief = pb.TouchBrief


class Told(NamedTuple):
    """What the neighbours say; None where one did not answer."""

    consents: list[Statement] | None
    holds: list[Hold] | None
    mailings: list[Step]
    knows_mailings: bool


NOTHING_TOLD = Told(None, None, [], knows_mailings=False)
OF_OTHERS = {"consents", "brakes", "next_steps", "conflicts", "unknown_parts"}


def asks_others(mask: FieldMask) -> bool:
    """Whether a part is wanted for which other services have to be asked; refuses what is no part."""
    if not mask.IsValidForDescriptor(Brief.DESCRIPTOR) and list(mask.paths) != ["*"]:
        raise bad_argument("read_mask", "names fields of TouchBrief")
    return is_whole(mask) or any(path.partition(".")[0] in OF_OTHERS for path in mask.paths)


def is_whole(mask: FieldMask) -> bool:
    """Whether a mask asks for everything."""
    return list(mask.paths) in ([], ["*"])


def masked(brief: Brief, mask: FieldMask) -> Brief:
    """What was asked for of a brief."""
    if is_whole(mask):
        return brief
    kept = Brief()
    mask.MergeMessage(brief, kept)
    return kept


class Briefs:
    """Answers GetTouchBrief."""

    def __init__(
        self, database: Database, timelines: Timelines, clock: Clock, neighbours: Neighbours | None = None
    ) -> None:
        self._database, self._timelines, self._clock, self._neighbours = database, timelines, clock, neighbours

    async def get(self, request: pb.GetTouchBriefRequest) -> pb.TouchBrief:
        """One person's brief, masked for who looks."""
        contact, suffix = request.name.removesuffix(SUFFIX), request.name.endswith(SUFFIX)
        if not suffix or not contact.startswith("contacts/"):
            raise bad_argument("name", "is a name of the form contacts/{contact}/touchBrief")
        now = self._clock.now()
        async with self._database.transaction() as tx:
            view = await self._timelines.view(tx, contact)
            grounds = await get_grounds(tx, view.person, Filter(hidden_types=tuple(view.hidden)), now)
        account = f"accounts/{view.looked.account}" if view.looked and view.looked.account else ""
        told = await self._ask(contact, account, now) if asks_others(request.read_mask) else NOTHING_TOLD
        brief = Brief(name=request.name, contact=contact, display_name=view.looked.display_name if view.looked else "")
        _add_past(brief, grounds, view)
        _add_outlook(brief, grounds, view, told, now)
        return masked(brief, request.read_mask)

    async def _ask(self, contact: str, account: str, now: datetime) -> Told:
        if self._neighbours is None:
            return NOTHING_TOLD
        said, holds, mailings = await asyncio.gather(
            self._neighbours.statements(contact),
            self._neighbours.holds(contact, account),
            self._neighbours.mailings(contact, now),
        )
        return Told(None if said is None else briefs.standing(said, now), holds, *mailings)


def _add_past(brief: Brief, grounds: Grounds, view: View) -> None:
    head = messages.header_message(grounds.header, view.show)
    if head.HasField("last_active_time"):
        brief.last_active_time.CopyFrom(head.last_active_time)
    brief.campaigns_in_flight.extend(head.campaigns_in_flight)
    brief.past.extend(view.show(found) for found in grounds.active[:MOST_PAST])


def _add_outlook(brief: Brief, grounds: Grounds, view: View, told: Told, now: datetime) -> None:
    shown = {touch.name: touch for touch in map(view.show, _once([*grounds.active, *grounds.desk]))}
    said = [said_of(touch) for touch in shown.values()]
    tasks, meetings = briefs.open_tasks(said), briefs.meetings(said, now)
    _add_open(brief, tasks, briefs.unanswered(said, now), shown)
    steps = [*told.mailings, *_steps("MEETING", meetings, now), *_steps("TASK", tasks, now)]
    steps.sort(key=lambda step: step.due)
    brief.next_steps.extend(map(_step_message, steps[:MOST_NEXT]))
    brief.consents.extend(map(_consent_message, told.consents or ()))
    brief.brakes.extend(map(_hold_message, told.holds or ()))
    allowed = told.consents is None or briefs.allows_mail(told.consents)
    found = briefs.clashes(steps, told.holds or (), allowed=allowed, overdue=tasks, now=now)
    brief.conflicts.extend(map(_clash_message, found))
    brief.unknown_parts.extend([Brief.PART_CONSENTS] if told.consents is None else [])
    brief.unknown_parts.extend([Brief.PART_BRAKES] if told.holds is None else [])
    brief.unknown_parts.extend([] if told.knows_mailings else [Brief.PART_MAILINGS])


def _once(found: Iterable[Found]) -> list[Found]:
    return list({(one.subject, one.touch): one for one in found}.values())


def said_of(touch: pb.Touch) -> Said:
    """A touch as far as a brief looks at it."""
    is_meeting = touch.type == briefs.MEETING_SCHEDULED
    return Said(
        name=touch.name,
        type=touch.type,
        time=touch.occurred_time.ToDatetime(tzinfo=UTC),
        title=touch.title,
        by_person=touch.actor.kind in (pb.ACTOR_KIND_UNSPECIFIED, pb.ACTOR_KIND_PERSON),
        about=text(touch, "meeting") if touch.type.startswith("meeting.") else text(touch, "task"),
        due=moment_said(text(touch, "start_time" if is_meeting else "due_time")),
    )


def text(touch: pb.Touch, key: str) -> str:
    """An attribute that is a text; empty where there is none."""
    return touch.attributes.fields[key].string_value if key in touch.attributes.fields else ""


def _add_open(brief: Brief, tasks: Sequence[Said], asked: Sequence[Said], shown: dict[str, pb.Touch]) -> None:
    for kind, found in ((Brief.OpenItem.KIND_ANSWER_AWAITED, asked), (Brief.OpenItem.KIND_TASK, tasks)):
        for one in found[: MOST_OPEN // 2]:
            item = brief.open_items.add(kind=kind, touch=shown[one.name])
            _set(item.due_time, one.due)


def _steps(kind: str, found: Iterable[Said], now: datetime) -> list[Step]:
    return [Step(kind, one.title, one.due, touch=one.name) for one in found if one.due is not None and one.due >= now]


def _step_message(step: Step) -> pb.TouchBrief.NextStep:
    message = Brief.NextStep(
        kind=Brief.NextStep.Kind.Value(f"KIND_{step.kind}"),
        display_name=step.title,
        campaign=step.campaign,
        activity=step.activity,
        touch=step.touch,
    )
    _set(message.due_time, step.due)
    return message


def _consent_message(one: Statement) -> pb.TouchBrief.Consent:
    state = Brief.Consent.State.Value(f"STATE_{one.status}")
    message = Brief.Consent(purpose=one.purpose, channel=one.channel, topic=one.topic, state=state)
    _set(message.since_time, one.time)
    return message


def _hold_message(hold: Hold) -> pb.TouchBrief.Brake:
    message = Brief.Brake(brake=hold.brake, target=hold.target, reason=hold.reason)
    _set(message.expire_time, hold.until)
    return message


def _clash_message(clash: Clash) -> pb.TouchBrief.Conflict:
    kind = Brief.Conflict.Kind.Value(f"KIND_{clash.kind}")
    message = Brief.Conflict(kind=kind, subject=clash.subject, other=clash.other)
    _set(message.occur_time, clash.time)
    return message


def _set(field: Timestamp, moment: datetime | None) -> None:
    if moment is not None:
        field.CopyFrom(messages.stamp(moment))
