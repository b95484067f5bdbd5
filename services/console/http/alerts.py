"""What the reader was told of their people, and how they want to be told."""

import asyncio

from chassis.errors import Aborted, InvalidArgument
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import forms
from services.console.http.guard import gateways, user_of
from services.console.http.language import _
from services.console.http.lists import page_token
from services.console.http.render import page, reader_of
from services.console.http.today import REASONS

LINES = 50
FIELDS = ("is_mailed", "is_digested", "digest_hour", "webhook_url", "reasons")
CHOSEN = [reason for reason in REASONS if reason != pb.ContactActivity.REASON_REMINDED]
CHOICES = tuple(str(int(reason)) for reason in CHOSEN)


async def show_alerts(request: Request) -> Response:
    """The newest alerts, and the form that says how to be told."""
    return await alerts_page(request, None)


async def alerts_page(request: Request, form: forms.Form | None, *, secret: str = "") -> Response:
    user, at = f"users/{user_of(request).id}", reader_of(request)
    wish = pb.ListAlertsRequest(parent=user, page_size=LINES, page_token=page_token(request))
    listed, settings = await asyncio.gather(
        gateways(request).interaction.ListAlerts(wish),
        gateways(request).interaction.GetAlertSettings(pb.GetAlertSettingsRequest(name=f"{user}/alertSettings")),
    )
    form = form or drawn(settings)
    return page(
        request,
        "today/alerts.html",
        status=form.status,
        at=at,
        form=form,
        alerts=listed.alerts,
        unseen=listed.unseen_count,
        next_page=listed.next_page_token,
        settings=settings,
        secret=secret,
        reasons=REASONS,
        choices={str(int(reason)): REASONS[reason][0] for reason in CHOSEN},
    )


def drawn(settings: pb.AlertSettings) -> forms.Form:
    """The form as the settings are."""
    values = {
        "is_mailed": "1" if settings.is_mailed else "",
        "is_digested": "1" if settings.is_digested else "",
        "digest_hour": str(settings.digest_hour),
        "webhook_url": settings.webhook_url,
        "etag": settings.etag,
    }
    values |= {f"reason-{reason}": "1" for reason in settings.reasons}
    return forms.drawn(**values)


async def save(request: Request, form: FormData) -> Response:
    """Keeps how the reader wants to be told, in the reader's own time zone."""
    found = forms.read(form, longest=500)
    hour = found["digest_hour"]
    if not (hour.isdecimal() and hour.isascii() and int(hour) < 24):
        found.complain("digest_hour", _("An hour of the day, 0 to 23."))
    if found.wrong:
        return await alerts_page(request, found)
    settings = pb.AlertSettings(
        name=f"users/{user_of(request).id}/alertSettings",
        is_mailed=found["is_mailed"] == "1",
        is_digested=found["is_digested"] == "1",
        digest_hour=int(hour),
        time_zone=reader_of(request).zone.key,
        webhook_url=found["webhook_url"].strip(),
        reasons=[int(number) for number in CHOICES if found[f"reason-{number}"] == "1"],
        etag=found["etag"],
    )
    wish = pb.UpdateAlertSettingsRequest(alert_settings=settings, request_id=found["request"])
    wish.update_mask.paths.append("*")
    try:
        kept = await gateways(request).interaction.UpdateAlertSettings(wish)
    except Aborted:
        return await alerts_page(request, forms.changed_meanwhile(found, ""))
    except InvalidArgument as error:
        return await alerts_page(request, forms.refuse(found, error, FIELDS))
    if kept.webhook_secret:
        return await alerts_page(request, None, secret=kept.webhook_secret)
    return RedirectResponse("/alerts", status_code=303)


async def see(request: Request, form: FormData) -> Response:
    """The reader has seen what was there when the page was drawn."""
    request_id, until = str(form.get("request", "")), str(form.get("until", ""))
    wish = pb.MarkAlertsSeenRequest(parent=f"users/{user_of(request).id}", request_id=request_id)
    try:
        wish.until_time.FromJsonString(until)
    except ValueError:
        raise InvalidArgument(_(forms.OLD_FORM)) from None
    if not forms.is_id(request_id):
        raise InvalidArgument(_(forms.OLD_FORM))
    await gateways(request).interaction.MarkAlertsSeen(wish)
    return RedirectResponse("/today" if form.get("back") == "today" else "/alerts", status_code=303)
