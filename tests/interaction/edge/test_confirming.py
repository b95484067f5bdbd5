"""Where a consent is confirmed: looking does nothing, the button does it once, a link that ended says how."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from chassis.config import Settings
from chassis.errors import Unavailable
from identity import Subjects
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub
from tracking import Token

from services.interaction.gateways import OptIns
from services.interaction.http.words import LANGUAGES
from tests.interaction.edge.ground import MESSAGE, RING, SUBJECT, edge_world, path
from tests.serving import serving


class Kept:
    """Requests for confirmation as contact keeps them: each is confirmed once."""

    def __init__(self, ended: str = "") -> None:
        self.ended = ended
        self.confirmed: list[tuple[UUID, bytes]] = []

    async def obstacle(self, opt_in: UUID) -> str:
        return self.ended or ("OPT_IN_USED" if self.confirmed else "")

    async def confirm(self, opt_in: UUID, caller_hash: bytes) -> str:
        if why := await self.obstacle(opt_in):
            return why
        self.confirmed.append((opt_in, caller_hash))
        return ""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_confirms_nothing_however_often(tmp_path: Path, method: str):
    kept = Kept()
    async with edge_world(tmp_path, opt_ins=kept) as world:
        for _ in range(3):
            answer = await world.http.request(method, path("confirm"))
            assert answer.status_code == 200
        assert ("Nothing happens until you press it" in answer.text) == (method == "GET")
        assert (world.touches(), world.requests(), kept.confirmed) == ([], [], [])


async def test_the_button_confirms_once_and_is_a_touch_that_holds_no_address(tmp_path: Path):
    kept = Kept()
    async with edge_world(tmp_path, opt_ins=kept) as world:
        answer = await world.http.post(path("confirm"))
        assert (answer.status_code, "it is confirmed" in answer.text) == (200, True)
        ((opt_in, caller_hash),) = kept.confirmed
        assert opt_in == MESSAGE
        assert caller_hash == RING.fingerprint("192.0.2.7", answer.request.headers["user-agent"])
        ((inside, said),) = world.touches()
        assert (said.type, inside.subject) == ("consent.confirmed", SUBJECT)
        assert said.attributes["topic"] == "newsletter"
        again = await world.http.post(path("confirm"))
        assert (again.status_code, "used already" in again.text) == (410, True)
        assert (len(kept.confirmed), len(world.touches())) == (1, 1)


@pytest.mark.parametrize(
    ("why", "status", "title"),
    [
        ("OPT_IN_USED", 410, "This link was used already"),
        ("OPT_IN_EXPIRED", 410, "This link has run out"),
        ("OPT_IN_WITHDRAWN", 410, "This request has ended"),
        ("ADDRESS_SUPPRESSED", 410, "This cannot be confirmed"),
        ("OPT_IN_NOT_FOUND", 404, "This link does not work"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_ended_says_how(tmp_path: Path, why: str, status: int, title: str, method: str):
    async with edge_world(tmp_path, opt_ins=Kept(why)) as world:
        answer = await world.http.request(method, path("confirm"))
        assert (answer.status_code, f"<h1>{title}</h1>" in answer.text) == (status, True)
        assert "<button>" not in answer.text
        assert world.touches() == []


async def test_while_contact_is_away_nobody_is_told_that_it_is_confirmed(tmp_path: Path):
    async with edge_world(tmp_path) as world:
        assert (await world.http.get(path("confirm"))).status_code == 200
        answer = await world.http.post(path("confirm"))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert "nothing changed" in answer.text
        assert world.touches() == []


async def test_one_link_does_not_make_the_edge_ask_for_ever(tmp_path: Path):
    async with edge_world(tmp_path, opt_ins=Kept()) as world:
        answers = [(await world.http.post(path("confirm"))).status_code for _ in range(22)]
    assert answers == [200] + [410] * 19 + [429] * 2


@pytest.mark.parametrize("kind", ["unsubscribe", "open", "click"])
async def test_no_other_link_of_a_mail_confirms(tmp_path: Path, kind: str):
    kept = Kept()
    async with edge_world(tmp_path, opt_ins=kept) as world:
        token = path(kind).rpartition("/")[2]
        assert (await world.http.post(f"/s/{token}")).status_code == 404
        assert (await world.http.post(f"/u/{path('confirm').rpartition('/')[2]}")).status_code == 404
    assert kept.confirmed == []


async def test_contact_confirms_what_the_edge_asks_and_names_what_ended(
    make_database: Callable[..., Settings], token: Callable[..., str], tmp_path: Path
):
    async with serving("contact", make_database("contact"), ContactServiceStub, token) as contact:
        api = await contact.stub("service")
        address = contacts.Identifier(kind="email", value="ada@reader.example")
        opt_in = contacts.OptIn(address=address, topic="news")
        asked = await api.RequestOptIn(contacts.RequestOptInRequest(opt_in=opt_in))
        number = UUID(asked.name.removeprefix("optIns/"))
        (tmp_path / "interaction.token").write_text(token("service", client="interaction"))
        away = {"service": "interaction", "role": "edge", "token_key_file": "", "development": False}
        away |= {
            "port_contact": int(contact.target.rpartition(":")[2]),
            "service_token_file": f"{tmp_path}/{{service}}.token",
        }
        opt_ins = OptIns(contact.settings.model_copy(update=away))
        try:
            assert await opt_ins.obstacle(number) == ""
            assert await opt_ins.confirm(number, b"caller") == ""
            assert (await opt_ins.obstacle(number), await opt_ins.confirm(number, b"caller")) == ("OPT_IN_USED",) * 2
            never = UUID(int=7 << 76 | 2 << 62)
            assert (await opt_ins.obstacle(never), await opt_ins.confirm(never, b"")) == ("OPT_IN_NOT_FOUND",) * 2
        finally:
            await opt_ins.close()
        subject = Subjects(contact.settings.identity_key()).of("email", address.value)
        text = RING.sign(Token(kind="confirm", message=number, subject=subject, topic="news", purpose="marketing"))
        assert RING.verify(text, "confirm").message == number
    gone = OptIns(contact.settings.model_copy(update=away))
    try:
        assert await gone.obstacle(number) == "", "nobody can say, so the page shows its button"
        with pytest.raises(Unavailable):
            await gone.confirm(number, b"caller")
    finally:
        await gone.close()


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "en"),
        ("", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("", "en;q=0.2, de;q=0.7", "de"),
        ("", "fr, de;q=0.1", "de"),
        ("", "fr", "en"),
        ("", "de;q=0", "en"),
        ("", "de;q=x, ,;;=", "en"),
        ("?lang=de", "en", "de"),
        ("?lang=en", "de", "en"),
        ("?lang=<script>", "de", "de"),
    ],
)
async def test_a_page_speaks_the_language_that_is_asked_for(tmp_path: Path, query: str, header: str, language: str):
    async with edge_world(tmp_path, opt_ins=Kept()) as world:
        for kind in ("confirm", "unsubscribe"):
            answer = await world.http.get(path(kind) + query, headers={"accept-language": header})
            assert f'<html lang="{language}">' in answer.text
            other = next(code for code in LANGUAGES if code != language)
            assert f'href="?lang={other}"' in answer.text, "the other language is a link away"


def test_no_language_lacks_a_text_or_a_place_for_one():
    english, *others = LANGUAGES.values()
    for words in others:
        for name in english.__slots__:
            one, other = getattr(english, name), getattr(words, name)
            assert other
            if isinstance(one, dict):
                assert one.keys() == other.keys()
            else:
                assert [part in other for part in ("{what}", "{topic}")] == [
                    part in one for part in ("{what}", "{topic}")
                ], name
