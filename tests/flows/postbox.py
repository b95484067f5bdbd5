"""A real mail server that keeps what it gets, here and, as the sandbox does, on disk: where the flows' mails arrive."""

import threading
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as POLICY
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from deploy.local.children import free_port
from deploy.local.inbox import Inbox


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived: its envelope, and what Python's own mail library reads in it."""

    recipient: str
    data: bytes
    message: EmailMessage

    @property
    def id(self) -> str:
        """The UUID that stands before the @ of its Message-ID."""
        return str(self.message["Message-ID"]).strip("<>").partition("@")[0]

    def body(self, kind: str) -> str:
        """Its `plain` or `html` part."""
        part = self.message.get_body((kind,))
        assert part is not None, f"there is no {kind}"
        return str(part.get_content())


class Postbox:
    """The server; aiosmtpd calls handle_DATA in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.inbox = Inbox(folder)
        self._lock = threading.Lock()
        self._mails: list[Mail] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self._controller.start()

    async def handle_EHLO(
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = BytesParser(policy=POLICY).parsebytes(envelope.content)
        assert isinstance(message, EmailMessage)
        self.inbox.add(envelope.mail_from, envelope.rcpt_tos, envelope.content)
        with self._lock:
            self._mails += [Mail(to, envelope.content, message) for to in envelope.rcpt_tos]
        return "250 2.0.0 kept"

    def mails(self, sender: str = "", recipient: str = "") -> list[Mail]:
        """What arrived, in order; only what was written as this sender or to this address, where one is given."""
        with self._lock:
            mails = list(self._mails)
        return [
            mail
            for mail in mails
            if sender in str(mail.message["From"]) and (not recipient or mail.recipient == recipient)
        ]

    def stop(self) -> None:
        self._controller.stop()
