"""One person's mail, looked at or sent as a test: it leaves no send and no touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import tracking
from chassis.config import Settings
from chassis.db import Tx
from chassis.ids import uuid7
from tracking import Keyring, Kind, Token, Urls, freeze_url

from services.campaign.domain import senders as sender_rules
from services.campaign.domain.errors import RenderFailedError, SenderNotVerifiedError
from services.campaign.domain.mailings import Mailing, Rendered, Source, compile_mailing
from services.campaign.domain.people import Reader
from services.campaign.domain.senders import SenderState
from services.campaign.gateways.letters import Letters
from services.campaign.gateways.mail import Address, Mail, MailRefusedError, compose
from services.campaign.models import Activity, Campaign, Sender
from services.campaign.store import activities as store
from services.campaign.store import campaigns as campaign_store
from services.campaign.store import people as people_store
from services.campaign.store import senders as sender_store

PREFIX = "[Test] "
NO_SUBJECT = bytes(16)


@dataclass(frozen=True)
class Draft:
    """What a mail is made of: the activity, its campaign, its sender if it has one, and whoever reads it.

    `shown_as` is her address as the caller may see it; where it is set, the templates read nothing else that is hidden.
    """

    activity: Activity
    campaign: Campaign
    sender: Sender | None
    reader: Reader
    shown_as: str = ""

    def mailing(self) -> Mailing:
        """The compiled mail; RenderFailedError where there is nothing to send yet."""
        activity = self.activity
        if not activity.subject_template:
            raise RenderFailedError(field="subject_template", line=1, column=1, problem="EMPTY_SUBJECT")
        return compile_mailing(Source(activity.subject_template, activity.html_template, activity.text_template))

    def variables(self, view: str, unsubscribe: str, preferences: str) -> dict[str, object]:
        """What the templates read."""
        sender = self.sender
        reader = self.reader.hidden(self.shown_as) if self.shown_as else self.reader
        return {
            **reader.variables(),
            "sender": {
                "display_name": sender.display_name if sender else "",
                "address": sender.address if sender else "",
            },
            "campaign": {"display_name": self.campaign.display_name},
            "view": view,
            "unsubscribe_url": unsubscribe,
            "preferences_url": preferences,
        }

    def mail(self, message: UUID, to: Address, rendered: Rendered, unsubscribe: str, prefix: str = "") -> Mail:
        """The mail as it would be sent."""
        sender = self.sender
        return Mail(
            message=message,
            from_=Address(sender.address, sender.display_name) if sender else Address("nobody@example.invalid"),
            to=to,
            subject=prefix + rendered.subject,
            html=rendered.html,
            text=rendered.text,
            reply_to=Address(sender.reply_to_address) if sender and sender.reply_to_address else None,
            list_unsubscribe_url=unsubscribe,
        )


async def read_draft(tx: Tx, campaign_id: UUID, activity_id: UUID, contact: UUID) -> Draft:
    """Everything that one person's mail is made of."""
    activity = await store.get_activity(tx, activity_id, campaign=campaign_id)
    campaign = await campaign_store.get_campaign(tx, campaign_id)
    sender = await sender_store.get_sender(tx, activity.sender_id) if activity.sender_id else None
    return Draft(activity, campaign, sender, await people_store.reader(tx, contact))


def preview(draft: Draft, settings: Settings, *, now: datetime) -> tuple[Rendered, list[tuple[str, str]]]:
    """The mail as this person would get it, and its headers; links lead to the pages themselves."""
    urls = tracking.urls(settings.edge_url)
    leave, choose = urls.unsubscribe("preview"), urls.preferences("preview")
    mailing, variables = draft.mailing(), draft.variables("preview", leave, choose)
    rendered = mailing.render(variables, mailing.urls(variables))
    to = Address(draft.reader.email or "nobody@example.invalid", draft.reader.display_name)
    try:
        data = compose(draft.mail(uuid7(now), to, rendered, leave), at=now.timestamp())
    except MailRefusedError as error:
        raise RenderFailedError(field=error.field, line=0, column=0, problem="MAIL_REFUSED") from None
    return rendered, headers_of(data)


def headers_of(data: bytes) -> list[tuple[str, str]]:
    """The headers of a mail in their order, unfolded."""
    head = data.partition(b"\r\n\r\n")[0].decode(errors="replace").replace("\r\n ", " ").replace("\r\n\t", " ")
    return [(name, value.strip()) for name, _, value in (line.partition(":") for line in head.split("\r\n"))]


async def send_tests(
    letters: Letters, settings: Settings, draft: Draft, addresses: Sequence[str], *, now: datetime
) -> list[str]:
    """Mail it to each address; "" where it was taken, else why not."""
    for place, address in enumerate(addresses):
        sender_rules.check_address(f"addresses[{place}]", address)
    if draft.sender is None:
        raise RenderFailedError(field="sender", line=0, column=0, problem="NO_SENDER")
    if draft.sender.state != SenderState.VERIFIED:
        raise SenderNotVerifiedError(sender=draft.sender.name)
    keyring = Keyring.load(settings.tracking_key_file)
    return [
        await letters.hand_over(
            _test_mail(draft, keyring, tracking.urls(settings.edge_url), address, now),
            dkim_domain=draft.sender.dkim_domain,
            dkim_selector=draft.sender.dkim_selector,
        )
        for address in addresses
    ]


def _test_mail(draft: Draft, keyring: Keyring, urls: Urls, address: str, now: datetime) -> Mail:
    """A mail whose links and pixel are marked as a test: the edge answers them and writes nothing."""
    message, reader, activity = uuid7(now), draft.reader, draft.activity

    def sign(kind: Kind, **told: object) -> str:
        common = {"message": message, "subject": reader.subject or NO_SUBJECT, "contact": str(reader.direct_id)}
        named = {"campaign": str(activity.campaign_id), "activity": str(activity.id), "is_test": True}
        return keyring.sign(Token(kind=kind, **common, **named, **told))  # type: ignore[arg-type]

    leave = sign(Kind.UNSUBSCRIBE, topic=activity.subscription_topic, purpose="marketing")
    mailing = draft.mailing()
    variables = draft.variables("test", urls.unsubscribe(leave), urls.preferences(leave))
    links, pixel = mailing.urls(variables), ""
    if not activity.untracked:
        links = [
            urls.click(sign(Kind.CLICK, link=number, url=freeze_url(link))) for number, link in enumerate(links, 1)
        ]
        pixel = urls.open(sign(Kind.OPEN))
    rendered = mailing.render(variables, links, pixel)
    return draft.mail(message, Address(address), rendered, urls.unsubscribe(leave), PREFIX)
