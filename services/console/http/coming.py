"""What marketing is going to do with a person: mails that wait in the ledger or in a scheduled campaign."""

from dataclasses import dataclass
from datetime import datetime

from chassis.errors import DomainError
from grpc.aio import AioRpcError
from starlette.requests import Request
from touchline.campaign.v1 import campaign_pb2 as pb

from services.console.http.campaigns import wording
from services.console.http.chips import Chip
from services.console.http.language import _, sayings
from services.console.http.times import Reader

STAGES = sayings(
    {
        pb.ComingMail.STAGE_SCHEDULED: "scheduled: this person is in its segments now",
        pb.ComingMail.STAGE_PLANNED: "planned: it waits for its turn",
        pb.ComingMail.STAGE_HELD: "held",
    }
)


@dataclass(frozen=True)
class Coming:
    """One mail that is to reach her."""

    campaign: str
    title: str
    line: str
    due: datetime | None
    chips: tuple[Chip, ...]
    is_stopped: bool


async def read(request: Request, contact: str) -> pb.Outlook | None:
    """What is to come; None where campaign does not answer, or has not heard of her yet."""
    try:
        found: pb.Outlook = await request.app.state.gateways.campaign.GetOutlook(pb.GetOutlookRequest(contact=contact))
    except (DomainError, AioRpcError):  # the second: a campaign service of before this method, while both are upgraded
        return None
    return found


def rows(outlook: pb.Outlook | None, at: Reader) -> list[Coming]:
    return [row(mail, at) for mail in outlook.coming_mails] if outlook else []


def row(mail: pb.ComingMail, at: Reader) -> Coming:
    chips = [Chip(STAGES.get(mail.stage, _("to come")))]
    if mail.obstacle:
        chips.append(Chip(_("would not go out: {obstacle}", obstacle=wording.reason(mail.obstacle)), "warn"))
    return Coming(
        campaign=mail.activity.partition("/activities/")[0],
        title=mail.campaign_display_name,
        line=_("E-mail “{subject}”", subject=mail.subject) if mail.subject else mail.activity_display_name,
        due=at.local(mail.due_time),
        chips=tuple(chips),
        is_stopped=bool(mail.obstacle),
    )
