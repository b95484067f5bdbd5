"""TLS and login: nothing goes in the clear where it was asked for, nobody is trusted who cannot show it."""

import base64
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from chassis.config import Settings
from cryptography import x509
from pydantic import ValidationError

from deploy.local import certificates
from services.campaign.gateways.mail import Kind, Outcome, Reason
from tests.campaign.mail.conftest import Start
from tests.campaign.mail.hostile import EHLO, Answer, Deed, hostile
from tests.campaign.mail.test_pool import DATA, EVA, SENDER, standard

OFFERS = [*EHLO, "STARTTLS"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The authority's certificate, and the server's key and certificate for 127.0.0.1."""
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def ca(authority: tuple[Path, Path]) -> str:
    return str(authority[0])


@pytest.fixture
def context(authority: tuple[Path, Path]) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(authority[1])
    return made


@pytest.fixture
def password(tmp_path: Path) -> str:
    file = tmp_path / "smtp.password"
    file.write_text("geheim\n")
    return str(file)


def authenticator(_server: SMTP, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.login == b"touchline" and data.password == b"geheim")


@pytest.mark.parametrize("excluded", [[], ["PLAIN"]])
async def test_a_standard_server_with_starttls_and_login(
    start: Start, context: ssl.SSLContext, ca: str, password: str, excluded: list[str]
) -> None:
    options = {"require_starttls": True, "auth_required": True, "auth_exclude_mechanism": excluded}
    async with standard(tls_context=context, authenticator=authenticator, **options) as (port, kept):
        pool = await start(
            port, smtp_security="starttls", smtp_ca_file=ca, smtp_username="touchline", smtp_password_file=password
        )
        outcomes = [await pool.send(SENDER, EVA, DATA) for _ in range(3)]
        assert {outcome.kind for outcome in outcomes} == {Kind.HANDED_OVER}
        assert len(kept.envelopes) == 3


async def test_tls_from_the_first_byte(start: Start, context: ssl.SSLContext, ca: str) -> None:
    async with hostile(tls=True, context=context) as server:
        pool = await start(server.port, smtp_security="tls", smtp_ca_file=ca)
        assert (await pool.send(SENDER, EVA, DATA)).kind is Kind.HANDED_OVER
        assert server.mails == [(EVA, DATA)]


async def refused(start: Start, port: int, **fields: Any) -> Outcome:
    pool = await start(port, **fields)
    return await pool.send(SENDER, EVA, DATA)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    start: Start, context: ssl.SSLContext, security: str
) -> None:
    async with hostile(tls=security == "tls", context=context, ehlo=OFFERS) as server:
        outcome = await refused(start, server.port, smtp_security=security)
        assert (outcome.kind, outcome.reason) == (Kind.RETRY, Reason.TLS_FAILED)
        assert outcome.text == "SSLCertVerificationError"
        assert "MAIL" not in server.verbs()


async def test_a_certificate_for_another_name_is_refused(start: Start, tmp_path: Path) -> None:
    ca, context = certificate_for("mail.other.example", tmp_path)
    async with hostile(tls=True, context=context) as server:
        outcome = await refused(start, server.port, smtp_security="tls", smtp_ca_file=str(ca))
        assert (outcome.reason, outcome.text) == (Reason.TLS_FAILED, "SSLCertVerificationError")


def certificate_for(name: str, folder: Path) -> tuple[Path, ssl.SSLContext]:
    """An authority to be trusted, and a server that shows a certificate of it."""
    authority = certificates.Authority()
    issued = authority.issue(x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1")))
    (folder / "ca.pem").write_bytes(authority.certificate)
    (folder / "both.pem").write_bytes(issued.key + issued.certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "both.pem")
    return folder / "ca.pem", context


@pytest.mark.parametrize(
    "answer",
    ["454 not now", "220-go\r\n220 go\r\n250 injected", b"220 go\r\n250 injected\r\n", b"220 go\r\n250", Deed.CUT],
)
async def test_starttls_that_goes_wrong_ends_in_no_mail(start: Start, ca: str, answer: Answer) -> None:
    """Whatever comes in the clear behind the go-ahead must not be read as if it had come encrypted."""
    async with hostile({"STARTTLS": answer}, ehlo=OFFERS) as server:
        outcome = await refused(start, server.port, smtp_security="starttls", smtp_ca_file=ca)
        assert outcome.kind is Kind.RETRY
        assert outcome.reason in {Reason.TLS_FAILED, Reason.NONSENSE, Reason.UNREACHABLE}
        assert server.verbs() == ["EHLO", "STARTTLS"]


async def test_a_server_without_starttls_gets_nothing_in_the_clear(start: Start, ca: str) -> None:
    async with hostile() as server:
        outcome = await refused(start, server.port, smtp_security="starttls", smtp_ca_file=ca)
        assert (outcome.kind, outcome.reason) == (Kind.RETRY, Reason.TLS_FAILED)
        assert server.verbs() == ["EHLO"]


@pytest.mark.parametrize("greeting", ["220 in the clear", Deed.HANG])
async def test_a_server_that_speaks_no_tls_is_no_tls_server(start: Start, ca: str, greeting: Answer) -> None:
    async with hostile({"GREETING": greeting}) as server:
        fields = {"smtp_security": "tls", "smtp_ca_file": ca}
        outcome = await refused(start, server.port, **fields, smtp_connect_seconds=1.0)
        assert (outcome.kind, outcome.reason) == (Kind.RETRY, Reason.TLS_FAILED)
        assert server.mails == []


async def test_what_was_offered_in_the_clear_is_forgotten(start: Start, context: ssl.SSLContext, ca: str) -> None:
    clear, encrypted = "250-h\r\n250-STARTTLS\r\n250 8BITMIME", "250-h\r\n250 SIZE 10"
    async with hostile({"EHLO": [clear, encrypted]}, context=context) as server:
        pool = await start(server.port, smtp_security="starttls", smtp_ca_file=ca)
        assert not pool.eight_bit
        assert (await pool.send(SENDER, EVA, DATA)).reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("offer", "answer"),
    [("AUTH PLAIN", "535 no"), ("AUTH LOGIN", "334 x"), ("AUTH CRAM-MD5", "235 ok"), ("AUTH=", "235 ok")],
)
async def test_a_login_that_is_refused_or_not_offered(
    start: Start, context: ssl.SSLContext, ca: str, password: str, *, offer: str, answer: str
) -> None:
    answers = {"AUTH": answer, base64.b64encode(b"touchline").decode().upper(): "535 no"}
    async with hostile(answers, tls=True, context=context, ehlo=["h", offer]) as server:
        outcome = await refused(
            start, server.port, smtp_security="tls", smtp_ca_file=ca, smtp_username="touchline",
            smtp_password_file=password,
        )  # fmt: skip
        assert (outcome.kind, outcome.reason) == (Kind.RETRY, Reason.LOGIN_REFUSED)
        assert "MAIL" not in server.verbs()
        assert "geheim" not in repr(outcome)


def test_a_login_in_the_clear_is_no_setting() -> None:
    with pytest.raises(ValidationError, match="TOUCHLINE_SMTP_SECURITY"):
        Settings(smtp_username="touchline")
