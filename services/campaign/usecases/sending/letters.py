"""One person's mail: her variables, her links, the bytes."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chassis import telemetry
from tracking import Keyring, Urls, freeze_url

from services.campaign.domain.errors import RenderFailedError
from services.campaign.domain.mailings import with_pixel
from services.campaign.domain.packing import Kept, uncounted
from services.campaign.domain.sends import Reason, SendState, Settled, settled
from services.campaign.gateways.mail import Address, Mail, MailRefusedError, compose
from services.campaign.usecases.sending.judging import Admitted
from services.campaign.usecases.sending.prepared import Prepared

LOG = telemetry.logger(__name__)


class Letter(NamedTuple):
    """A mail ready to leave, and as it is kept."""

    subject_line: str
    data: bytes
    kept: bytes


@dataclass(frozen=True)
class Scribe:
    """Writes letters; `keyring` signs their links, `urls` says where the edge answers."""

    keyring: Keyring
    urls: Urls

    def write(self, prepared: Prepared, admitted: Admitted, *, eight_bit: bool, now: datetime) -> Letter | Settled:
        """The mail for one person, or why there is none for her: the others' are not touched by that.

        `now` is when it is written; its links say how long after the message's making that was.
        """
        send = admitted.send
        try:
            return self._write(prepared, admitted, eight_bit, now)
        except RenderFailedError as error:
            told = error.metadata
            place = f"{told.get('field')}, line {told.get('line')}, column {told.get('column')}: {told.get('problem')}"
            return settled(send, SendState.FAILED, Reason.RENDER_FAILED, reply_text=place, version=prepared.version)
        except MailRefusedError as error:
            return settled(send, SendState.FAILED, Reason.MAIL_REFUSED, reply_text=str(error), version=prepared.version)
        except Exception as error:  # a bug: mails of this batch have left, and their ends are to be written
            LOG.exception("mail_not_written")
            place = type(error).__name__
            return settled(send, SendState.FAILED, Reason.RENDER_FAILED, reply_text=place, version=prepared.version)

    def _write(self, prepared: Prepared, admitted: Admitted, eight_bit: bool, now: datetime) -> Letter:
        send, reader, is_tracked = admitted.send, admitted.reader, admitted.is_tracked
        marks = self.keyring.of_message(
            send.message,
            reader.subject,
            contact=str(reader.direct_id),
            waited_ms=int(now.timestamp() * 1000) - (send.message.int >> 80),
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
        return Letter(rendered.subject, data, prepared.press.pack(kept))
