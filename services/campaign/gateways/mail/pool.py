"""The connections to the mail server, shared by everybody who sends: who comes first is sent first.

What happens to a mail when …

    the server accepts the data                          HANDED_OVER
    it says 4xx to MAIL, DATA or the data                RETRY after a minute
    it says 4xx to RCPT (greylisting)                    RETRY after five minutes
    it says 5xx, or cannot take this size or address     FAILED
    it says 421, or that we are not logged in            RETRY
    no connection, no TLS, no login, no greeting         RETRY when the pool tries again: after 1, 2, 4 … 60 seconds
    cut, silence or nonsense before the data have left   RETRY; at once where the connection had only been idle
    cut, silence or nonsense after the data have left    UNKNOWN
"""

import asyncio
from collections import deque
from typing import Self

from chassis.config import Settings

from services.campaign.gateways.mail.connection import Connection
from services.campaign.gateways.mail.handshake import ConnectError, connect
from services.campaign.gateways.mail.headers import MailRefusedError, address
from services.campaign.gateways.mail.outcomes import Kind, Outcome, Reason
from services.campaign.gateways.mail.transfers import OnData, Transfer

LONGEST_PAUSE = 60.0
IDLE_SECONDS = 30.0
TICK_SECONDS = 0.1


class SmtpPool:
    """At most `smtp_connections` connections, opened when mails wait, reused, and closed when idle."""

    def __init__(self, settings: Settings) -> None:
        self.eight_bit = False  # whether the server said that it takes 8-bit bodies; False before it was asked
        self.command_seconds = settings.smtp_command_seconds
        self.result_seconds = settings.smtp_result_seconds
        self._settings = settings
        self._waiting: deque[Transfer] = deque()
        self._connections: set[Connection] = set()
        self._roomy: dict[Connection, None] = {}
        self._connecting: set[asyncio.Task[None]] = set()
        self._pause, self._next_connect = 0.0, 0.0
        self._last = ConnectError(Reason.UNREACHABLE)
        self._is_closing = False
        self._timer: asyncio.TimerHandle | None = None
        self._nobody_waits = asyncio.Event()
        self._nobody_waits.set()

    async def start(self) -> Self:
        """Ready to send; the first connection is tried at once, so that `eight_bit` is known, but may be missing."""
        self._loop = asyncio.get_running_loop()
        self._tick()
        self._connect()
        await asyncio.wait(self._connecting)
        return self

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._connections)

    @property
    def waiting(self) -> int:
        """How many mails wait for a connection."""
        return len(self._waiting)

    async def ready(self) -> None:
        """Return once no mail waits for a connection: one that is written now is the next to leave."""
        while self._waiting:
            await self._nobody_waits.wait()

    def submit(
        self, envelope_from: str, to: str, data: bytes, on_data: OnData | None = None
    ) -> "asyncio.Future[Outcome]":
        """As `send`, without a task of its own: the future of its outcome."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        try:
            sender = address(envelope_from) if envelope_from else ""
            transfer = Transfer(sender, address(to), data, on_data, future)
        except MailRefusedError:
            future.set_result(Outcome(Kind.FAILED, Reason.ADDRESS_INVALID))
            return future
        if self._is_closing:
            transfer.settle(Outcome(Kind.RETRY, Reason.CLOSING))
        else:
            self._waiting.append(transfer)
            self._nobody_waits.clear()
            self._pump()
        return future

    async def send(self, envelope_from: str, to: str, data: bytes, on_data: OnData | None = None) -> Outcome:
        """Hand one mail over and say what became of it; raises nothing but `on_data`'s own error.

        `data` has CRLF line ends, as compose makes it (ValueError otherwise). `on_data` is called once the server
        asked for the data and before their first byte leaves; when it returns an awaitable, that is awaited first;
        when it raises, the mail stays here and `send` raises the same. Waits while all connections are busy. A
        caller who gives up before the data leave has sent nothing.
        """
        return await self.submit(envelope_from, to, data, on_data)

    async def close(self, grace: float = 10.0) -> None:
        """Answer RETRY to all that wait, give those under way `grace` seconds, then end every connection."""
        self._is_closing = True
        for task in self._connecting:
            task.cancel()
        self._refuse_waiting(Outcome(Kind.RETRY, Reason.CLOSING))
        if under_way := [future for connection in self._connections for future in connection.under_way()]:
            await asyncio.wait(under_way, timeout=grace)
        for connection in list(self._connections):
            if connection.is_idle:
                self._forget(connection)
                connection.quit()
            else:
                connection.abort(Reason.CLOSING, "the sender ends")
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)

    # What connections ask of their owner.

    def take(self, connection: Connection) -> Transfer | None:
        """The next mail that this connection's server can take; those that it cannot are answered."""
        while self._waiting:
            transfer = self._next()
            if transfer.future.done():
                continue
            refusal = transfer.impossible(connection.offers)
            if refusal is None:
                return transfer
            if refusal.reason is Reason.EIGHT_BIT_NOT_OFFERED:
                self.eight_bit = False
            transfer.settle(refusal)
        return None

    def _next(self) -> Transfer:
        transfer = self._waiting.popleft()
        if not self._waiting:
            self._nobody_waits.set()
        return transfer

    def has_room(self, connection: Connection) -> None:
        self._roomy[connection] = None

    def ended(self, connection: Connection, useless: Reason | None, unsent: list[Transfer]) -> None:
        self._forget(connection)
        if useless is not None:
            self._back_off(ConnectError(useless))
        self._waiting.extendleft(reversed(unsent))
        if unsent:
            self._nobody_waits.clear()
        if self._is_closing:
            self._refuse_waiting(Outcome(Kind.RETRY, Reason.CLOSING))
        else:
            self._pump()

    # Connections come and go.

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._roomy.pop(connection, None)

    def _pump(self) -> None:
        """Give what waits to connections with room, the idle ones first, and open others while it is too much."""
        while self._waiting and self._roomy:
            connection = next((one for one in self._roomy if one.is_idle), None) or next(iter(self._roomy))
            if not connection.is_idle and self._may_connect():
                break
            del self._roomy[connection]
            if connection.can_begin and (transfer := self.take(connection)) is not None:
                connection.begin(transfer)
        while len(self._connecting) < len(self._waiting) and self._may_connect():
            self._connect()
        if self._waiting and not self._connections and not self._connecting:
            after = max(0.0, self._next_connect - self._loop.time())
            last = self._last
            self._refuse_waiting(Outcome(Kind.RETRY, last.reason, last.code, last.text, after))

    def _may_connect(self) -> bool:
        room = len(self._connections) + len(self._connecting) < self._settings.smtp_connections
        return room and not self._is_closing and self._loop.time() >= self._next_connect

    def _connect(self) -> None:
        task = self._loop.create_task(self._add_connection())
        self._connecting.add(task)

    async def _add_connection(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            connection = await connect(self._settings)
        except ConnectError as error:
            self._back_off(error)
        else:
            self._pause = 0.0
            self.eight_bit = connection.offers.eight_bit
            self._connections.add(connection)
            self._roomy[connection] = None
            connection.serve(self, pipelines=self._settings.smtp_pipeline)
        finally:
            self._connecting.discard(task)
        self._pump()

    def _back_off(self, error: ConnectError) -> None:
        """Another connection is tried after a pause, which doubles each time."""
        now = self._loop.time()
        self._last = error
        if now >= self._next_connect:
            self._pause = min(LONGEST_PAUSE, max(1.0, 2 * self._pause))
            self._next_connect = now + self._pause

    def _refuse_waiting(self, outcome: Outcome) -> None:
        while self._waiting:
            self._next().settle(outcome._replace(is_offered=False))

    def _tick(self) -> None:
        """End connections whose server is silent for too long, and those that nobody needs; try again after a pause."""
        now = self._loop.time()
        for connection in list(self._connections):
            if connection.deadline and now > connection.deadline:
                connection.abort(Reason.TIMED_OUT, "no answer in time")
            elif connection.is_idle and now - connection.idle_since > IDLE_SECONDS:
                self._forget(connection)
                connection.quit()
        self._pump()
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)
