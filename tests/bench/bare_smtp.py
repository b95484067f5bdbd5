"""The least that sending needs: an asyncio SMTP loop with the same templates and signed links; nothing is written down.

`python -m tests.bench.bare_smtp PORT KEYRING FIRST COUNT CONNECTIONS`, run by the bench campaign-send.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import tracking

from services.campaign.domain.mailings import Mailing, Source, compile_mailing
from tests.campaign.sending.ground import HTML, SUBJECT, TEXT, TOPIC

HEAD = (
    "From: Shop <news@shop.example>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{message}@shop.example>\r\n"
    "MIME-Version: 1.0\r\nList-Unsubscribe: <{leave}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
    "{text}\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b--\r\n.\r\n"
)


class Writer:
    """Writes the same mails as the sender does."""

    def __init__(self, keyring: str) -> None:
        self._keyring = tracking.Keyring.load(keyring)
        self._urls = tracking.urls("http://127.0.0.1:8081")
        self._mailing: Mailing = compile_mailing(Source(SUBJECT, HTML, TEXT))
        self._campaign, self._activity = str(uuid4()), str(uuid4())

    def mail(self, number: int) -> tuple[str, bytes]:
        """The address and the mail of one person."""
        to, message, contact = f"reader-{number}@readers.example", uuid4(), str(UUID(int=number + (1 << 80)))
        common = {"message": message, "subject": number.to_bytes(16, "big"), "contact": contact}
        common |= {"campaign": self._campaign, "activity": self._activity}
        leave = self._token("unsubscribe", common, topic=TOPIC, purpose="marketing")
        variables = {
            "contact": {"given_name": f"Vera{number}", "family_name": "Adler"},
            "account": {"display_name": ""},
            "unsubscribe_url": self._urls.unsubscribe(leave),
        }
        links = [
            self._urls.click(self._token("click", common, link=at, url=url))
            for at, url in enumerate(self._mailing.urls(variables), 1)
        ]
        subject, html, text = self._mailing.render(variables, links, self._urls.open(self._token("open", common)))
        told = {"to": to, "subject": subject, "message": message, "leave": variables["unsubscribe_url"]}
        return to, HEAD.format(text=text, html=html, **told).encode()

    def _token(self, kind: str, common: dict[str, object], **told: object) -> str:
        return self._keyring.sign(tracking.Token(kind=kind, **common, **told))  # type: ignore[arg-type]


async def connection(port: int, writer: Writer, numbers: Iterator[int]) -> None:
    """Send on one connection until nobody is left."""
    reading, writing = await asyncio.open_connection("127.0.0.1", port)
    await reading.readline()
    writing.write(b"EHLO bare\r\n")
    while (await reading.readline())[3:4] == b"-":
        pass
    for number in numbers:
        to, data = writer.mail(number)
        writing.write(b"MAIL FROM:<news@shop.example>\r\nRCPT TO:<%b>\r\nDATA\r\n" % to.encode())
        for _ in range(3):
            await reading.readline()
        writing.write(data)
        await reading.readline()
    writing.close()


async def send(port: int, keyring: str, first: int, count: int, connections: int) -> None:
    """Send to so many people on so many connections."""
    writer, numbers = Writer(keyring), iter(range(first, first + count))
    await asyncio.gather(*(connection(port, writer, numbers) for _ in range(connections)))


if __name__ == "__main__":
    told = sys.argv
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    asyncio.run(send(int(told[1]), told[2], int(told[3]), int(told[4]), int(told[5])))
    print(time.perf_counter() - begun, flush=True)
