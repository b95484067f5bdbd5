"""What the edge answers: pixel, link, unsubscribe, preferences. GET and HEAD change nothing but touches."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from chassis import telemetry
from chassis.clock import Clock, SystemClock
from chassis.errors import Unavailable
from chassis.telemetry import metrics
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from touchline.interaction.v1.interaction_events_pb2 import ConsentRequest
from tracking import ForgedError, Keyring, Kind, Token, Urls

from services.interaction.domain.edge import ASKS_PER_MINUTE, OPEN, Rates
from services.interaction.domain.types import Verdict
from services.interaction.gateways import ConsentRequests, Delivery, Parcel, Standing, browser_parcel
from services.interaction.http import minting, pages
from services.interaction.http.browsers import Cookies
from services.interaction.http.callers import Callers
from services.interaction.http.minting import Seen
from services.interaction.http.words import words_of
from services.interaction.usecases import microseconds

LOG = telemetry.logger(__name__)
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
FORM_SECONDS = 10.0
MOST_CHOICES = 30
TOPIC_BYTES = 60
WITHDRAW, GRANT = ConsentRequest.WISH_WITHDRAW, ConsentRequest.WISH_GRANT
WISHES = {"allow": GRANT, "stop": WITHDRAW}


class Wish(NamedTuple):
    """One change that is asked for; `channel` is empty but for marketing by another way than mail."""

    purpose: str
    topic: str
    wish: int
    channel: str = ""


@dataclass
class Edge:
    """The handlers and what they need."""

    keyring: Keyring
    delivery: Delivery
    consents: ConsentRequests
    standing: Standing
    callers: Callers
    urls: Urls
    partitions: int
    cookies: Cookies | None = None
    clock: Clock = field(default_factory=SystemClock)
    rates: Rates = field(default_factory=Rates)
    asks: Rates = field(default_factory=lambda: Rates(ASKS_PER_MINUTE))

    async def open(self, request: Request) -> Response:
        """The pixel of a mail: an image of one point, whatever becomes of the touch."""
        token = self.token(request, Kind.OPEN)
        await self._note(request, token, OPEN, minting.opened)
        headers = {"cross-origin-resource-policy": "cross-origin"}
        return Response(PIXEL, media_type="image/gif", headers=headers)

    async def click(self, request: Request) -> Response:
        """A tracked link: leads where its token says and nowhere else, whatever becomes of the touch."""
        token = self.token(request, Kind.CLICK)
        seen = await self._note(request, token, str(token.link), minting.clicked)
        answer = Response(status_code=302, headers={"location": token.url})
        if seen is not None and self.cookies is not None and request.method == "GET":
            await self._know(self.cookies, request, seen, answer)
        return answer

    async def show_unsubscribe(self, request: Request) -> Response:
        """The page that says what its button will do."""
        token, text = self.token(request, Kind.UNSUBSCRIBE), request.path_params["token"]
        leads = self.urls.preferences(text)
        return HTMLResponse(pages.unsubscribe(words_of(request), token.topic, leads, is_test=token.is_test))

    async def unsubscribe(self, request: Request) -> Response:
        """One-click (RFC 8058) and the page's buttons: done when Kafka has it."""
        token = self.token(request, Kind.UNSUBSCRIBE)
        form = await _form(request)
        topic = "" if form.get("scope") == "all" else token.topic
        origin = ConsentRequest.ORIGIN_PAGE if "scope" in form else ConsentRequest.ORIGIN_ONE_CLICK
        purpose = token.purpose.upper() if token.purpose.upper() in pages.PURPOSES and topic else "MARKETING"
        await self._ask(request, token, [Wish(purpose, topic, WITHDRAW)], origin)
        return HTMLResponse(pages.unsubscribed(words_of(request), topic, is_test=token.is_test))

    async def show_preferences(self, request: Request) -> Response:
        """The preference centre: what the address allows now, as far as contact can be asked."""
        token = self.token(request, Kind.UNSUBSCRIBE)
        if self.asks.admits(token.message.bytes, "p", microseconds(self.clock.now())):
            stands = await self.standing.of(subject=token.subject, contact=token.contact, topic=token.topic)
        else:
            stands = self.standing.unknown(token.topic)
        is_known = all(stand.is_allowed is not None for stand in stands)
        choices = [pages.Choice(*stand) for stand in stands]
        words = words_of(request)
        return HTMLResponse(pages.preferences(words, choices, is_test=token.is_test, is_known=is_known))

    async def save_preferences(self, request: Request) -> Response:
        """Each choice that differs from what was shown becomes a request."""
        token = self.token(request, Kind.UNSUBSCRIBE)
        form, words = await _form(request), words_of(request)
        is_off = form.get("everything") == "stop"
        wishes = everything(token) if is_off else choices_of(form)
        if wishes:
            await self._ask(request, token, wishes, ConsentRequest.ORIGIN_PREFERENCES)
        if is_off:
            return HTMLResponse(pages.switched_off(words, is_test=token.is_test))
        return HTMLResponse(pages.saved(words, len(wishes), is_test=token.is_test))

    def token(self, request: Request, kind: str) -> Token:
        """The token of a link, or 404."""
        try:
            return self.keyring.verify(request.path_params["token"], kind)
        except ForgedError:
            metrics.EDGE_REFUSED.labels("forged").inc()
            raise HTTPException(404) from None

    def seen(self, request: Request, token: Token) -> Seen:
        """Who uses a link, and when."""
        caller = self.callers.of(request)
        known = self.keyring.fingerprint(caller.ip, caller.agent)
        return Seen(token, caller, known, microseconds(self.clock.now()))

    async def _note(
        self, request: Request, token: Token, place: str, mint: Callable[[Seen, int], Parcel]
    ) -> Seen | None:
        """Write the touch of an open or a click; what was seen, if it counts.

        Nothing that goes wrong here keeps anybody from image or page.
        """
        if token.is_test:
            return None
        try:
            seen = self.seen(request, token)
            if self.rates.admits(token.message.bytes, place, seen.now_us):
                await self.delivery.deliver(mint(seen, self.partitions))
                return seen
            metrics.EDGE_TOUCHES.labels("uncounted").inc()
        except Exception as error:
            metrics.EDGE_TOUCHES.labels("lost").inc()
            LOG.error("edge_touch_lost", error=type(error).__name__)  # noqa: TRY400 - its text may hold an address
        return None

    async def _know(self, cookies: Cookies, request: Request, seen: Seen, answer: Response) -> None:
        """Give the browser of a person its cookie, when it is sure that contact hears of it; never fails, as _note."""
        try:
            if minting.verdict_of(seen).verdict is Verdict.MACHINE:
                return
            cookie, is_new = cookies.of(request, seen.token)
            if not is_new or await self.delivery.tell(browser_parcel(minting.bound(seen, cookie))) != "lost":
                cookies.put(answer, cookie)
        except Exception as error:
            metrics.EDGE_BROWSERS.labels("lost").inc()
            LOG.error("edge_browser_lost", error=type(error).__name__)  # noqa: TRY400 - its text may hold the cookie

    async def _ask(self, request: Request, token: Token, wishes: list[Wish], origin: int) -> None:
        """Ask contact by its stream, then write the touches. A test mail asks for nothing."""
        if token.is_test:
            return
        seen = self.seen(request, token)
        if not self.asks.admits(token.message.bytes, "u", seen.now_us):
            metrics.EDGE_REFUSED.labels("rate").inc()
            raise HTTPException(429, headers={"retry-after": "60"})
        asked = [
            minting.consent_request(
                seen, purpose=one.purpose, topic=one.topic, wish=one.wish, channel=one.channel, origin=origin
            )
            for one in wishes
        ]
        try:
            await self.consents.ask(asked)
        except Unavailable:
            metrics.EDGE_CONSENT_REQUESTS.labels("refused").inc(len(asked))
            raise HTTPException(503, headers={"retry-after": "10"}) from None
        metrics.EDGE_CONSENT_REQUESTS.labels("kept").inc(len(asked))
        for one in asked:
            await self.delivery.deliver(minting.asked(seen, one, self.partitions))


def choices_of(form: FormData) -> list[Wish]:
    """What somebody chose: a wish for each row that is no longer as it was shown."""
    found: list[Wish] = []
    for name, value in form.multi_items():
        scope, slash, topic = name.partition("/")
        purpose, at, channel = scope.partition("@")
        is_scope = purpose in pages.PURPOSES and (not at or (purpose == "MARKETING" and channel in pages.CHANNELS))
        is_choice = slash and is_scope and isinstance(value, str) and value in WISHES
        if is_choice and form.get(f"was/{name}") != value and _is_topic(topic):
            found.append(Wish(purpose, topic, WISHES[str(value)], channel))
    return found[:MOST_CHOICES]


def everything(token: Token) -> list[Wish]:
    """All purposes of the address, and all ways to the person, taken back."""
    ways = [Wish("MARKETING", "", WITHDRAW, channel) for channel in pages.CHANNELS] if token.contact else []
    return [*(Wish(purpose, "", WITHDRAW) for purpose in pages.PURPOSES), *ways]


def _is_topic(topic: str) -> bool:
    return len(topic.encode(errors="replace")) <= TOPIC_BYTES and topic.isprintable()


async def _form(request: Request) -> FormData:
    """The fields of a form in either encoding. A body that is none has no fields: the address alone says enough."""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            return await request.form(max_files=0, max_fields=100)
    except TimeoutError:
        raise HTTPException(408) from None
    except HTTPException as error:
        if error.status_code != 400:
            raise
        return FormData()
