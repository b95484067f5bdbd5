"""Every address of the console, and what stands around all of them."""

from dataclasses import dataclass, field
from typing import Any

from chassis.errors import DomainError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from services.console.gateways import Gateways, Sandbox, Traces
from services.console.gateways.provider import Provider, ProviderAwayError
from services.console.http import (
    accounts,
    addresses,
    alerts,
    attributes,
    audit,
    audits,
    bars,
    brakes,
    consents,
    contact,
    duplicates,
    edits,
    erasures,
    errors,
    export,
    exports,
    imports,
    inbox,
    lists,
    live,
    log,
    login,
    merging,
    oidc,
    panel,
    pins,
    records,
    saved,
    senders,
    sidepanel,
    summary,
    tasks,
    timeline,
    today,
    traces,
    unseen,
    wrong,
)
from services.console.http.campaigns import activities, launching, plans, previews, progress, sends
from services.console.http.guard import Guard, get, post
from services.console.http.language import LANGUAGES
from services.console.http.launch import LaunchKeys
from services.console.http.logins import ByProvider, OneClick
from services.console.http.render import STATIC, environment
from services.console.http.segments import builder
from services.console.http.segments import pages as segments
from services.console.http.session import Sessions
from services.console.http.streams import Streams
from services.console.http.users import Users

WRITE_SEGMENTS, WRITE_MEMBERS = "segmentation.segments.write", "segmentation.members.write"
WRITE_CAMPAIGNS, WRITE_ACTIVITIES = "campaign.campaigns.write", "campaign.activities.write"
WRITE_SENDERS, LAUNCH = "campaign.senders.write", "campaign.campaigns.launch"
WRITE_CONTACTS, MERGE = "contact.contacts.write", "contact.contacts.merge"
WRITE_ATTRIBUTES = "contact.attributes.write"
WRITE_CONSENT, AUDIT_CONSENT = "contact.consent.write", "contact.consent.audit"
RESTRICT, HOLD = "contact.restrictions.write", "contact.holds.lay"
ERASE, AUDIT, TAKEOUT = "contact.erasures.request", "contact.audit.inspect", "contact.contacts.takeout"
PREVIEW, BRAKE = "campaign.activities.preview", "campaign.brakes.write"
PIN, SAVE_FILTERS = "interaction.pins.write", "interaction.saved_filters.write"
IDENTIFY, ALERTS = "contact.identifiers.write", "interaction.alerts.write"
MOST_RULE_FIELDS = 2_000

ONE_CLICK: list[BaseRoute] = [
    get("/login", login.show_login, public=True),
    post("/login", login.log_in, public=True),
    post("/logout", login.log_out),
]
BY_PROVIDER: list[BaseRoute] = [
    get("/login", oidc.show, public=True),
    get("/login/go", oidc.begin, public=True),
    get("/login/callback", oidc.finish, public=True),
    post("/logout", oidc.log_out),
    get("/logout/provider", oidc.leave, public=True),
    get("/logout/done", oidc.show_done, public=True),
]

ROUTES: list[BaseRoute] = [
    get("/", login.show_start),
    post("/language", login.choose_language, public=True),
    get("/today", today.show_today),
    get("/alerts", alerts.show_alerts),
    get("/alerts/events", unseen.events),
    post("/alerts/settings", alerts.save, needs=ALERTS),
    post("/alerts/seen", alerts.see, needs=ALERTS),
    get("/contacts", contact.list_contacts),
    get("/contacts/{contact}", contact.show_contact),
    post("/contacts/{contact}/reveal", contact.reveal),
    get("/contacts/{contact}/events", live.events),
    get("/contacts/{contact}/threads/{thread}", timeline.show_thread),
    get("/mails/{message}/{part}", sidepanel.show_mail),
    get("/contacts/{contact}/log/{kind}", log.draw),
    post("/contacts/{contact}/log/{kind}", log.save),
    get("/contacts/{contact}/tasks", tasks.draw),
    post("/contacts/{contact}/tasks", tasks.create),
    post("/contacts/{contact}/tasks/{task}/end", tasks.end),
    get("/contacts/{contact}/wrong", wrong.draw, needs=IDENTIFY),
    post("/contacts/{contact}/wrong", wrong.save, needs=IDENTIFY),
    post("/contacts/{contact}/wrong/undo", wrong.undo, needs=IDENTIFY),
    post("/contacts/{contact}/pins", pins.save, needs=PIN),
    get("/filters", saved.draw, needs=SAVE_FILTERS),
    post("/filters", saved.save, needs=SAVE_FILTERS),
    post("/filters/{saved}", saved.rename, needs=SAVE_FILTERS),
    post("/filters/{saved}/delete", saved.delete, needs=SAVE_FILTERS),
    get("/contacts/{contact}/summary", summary.show_summary),
    get("/contacts/{contact}/timeline.csv", export.download),
    get("/accounts", accounts.list_accounts),
    get("/accounts/{account}", accounts.show_account),
    get("/deals/{deal}", accounts.show_deal),
    get("/unlinked", lists.list_unlinked),
    get("/conflicts", lists.list_conflicts),
]

RECORD = "/contacts/{contact}/record"
RECORDS: list[BaseRoute] = [
    get(RECORD, records.show),
    get(RECORD + "/consent", consents.show),
    get(RECORD + "/consent/proof", consents.proof),
    post(RECORD + "/consent/ask", consents.ask, needs=WRITE_CONSENT),
    get("/imports/{import}", imports.show),
    get("/consents/audit", audits.show, needs=AUDIT_CONSENT),
    get("/consents/audit.csv", audits.download, needs=AUDIT_CONSENT),
    get(RECORD + "/edit", edits.draw, needs=WRITE_CONTACTS),
    post(RECORD + "/edit", edits.save, needs=WRITE_CONTACTS, most_fields=MOST_RULE_FIELDS),
    post(RECORD + "/verify", addresses.verify, needs=IDENTIFY),
    post(RECORD + "/{change}/place", records.place, needs=MERGE),
    get("/contacts/{contact}/merge", merging.draw, needs=MERGE),
    post("/contacts/{contact}/merge", merging.merge, needs=MERGE, most_fields=250),
    post("/contacts/{contact}/unmerge", merging.unmerge, needs=MERGE),
    get("/attributes", attributes.show_list),
    get("/attributes/new", attributes.draw_new, needs=WRITE_ATTRIBUTES),
    post("/attributes/new", attributes.create, needs=WRITE_ATTRIBUTES),
    get("/attributes/{attribute}/edit", attributes.draw_edit, needs=WRITE_ATTRIBUTES),
    post("/attributes/{attribute}/edit", attributes.save, needs=WRITE_ATTRIBUTES),
    get("/duplicates", duplicates.list_candidates, needs=MERGE),
    post("/duplicates/{candidate}/dismiss", duplicates.dismiss, needs=MERGE),
    get("/contacts/{contact}/erase", erasures.draw, needs=ERASE),
    post("/contacts/{contact}/erase", erasures.erase, needs=ERASE),
    get("/contacts/{contact}/restriction", bars.draw, needs=RESTRICT),
    post("/contacts/{contact}/restriction", bars.save, needs=RESTRICT),
    get("/contacts/{contact}/hold", bars.draw, needs=HOLD),
    post("/contacts/{contact}/hold", bars.save, needs=HOLD),
    get("/contacts/{contact}/export", exports.draw, needs=TAKEOUT),
    post("/contacts/{contact}/export", exports.download, needs=TAKEOUT),
    get("/audit", audit.list_entries, needs=AUDIT),
    get("/erasures", erasures.list_all),
    get("/erasures/{erasure}", erasures.show),
    get("/erasures/{erasure}/receipt", erasures.download_receipt),
]

SEGMENTS: list[BaseRoute] = [
    get("/segments", segments.list_segments),
    get("/segments/new", builder.draw_new, needs=WRITE_SEGMENTS),
    post("/segments/new", builder.create, needs=WRITE_SEGMENTS, most_fields=MOST_RULE_FIELDS),
    post("/segments/preview", builder.preview, needs=WRITE_SEGMENTS, most_fields=MOST_RULE_FIELDS),
    get("/segments/{segment}", segments.show_segment),
    get("/segments/{segment}/why", segments.explain),
    get("/segments/{segment}/edit", builder.draw_edit, needs=WRITE_SEGMENTS),
    post("/segments/{segment}/edit", builder.save, needs=WRITE_SEGMENTS, most_fields=MOST_RULE_FIELDS),
    post("/segments/{segment}/add", segments.add_member, needs=WRITE_MEMBERS),
    post("/segments/{segment}/remove", segments.remove_member, needs=WRITE_MEMBERS),
    get("/segments/{segment}/delete", segments.draw_delete, needs=WRITE_SEGMENTS),
    post("/segments/{segment}/delete", segments.delete, needs=WRITE_SEGMENTS),
]

ACTIVITY = "/campaigns/{campaign}/activities/{activity}"
CAMPAIGNS: list[BaseRoute] = [
    get("/campaigns", plans.list_campaigns),
    get("/campaigns/new", plans.draw_new, needs=WRITE_CAMPAIGNS),
    post("/campaigns/new", plans.create, needs=WRITE_CAMPAIGNS),
    get("/campaigns/{campaign}", plans.show_campaign),
    get("/campaigns/{campaign}/events", progress.events),
    get("/campaigns/{campaign}/edit", plans.draw_edit, needs=WRITE_CAMPAIGNS),
    post("/campaigns/{campaign}/edit", plans.save, needs=WRITE_CAMPAIGNS),
    get("/campaigns/{campaign}/delete", plans.draw_delete, needs=WRITE_CAMPAIGNS),
    post("/campaigns/{campaign}/delete", plans.delete, needs=WRITE_CAMPAIGNS),
    get("/campaigns/{campaign}/check", launching.show_dry_run, needs=LAUNCH),
    get("/campaigns/{campaign}/launch", launching.draw_launch, needs=LAUNCH),
    post("/campaigns/{campaign}/launch", launching.launch, needs=LAUNCH),
    post("/campaigns/{campaign}/pause", launching.pause, needs=LAUNCH),
    post("/campaigns/{campaign}/resume", launching.resume, needs=LAUNCH),
    get("/campaigns/{campaign}/cancel", launching.draw_cancel, needs=LAUNCH),
    post("/campaigns/{campaign}/cancel", launching.cancel, needs=LAUNCH),
    get("/campaigns/{campaign}/sends", sends.list_sends),
    get("/campaigns/{campaign}/why", sends.explain),
    get("/campaigns/{campaign}/activities/new", activities.draw_new, needs=WRITE_ACTIVITIES),
    post("/campaigns/{campaign}/activities/new", activities.create, needs=WRITE_ACTIVITIES, most_fields=250),
    get(ACTIVITY, previews.show_activity, needs=PREVIEW),
    get(ACTIVITY + "/mail/{part}", previews.show_part, needs=PREVIEW),
    get(ACTIVITY + "/edit", activities.draw_edit, needs=WRITE_ACTIVITIES),
    post(ACTIVITY + "/edit", activities.save, needs=WRITE_ACTIVITIES, most_fields=250),
    post(ACTIVITY + "/delete", activities.delete, needs=WRITE_ACTIVITIES),
    post(ACTIVITY + "/test", previews.test, needs=WRITE_ACTIVITIES),
    get("/senders", senders.list_senders),
    get("/senders/new", senders.draw_new, needs=WRITE_SENDERS),
    post("/senders/new", senders.create, needs=WRITE_SENDERS),
    get("/senders/{sender}", senders.show),
    post("/senders/{sender}/verify", senders.verify, needs=WRITE_SENDERS),
    post("/senders/{sender}/resend", senders.resend, needs=WRITE_SENDERS),
    post("/senders/{sender}/delete", senders.delete, needs=WRITE_SENDERS),
    get("/contacts/{contact}/mails", sends.list_mails),
    get("/contacts/{contact}/mails/why", sends.ask),
    get("/contacts/{contact}/brake", brakes.draw, needs=BRAKE),
    post("/contacts/{contact}/brake", brakes.save, needs=BRAKE),
    post("/contacts/{contact}/brakes/{brake}/release", brakes.release, needs=BRAKE),
]

INBOX: list[BaseRoute] = [
    get("/inbox", inbox.list_mails),
    get("/inbox/{mail}", inbox.show_mail),
    get("/inbox/{mail}/{part}", inbox.show_part),
]
TRACES: list[BaseRoute] = [
    get("/traces", traces.list_traces),
    get("/traces/{trace}", traces.show_trace),
]


PANEL: list[BaseRoute] = [
    get("/go/{system}/{external}", panel.go),
    get("/embed/{system}/{external}", panel.launch, public=True),
    get("/panel/{token}", panel.show, public=True),
    get("/panel/{token}/events", panel.events, public=True),
]


@dataclass(frozen=True)
class Embedding:
    """Which systems may launch the panel, and which origins may frame it."""

    keys: LaunchKeys = field(default_factory=lambda: LaunchKeys({}))
    ancestors: str = ""


class Assets(StaticFiles):
    """Static files; their addresses change with their content, so a browser may keep them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        found = super().file_response(*args, **kwargs)
        found.headers["cache-control"] = "public, max-age=31536000, immutable"
        return found


async def alive(request: Request) -> Response:
    return PlainTextResponse("ok")


def build_app(
    *,
    gateways: Gateways,
    sessions: Sessions,
    users: Users,
    sandbox: Sandbox | None = None,
    kept: Traces | None = None,
    embedding: Embedding | None = None,
    provider: Provider | None = None,
) -> Guard:
    """The whole console. `sandbox` is the development installation's inbox, `kept` the spans that it keeps; where
    there is none there is no such page. With a `provider` people log in there, and sessions are sealed ones.
    """
    embedding = embedding or Embedding()
    ways_in = BY_PROVIDER if provider else ONE_CLICK
    local = [*(INBOX if sandbox else ()), *(TRACES if kept else ())]
    pages = [*ways_in, *ROUTES, *RECORDS, *SEGMENTS, *CAMPAIGNS, *PANEL, *local]
    app = Starlette(
        routes=[*pages, Route("/alive", alive), Mount("/static", Assets(directory=STATIC))],
        exception_handlers={
            HTTPException: errors.on_http,
            ProviderAwayError: oidc.on_away,
            DomainError: errors.on_domain,
            ClientDisconnect: errors.on_gone,
            Exception: errors.on_anything,
        },
    )
    app.state.gateways, app.state.sessions, app.state.users = gateways, sessions, users
    app.state.templates = {language: environment(language) for language in LANGUAGES}
    app.state.streams, app.state.sandbox, app.state.traces = Streams(), sandbox, kept
    app.state.launch_keys, app.state.provider = embedding.keys, provider
    logins = ByProvider(provider, embedding.keys) if provider else OneClick(users)
    app.state.logins = logins
    return Guard(app, sessions, logins, embedding.ancestors, is_https=provider is not None and provider.is_https)
