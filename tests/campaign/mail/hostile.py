"""A raw SMTP server that answers what a test tells it to, however hostile, and keeps what it was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

EHLO = ("hostile", "PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 100000000", "AUTH PLAIN LOGIN")


class Deed(Enum):
    """What a server can do instead of answering."""

    CUT = "cut"
    HANG = "hang"


# A text is sent with CRLF; bytes are sent as they are. A list is one answer after another; the last one stays.
Answer = str | bytes | Deed
Answers = Mapping[str, Answer | Sequence[Answer]]

USUAL: Answers = {
    "GREETING": "220 hostile", "STARTTLS": "220 go", "AUTH": "235 welcome", "MAIL": "250 ok", "RCPT": "250 ok",
    "DATA": "354 go", "RESULT": "250 kept", "RSET": "250 ok", "QUIT": "221 bye", "HELO": "250 hostile",
}  # fmt: skip


class CutError(Exception):
    """The server has had enough of this connection."""


@dataclass
class Hostile:
    """The server as a test sees it: `mails` arrived whole, as (recipient, data); `commands` in their order."""

    answers: Answers
    ehlo: Sequence[str] = EHLO
    context: ssl.SSLContext | None = None
    reads_data: bool = True
    dribbles: bool = False
    decide: Callable[[str, "Session"], Answer | None] = lambda _verb, _session: None
    port: int = 0
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    _asked: dict[str, int] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def verbs(self) -> list[str]:
        return [command.split(" ")[0] for command in self.commands]

    def next_answer(self, verb: str, session: "Session") -> Answer:
        if (decided := self.decide(verb, session)) is not None:
            return decided
        answer = self.answers.get(verb, USUAL.get(verb, "502 what?"))
        if isinstance(answer, str | bytes | Deed):
            return answer
        number = self._asked.get(verb, 0)
        self._asked[verb] = number + 1
        return answer[min(number, len(answer) - 1)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await Session(self, reader, writer).run()
        except (CutError, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._tasks.discard(task)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass
class Session:
    """One connection."""

    server: Hostile
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sender: str = ""
    recipient: str = ""

    async def run(self) -> None:
        await self.answer("GREETING")
        while True:
            line = (await self.reader.readuntil(b"\r\n")).decode().rstrip()
            self.server.commands.append(line)
            await self.on_command(line.split(" ")[0].upper(), line)

    async def on_command(self, verb: str, line: str) -> None:
        if verb == "MAIL":
            self.sender = line.partition("<")[2].partition(">")[0]
        if verb == "RCPT":
            self.recipient = line.partition("<")[2].rpartition(">")[0]
        if verb == "EHLO" and "EHLO" not in self.server.answers:
            lines = [*(f"250-{offer}" for offer in self.server.ehlo[:-1]), f"250 {self.server.ehlo[-1]}"]
            await self.send("\r\n".join(lines))
            return
        told = await self.answer(verb)
        if verb == "DATA" and str(told).startswith("354"):
            await self.take_data()
        elif verb == "STARTTLS" and self.server.context is not None and str(told).startswith("220"):
            await self.writer.start_tls(self.server.context)

    async def take_data(self) -> None:
        if not self.server.reads_data:
            await self.reader.read(1000)
            raise CutError
        lines = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.server.mails.append((self.recipient, b"".join(lines)))
        await self.answer("RESULT")

    async def answer(self, verb: str) -> Answer:
        told = self.server.next_answer(verb, self)
        if told is Deed.CUT:
            raise CutError
        if told is Deed.HANG:
            await asyncio.Event().wait()
        assert not isinstance(told, Deed)
        await self.send(told)
        return told

    async def send(self, told: str | bytes) -> None:
        data = told if isinstance(told, bytes) else f"{told}\r\n".encode()
        if self.server.dribbles:
            for letter in data:
                self.writer.write(bytes([letter]))
                await self.writer.drain()
        else:
            self.writer.write(data)
            await self.writer.drain()


@asynccontextmanager
async def hostile(answers: Answers = USUAL, *, tls: bool = False, **fields: object) -> AsyncIterator[Hostile]:
    """A running server on a port of its own; `tls` encrypts from the first byte with its `context`."""
    server = Hostile(answers, **fields)  # type: ignore[arg-type]
    listening = await asyncio.start_server(
        server.serve, "127.0.0.1", 0, ssl=server.context if tls else None, limit=1 << 26
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await server.stop()
