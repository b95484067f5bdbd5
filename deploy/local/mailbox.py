"""The sandbox's process: a real mail server for development that keeps what it gets instead of delivering it.

`python -m deploy.local.mailbox HOST SMTP_PORT INBOX_PORT FOLDER [--refuses]`. With --refuses it answers for some
addresses, of any domain, as servers in the world do:

    bounce-hard@…   550: there is no such mailbox
    bounce-soft@…   452: the mailbox is full, now and for ever
    greylist@…      451 at first, and accepted ten seconds later
    spam@…          554 after the data
    cut@…           kept, and the connection ends without an answer

It reports no deliveries: a mail that it took stays handed over.
"""

import argparse
import asyncio
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local import inbox

LARGEST = 32 * 1024 * 1024
GREYLIST_SECONDS = 10.0
AT_RCPT = {
    "bounce-hard": "550 5.1.1 There is no such mailbox",
    "bounce-soft": "452 4.2.2 The mailbox is full",
}


class Mailbox:
    """What the SMTP server asks at each step (aiosmtpd's handler)."""

    def __init__(self, kept: inbox.Inbox, *, refuses: bool) -> None:
        self._kept, self._refuses = kept, refuses
        self._first_seen: dict[str, float] = {}

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._refuses and (refusal := self._refusal(address)):
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        locals_ = {_local(address) for address in envelope.rcpt_tos} if self._refuses else set()
        if "spam" in locals_:
            return "554 5.7.1 This is not wanted here"
        self._kept.add(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b"")
        if "cut" in locals_ and server.transport is not None:
            server.transport.abort()
        return "250 2.0.0 Kept"

    def _refusal(self, address: str) -> str | None:
        local = _local(address)
        if local == "greylist":
            first = self._first_seen.setdefault(address, time.monotonic())
            if time.monotonic() - first < GREYLIST_SECONDS:
                return "451 4.7.1 Greylisted, try again later"
        return AT_RCPT.get(local)


def _local(address: str) -> str:
    return address.rpartition("@")[0].lower()


async def serve(host: str, smtp_port: int, inbox_port: int, folder: Path, *, refuses: bool) -> None:
    """Take mails until SIGTERM; the API listens last, so its health speaks for both."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    kept = inbox.Inbox(folder)
    options: dict[str, Any] = {"enable_SMTPUTF8": True, "data_size_limit": LARGEST, "hostname": "sandbox"}
    mailbox = Mailbox(kept, refuses=refuses)
    server = await loop.create_server(lambda: SMTP(mailbox, loop=loop, **options), host, smtp_port)
    api = inbox.serve(kept, host, inbox_port)
    await ended.wait()
    api.shutdown()
    server.close()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.mailbox", description=__doc__)
    parser.add_argument("host")
    parser.add_argument("smtp_port", type=int)
    parser.add_argument("inbox_port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--refuses", action="store_true")
    given = parser.parse_args(arguments)
    asyncio.run(serve(given.host, given.smtp_port, given.inbox_port, given.folder, refuses=given.refuses))


if __name__ == "__main__":
    main()
