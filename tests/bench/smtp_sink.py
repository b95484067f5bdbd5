"""A mail server that only counts: `python -m tests.bench.smtp_sink`, or a Sink, its process and what it holds.

It speaks SMTP with PIPELINING, 8BITMIME, SMTPUTF8 and SIZE, keeps each mail's recipient and Message-ID in memory, and
tells them on a second port: a client sends `counts` or `mails 0`, a line, and reads until the end; the number says how
many of the first mails are left out.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from deploy.local.children import free_port, is_listening, stop, wait_until

ROOT = Path(__file__).resolve().parents[2]
EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 33554432\r\n"
OK, GO_AHEAD, BYE = b"250 ok\r\n", b"354 go ahead\r\n", b"221 bye\r\n"
END = b"\r\n.\r\n"


class Received(NamedTuple):
    """A mail that was accepted: whom it is for, and its Message-ID without brackets."""

    recipient: str
    message_id: str


class _Session(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, server: "_Server") -> None:
        self._server = server
        self._buffer = b""
        self._recipients: list[bytes] = []
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections += 1
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        answers: list[bytes] = []
        while self._take_mail(answers) if self._in_data else self._take_command(answers):
            pass
        if answers:
            self._transport.write(b"".join(answers))

    def _take_mail(self, answers: list[bytes]) -> bool:
        end = 0 if self._buffer.startswith(END[2:]) else self._buffer.find(END)
        if end < 0:
            return False
        mail, self._buffer = self._buffer[: end + 2], self._buffer[end + (5 if end else 3) :]
        self._in_data = False
        if self._recipients:
            self._server.keep(mail, self._recipients)
        answers.append(OK if self._recipients else b"554 no recipients\r\n")
        self._recipients = []
        return True

    def _take_command(self, answers: list[bytes]) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            return False
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._recipients.append(line[line.find(b"<") + 1 : line.rfind(b">")])
        elif verb == b"DATA":
            self._in_data = True
        elif verb in {b"MAIL", b"RSET"}:
            self._recipients = []
        elif verb == b"QUIT":
            self._transport.write(b"".join([*answers, BYE]))
            self._transport.close()
            answers.clear()
            return False
        answers.append({b"DATA": GO_AHEAD, b"EHLO": EHLO}.get(verb, OK))
        return True


class _Server:
    """What all connections brought."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, bytes]] = []
        self.connections = 0
        self.bytes = 0

    def keep(self, mail: bytes, recipients: list[bytes]) -> None:
        self.bytes += len(mail)
        begin = mail.lower().find(b"\nmessage-id:", 0, 8192)
        message_id = mail[begin + 12 : mail.find(b"\r", begin)].strip(b" <>") if begin >= 0 else b""
        self.mails.extend((recipient, message_id) for recipient in recipients)

    async def tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readline()).strip()
        if asked == b"counts":
            counts = {"mails": len(self.mails), "connections": self.connections, "bytes": self.bytes}
            writer.write(json.dumps(counts).encode())
        else:
            since = int(asked.removeprefix(b"mails") or 0)
            writer.write(b"\n".join(b"%b\t%b" % mail for mail in self.mails[since:]))
        await writer.drain()
        writer.close()


async def _serve(port: int, control: int) -> None:
    server, loop = _Server(), asyncio.get_running_loop()
    await asyncio.start_server(server.tell, "127.0.0.1", control)
    smtp = await loop.create_server(lambda: _Session(server), "127.0.0.1", port)
    await smtp.serve_forever()


class Sink:
    """The sink's process, seen from a test: `port` takes mails."""

    def __init__(self, port: int, control: int, pid: int) -> None:
        self.port, self._control, self.pid = port, control, pid

    def counts(self) -> dict[str, int]:
        """`mails`, `connections` and `bytes` so far."""
        return dict(json.loads(self._ask(b"counts")))

    def mails(self, since: int = 0) -> list[Received]:
        """Every mail that was accepted, in order, without so many of the first."""
        lines = self._ask(b"mails %d" % since).decode().splitlines()
        return [Received(*line.split("\t")) for line in lines]

    def twice(self) -> dict[str, int]:
        """Recipients that got more than one mail, and how many."""
        return {to: count for to, count in Counter(mail.recipient for mail in self.mails()).items() if count > 1}

    def _ask(self, what: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._control), timeout=10) as connection:
            connection.sendall(what + b"\n")
            return b"".join(iter(lambda: connection.recv(1 << 20), b""))


@contextmanager
def sink(log: Path | None = None) -> Iterator[Sink]:
    """A sink in a process of its own, on free ports; ended afterwards."""
    port, control = free_port(), free_port()
    log = log or Path(os.devnull)
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'libs'}"}
    command = [sys.executable, "-m", "tests.bench.smtp_sink", str(port), str(control)]
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        wait_until(lambda: is_listening(port) and is_listening(control), process, log)
        yield Sink(port, control, process.pid)
    finally:
        stop(process)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
