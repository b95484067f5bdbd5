"""One mail as bytes, built by hand because it is built for every person: headers, both bodies, signatures."""

import binascii
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from services.campaign.gateways.mail.dkim import Signer
from services.campaign.gateways.mail.headers import Address, MailRefusedError, mailbox, unstructured

LONGEST_TRANSPORT_LINE = 998  # bytes without CRLF; RFC 5322 2.1.1
LONGEST_URL = 900

_OURS = re.compile(
    r"(?i)(date|from|sender|reply-to|to|cc|bcc|subject|message-id|mime-version|content-.*|list-unsubscribe(-post)?"
    r"|dkim-signature|received|return-path|resent-.*)"
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}")
_URL = re.compile(r"https?://[!#-;=?-Z\[\]_a-z~%]+")


class Mail(NamedTuple):
    """What one person gets. Bodies are text with any line ends; "" leaves that part out.

    `message` becomes the Message-ID `<message@domain of from_>`. `headers` are others than those written here.
    `list_unsubscribe_url` ("" for none) adds List-Unsubscribe and, for RFC 8058, List-Unsubscribe-Post.
    """

    message: UUID
    from_: Address
    to: Address
    subject: str
    html: str = ""
    text: str = ""
    reply_to: Address | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    list_unsubscribe_url: str = ""


def compose(mail: Mail, *, signers: Sequence[Signer] = (), eight_bit: bool = False, at: float | None = None) -> bytes:
    """The mail with CRLF line ends, ready for SMTP's DATA but for dot-stuffing.

    `eight_bit` allows bodies in plain UTF-8 (`SmtpPool.eight_bit`); otherwise they are quoted-printable where they
    need it. `at` is the Date in seconds since 1970, now by default. MailRefusedError names the field that no mail
    may carry: CR, LF, NUL or half a surrogate in a header, no address, too long.
    """
    kind, body = _body(mail, eight_bit)
    fields = _fields(mail, time.time() if at is None else at)
    fields.append(("Content-Type", kind[0]))
    if kind[1]:
        fields.append(("Content-Transfer-Encoding", kind[1]))
    head = "".join([f"{name}: {value}\r\n" for name, value in fields])
    signatures = "".join([signer.sign(fields, body) for signer in signers])
    return b"%b%b\r\n%b" % (signatures.encode(), head.encode(), body)


def _fields(mail: Mail, at: float) -> list[tuple[str, str]]:
    """Every header but those of the content, encoded."""
    sender = _same(mail.from_, "from_")
    domain = sender.rstrip(">").rpartition("@")[2]
    fields = [
        ("Date", _date(int(at))),
        ("From", sender),
        ("To", mailbox(mail.to, "to")),
        ("Subject", unstructured(mail.subject, "subject")),
        ("Message-ID", f"<{mail.message}@{domain}>"),
        ("MIME-Version", "1.0"),
    ]
    if mail.reply_to is not None:
        fields.append(("Reply-To", _same(mail.reply_to, "reply_to")))
    if mail.list_unsubscribe_url:
        fields.append(("List-Unsubscribe", _url(mail.list_unsubscribe_url)))
        fields.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    for name, value in mail.headers.items():
        fields.append((name, _other(name, value)))
    return fields


def _url(url: str) -> str:
    if not _URL.fullmatch(url) or len(url) > LONGEST_URL:
        raise MailRefusedError("list_unsubscribe_url", f"is not an http(s) URL of at most {LONGEST_URL} characters")
    return f"<{url}>"


@lru_cache(1024)
def _same(given: Address, field: str) -> str:
    """The sender's mailboxes, which are the same for a whole activity."""
    return mailbox(given, field)


@lru_cache(1024)
def _other(name: str, value: str) -> str:
    field = f"headers.{name}" if _NAME.fullmatch(name) else "headers"
    if not _NAME.fullmatch(name) or _OURS.fullmatch(name):
        raise MailRefusedError(field, "is not a header that may be added")
    try:
        return unstructured(value, name)
    except MailRefusedError as error:
        raise MailRefusedError(field, error.problem) from None


@lru_cache(8)
def _date(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))


def _body(mail: Mail, eight_bit: bool) -> tuple[tuple[str, str], bytes]:
    """(content type, transfer encoding) and the content: one part, or both as alternatives."""
    if not (mail.text and mail.html):
        kind = "html" if mail.html else "plain"
        encoding, data = _encode(mail.html or mail.text, eight_bit)
        return (f"text/{kind}; charset=utf-8", encoding), data if data.endswith(b"\r\n") else data + b"\r\n"
    boundary = f"=_{mail.message.hex}"  # no quoted-printable text can hold "=_"
    text, html = (_part(kind, body, eight_bit, boundary) for kind, body in (("plain", mail.text), ("html", mail.html)))
    mark = boundary.encode()
    data = b"--%b\r\n%b\r\n--%b\r\n%b\r\n--%b--\r\n" % (mark, text, mark, html, mark)
    return (f'multipart/alternative;\r\n boundary="{boundary}"', ""), data


def _part(kind: str, body: str, eight_bit: bool, boundary: str) -> bytes:
    encoding, data = ("quoted-printable", _quoted(body)) if boundary in body else _encode(body, eight_bit)
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + data


def _encode(body: str, eight_bit: bool) -> tuple[str, bytes]:
    """The transfer encoding that this text needs, and the text in it with CRLF line ends."""
    if "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    plain = body.isascii()
    if (plain or eight_bit) and "\0" not in body:
        data = body.encode()
        if _has_short_lines(data):
            return "7bit" if plain else "8bit", data.replace(b"\n", b"\r\n")
    return "quoted-printable", _quoted(body)


def _has_short_lines(data: bytes) -> bool:
    """Whether a line end comes within each 998 bytes; looks backwards, so that it touches few of them."""
    start = 0
    while len(data) - start > LONGEST_TRANSPORT_LINE:
        end = data.rfind(b"\n", start, start + LONGEST_TRANSPORT_LINE + 1)
        if end < 0:
            return False
        start = end + 1
    return True


def _quoted(body: str) -> bytes:
    text = body.replace("\r\n", "\n").replace("\r", "\n") if "\r" in body else body
    return binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")
