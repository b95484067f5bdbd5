"""The states of a campaign and the verbs between them.

    DRAFT ──launch──▶ RUNNING ◀────────────┐
      │ └─launch at──▶ SCHEDULED ──start──▶ │
      │                  │  ▲              │
      │              pause  resume      resume
      │                  ▼  │              │
      │                 PAUSED ◀──pause── RUNNING ──finish──▶ FINISHED
      └───────────── cancel, from anywhere but FINISHED ────▶ CANCELLED

FINISHED and CANCELLED change no more. A verb that asks for the state that is there already changes nothing.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from chassis.errors import Violation

from services.campaign.domain.errors import (
    CampaignNotDeletableError,
    CampaignNotEditableError,
    CampaignStateForbidsError,
    CampaignTimesInvalidError,
    ProgrammeDatesInvalidError,
    ScheduleInvalidError,
)


class State(StrEnum):
    """Where a campaign stands in its life."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"


EDITABLE = (State.DRAFT, State.SCHEDULED, State.RUNNING, State.PAUSED)
DELETABLE = (State.DRAFT,)
# Launched before: a second launch gets the answer of the first.
LAUNCHED = (State.SCHEDULED, State.RUNNING, State.FINISHED)
FARTHEST = timedelta(days=366)


def check_dates(start: date | None, end: date | None) -> None:
    """A programme ends on the day it starts or later."""
    if start is not None and end is not None and end < start:
        rule = Violation("programme.end_date", "must not be before start_date", "PROGRAMME_DATES_INVALID")
        raise ProgrammeDatesInvalidError(violations=[rule])


def check_times(start: datetime | None, end: datetime | None) -> None:
    """A campaign ends when it starts or later."""
    if start is not None and end is not None and end < start:
        rule = Violation("campaign.planned_end_time", "must not be before planned_start_time", "CAMPAIGN_TIMES_INVALID")
        raise CampaignTimesInvalidError(violations=[rule])


def check_schedule(scheduled: datetime | None, now: datetime) -> None:
    """A launch is scheduled at most a year ahead; a moment that has passed means now."""
    if scheduled is not None and scheduled - now > FARTHEST:
        rule = Violation("scheduled_time", "must be within a year", "SCHEDULE_INVALID")
        raise ScheduleInvalidError(violations=[rule])


def check_editable(state: State) -> None:
    """A campaign that is over stays as it was."""
    if state not in EDITABLE:
        raise CampaignNotEditableError(state=state, required=" or ".join(EDITABLE))


def check_deletable(state: State) -> None:
    """What was never carried out may vanish; what was is history."""
    if state not in DELETABLE:
        raise CampaignNotDeletableError(state=state, required=" or ".join(DELETABLE))


def check_draft(state: State) -> None:
    """What people read is changed before the launch, never after."""
    _require(state, (State.DRAFT,))


def launch(state: State, scheduled: datetime | None, now: datetime) -> State:
    """The state after a launch; the same one where it was launched before. A paused campaign is resumed instead."""
    if state in LAUNCHED:
        return state
    _require(state, (State.DRAFT, *LAUNCHED))
    return State.SCHEDULED if scheduled is not None and scheduled > now else State.RUNNING


def start(state: State) -> State:
    """The state once its scheduled time has come."""
    _require(state, (State.SCHEDULED,))
    return State.RUNNING


def pause(state: State) -> State:
    """The state after somebody halts it."""
    _require(state, (State.SCHEDULED, State.RUNNING, State.PAUSED))
    return State.PAUSED


def resume(state: State, scheduled: datetime | None, now: datetime) -> State:
    """The state after it may go on: it runs, or waits for a moment that has not come yet."""
    if state in (State.RUNNING, State.SCHEDULED):
        return state
    _require(state, (State.PAUSED, State.RUNNING, State.SCHEDULED))
    return State.SCHEDULED if scheduled is not None and scheduled > now else State.RUNNING


def cancel(state: State) -> State:
    """The state after somebody gives it up."""
    _require(state, tuple(each for each in State if each is not State.FINISHED))
    return State.CANCELLED


def finish(state: State) -> State:
    """The state when nothing is left to do."""
    _require(state, (State.RUNNING,))
    return State.FINISHED


def _require(state: State, allowed: tuple[State, ...]) -> None:
    if state not in allowed:
        raise CampaignStateForbidsError(state=state, required=" or ".join(allowed))
