"""Header fields as the RFCs write them: addresses (5321, 5322, 6532, IDNA), encoded words (2047) and folding."""

import base64
import re
from typing import NamedTuple

import idna

LONGEST_VALUE = 2_000  # characters of a name, a subject or a header's value
LONGEST_LINE = 78
LONGEST_LOCAL, LONGEST_ADDRESS = 64, 254  # bytes; RFC 5321 4.5.3.1 and its erratum 1690

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_USUAL = re.compile(rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*@(?:{_LABEL}\.)*{_LABEL}")
_DOT_ATOM = re.compile(rf"[\u00a1-\U0010ffff{_ATEXT}]+(?:\.[\u00a1-\U0010ffff{_ATEXT}]+)*")
_QUOTED = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*"')
_PHRASE = re.compile(rf"[{_ATEXT}]+(?: [{_ATEXT}]+)*")
_FORBIDDEN = re.compile(r"[\r\n\0\ud800-\udfff]")
_FIRST, _WORD = 74, 45  # characters of a line for encoded words, and bytes in one of them


class MailRefusedError(Exception):
    """A value that no mail may carry; says the field and the problem, never the value."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field, self.problem = field, problem


class Address(NamedTuple):
    """A mailbox: its e-mail address, and the name shown beside it ("" for none)."""

    email: str
    name: str = ""


def address(email: str, field: str = "email") -> str:
    """The address as SMTP and headers carry it: the domain as A-labels, the local part as given.

    A local part outside ASCII stays; who sends to it needs SMTPUTF8. MailRefusedError when it is none.
    """
    if not _USUAL.fullmatch(email):
        email = _unusual(email, field)
    if len(email) > LONGEST_ADDRESS or len(email.rpartition("@")[0].encode()) > LONGEST_LOCAL:
        raise MailRefusedError(field, "is longer than an address may be")
    return email


def mailbox(given: Address, field: str) -> str:
    """`Name <address>`, the name as atoms, quoted or as encoded words."""
    email = address(given.email, f"{field}.email")
    if not given.name:
        return email
    name = _phrase(check(given.name, f"{field}.name"))
    return f"{name} <{email}>" if len(name) + len(email) < LONGEST_LINE - 14 else f"{name}\r\n <{email}>"


def unstructured(value: str, field: str) -> str:
    """A subject or another free value behind the header `field`: as it is, folded, or as encoded words."""
    if not (value.isascii() and value.isprintable()):
        check(value, field)
    elif len(value) <= LONGEST_LINE - 2 - len(field):
        if "=?" not in value and value == value.strip():
            return value
    elif (folded := _fold(check(value, field), field)) is not None:
        return folded
    return _words(value, _FIRST - len(field))


def check(value: str, field: str) -> str:
    """The value itself, unless it could end its header or is without end."""
    if found := _FORBIDDEN.search(value):
        names = {"\r": "CR", "\n": "LF", "\0": "NUL"}
        raise MailRefusedError(field, f"holds {names.get(found.group(), 'half a character')}")
    if len(value) > LONGEST_VALUE:
        raise MailRefusedError(field, f"is longer than {LONGEST_VALUE} characters")
    return value


def _unusual(email: str, field: str) -> str:
    local, at, domain = email.rpartition("@")
    check(email, field)
    if not at or not local.isprintable() or not (_DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local)):
        raise MailRefusedError(field, "is not an e-mail address")
    if not _DOMAIN.fullmatch(domain):
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            raise MailRefusedError(field, "has no domain name behind the @") from None
    return f"{local}@{domain}"


def _phrase(name: str) -> str:
    if not (name.isascii() and name.isprintable()) or "=?" in name or len(name) > LONGEST_LINE - 14:
        return _words(name, _FIRST - len("Reply-To"))
    if _PHRASE.fullmatch(name):
        return name
    if name != name.strip():
        return _words(name, _FIRST - len("Reply-To"))
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _fold(value: str, field: str) -> str | None:
    """The value broken at spaces into lines that are short enough; None where that cannot be."""
    if "=?" in value or "  " in value or value != value.strip():
        return None
    lines, room = [""], LONGEST_LINE - 1 - len(field)
    for word in value.split(" "):
        if len(word) > LONGEST_LINE - 30:
            return None
        if len(lines[-1]) + len(word) + 1 > room:
            lines.append("")
            room = LONGEST_LINE
        lines[-1] += f" {word}"
    return "\r\n".join(lines)[1:]


def _words(text: str, first: int) -> str:
    """Encoded words of whole characters, a line each; `first` is the room on the line of the header's name."""
    data, lines, start = text.encode(), [], 0
    room = max(12, min(_WORD, (first - 12) // 4 * 3))
    while start < len(data):
        end = start + room
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        lines.append(f"=?utf-8?b?{base64.b64encode(data[start:end]).decode()}?=")
        start, room = end, _WORD
    return "\r\n ".join(lines)
