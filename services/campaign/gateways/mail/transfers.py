"""One mail on its way through a connection, and the table of what each answer and each silence makes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum

from services.campaign.gateways.mail.outcomes import Kind, Outcome, Reason
from services.campaign.gateways.mail.replies import Offers, Reply

OnData = Callable[[], Awaitable[None] | None]

# Seconds until a mail is worth trying again.
CLOSING_SECONDS = 10.0  # the server ends this connection: 421
BROKEN_SECONDS = 30.0  # cut, silent or nonsense before the data
BUSY_SECONDS = 60.0  # 4xx to MAIL, to DATA or after the data
GREYLIST_SECONDS = 300.0  # 4xx to RCPT; what greylisting servers usually want
LOGIN_CODES = (530, 534, 535, 538)  # RFC 4954: nothing is wrong with this mail


class Step(Enum):
    """What a reply answers."""

    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    RESULT = "RESULT"  # of the data


REFUSED = {
    Step.MAIL: (Reason.SENDER_REFUSED, BUSY_SECONDS),
    Step.RCPT: (Reason.RECIPIENT_REFUSED, GREYLIST_SECONDS),
    Step.DATA: (Reason.CONTENT_REFUSED, BUSY_SECONDS),
    Step.RESULT: (Reason.CONTENT_REFUSED, BUSY_SECONDS),
}


def refusal(step: Step, reply: Reply) -> Outcome:
    """4xx is worth trying again, 5xx is not."""
    reason, after = REFUSED[step]
    if reply.code == 421:
        return Outcome(Kind.RETRY, Reason.CLOSING, reply.code, reply.text, CLOSING_SECONDS)
    if step is Step.MAIL and reply.code in LOGIN_CODES:
        return Outcome(Kind.RETRY, Reason.LOGIN_REFUSED, reply.code, reply.text, GREYLIST_SECONDS)
    if reply.code < 500:
        return Outcome(Kind.RETRY, reason, reply.code, reply.text, after)
    return Outcome(Kind.FAILED, reason, reply.code, reply.text)


class Transfer:
    """A mail with its envelope, where it stands, and the future of its outcome."""

    __slots__ = ("eight_bit", "future", "has_left", "moved", "on_data", "payload", "refused", "sender", "to", "utf8")

    def __init__(
        self, sender: str, to: str, data: bytes, on_data: OnData | None, future: "asyncio.Future[Outcome]"
    ) -> None:
        self.sender, self.to, self.on_data, self.future = sender, to, on_data, future
        self.eight_bit = not data.isascii()
        self.utf8 = not (sender.isascii() and to.isascii())
        if self.eight_bit and not self.utf8:
            self.utf8 = not data[: data.find(b"\r\n\r\n")].isascii()
        self.payload = dotted(data)
        self.has_left = False  # the last byte of the data may have reached the server
        self.moved = False  # to another connection, because the first had died in its sleep
        self.refused = False  # the server said no; whatever it still answers is of no account

    def settle(self, outcome: Outcome) -> None:
        if not self.future.done():
            self.future.set_result(outcome)

    def refuse(self, step: Step, reply: Reply) -> None:
        """Keep the first no: those after it only say that there was one."""
        if not self.refused:
            self.refused = True
            self.settle(refusal(step, reply))

    def broken(self, reason: Reason, code: int = 0, text: str = "") -> None:
        """The connection ended under it."""
        if self.has_left:
            self.settle(Outcome(Kind.UNKNOWN, reason, code, text))
        else:
            after = CLOSING_SECONDS if reason is Reason.CLOSING else BROKEN_SECONDS
            self.settle(Outcome(Kind.RETRY, reason, code, text, after))

    def impossible(self, offered: Offers) -> Outcome | None:
        """Why a server with these offers cannot take it."""
        if offered.size and len(self.payload) > offered.size:
            return Outcome(Kind.FAILED, Reason.TOO_LARGE)
        if self.utf8 and not offered.utf8:
            return Outcome(Kind.FAILED, Reason.UTF8_NOT_OFFERED)
        if self.eight_bit and not offered.eight_bit:
            return Outcome(Kind.RETRY, Reason.EIGHT_BIT_NOT_OFFERED)
        return None

    def mail_command(self, offered: Offers) -> bytes:
        """MAIL with the parameters that the server offers and this mail needs."""
        size = f" SIZE={len(self.payload)}" if offered.size else ""
        body = " BODY=8BITMIME" if self.eight_bit else ""
        utf8 = " SMTPUTF8" if self.utf8 else ""
        return f"MAIL FROM:<{self.sender}>{size}{body}{utf8}\r\n".encode()

    def rcpt_command(self) -> bytes:
        return f"RCPT TO:<{self.to}>\r\n".encode()


def dotted(data: bytes) -> bytes:
    """The data as DATA wants it: dots at the start of a line doubled, a lone dot at the end.

    ValueError for a CR or LF alone: servers disagree about what such a line end is, and one mail could become two.
    """
    ends = data.count(b"\r\n")
    if data.count(b"\n") != ends or data.count(b"\r") != ends:
        raise ValueError("a mail has a CR or LF alone")
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    if data.startswith(b"."):
        data = b"." + data
    return data + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")
