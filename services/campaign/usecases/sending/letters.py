"""One person's mail: her variables, her links, the bytes."""

from dataclasses import dataclass
from typing import NamedTuple

from tracking import Keyring, Urls, freeze_url

from services.campaign.domain.errors import RenderFailedError
from services.campaign.domain.mailings import with_pixel
from services.campaign.domain.packing import Kept, uncounted
from services.campaign.domain.people import Reader
from services.campaign.domain.sends import Claimed, Reason, SendState, Settled, settled
from services.campaign.gateways.mail import Address, Mail, MailRefusedError, compose
from services.campaign.usecases.sending.prepared import Prepared


class Letter(NamedTuple):
    """A mail ready to leave, and as it is kept."""

    send: Claimed
    reader: Reader
    subject_line: str
    data: bytes
    kept: bytes


@dataclass(frozen=True)
class Scribe:
    """Writes letters; `keyring` signs their links, `urls` says where the edge answers."""

    keyring: Keyring
    urls: Urls

    def write(
        self, prepared: Prepared, send: Claimed, reader: Reader, *, is_tracked: bool, eight_bit: bool
    ) -> Letter | Settled:
        """The mail for one person, or why there is none for her: the others' are not touched by that."""
        try:
            return self._write(prepared, send, reader, is_tracked, eight_bit)
        except RenderFailedError as error:
            told = error.metadata
            place = f"{told.get('field')}, line {told.get('line')}, column {told.get('column')}: {told.get('problem')}"
            return settled(send, SendState.FAILED, Reason.RENDER_FAILED, reply_text=place, version=prepared.version)
        except MailRefusedError as error:
            return settled(send, SendState.FAILED, Reason.MAIL_REFUSED, reply_text=str(error), version=prepared.version)

    def _write(self, prepared: Prepared, send: Claimed, reader: Reader, is_tracked: bool, eight_bit: bool) -> Letter:
        marks = self.keyring.of_message(
            send.message,
            reader.subject,
            contact=str(reader.direct_id),
            **prepared.ids,
        )
        leave = marks.unsubscribe(prepared.topic, "marketing")
        variables = {
            **prepared.variables,
            **reader.variables(),
            "unsubscribe_url": self.urls.unsubscribe(leave),
            "preferences_url": self.urls.preferences(leave),
        }
        pages = links = prepared.mailing.urls(variables)
        if is_tracked:
            links = [self.urls.click(marks.click(number, freeze_url(page))) for number, page in enumerate(pages, 1)]
        rendered = prepared.mailing.render(variables, links)
        kept = Kept(uncounted(rendered, links if is_tracked else (), pages if is_tracked else (), leave), tuple(pages))
        mail = Mail(
            message=send.message,
            from_=prepared.from_,
            to=Address(send.address, reader.display_name),
            subject=rendered.subject,
            html=with_pixel(rendered.html, self.urls.open(marks.open()) if is_tracked else ""),
            text=rendered.text,
            reply_to=prepared.reply_to,
            list_unsubscribe_url=variables["unsubscribe_url"],
        )
        data = compose(mail, signers=prepared.signers, eight_bit=eight_bit)
        return Letter(send, reader, rendered.subject, data, prepared.press.pack(kept))
