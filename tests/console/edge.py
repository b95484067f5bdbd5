"""What comes through the public edge: mails that somebody has before her, and what is made of their links."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
from chassis.ids import uuid7
from identity import Subjects
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from tracking import Keyring, Token, urls

from tests.console.conftest import AGENT
from tests.flows.campaigns import until

KEPT = "!#$&'()*+,/:;=?[]~|"  # what a link may hold as it is
HOST = "https://=1+1|'calc'!A0/"  # a link leads there where its author wrote so
LINK_CHARACTERS = 50  # four times as many, encoded, are within the 1,500 bytes of a link
TOPIC_CHARACTERS = 20  # as many as are sure to be within the edge's 60 bytes


@dataclass
class Visitor:
    """Somebody whose address is known, and the mails that she was sent an hour ago."""

    system: Any
    contact: str
    address: str

    def token(self, kind: str, **fields: object) -> str:
        """A link of a mail of its own, signed."""
        settings = self.system.settings
        usual: dict[str, Any] = {
            "message": uuid7(datetime.now(UTC) - timedelta(hours=1)),
            "subject": Subjects(settings.identity_key()).of("email", self.address),
            "contact": self.contact.removeprefix("contacts/"),
        }
        return Keyring.load(settings.tracking_key_file).sign(Token(kind=kind, **usual | fields))

    async def follow(self, links: Iterable[str], said: str = "") -> None:
        """Follow each link of a mail, with a browser that says this of itself and of where it comes from."""
        async with httpx.AsyncClient(timeout=90) as http:
            for link in links:
                at = urls(self.system.settings.edge_url).click(self.token("click", url=link, link=1))
                answer = await http.get(at, headers=headers(said))
                assert (answer.status_code, answer.headers["location"]) == (302, link)
                assert "set-cookie" not in answer.headers

    async def choose(self, topic: str) -> list[str]:
        """Take back what she was never asked, as a form made by hand says it; every page that she was shown."""
        at = urls(self.system.settings.edge_url).preferences(
            self.token("unsubscribe", topic=topic, purpose="marketing")
        )
        form = {f"was/MARKETING/{topic}": "", f"MARKETING/{topic}": "stop"}
        async with httpx.AsyncClient(timeout=90, headers=headers(topic)) as http:
            answers = [await http.get(at), await http.post(at, data=form), await http.get(at.replace("/p/", "/u/"))]
        assert {answer.status_code for answer in answers} == {200}
        return [answer.text for answer in answers]

    async def arrived(self, stage: Any, *kinds: str, count: int) -> list[pb.Touch]:
        """Her touches of these types, when there are as many."""

        async def told() -> list[pb.Touch]:
            answer = await stage.interaction.GetTimeline(pb.GetTimelineRequest(parent=self.contact, page_size=200))
            found = [touch for thread in answer.threads for touch in thread.touches if touch.type in kinds]
            return found if len(found) >= count else []

        return await until(told)


async def visitor(system: Any, stage: Any, contact: str) -> Visitor:
    """The person behind a contact, at her first address."""
    return Visitor(system, contact, await address_of(stage, contact))


async def address_of(stage: Any, contact: str) -> str:
    """A contact's first address."""
    known = await stage.contact.GetContact(contact_pb2.GetContactRequest(name=contact))
    return next(one.value for one in known.identifiers if one.kind == "email")


def headers(said: str) -> dict[str, bytes]:
    """What a browser says of itself, each with a text in it, as far as a header can hold that."""
    text = "".join(letter for letter in said if letter.isprintable()).strip().encode()
    hints = ("referer", "purpose", "x-purpose", "via", "x-forwarded-for", "accept-language", "cookie")
    return {
        "user-agent": (AGENT.encode() + b" " + text).strip(),
        "sec-fetch-mode": b"navigate",
        **dict.fromkeys(hints, text),
    }


def link_to(text: str) -> str:
    """A link whose path, query and marks say the first of a text: as it is where a link can hold that, and encoded."""
    said = text[:LINK_CHARACTERS]
    marks = "&".join(f"utm_{name}={quote(said, safe='')}" for name in ("source", "campaign"))
    return f"https://kiln.example/{quote(said, safe=KEPT)}?{marks}&q={quote(said, safe=KEPT)}"


def topic_of(text: str) -> str:
    """A text as a topic that the edge takes."""
    return "".join(letter for letter in text if letter.isprintable())[:TOPIC_CHARACTERS]
