"""From a host and a port to a connection that is ready to send: TCP, greeting, EHLO, TLS, login, all within a limit."""

import asyncio
import base64
import ipaddress
import ssl

from chassis.config import Settings, SmtpSecurity

from services.campaign.gateways.mail.connection import Connection
from services.campaign.gateways.mail.outcomes import Reason
from services.campaign.gateways.mail.replies import NonsenseError, Offers, Reply, offers


class ConnectError(Exception):
    """There is no connection, for this reason; the server's answer where it gave one."""

    def __init__(self, reason: Reason, code: int = 0, text: str = "") -> None:
        super().__init__(f"{reason} {code}")
        self.reason, self.code, self.text = reason, code, text


async def connect(settings: Settings) -> Connection:
    """A connection that said everything it must before a mail; ConnectError otherwise."""
    connection: Connection | None = None
    try:
        async with asyncio.timeout(settings.smtp_connect_seconds):
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(Connection, settings.smtp_host, settings.smtp_port)
            await _prepare(connection, settings)
            return connection
    except BaseException as error:
        if connection is not None:
            connection.abort(Reason.UNREACHABLE)
        raise _explained(error) from error


def _explained(error: BaseException) -> BaseException:
    """What a caller is told; a bug and a cancellation stay what they are."""
    if isinstance(error, NonsenseError):
        return ConnectError(Reason.NONSENSE, 0, str(error))
    if isinstance(error, TimeoutError):
        return ConnectError(Reason.TIMED_OUT)
    if isinstance(error, OSError):
        return ConnectError(Reason.UNREACHABLE, 0, type(error).__name__)
    return error


async def _prepare(connection: Connection, settings: Settings) -> None:
    if settings.smtp_security is SmtpSecurity.TLS:
        await _encrypt(connection, settings)
    _expect(await connection.greeting(), 220, Reason.UNREACHABLE)
    connection.offers = await _hello(connection, settings)
    if settings.smtp_security is SmtpSecurity.STARTTLS:
        if not connection.offers.starttls:
            raise ConnectError(Reason.TLS_FAILED, 0, "the server offers no STARTTLS")
        _expect(await connection.ask("STARTTLS"), 220, Reason.TLS_FAILED)
        await _encrypt(connection, settings)
        connection.offers = await _hello(connection, settings)  # RFC 3207 4.2: what was said before is forgotten
    if settings.smtp_username:
        await _login(connection, settings)


def _expect(reply: Reply, code: int, reason: Reason) -> None:
    if reply.code != code:
        raise ConnectError(reason, reply.code, reply.text)


async def _encrypt(connection: Connection, settings: Settings) -> None:
    context = ssl.create_default_context(cafile=settings.smtp_ca_file or None)
    try:
        await connection.start_tls(context, settings.smtp_host, settings.smtp_connect_seconds / 2)
    except OSError as error:
        raise ConnectError(Reason.TLS_FAILED, 0, type(error).__name__) from error


async def _hello(connection: Connection, settings: Settings) -> Offers:
    """EHLO, or HELO where that is not known."""
    name = settings.smtp_client_name or _literal(connection)
    reply = await connection.ask(f"EHLO {name}")
    if reply.code in {500, 501, 502, 504}:
        _expect(await connection.ask(f"HELO {name}"), 250, Reason.UNREACHABLE)
        return Offers()
    _expect(reply, 250, Reason.UNREACHABLE)
    return offers(reply)


def _literal(connection: Connection) -> str:
    """Our address as RFC 5321 4.1.3 writes it, for hosts without a name."""
    ip = ipaddress.ip_address(connection.own_address())
    return f"[IPv6:{ip}]" if ip.version == 6 else f"[{ip}]"


async def _login(connection: Connection, settings: Settings) -> None:
    """AUTH PLAIN or LOGIN (RFC 4954); the settings allow it over TLS only."""
    user, password = settings.smtp_username, settings.smtp_password()
    if "PLAIN" in connection.offers.logins:
        reply = await connection.ask(f"AUTH PLAIN {_base64(f'{chr(0)}{user}{chr(0)}{password}')}")
    elif "LOGIN" in connection.offers.logins:
        reply = await connection.ask("AUTH LOGIN")
        for answer in (user, password):
            _expect(reply, 334, Reason.LOGIN_REFUSED)
            reply = await connection.ask(_base64(answer))
    else:
        raise ConnectError(Reason.LOGIN_REFUSED, 0, "the server offers neither PLAIN nor LOGIN")
    _expect(reply, 235, Reason.LOGIN_REFUSED)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
