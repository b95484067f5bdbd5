"""Telling the owner of a contact what people did: gathered from what was written, read, marked as seen."""

from collections.abc import Callable, Sequence
from datetime import datetime

import identity
from chassis.db import Tx

from services.interaction import store
from services.interaction.domain import alerts as rules
from services.interaction.domain.activities import Reason, reason_of
from services.interaction.domain.alerts import Alert, AlertSettings
from services.interaction.domain.briefs import moment_said
from services.interaction.domain.threads import Found
from services.interaction.domain.timeline import people_of

BEGUN = -1  # no partition: the note that the first time is over, also where nothing was written yet


async def gather_alerts(tx: Tx, hidden: Callable[[str], bool], now: datetime) -> int:
    """Look through what was written since the last time; whose contact did something that matters gets an alert.

    Touches are numbered in the order of their commits, so none is passed over and none is told twice. The first time
    begins at the end: what was there before is history.
    """
    heads = {number: (epoch, seq) for _, number, epoch, seq in await store.list_heads(tx, [store.RECORDED])}
    held = await store.lock_positions(tx)
    if not held:
        await store.move_positions(tx, {**heads, BEGUN: (0, 0)})
        return 0
    behind = {number: held.get(number, (0, 0)) for number, head in heads.items() if head > held.get(number, (0, 0))}
    if not behind:
        return 0
    found = await store.list_signals(tx, behind)
    told = await _alerts(tx, [one for one in found if not hidden(one.type)], now)
    await store.insert_alerts(tx, told)
    await store.move_positions(tx, {number: _reached(number, found, heads[number]) for number in behind})
    return len(told)


def _reached(number: int, found: Sequence[Found], head: tuple[int, int]) -> tuple[int, int]:
    """How far a partition is looked through: to its head, or, where there was too much, to the last envelope read."""
    mine = [(one.epoch, one.seq) for one in found if one.partition == number]
    return mine[-1] if len(mine) >= store.MOST_SIGNALS else head


async def _alerts(tx: Tx, found: Sequence[Found], now: datetime) -> list[Alert]:
    fresh = [one for one in found if now - one.occurred_time <= rules.FRESH and one.correction_of is None]
    resolver = identity.resolve(await store.list_links_for(tx, {one.subject for one in fresh}))
    owners = [(one, person) for one in fresh for person in people_of(resolver, one)]
    looked = await store.list_contacts(tx, {person for _, person in owners})
    users = {looked[person].owner for _, person in owners if person in looked and looked[person].owner}
    settings = await store.list_settings(tx, sorted(users))
    told = []
    for one, person in owners:
        user = looked[person].owner if person in looked else ""
        reason = reason_of(one.type)
        if user and reason in settings.get(user, AlertSettings(user)).wanted:
            told.append(Alert(user, one.subject, one.touch, person, reason, one.type, one.occurred_time, now))
    return told


async def gather_reminders(tx: Tx, hidden: Callable[[str], bool], now: datetime) -> int:
    """Whose task has a reminder that came gets an alert, once, whatever else they want to be told of."""
    found = [
        (one, user, moment_said(said)) for one, user, said in await store.list_reminders(tx, now - rules.LATE, now)
    ]
    resolver = identity.resolve(await store.list_links_for(tx, {one.subject for one, _, _ in found}))
    told = [
        Alert(user, one.subject, one.touch, person, Reason.REMINDED, one.type, moment, now)
        for one, user, moment in found
        if moment and now - rules.LATE < moment <= now and user.startswith("users/") and not hidden(one.type)
        for person in people_of(resolver, one)[:1]
    ]
    await store.insert_alerts(tx, told)
    return len(told)


async def get_alert_settings(tx: Tx, user: str) -> AlertSettings:
    """How a colleague wants to be told; the usual way where that was never said."""
    return await store.find_settings(tx, user) or AlertSettings(user)
