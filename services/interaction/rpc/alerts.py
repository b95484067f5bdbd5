"""Alerts by gRPC: what a colleague was told, what was seen, and how each wants to be told."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import identity
from chassis.calls import caller
from chassis.clock import Clock
from chassis.db import Tx
from chassis.lists import Paging
from chassis.resources import changed_paths, check_etag
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction import store
from services.interaction.domain import alerts as rules
from services.interaction.domain.activities import Reason
from services.interaction.domain.alerts import Alert, AlertSettings
from services.interaction.domain.errors import AlertsNotYoursError, bad_argument
from services.interaction.gateways import check_url
from services.interaction.rpc import messages
from services.interaction.rpc.history import Histories
from services.interaction.usecases import get_alert_settings

SUFFIX = "/alertSettings"
FIELDS = frozenset({"is_mailed", "is_digested", "digest_hour", "time_zone", "webhook_url", "reasons"})
NEWEST = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1), UUID(int=2**128 - 1))
Reasons = pb.ContactActivity.Reason


class AlertDesk:
    """Answers what is asked about alerts; each colleague asks about their own, administrators about anybody's."""

    def __init__(self, histories: Histories, clock: Clock, *, allows_http: bool = False) -> None:
        self._histories, self._clock, self._allows_http = histories, clock, allows_http

    async def get(self, tx: Tx, name: str) -> pb.AlertSettings:
        """How a colleague is told."""
        return await self._message(tx, await get_alert_settings(tx, _user(name, "name", SUFFIX)))

    async def update(self, tx: Tx, request: pb.UpdateAlertSettingsRequest) -> pb.AlertSettings:
        """Change how a colleague is told; the secret of a new webhook is in this answer and in no other."""
        given = request.alert_settings
        user = _user(given.name, "alert_settings.name", SUFFIX)
        kept = await store.find_settings(tx, user, lock=True) or AlertSettings(user)
        check_etag(str(kept.revision), given.etag)
        is_all = list(request.update_mask.paths) == ["*"]
        paths = set(FIELDS if is_all else changed_paths(given, request.update_mask)) - {"name", "etag"}
        if not paths <= FIELDS:
            raise bad_argument("update_mask", f"names fields among {', '.join(sorted(FIELDS))}")
        changed = self._changed(kept, given, paths)
        now = self._clock.now()
        is_begun = (changed.is_mailed, changed.webhook_url) != (kept.is_mailed, kept.webhook_url)
        await store.save_settings(tx, changed)
        if is_begun:  # what was there before is no news
            await store.mark_told(tx, user, now)
        message = await self._message(tx, changed)
        if changed.webhook_secret != kept.webhook_secret:
            message.webhook_secret = changed.webhook_secret
        return message

    def _changed(self, kept: AlertSettings, given: pb.AlertSettings, paths: set[str]) -> AlertSettings:
        values = {path: getattr(given, path) for path in paths - {"reasons"}}
        if "reasons" in paths:
            values["reasons"] = tuple(sorted(set(given.reasons)))
            if any(not Reason.ASKED <= reason <= Reason.OTHER for reason in values["reasons"]):
                raise bad_argument("alert_settings.reasons", "are reasons of ContactActivity")
        changed = replace(kept, **values, revision=kept.revision + 1)
        zone = rules.zone_of(changed.time_zone or "UTC")
        if not 0 <= changed.digest_hour <= 23:
            raise bad_argument("alert_settings.digest_hour", "is an hour of the day, 0 to 23")
        if caller().subject == kept.user:
            changed = replace(changed, address=caller().email)
        if (changed.is_mailed or changed.is_digested) and not changed.address:
            raise bad_argument("alert_settings.is_mailed", "needs an e-mail address, and your login has none")
        if changed.webhook_url != kept.webhook_url:
            if changed.webhook_url:
                check_url(changed.webhook_url, allow_http=self._allows_http)
            secret = secrets.token_urlsafe(32) if changed.webhook_url else ""
            changed = replace(changed, webhook_secret=secret, webhook_trouble="")
        due = rules.next_digest(self._clock.now(), changed.digest_hour, zone) if changed.is_digested else None
        return replace(changed, time_zone=zone.key, next_digest_time=due)

    async def list(self, tx: Tx, request: pb.ListAlertsRequest) -> pb.ListAlertsResponse:
        """A page of a colleague's alerts."""
        user = _user(request.parent, "parent")
        paging = Paging.of(request, "alerts", user, str(request.only_unseen))
        after = (paging.after[0], paging.after[1], paging.after[2]) if paging.after else NEWEST
        rows = await store.list_alerts(tx, user, after, paging.size + 1, only_unseen=request.only_unseen)
        shown, token = paging.cut(rows, lambda row: (row[0].create_time, row[0].subject, row[0].touch))
        keys = [(alert.subject, alert.touch) for alert, _ in shown]
        touches = {one.name: one for one in await self._histories.show(tx, await store.list_touches(tx, keys))}
        looked = await store.list_contacts(tx, {alert.contact for alert, _ in shown})
        response = pb.ListAlertsResponse(next_page_token=token)
        for alert, seen in shown:
            name = identity.touch_name(alert.subject.bytes, alert.touch.bytes)
            if name in touches:
                known = looked.get(alert.contact)
                response.alerts.append(_alert(alert, touches[name], known.display_name if known else "", seen))
        response.unseen_count = await store.count_unseen(tx, user)
        return response

    async def mark_seen(self, tx: Tx, request: pb.MarkAlertsSeenRequest) -> pb.AlertSettings:
        """A colleague has seen what there was up to a moment."""
        user = _user(request.parent, "parent")
        until = messages.moment_of(request.until_time, "until_time")
        await store.mark_seen(tx, user, until, self._clock.now())
        return await self._message(tx, await get_alert_settings(tx, user))

    async def _message(self, tx: Tx, settings: AlertSettings) -> pb.AlertSettings:
        message = pb.AlertSettings(
            name=f"{settings.user}{SUFFIX}",
            address=settings.address or (caller().email if caller().subject == settings.user else ""),
            is_mailed=settings.is_mailed,
            is_digested=settings.is_digested,
            digest_hour=settings.digest_hour,
            time_zone=settings.time_zone,
            webhook_url=settings.webhook_url,
            webhook_trouble=settings.webhook_trouble,
            reasons=sorted(settings.wanted),
            unseen_count=await store.count_unseen(tx, settings.user),
            etag=str(settings.revision),
        )
        if settings.next_digest_time is not None:
            message.next_digest_time.CopyFrom(messages.stamp(settings.next_digest_time))
        return message


def _user(name: str, field: str, suffix: str = "") -> str:
    """Whose alerts they are; refuses those of somebody else."""
    user = name.removesuffix(suffix) if suffix else name
    if not user.startswith("users/") or (suffix and not name.endswith(suffix)) or len(user) > 200:
        raise bad_argument(field, f"is a name of the form users/{{user}}{suffix}")
    if user != caller().subject and "admin" not in caller().roles:
        raise AlertsNotYoursError(user=user)
    return user


def _alert(alert: Alert, touch: pb.Touch, name: str, seen: datetime | None) -> pb.Alert:
    message = pb.Alert(
        contact=f"contacts/{alert.contact}",
        display_name=name,
        reason=alert.reason,  # type: ignore[arg-type]
        touch=touch,
    )
    message.create_time.CopyFrom(messages.stamp(alert.create_time))
    if seen is not None:
        message.seen_time.CopyFrom(messages.stamp(seen))
    return message
