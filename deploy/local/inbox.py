"""The mails that the sandbox keeps, one file each, and the HTTP API that shows them.

    GET    /mails?recipient=eva&page_size=50&page_token=…   the newest first: {"mails": […], "next_page_token": "…"}
    GET    /mails/{id}                                       one, with headers, text, html and raw
    DELETE /mails                                            all of them: {"deleted": 12}
    GET    /healthz                                          200

A mail in a list has id, time, sender and recipients (the envelope), from, to, subject and size in bytes; one alone
has also headers ([name, value] in their order), text, html ("" where there is none) and raw. `recipient` finds
a part of an address. Only the machine itself is answered, by its own names.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as policy
from functools import lru_cache
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from chassis.moments import rfc3339

from deploy.local import api

KEPT = 1_000
PAGE, LARGEST_PAGE = 50, 200


class Entry(NamedTuple):
    """A mail that is kept: its id, which is its arrival in nanoseconds, and its envelope."""

    id: int
    sender: str
    recipients: tuple[str, ...]


class Inbox:
    """The newest mails of a folder. A file begins with Return-Path and Delivered-To, as of a mailbox; then the mail."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._kept = folder, kept
        self._lock = threading.Lock()
        self._entries = deque(_entry(file) for file in sorted(folder.glob("*.eml")))
        self.summary = lru_cache(kept)(self._summary)

    def add(self, sender: str, recipients: Sequence[str], content: bytes) -> int:
        """Keep a mail, and forget the oldest of too many; its id."""
        with self._lock:
            newest = self._entries[-1].id if self._entries else 0
            entry = Entry(max(newest + 1, time.time_ns()), sender, tuple(recipients))
            trace = f"Return-Path: <{sender}>\r\n" + "".join(f"Delivered-To: {to}\r\n" for to in recipients)
            part = self._folder / f"{entry.id}.part"
            part.write_bytes(trace.encode() + content)
            part.replace(self._file(entry))
            self._entries.append(entry)
            while len(self._entries) > self._kept:
                self._file(self._entries.popleft()).unlink(missing_ok=True)
        return entry.id

    def page(self, recipient: str = "", size: int = PAGE, before: int = 0) -> tuple[list[Entry], int]:
        """The newest mails older than `before` (0 for any), and the id to go on before, 0 at the end."""
        with self._lock:
            entries = list(self._entries)
        part = recipient.casefold()
        found = [
            entry
            for entry in reversed(entries)
            if (not before or entry.id < before) and any(part in to.casefold() for to in entry.recipients)
        ]
        return found[:size], found[size - 1].id if len(found) > size else 0

    def find(self, number: int) -> Entry | None:
        with self._lock:
            return next((entry for entry in self._entries if entry.id == number), None)

    def clear(self) -> int:
        """Forget every mail; how many there were."""
        with self._lock:
            count = len(self._entries)
            for entry in self._entries:
                self._file(entry).unlink(missing_ok=True)
            self._entries.clear()
        return count

    def whole(self, entry: Entry) -> dict[str, Any]:
        """The mail with everything in it."""
        raw = self._file(entry).read_bytes()
        mail = _parsed(raw)
        return self.summary(entry) | {
            "headers": [[name, str(value)] for name, value in mail.items()],
            "text": _text(mail, "plain"),
            "html": _text(mail, "html"),
            "raw": raw.decode("utf-8", "replace"),
        }

    def _summary(self, entry: Entry) -> dict[str, Any]:
        raw = self._file(entry).read_bytes()
        mail = _parsed(raw, headers_only=True)
        moment = datetime.fromtimestamp(entry.id / 1e9, UTC)
        return {
            "id": str(entry.id), "time": rfc3339(moment, "milliseconds"),
            "sender": entry.sender, "recipients": list(entry.recipients), "size": len(raw),
            "from": str(mail["From"] or ""), "to": str(mail["To"] or ""), "subject": str(mail["Subject"] or ""),
        }  # fmt: skip

    def _file(self, entry: Entry) -> Path:
        return self._folder / f"{entry.id:020d}.eml"


def _entry(file: Path) -> Entry:
    """A mail that an earlier run kept."""
    head = file.read_bytes().split(b"\r\n\r\n", 1)[0].decode("utf-8", "replace").split("\r\n")
    recipients = []
    for line in head[1:]:
        name, _, value = line.partition(": ")
        if name != "Delivered-To":
            break
        recipients.append(value)
    return Entry(int(file.stem), head[0].partition(": ")[2].strip("<>"), tuple(recipients))


def _parsed(raw: bytes, *, headers_only: bool = False) -> EmailMessage:
    mail = BytesParser(policy=policy).parsebytes(raw, headersonly=headers_only)
    assert isinstance(mail, EmailMessage)
    return mail


def _text(mail: EmailMessage, kind: str) -> str:
    """The body of this kind; what cannot be decoded is shown as well as it can be."""
    part = mail.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


class InboxApi(api.Api):
    """Answers one connection; `inbox` is set by `serve`."""

    inbox: Inbox

    def do_GET(self) -> None:  # noqa: N802
        parts = urlsplit(self.path)
        match parts.path.strip("/").split("/"):
            case ["healthz"]:
                self.answer(200, {"status": "ok"})
            case ["mails"]:
                self._list(parse_qs(parts.query))
            case ["mails", number] if number.isascii() and number.isdigit() and (entry := self.inbox.find(int(number))):
                self.answer(200, self.inbox.whole(entry))
            case _:
                self.answer_nothing()

    def do_DELETE(self) -> None:  # noqa: N802
        if urlsplit(self.path).path.strip("/") == "mails":
            self.answer(200, {"deleted": self.inbox.clear()})
        else:
            self.answer_nothing()

    def _list(self, query: dict[str, list[str]]) -> None:
        told = api.numbers(query, page_size=PAGE, page_token=0)
        if told is None:
            self.answer(400, {"error": "page_size and page_token are numbers"})
            return
        size, before = told
        entries, following = self.inbox.page(query.get("recipient", [""])[0], min(LARGEST_PAGE, size or PAGE), before)
        token = str(following) if following else ""
        self.answer(200, {"mails": [self.inbox.summary(entry) for entry in entries], "next_page_token": token})


def serve(inbox: Inbox, host: str, port: int) -> ThreadingHTTPServer:
    """The API, listening when this returns."""
    return api.serve(type("ApiOfInbox", (InboxApi,), {"inbox": inbox}), host, port)
