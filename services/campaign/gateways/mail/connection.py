"""One connection that is ready to send: commands go out, pipelined where offered, and replies are matched in order."""

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable
from typing import Protocol

from services.campaign.gateways.mail.outcomes import Kind, Outcome, Reason
from services.campaign.gateways.mail.replies import NonsenseError, Offers, Reply, ReplyReader
from services.campaign.gateways.mail.transfers import Step, Transfer

SMALL = 64 * 1024  # bytes of data that leave in one piece with the next envelope behind them


class Owner(Protocol):
    """Who gives transfers to connections: the pool."""

    command_seconds: float
    result_seconds: float

    def take(self, connection: "Connection") -> Transfer | None:
        """The next transfer that this connection can send."""

    def has_room(self, connection: "Connection") -> None:
        """The connection could begin another transfer now."""

    def ended(self, connection: "Connection", useless: Reason | None, unsent: list[Transfer]) -> None:
        """The connection is gone; `useless` says why it never served a mail.

        `unsent` met a connection that had died in its sleep: another may send them.
        """


class Connection(asyncio.Protocol):
    """A connection to the server. Before `serve` it is a dialogue; afterwards it sends transfers.

    At most two transfers are under way: one whose data left and whose result is awaited, and behind it one whose
    envelope travelled with that data. So at most one mail of a connection can become UNKNOWN.
    """

    def __init__(self) -> None:
        self.offers = Offers()
        self.deadline = 0.0  # of the event loop's clock; 0 while nothing is awaited
        self.idle_since = 0.0
        self.is_open = False
        self._loop = asyncio.get_running_loop()
        self._reader = ReplyReader()
        self._asked: asyncio.Future[Reply] | None = None
        self._owner: Owner | None = None
        self._pipelines = self._encrypted = False
        self._served = 0  # mails that the server answered for
        self._is_ours = False  # the end: we wanted it
        self._expected: deque[tuple[Step, Transfer | None]] = deque()
        self._transfers: deque[Transfer] = deque()
        self._leaving: Transfer | None = None
        self._waiting: asyncio.Task[None] | None = None

    # The dialogue before the first mail.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.is_open = transport, True
        self._asked = self._loop.create_future()
        self._asked.add_done_callback(lambda asked: asked.cancelled() or asked.exception())

    async def greeting(self) -> Reply:
        assert self._asked is not None
        return await self._asked

    async def ask(self, line: str) -> Reply:
        """One command and its reply; ConnectionResetError or NonsenseError when none comes."""
        if not self.is_open:
            raise ConnectionResetError("the connection has ended")
        self._asked = self._loop.create_future()
        self._transport.write(f"{line}\r\n".encode())
        return await self._asked

    async def start_tls(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """From here on encrypted; what came in the clear behind the go-ahead ends the connection (injection)."""
        if not self.is_open or not self._reader.is_empty:
            raise NonsenseError("bytes in the clear before TLS")
        transport = await self._loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=seconds
        )
        if transport is None:
            raise ConnectionResetError("the connection ended in the TLS handshake")
        self._transport, self._encrypted = transport, True

    def own_address(self) -> str:
        """The IP address of this end."""
        return str(self._transport.get_extra_info("sockname")[0])

    def serve(self, owner: Owner, *, pipelines: bool) -> None:
        """From here on it takes transfers."""
        self._owner, self._pipelines = owner, pipelines and self.offers.pipelining
        self._asked = None
        self._transport.set_write_buffer_limits(high=0)
        self._rearm()

    # Transfers.

    @property
    def is_idle(self) -> bool:
        return not self._transfers and not self._expected

    def under_way(self) -> "list[asyncio.Future[Outcome]]":
        """The outcomes that are still to come."""
        return [transfer.future for transfer in self._transfers if not transfer.future.done()]

    @property
    def can_begin(self) -> bool:
        """Idle, or the only transfer's data have left and the next envelope may follow."""
        if not self.is_open or self._waiting is not None:
            return False
        if self.is_idle:
            return True
        return self._pipelines and len(self._expected) == 1 and self._expected[0][0] in {Step.RESULT, Step.RSET}

    def begin(self, transfer: Transfer) -> None:
        self._transport.write(self._envelope(transfer))
        self._rearm()

    def _envelope(self, transfer: Transfer) -> bytes:
        """The commands that may leave now."""
        self._transfers.append(transfer)
        mail = transfer.mail_command(self.offers)
        self._expected.append((Step.MAIL, transfer))
        if not self._pipelines:
            return mail
        self._expected += ((Step.RCPT, transfer), (Step.DATA, transfer))
        return mail + transfer.rcpt_command() + b"DATA\r\n"

    def data_received(self, data: bytes) -> None:
        """Replies to what was asked; one that came before its command was sent is the answer to nothing."""
        due = len(self._expected)
        try:
            for number, reply in enumerate(self._reader.feed(data)):
                if not self.is_open:
                    return
                if self._asked is not None:
                    self._on_answer(self._asked, reply)
                elif number < due:
                    self._on_reply(reply)
                else:
                    self._on_unasked(reply)
        except NonsenseError as error:
            self.abort(Reason.NONSENSE, str(error))
        else:
            self._rearm()

    def _on_answer(self, asked: "asyncio.Future[Reply]", reply: Reply) -> None:
        if asked.done():
            self._on_unasked(reply)
        else:
            asked.set_result(reply)

    def _on_unasked(self, reply: Reply) -> None:
        """A farewell, or nonsense."""
        if reply.code != 421:
            raise NonsenseError("a reply that was not asked for")
        self.abort(Reason.CLOSING, reply.text, reply.code)

    def _on_reply(self, reply: Reply) -> None:
        step, transfer = self._expected.popleft()
        if transfer is None:
            self._on_reset(reply)
        else:
            self._on_step(step, transfer, reply)
        if reply.code == 421 and self.is_open:
            self.abort(Reason.CLOSING, reply.text, reply.code)

    def _on_reset(self, reply: Reply) -> None:
        if reply.code != 250:
            raise NonsenseError("RSET was refused")
        self._go_on()

    def _on_step(self, step: Step, transfer: Transfer, reply: Reply) -> None:
        if step is Step.RESULT:
            self._on_result(transfer, reply)
        elif step is Step.DATA and reply.code == 354:
            self._on_go_ahead(transfer)
        elif reply.code >= 400:
            transfer.refuse(step, reply)
            if step is Step.DATA or not self._pipelines:
                self._reset(transfer)
        elif step is Step.DATA or reply.code >= 300:
            raise NonsenseError("a code that does not belong here")
        elif not self._pipelines:
            self._next_command(step, transfer)

    def _next_command(self, step: Step, transfer: Transfer) -> None:
        following = Step.RCPT if step is Step.MAIL else Step.DATA
        self._expected.append((following, transfer))
        self._transport.write(transfer.rcpt_command() if following is Step.RCPT else b"DATA\r\n")

    def _reset(self, transfer: Transfer) -> None:
        """After a refusal: forget this envelope; the next one may travel with the RSET."""
        self._transfers.remove(transfer)
        self._served += 1
        self._expected.append((Step.RSET, None))
        following = self._take() if self._pipelines else None
        self._transport.write(b"RSET\r\n" + (self._envelope(following) if following else b""))

    def _on_go_ahead(self, transfer: Transfer) -> None:
        """The server wants the data."""
        if transfer.refused:  # RFC 2920 3.1: a lone dot ends what nobody will get
            self._expected.append((Step.RESULT, transfer))
            self._transport.write(b".\r\n")
        elif transfer.future.done():  # given up by the caller; an accepted envelope cannot be taken back
            self._give_up()
        else:
            answer = self._ask_permission(transfer)
            if answer is None:
                self._send_data(transfer)
            elif isinstance(answer, Awaitable):
                self._waiting = self._loop.create_task(self._send_later(transfer, answer))

    def _ask_permission(self, transfer: Transfer) -> Awaitable[None] | bool | None:
        """`on_data`'s answer; False when it raised."""
        try:
            return transfer.on_data() if transfer.on_data else None
        except Exception as error:  # it is the caller's, and the caller gets it
            self._give_back(transfer, error)
            return False

    async def _send_later(self, transfer: Transfer, permission: Awaitable[None]) -> None:
        try:
            await permission
        except Exception as error:
            self._waiting = None
            self._give_back(transfer, error)
            return
        self._waiting = None
        if self.is_open and not transfer.future.done():
            self._send_data(transfer)
            self._rearm()
        elif self.is_open:
            self._give_up()

    def _give_back(self, transfer: Transfer, error: Exception) -> None:
        if not transfer.future.done():
            transfer.future.set_exception(error)
        self._give_up()

    def _give_up(self) -> None:
        """The only way not to send data that the server waits for."""
        self._is_ours = True
        self.abort(Reason.CLOSING, "given up")

    def _send_data(self, transfer: Transfer) -> None:
        """The data, and behind small ones the next envelope."""
        small = len(transfer.payload) <= SMALL
        self._expected.append((Step.RESULT, transfer))
        following = self._take() if small and self._pipelines else None
        if following is not None:
            self._transport.write(transfer.payload + self._envelope(following))
        else:
            self._transport.write(transfer.payload)
        transfer.has_left = small or self._encrypted or not self._transport.get_write_buffer_size()
        if not transfer.has_left:
            self._leaving = transfer
        elif following is None and self._pipelines and self._owner is not None:
            self._owner.has_room(self)

    def resume_writing(self) -> None:
        """Everything written has gone to the system."""
        if self._leaving is not None:
            self._leaving.has_left, self._leaving = True, None

    def _on_result(self, transfer: Transfer, reply: Reply) -> None:
        if 300 <= reply.code < 400:
            raise NonsenseError("a code that does not belong here")
        if not transfer.refused and reply.code < 300:
            transfer.settle(Outcome(Kind.HANDED_OVER, Reason.ACCEPTED, reply.code, reply.text))
        else:
            transfer.refuse(Step.RESULT, reply)
        self._leaving = None
        self._transfers.remove(transfer)
        self._served += 1
        if reply.code != 421:
            self._go_on()

    def _go_on(self) -> None:
        """Begin the next transfer when nothing is under way."""
        if self.is_idle:
            following = self._take()
            if following is not None:
                self.begin(following)
            elif self._owner is not None:
                self._owner.has_room(self)

    def _take(self) -> Transfer | None:
        return self._owner.take(self) if self._owner is not None else None

    def _rearm(self) -> None:
        """Set the deadline of the reply that is due next."""
        if self._owner is None:
            return
        now = self._loop.time()
        if self._expected:
            is_result = self._expected[0][0] is Step.RESULT
            self.deadline = now + (self._owner.result_seconds if is_result else self._owner.command_seconds)
        else:
            self.deadline, self.idle_since = 0.0, now

    # The end.

    def quit(self) -> None:
        """A polite end of an idle connection; nobody waits for the answer."""
        if self.is_open:
            self.is_open = False
            self._transport.write(b"QUIT\r\n")
            self._transport.close()

    def abort(self, reason: Reason, text: str = "", code: int = 0) -> None:
        """End it now; every transfer under way gets the outcome that is left."""
        if self.is_open:
            self.is_open = False
            self._transport.abort()
            self._finish(reason, text, code)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.is_open:
            self.is_open = False
            self._finish(Reason.CUT, type(exc).__name__ if exc else "the server closed the connection", 0)

    def _finish(self, reason: Reason, text: str, code: int) -> None:
        if self._asked is not None:
            if not self._asked.done():
                error = NonsenseError(text) if reason is Reason.NONSENSE else ConnectionResetError(text)
                self._asked.set_exception(error)
            return
        unsent = []
        for transfer in self._transfers:
            asleep = self._served and not transfer.moved and not transfer.has_left and reason is not Reason.TIMED_OUT
            if asleep and not transfer.future.done():
                transfer.moved = True
                unsent.append(transfer)
            else:
                transfer.broken(reason, code, text)
        self._transfers.clear()
        self._expected.clear()
        if self._owner is not None:
            self._owner.ended(self, None if self._served or self._is_ours else reason, unsent)
