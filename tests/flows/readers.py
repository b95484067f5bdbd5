"""What people do with a mail: look at it, follow its links, leave, choose; each deed says which touch it causes."""

from collections.abc import Sequence
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import quote_plus

import httpx
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.flows.audience import Member
from tests.flows.campaigns import TOPIC
from tests.flows.postbox import Mail

DRIVES, VISIT = "https://www.shop.example/drives?utm_source=touchline", "https://www.shop.example/visit?by="
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
DETAIL = {
    "email.clicked": "url",
    "email.suppressed": "reason",
    "email.deferred": "reason",
    "brake.set": "reason",
    "email.unsubscribed": "topic",
    "consent.withdrawn": "topic",
}


class Told(NamedTuple):
    """A touch as far as whoever caused it knows it: its detail is a link's URL, a reason or a topic."""

    type: str
    activity: str
    message: str = ""
    detail: str = ""


def told(touch: pb.Touch) -> Told:
    """The same of a touch that a timeline shows; a mail that was not sent has no message that anybody could know."""
    detail = touch.attributes[DETAIL[touch.type]] if touch.type in DETAIL else ""
    message = "" if touch.type == "email.suppressed" else touch.message
    return Told(touch.type, touch.activity, message, str(detail))


class Addresses(HTMLParser):
    """The links and the images of a mail's HTML, in their order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found.get("href") or "")
        elif tag == "img":
            self.images.append(found.get("src") or "")


class Reader:
    """Somebody with a mail before them; `agent` is the program that they read it with."""

    def __init__(self, http: httpx.AsyncClient, member: Member, mail: Mail, activity: str) -> None:
        self.member, self.mail, self.activity = member, mail, activity
        self._http = http
        found = Addresses(mail.body("html"))
        self.pixels, self.links = found.images, found.links[:2]
        self.leave_url, self.preferences_url = found.links[2:]

    @property
    def pages(self) -> list[str]:
        """Where the two links must lead this person."""
        return [DRIVES, VISIT + quote_plus(self.member.given_name)]

    async def open(self, agent: str) -> Told:
        """Fetch the pixel."""
        answer = await self._http.get(self.pixels[0], headers={"user-agent": agent})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
        return self._caused("email.opened")

    async def click(self, number: int, agent: str) -> Told:
        """Follow a link, 0 or 1, as far as where it leads."""
        answer = await self._http.get(self.links[number], headers={"user-agent": agent})
        assert (answer.status_code, answer.headers["location"]) == (302, self.pages[number])
        return self._caused("email.clicked", self.pages[number])

    async def scan(self) -> None:
        """What a security program does with the way out: looks, and never presses; so nothing happens."""
        for method in ("HEAD", "GET"):
            assert (await self._http.request(method, self.leave_url)).status_code == 200

    async def leave_by_one_click(self) -> Told:
        """RFC 8058: POST the body that List-Unsubscribe-Post says to the address in List-Unsubscribe."""
        assert self.mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = str(self.mail.message["List-Unsubscribe"]).strip("<>")
        answer = await self._http.post(address, data=ONE_CLICK)
        assert answer.status_code == 200
        return self._caused("email.unsubscribed", TOPIC)

    async def leave_by_page(self, scope: str) -> Told:
        """Press a button of the page: `topic` or `all`."""
        answer = await self._http.post(self.leave_url, data={"scope": scope})
        assert answer.status_code == 200
        return self._caused("email.unsubscribed", TOPIC if scope == "topic" else "all marketing")

    async def forbid_tracking(self) -> Told:
        """In the preference centre: no longer follow what is read."""
        answer = await self._http.post(self.preferences_url, data={"was/TRACKING/": "allow", "TRACKING/": "stop"})
        assert answer.status_code == 200
        return self._caused("consent.withdrawn", "all tracking")

    def _caused(self, kind: str, detail: str = "") -> Told:
        return Told(kind, self.activity, self.mail.id, detail)
