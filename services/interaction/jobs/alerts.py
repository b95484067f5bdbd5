"""Alerts by the clock: gathered from what was written, then mailed and posted; and each colleague's daily digest."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import identity
from chassis.clock import Clock, SystemClock
from chassis.db import Database, Tx

from services.interaction import store
from services.interaction.domain import alerts as rules
from services.interaction.domain.activities import Reason
from services.interaction.domain.alerts import Alert, AlertSettings, Line
from services.interaction.gateways import Letters, WebhookRefusedError, Webhooks, body_of
from services.interaction.usecases import TypeCatalogue, gather_alerts, gather_reminders, list_activities

MOST_IN_A_DIGEST = 20
NAMESPACE = uuid.UUID("6f6b3f0e-6f0c-4c58-9a4e-0d9b1c1f7a11")


class Alerts:
    """Tells colleagues what their contacts did: at once where they want it, and once a day."""

    def __init__(
        self, database: Database, letters: Letters, webhooks: Webhooks, console: str, clock: Clock | None = None
    ) -> None:
        self._database, self._letters, self._webhooks = database, letters, webhooks
        self._console, self._clock, self._types = console.rstrip("/"), clock or SystemClock(), TypeCatalogue()

    async def tell(self) -> None:
        """Gather, mail, post, send what digests are due. A mail is told again if it is not known whether it went."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await self._types.refresh(tx)
            hidden = self._types.hidden(frozenset({"rep"}), is_team=True)
            await gather_alerts(tx, hidden.__contains__, now)
            await gather_reminders(tx, hidden.__contains__, now)
        if self._letters.is_able:
            await self._mail(now)
            await self._digest(now)
        await self._post(now)

    async def _mail(self, now: datetime) -> None:
        async with self._database.transaction() as tx:
            waiting = await store.list_to_mail(tx, now - rules.PAUSE)
        for one in waiting:
            async with self._database.transaction() as tx:
                found = await store.list_unmailed(tx, one.user)
                lines = await _lines(tx, found)
            subject, text = rules.alert_text(lines, self._console, rules.zone_of(one.time_zone))
            if await self._letters.send(one.address, subject, text, _delivery(one.user, found)):
                async with self._database.transaction() as tx:
                    await store.mark_mailed(tx, one.user, found[-1].create_time, self._clock.now())

    async def _post(self, now: datetime) -> None:
        async with self._database.transaction() as tx:
            waiting = await store.list_to_post(tx, now)
        for one, tries in waiting:
            async with self._database.transaction() as tx:
                found = await store.list_unposted(tx, one.user)
            body = body_of([self._posted(alert) for alert in found])
            trouble = ""
            try:
                await self._webhooks.post(one.webhook_url, one.webhook_secret, _delivery(one.user, found), body)
            except WebhookRefusedError as error:
                trouble = str(error)
            async with self._database.transaction() as tx:
                if trouble and now - found[0].create_time <= rules.GIVE_UP:
                    await store.mark_failed(tx, one.user, tries + 1, rules.next_try(now, tries), trouble)
                else:
                    await store.mark_posted(tx, one.user, found[-1].create_time, now, trouble)

    def _posted(self, alert: Alert) -> dict[str, str]:
        return {
            "touch": identity.touch_name(alert.subject.bytes, alert.touch.bytes),
            "contact": f"contacts/{alert.contact}",
            "owner": alert.user,
            "type": alert.type,
            "reason": Reason(alert.reason).name,
            "occurred_time": alert.occurred_time.isoformat(),
            "address": f"{self._console}/contacts/{alert.contact}",
        }

    async def _digest(self, now: datetime) -> None:
        async with self._database.transaction() as tx:
            due = await store.list_due_digests(tx, now)
        for one in due:
            zone = rules.zone_of(one.time_zone)
            async with self._database.transaction() as tx:
                subject, text = await self._day(tx, one, now)
            day = f"{now.astimezone(zone):%Y-%m-%d}"
            sent = not subject or await self._letters.send(one.address, subject, text, _key(f"{one.user}/{day}"))
            if sent:
                async with self._database.transaction() as tx:
                    await store.move_digest(tx, one.user, rules.next_digest(now, one.digest_hour, zone))

    async def _day(self, tx: Tx, one: AlertSettings, now: datetime) -> tuple[str, str]:
        hidden = self._types.hidden(frozenset({"rep"}), is_team=True)
        found = (await list_activities(tx, one.user, now - rules.FRESH, sorted(hidden)))[:MOST_IN_A_DIGEST]
        looked = await store.list_contacts(tx, {activity.contact for activity in found})
        people = [(looked[each.contact].display_name if each.contact in looked else "", each) for each in found]
        tasks = await store.list_task_titles(tx, one.user)
        return rules.digest_text(people, tasks, self._console, rules.zone_of(one.time_zone))


async def _lines(tx: Tx, found: Sequence[Alert]) -> list[Line]:
    looked = await store.list_contacts(tx, {one.contact for one in found})

    def name(contact: UUID) -> str:
        return looked[contact].display_name if contact in looked else ""

    return [Line(name(one.contact), one.contact, one.reason, one.type, one.occurred_time) for one in found]


def _delivery(user: str, found: Sequence[Alert]) -> str:
    """The id of one telling: the same alerts again have the same."""
    return _key("/".join([user, *(f"{one.subject}{one.touch}" for one in found)]))


def _key(text: str) -> str:
    return str(uuid.uuid5(NAMESPACE, text))
