"""Methods about one person's mails: what is to come, and what was handed over."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.masking import mask
from touchline.campaign.v1 import campaign_pb2 as pb

from services.campaign.models import CONTACT, SEND
from services.campaign.rpc.desk import Desk, masked_address, sees
from services.campaign.usecases import mails as usecases


class Mails(Desk):
    """Reads the mails of one person."""

    async def GetOutlook(self, request: pb.GetOutlookRequest, context: Any = None) -> pb.Outlook:
        contact = CONTACT.parse_uuid(request.contact, "contact")
        async with self.database.transaction() as tx:
            await self.check_known(tx, contact)
        found = await usecases.list_coming(
            self.database, self.outside.segments, self.outside.consents, contact, now=self.clock.now()
        )
        can_see = sees(found.reader.owner, found.reader.team)
        coming = [mask(coming_message(one), can_see=can_see) for one in found.mails]
        return pb.Outlook(coming_mails=coming, incomplete=found.is_incomplete)

    async def GetSentMail(self, request: pb.GetSentMailRequest, context: Any = None) -> pb.SentMail:
        async with self.database.transaction() as tx:
            send, draft = await usecases.read_sent(tx, UUID(request.message))
            await self.check_send_known(tx, send)
        address = draft.reader.email
        if not sees(draft.reader.owner, draft.reader.team):
            draft = replace(draft, shown_as=masked_address(address))
        sent = usecases.write_again(send, draft, self.outside.settings)
        message = sent_message(sent)
        if draft.shown_as and address:
            for field in ("subject", "html", "text"):
                setattr(message, field, getattr(message, field).replace(address, draft.shown_as))
        return message


def coming_message(coming: usecases.Coming) -> pb.ComingMail:
    return pb.ComingMail(
        activity=coming.activity.name,
        campaign_display_name=coming.campaign.display_name,
        activity_display_name=coming.activity.display_name,
        subject=coming.subject,
        due_time=coming.due_time,
        stage=f"STAGE_{coming.stage}",
        obstacle=coming.obstacle,
    )


def sent_message(sent: usecases.Sent) -> pb.SentMail:
    send = sent.send
    suffix = f".{send.occurrence}" if send.occurrence > 1 else ""
    return pb.SentMail(
        send=SEND.format(send.campaign, send.activity, f"{send.contact}{suffix}"),
        message=str(send.message),
        activity_version=send.version,
        subject=sent.rendered.subject,
        html=sent.rendered.html,
        text=sent.rendered.text,
        links=[pb.SentMail.Link(number=number, url=url) for number, url in enumerate(sent.links, 1)],
    )
