"""Methods about one person's mails: what is to come, and what was handed over."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.masking import mask
from touchline.campaign.v1 import campaign_pb2 as pb

from services.campaign.domain.packing import Kept
from services.campaign.domain.sends import Send
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
            sent = await usecases.read_sent(tx, UUID(request.message))
            await self.check_send_known(tx, sent.send)
        reader = sent.draft.reader
        if not sees(reader.owner, reader.team):
            return self._masked(sent)
        if kept := sent.as_it_went_out():
            return sent_message(sent.send, kept, pb.SentMail.RENDERING_AS_SENT)
        again = usecases.write_again(sent.draft, self.outside.settings)
        return sent_message(sent.send, again, pb.SentMail.RENDERING_AGAIN)

    def _masked(self, sent: usecases.Sent) -> pb.SentMail:
        """Written again without what the caller may not see: nothing can be hidden in what went out."""
        address = sent.draft.reader.email
        draft = replace(sent.draft, shown_as=masked_address(address))
        again = usecases.write_again(draft, self.outside.settings)
        message = sent_message(sent.send, again, pb.SentMail.RENDERING_MASKED)
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


def sent_message(send: Send, mail: Kept, rendering: pb.SentMail.Rendering.ValueType) -> pb.SentMail:
    suffix = f".{send.occurrence}" if send.occurrence > 1 else ""
    return pb.SentMail(
        send=SEND.format(send.campaign, send.activity, f"{send.contact}{suffix}"),
        message=str(send.message),
        activity_version=send.version,
        subject=mail.rendered.subject,
        html=mail.rendered.html,
        text=mail.rendered.text,
        links=[pb.SentMail.Link(number=number, url=url) for number, url in enumerate(mail.links, 1)],
        rendering=rendering,
    )
