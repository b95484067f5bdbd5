"""Text messages that come in: known words are wishes about consent, everything else is a touch and no more."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.errors import InvalidArgument, PermissionDenied, Unavailable
from hypothesis import given
from hypothesis import strategies as st
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_events_pb2 import ConsentRequest

from services.interaction.domain.keywords import MEANING, Keyword, read, reply
from services.interaction.gateways import CONSENT_REQUESTS
from tests.interaction.world import World

NUMBER = "+4930901820"
CAME = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
Response = pb.ReceiveTextResponse


@pytest.mark.parametrize(
    ("text", "keyword", "word"),
    [
        ("STOP", "STOP", "STOP"),
        (" stop.\n", "STOP", "STOP"),
        ("“Stop!”", "STOP", "STOP"),
        ("S.T.O.P", "STOP", "STOP"),
        ("STOP STOP stop", "STOP", "STOP"),
        ("Stop all", "STOP", "STOPALL"),
        ("opt-out", "STOP", "OPTOUT"),
        ("ＳＴＯＰ", "STOP", "STOP"),
        ("stop\u200b", "STOP", "STOP"),
        ("Stop\n\nSent from my phone", "STOP", "STOP"),
        ("Unsubscribe", "STOP", "UNSUBSCRIBE"),
        ("cancel", "STOP", "CANCEL"),
        ("END", "STOP", "END"),
        ("quit", "STOP", "QUIT"),
        ("Abmelden!", "STOP", "ABMELDEN"),
        ("start", "START", "START"),
        ("Unstop", "START", "UNSTOP"),
        ("yes.", "START", "YES"),
        ("Help?", "HELP", "HELP"),
        ("info", "HELP", "INFO"),
        ("Hilfe", "HELP", "HILFE"),
        ("Please stop texting me", "NONE", ""),
        ("stop by on Tuesday", "NONE", ""),
        ("the end", "NONE", ""),
        ("unstoppable", "NONE", ""),
        ("yes, Tuesday suits me", "NONE", ""),
        ("", "NONE", ""),
        ("…", "NONE", ""),
    ],
)
def test_a_message_is_a_known_word_when_it_is_nothing_else(text: str, keyword: str, word: str):
    assert read(text) == (Keyword(keyword), word)


@given(
    st.sampled_from(sorted(MEANING)),
    st.text(st.sampled_from(" \t\n.!?,;:-_()\"'*…"), max_size=6),
    st.text(st.sampled_from(" \t.!?,;:-_()\"'*…"), max_size=6),
    st.lists(st.booleans(), min_size=15, max_size=15),
)
def test_case_spaces_and_punctuation_do_not_matter(word: str, before: str, after: str, upper: list[bool]):
    written = "".join(char.upper() if is_upper else char.lower() for char, is_upper in zip(word, upper, strict=False))
    assert read(before + written + after) == (MEANING[word], word)


@given(st.text(max_size=60))
def test_whatever_is_written_is_read(text: str):
    keyword, word = read(text)
    assert (keyword is Keyword.NONE) == (word == "")


def test_every_word_is_answered_in_both_languages_but_yes():
    for word, language in itertools.product(MEANING, ("en", "de", "de-AT", "fr", "")):
        told = reply(MEANING[word], word, brand="Kiln", language=language)
        assert (told == "") == (word in {"YES", "JA"})
        assert len(told) <= 160, "one message"
        assert told.startswith("Kiln: ") or not told
    assert reply(Keyword.NONE, "", brand="Kiln", language="en") == ""


async def receive(world: World, text: str, number: int = 1, **fields: Any) -> pb.ReceiveTextResponse:
    told = {
        "source": "sources/phone",
        "message_id": f"sm-{number}",
        "phone": NUMBER,
        "brand": "Kiln",
        "receive_time": CAME,
        **fields,
    }
    return await world.stub.ReceiveText(pb.ReceiveTextRequest(text=text, **told))


def requests(world: World) -> list[ConsentRequest]:
    found = [log for partition, log in world.broker.records.items() if partition.stream == CONSENT_REQUESTS]
    return [ConsentRequest.FromString(one.value) for log in found for one in log]


async def test_stop_is_a_wish_and_a_touch_however_often_it_comes(world: World):
    said = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    answers = [await receive(world, "Stop all", receive_time=said) for _ in range(2)]
    assert {(one.keyword, one.word) for one in answers} == {(Response.KEYWORD_STOP, "STOPALL")}
    assert answers[0].reply.startswith("Kiln: You are unsubscribed")
    assert len({one.touch for one in answers}) == 1
    first, again = requests(world)
    assert first == again, "so contact applies it once"
    assert (first.wish, first.purpose, first.channel, first.keyword) == (
        ConsentRequest.WISH_WITHDRAW, "MARKETING", "SMS", "STOPALL",
    )  # fmt: skip
    assert (first.origin, first.subject) == (ConsentRequest.ORIGIN_KEYWORD, world.subjects.of("phone", NUMBER))
    assert first.request_time.ToDatetime(tzinfo=UTC) == said


async def test_start_is_a_wish_help_an_answer_and_anything_else_a_touch(world: World):
    start = await receive(world, "start", 1, language="de")
    assert (start.keyword, "Sie bekommen unsere SMS" in start.reply) == (Response.KEYWORD_START, True)
    help_, other = await receive(world, "HELP", 2), await receive(world, "Is Tuesday fine?", 3)
    assert (help_.keyword, help_.reply != "") == (Response.KEYWORD_HELP, True)
    assert (other.keyword, other.word, other.reply) == (0, "", "")
    (wish,) = requests(world)
    assert (wish.wish, wish.keyword) == (ConsentRequest.WISH_GRANT, "START")
    assert len({start.touch, help_.touch, other.touch}) == 3


async def test_what_is_no_message_of_a_source_is_refused_and_no_wish(world: World):
    for fields in ({"phone": "12"}, {"source": "sources/never"}, {"source": "sources/mail"}, {"phone": ""}):
        with pytest.raises(InvalidArgument if fields.get("source") != "sources/never" else Exception):
            await receive(world, "STOP", **fields)
    rep = await world.caller("rep", subject="users/jana")
    with pytest.raises(PermissionDenied):
        await rep.ReceiveText(pb.ReceiveTextRequest(source="sources/phone", message_id="1", phone=NUMBER, text="STOP"))
    assert requests(world) == []


async def test_while_kafka_is_away_nothing_is_said_to_be_done(world: World):
    await receive(world, "hello", 1)
    world.broker.is_away = True
    with pytest.raises(Unavailable):
        await receive(world, "STOP", 2)
    world.broker.recover()
    answer = await receive(world, "STOP", 2)
    assert answer.keyword == Response.KEYWORD_STOP
    assert {one.keyword for one in requests(world)} == {"STOP"}
