"""Every address of the console asked with what no page of ours would send, while the services answer whatever can be:
nothing that a browser, a script or a stored value says is a bug of the console's own (a 5xx).
"""

import random
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api import resource_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from services.console.http import guard
from tests.console.upstream import FORM, ID, Door, Upstream, opened

CONSOLE = Path(guard.__file__).parents[1]
PARAMETER = re.compile(r'params\.get(?:list)?\(\s*"(\w+)"|\bpage_token\b')
FIELD = re.compile(r'\b(?:form|found|told|filled)(?:\.get\(|\[)\s*"([\w.:]+)"')
DRAWN = re.compile(r'\bname="([\w.:]+)"')
# What stands alone in the stack: without it the pages say that it is away.
LOCAL = ("/inbox", "/traces")
HOSTILE = (
    "", " ", "0", "-1", "1", "99999999999999999999", "1e999999999", "NaN", "-inf", "٣", "²", "0x10", "1_000",
    "0000-00-00", "0001-01-01", "9999-12-31", "2026-02-30", "-0001-01-01", "2026-W01-1", "0001-01-01T00:00",
    "9999-12-31T23:59", "2026-12-01T10:00+23:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-12:00",
    "\0", "a\0b", "\ud7ff\uffff\U0010ffff", "\u202e\u2066", "é" * 300, "x" * 9_000, "{", "{}", "[]", "null",
    "%ED%A0%80", "%00", "../..", "//evil.example", "javascript:x", "contacts/", f"contacts/{ID}", f"deals/{ID}",
    "deals/../x", f"accounts/{ID}", "touches/x", ID, ID.upper(), f"urn:uuid:{ID}", "users/jana", '"', "\\", "' OR 1=1",
    "email", "rule", "list", "all", "crm:demo", "Europe/Prague", "../etc/passwd", "Europe", "=1+1", "\r\nX: y",
    "A" * 32,
)  # fmt: skip
RAW = ("%FF%FE", "%C3%28", "%ED%A0%80", "%F0%9F%98", "%", "%zz", "+", "a=b=c", "=", "&&&", "a[]=1", ";")
MOMENTS = (0, 1, 1_800_000_000, -62_135_596_800, 253_402_300_799)  # the last two: the ends of the calendar
PLACE = re.compile(r"{[^}]+}")
PATHS = (
    "%00",
    "%FF",
    "%ED%A0%80",
    "..%2F..",
    "%2F",
    "%20",
    "x" * 3_000,
    ID.upper(),
    f"urn:uuid:{ID}",
    "%F0%9F%98%80",
    "0",
)
DISPOSED = b"Content-Disposition: form-data"
BODIES = (
    ("application/json", b'{"csrf": "x"}'), ("application/json", b"\xff"), ("text/plain", b"a=b"), ("", b"a=b"),
    ("multipart/form-data", b"--x"), ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
    ("multipart/form-data; boundary=x; charset=none", b'--x\r\n%b; name="a"\r\n\r\nb\r\n--x--' % DISPOSED),
    ("multipart/form-data; boundary=x", b'--x\r\n%b; name="a"; filename="b"\r\n\r\nb\r\n--x--' % DISPOSED),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: attachment\r\n\r\nb\r\n--x--"),
    ("application/x-www-form-urlencoded", b"csrf=%FF%FE&a=\xff&=&&a"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2_000))),
)  # fmt: skip
HEADERS = (
    ("accept-language", "de;q=nan,*;q=1e999,-;q=,;;,\xff"),
    ("cookie", "touchline_session=\xff.\xff; touchline_language=\xff; =; a"),
    ("last-event-id", "\xff" * 9), ("traceparent", "00-" + "f" * 32 + "-0000000000000000-zz"), ("host", "["),
    ("content-length", "x"), ("range", "bytes=9-1"), ("x-forwarded-proto", "\xff"),
)  # fmt: skip
NUMBERS = (0.0, 0.5, -1.0, 1e15)
PROMISED = {"touchline.interaction.v1.Thread.touches", "touchline.segmentation.v1.Member.contact"}  # never empty
SERIES = 12
KEYS = (
    "title", "page", "url", "link", "note", "reason", "subject", "form", "duration_minutes", "due_time", "start_time",
    "assignee", "remind_time", "task", "outcome", "topic", "amount", "energy_use",
)  # fmt: skip


def words_of(*patterns: re.Pattern[str]) -> list[str]:
    """Every name that a page reads from an address or a form."""
    files = [*CONSOLE.rglob("http/**/*.py"), *CONSOLE.rglob("*.html")]
    text = "\n".join(file.read_text() for file in files)
    return sorted({found for pattern in patterns for found in pattern.findall(text) if found} | {"page_token"})


class Filled(Upstream):
    """Answers with messages in which every field says something: known and unknown numbers, ends of the calendar."""

    def __init__(self) -> None:
        super().__init__()
        self.dice = random.Random(0)

    def answer(self, given: type[Message], request: Message) -> Message:
        found = given()
        self._fill(found, 0)
        self._keep_promises(found, request)
        if getattr(request, "page_token", ""):  # the second page is the last one
            found.ClearField("next_page_token")
        return found

    def _keep_promises(self, found: Message, request: Message) -> None:
        """A batch has an answer for each that was asked for."""
        asked = [len(value) for field, value in request.ListFields() if field.is_repeated]
        if asked and request.DESCRIPTOR.name.startswith(("BatchGet", "Resolve")):
            (answers,) = (field.name for field in found.DESCRIPTOR.fields if field.is_repeated)
            found.ClearField(answers)
            for _ in range(asked[0]):
                self._message(getattr(found, answers).add(), 1)

    def _fill(self, message: Message, depth: int) -> None:
        known = set()
        for field in message.DESCRIPTOR.fields:
            if field.containing_oneof and (field.containing_oneof.name in known or self.dice.random() < 0.5):
                continue
            known |= {field.containing_oneof.name} if field.containing_oneof else set()
            self._field(message, field, depth)

    def _field(self, message: Message, field: FieldDescriptor, depth: int) -> None:
        kind = field.message_type
        least = int(field.full_name in PROMISED or field.name == "name")
        if kind is None:
            values = [self._value(message, field) for _ in range(self.dice.randint(least, 2))]
            if field.is_repeated:
                getattr(message, field.name).extend(values)
            elif values:
                setattr(message, field.name, values[0])
        elif depth < 5:
            self._parts(message, field, kind, depth)

    def _parts(self, message: Message, field: FieldDescriptor, kind: Any, depth: int) -> None:
        if kind.GetOptions().map_entry:
            self._map(getattr(message, field.name), kind, depth)
        elif field.is_repeated:
            for _ in range(self.dice.randint(int(field.full_name in PROMISED), 2)):
                self._message(getattr(message, field.name).add(), depth)
        elif self.dice.random() < 0.8:
            self._message(getattr(message, field.name), depth)

    def _map(self, found: Any, kind: Any, depth: int) -> None:
        value = kind.fields_by_name["value"]
        for key in (
            self.dice.sample(KEYS, 6) if kind.fields_by_name["key"].type == FieldDescriptor.TYPE_STRING else (1,)
        ):
            if value.message_type is None:
                found[key] = self._value(None, value)
            else:
                self._message(found[key], depth)

    def _message(self, found: Message, depth: int) -> None:
        found.SetInParent()
        match found.DESCRIPTOR.full_name:
            case "google.protobuf.Timestamp":
                found.seconds, found.nanos = self.dice.choice(MOMENTS), 0
            case "google.protobuf.Value":
                if self.dice.random() < 0.7:
                    found.string_value = self.dice.choice(HOSTILE)
                else:
                    found.number_value = self.dice.choice(NUMBERS)
            case "google.type.Date":
                found.year, found.month, found.day = self.dice.choice(((0, 12, 31), (2027, 2, 0), (9999, 12, 31)))
            case _:
                self._fill(found, depth + 1)

    def _value(self, message: Message | None, field: FieldDescriptor) -> Any:
        match field.type:
            case FieldDescriptor.TYPE_STRING:
                return self._text(message, field)
            case FieldDescriptor.TYPE_BYTES:
                return b"\xff" * 16
            case FieldDescriptor.TYPE_BOOL:
                return self.dice.random() < 0.5
            case FieldDescriptor.TYPE_ENUM:
                return self.dice.choice([*field.enum_type.values_by_number, 99])
            case FieldDescriptor.TYPE_DOUBLE | FieldDescriptor.TYPE_FLOAT:
                return self.dice.choice(NUMBERS)
        return self.dice.choice((0, 1, 3, 2**31 - 1))

    def _text(self, message: Message | None, field: FieldDescriptor) -> str:
        """A resource's name where one is due, else anything."""
        if field.name == "name" and message is not None:
            named = message.DESCRIPTOR.GetOptions().Extensions[resource_pb2.resource]
            if named.pattern:
                return re.sub(r"{\w+}", ID, named.pattern[0])
        wanted = field.GetOptions().Extensions[resource_pb2.resource_reference].type.rpartition("/")[2]
        if wanted:
            return f"{wanted[0].lower()}{wanted[1:]}s/{ID}"
        return self.dice.choice(HOSTILE)


PARAMETERS, FIELDS = words_of(PARAMETER), words_of(FIELD, DRAWN)


@pytest.fixture
async def door(keys, tmp_path) -> AsyncIterator[Door]:
    async with opened(keys, tmp_path, Filled()) as found:
        yield found


def draws(dice: random.Random, names: list[str], most: int) -> list[tuple[str, str]]:
    """Some parameters or fields with hostile values; some of them twice."""
    chosen = dice.choices(names, k=dice.randint(1, most))
    return [(name, dice.choice(HOSTILE)) for name in chosen]


def complaint(method: str, path: str, sent: Any, answer: httpx.Response) -> Iterator[str]:
    is_local = path.startswith(LOCAL) and answer.status_code in {502, 503}
    if answer.status_code >= 500 and not is_local:
        yield f"{method} {path} {answer.status_code}: {sent!r}"


@pytest.mark.parametrize("language", ["en", "de"])
async def test_no_page_breaks_whatever_the_services_answer(door, language):
    """Ends of the calendar, numbers of tomorrow, texts of anybody: in each language, drawn anew for each page."""
    found = []
    for number in range(SERIES):
        for method, path in door.routes:
            door.upstream.dice.seed(f"{number} {method} {path}")
            answer = await door.ask(method, path, None, headers={"accept-language": language})
            found += complaint(method, path, number, answer)
    assert found == []


async def test_no_address_breaks_whatever_it_is_asked(door):
    """Parameters that there are with values of anybody, twice, or as no text at all."""
    found, dice = [], random.Random(7)
    for number in range(SERIES):
        for method, path in door.routes:
            query = draws(dice, PARAMETERS, 6)
            raw = "&".join(f"{name}={dice.choice(RAW)}" for name in dice.choices(PARAMETERS, k=2))
            sent = {"params": query} if number % 2 else {}
            answer = await door.ask(method, path if number % 2 else f"{path}?{raw}", None, **sent)
            found += complaint(method, path, query if number % 2 else raw, answer)
    assert found == []


async def test_no_address_breaks_whatever_stands_in_its_path(door):
    found = []
    for method, path in door.templates:
        for place in PLACE.findall(path):
            for value in PATHS:
                odd = door.address(path.replace(place, value, 1))
                answer = await door.ask(method, odd, None)
                found += complaint(method, path, value, answer)
    assert found == []


async def test_no_form_breaks_its_page_whatever_it_holds(door):
    """Fields missing, foreign, hostile, those that its page draws among them; no fields at all; no form at all."""
    found, dice = [], random.Random(11)
    for path in (path for method, path in door.routes if method == "POST"):
        for number in range(SERIES):
            door.upstream.dice.seed(f"{number} {path}")
            drawn = DRAWN.findall((await door.ask("GET", path, None)).text)
            for _ in range(3):
                kept = {name: value for name, value in FORM.items() if dice.random() < 0.5}
                odd = dict(draws(dice, FIELDS, 5) + draws(dice, drawn or FIELDS, 5))
                form = {**kept, **odd, "csrf": door.csrf} | ({"request": ID} if dice.random() < 0.9 else {})
                door.upstream.dice.seed(f"{number} {path}")
                found += complaint("POST", path, form, await door.ask("POST", path, None, data=form))
        for kind, body in BODIES:
            sent = {"content": body, "headers": {"content-type": kind}}
            found += complaint("POST", path, (kind, body[:60]), await door.ask("POST", path, None, **sent))
    assert found == []


async def test_no_page_breaks_whatever_its_headers_say(door):
    found = []
    for method, path in door.routes:
        for name, value in HEADERS:
            answer = await door.ask(method, path, None, headers={name.encode(): value.encode("latin-1")})
            found += complaint(method, path, (name, value), answer)
    assert found == []
