"""Tokens: what was signed comes back, and nothing else does."""

import base64
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracking import MAX_URL_BYTES, ForgedError, Keyring, Kind, Token, check_url, freeze_url, new_key_line, urls
from tracking import addresses as where_links_lead

RING = Keyring([("k1", b"1" * 32)])
ids = st.uuids().map(str)
names = st.text(max_size=40, alphabet=st.characters(exclude_categories=["Cs"]))
addresses = st.text(alphabet="abcXYZ019-._~/?#&=%+", max_size=MAX_URL_BYTES - 20).map("https://kiln.example/".__add__)


@st.composite
def tokens(draw: st.DrawFn) -> Token:
    kind = draw(st.sampled_from(list(Kind)))
    return Token(
        kind=kind,
        message=draw(st.uuids()),
        subject=draw(st.binary(min_size=16, max_size=16)),
        **{field: draw(st.just("") | ids) for field in ("contact", "campaign", "activity", "variant")},
        link=draw(st.integers(0, 65_535)),
        url=draw(addresses) if kind is Kind.CLICK else "",
        topic=draw(names),
        purpose=draw(names),
        is_test=draw(st.booleans()),
    )


def click(url: str = "https://kiln.example/spring", **fields: object) -> Token:
    return Token(kind="click", message=UUID(int=7), subject=b"s" * 16, url=url, link=3, **fields)


@given(tokens())
def test_what_was_signed_comes_back(token: Token):
    assert RING.verify(RING.sign(token)) == token


@given(tokens(), st.data())
def test_one_flipped_bit_anywhere_is_refused(token: Token, data: st.DataObject):
    text = RING.sign(token)
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ForgedError):
        RING.verify(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


@given(tokens(), st.data())
def test_another_character_anywhere_is_refused(token: Token, data: st.DataObject):
    text = RING.sign(token)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda char: char != text[at]))
    with pytest.raises(ForgedError):
        RING.verify(text[:at] + other + text[at + 1 :])


@given(tokens(), st.data())
def test_what_was_cut_is_refused(token: Token, data: st.DataObject):
    text = RING.sign(token)
    with pytest.raises(ForgedError):
        RING.verify(text[: data.draw(st.integers(0, len(text) - 1))])


@given(tokens(), st.text(min_size=1, max_size=5))
def test_what_was_added_to_is_refused(token: Token, more: str):
    for text in (RING.sign(token) + more, more + RING.sign(token)):
        with pytest.raises(ForgedError):
            RING.verify(text)


@given(st.text(max_size=400) | st.binary(max_size=400).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_nonsense_is_refused_and_nothing_else_happens(text: str):
    with pytest.raises(ForgedError):
        RING.verify(text)


def test_every_single_bit_of_one_token_counts():
    text = RING.sign(click(contact=str(UUID(int=1)), topic="news"))
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ForgedError):
            RING.verify(base64.urlsafe_b64encode(changed).rstrip(b"=").decode())


def test_another_encoding_of_the_same_bytes_is_refused():
    text = next(text for text in (RING.sign(click(topic="n" * size)) for size in range(3)) if len(text) % 4)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]
    for other in (text + "=", text + "==", twin, text.replace("-", "+"), text.replace("_", "/"), " " + text):
        if other != text:
            with pytest.raises(ForgedError):
                RING.verify(other)


def test_another_installation_s_key_is_refused_even_under_the_same_id():
    with pytest.raises(ForgedError):
        RING.verify(Keyring([("k1", b"2" * 32)]).sign(click()))


def test_an_unknown_key_id_is_refused():
    with pytest.raises(ForgedError):
        RING.verify(Keyring([("k2", b"1" * 32)]).sign(click()))


def test_a_replaced_key_still_verifies_what_it_signed():
    old = RING.sign(click())
    both = Keyring([("k2", b"2" * 32), ("k1", b"1" * 32)])
    assert both.verify(old) == click()
    with pytest.raises(ForgedError):
        RING.verify(both.sign(click()))


@pytest.mark.parametrize("kind", ["open", "unsubscribe"])
def test_a_token_of_one_kind_is_none_of_another(kind: str):
    text = RING.sign(click())
    assert RING.verify(text, "click") == click()
    with pytest.raises(ForgedError):
        RING.verify(text, kind)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://kiln.example/" + "a" * (MAX_URL_BYTES - 20), "bytes"),
        ("javascript:alert(1)", "http"),
        ("data:text/html,x", "http"),
        ("//kiln.example/", "http"),
        ("https:///nowhere", "host"),
        ("https://?a", "host"),
        ("https://kiln.example:port/", "port"),
        ("https://kiln.example@evil.example/", "user"),
        ("https://kiln.example/a b", "characters"),
        ("https://kiln.example/\r\nSet-Cookie: a=b", "characters"),
        ("https://kiln.example/\\..", "characters"),
        ("https://kiln.example/ü", "characters"),
        ("https://[::1/", "host"),
        ("", "url"),
    ],
)
def test_a_link_may_not_lead_there(url: str, said: str):
    with pytest.raises(ValueError, match=said):
        RING.sign(click(url))


def test_the_longest_url_fits():
    longest = "https://kiln.example/" + "a" * (MAX_URL_BYTES - 21)
    assert RING.verify(RING.sign(click(longest, topic="t" * 255, purpose="p" * 255))).url == longest


def test_a_url_as_people_write_it_is_frozen_as_the_wire_wants_it():
    assert freeze_url("https://bücher.example/straße?q=ü&p=%20") == (
        "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%BC&p=%20"
    )
    assert freeze_url("https://kiln.example/a%20b?x=[1]#top") == "https://kiln.example/a%20b?x=[1]#top"
    with pytest.raises(ValueError, match="http"):
        freeze_url("ftp://bücher.example/")


@given(st.text(max_size=60))
def test_what_is_frozen_can_be_signed_and_what_cannot_is_a_value_error(said: str):
    for url in (said, "https://" + said, "https://kiln.example/" + said):
        try:
            frozen = freeze_url(url)
        except ValueError:
            continue
        check_url(frozen)
        assert RING.verify(RING.sign(click(frozen))).url == frozen


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"subject": b"short"}, "subject"),
        ({"contact": "contacts/" + str(UUID(int=1))}, "contact"),
        ({"campaign": str(UUID(int=0xA)).upper()}, "campaign"),
        ({"link": 65_536}, "link"),
        ({"link": -1}, "link"),
        ({"topic": "ü" * 128}, "topic"),
        ({"url": ""}, "url"),
        ({"kind": "open"}, "url"),
        ({"kind": "beacon", "url": ""}, "beacon"),
    ],
)
def test_what_a_token_cannot_hold_is_named(fields: dict[str, object], said: str):
    whole = {"kind": "click", "message": UUID(int=7), "subject": b"s" * 16, "url": "https://kiln.example"}
    with pytest.raises(ValueError, match=said):
        RING.sign(Token(**(whole | fields)))


def test_keys_come_from_a_file(tmp_path: Path):
    file = tmp_path / "keys"
    file.write_text(f"# the first signs\n{new_key_line('new')}\n\n{new_key_line('old')}\n")
    ring = Keyring.load(file)
    assert ring.verify(ring.sign(click())) == click()


@pytest.mark.parametrize(
    "text", ["", "k1", "k1 not*base64", "k1 c2hvcnQ", "K_1 " + "A" * 43, f"a {'A' * 43}\na {'B' * 43}"]
)
def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"key"):
        Keyring.load(file)


def test_the_edge_s_addresses():
    at = urls("https://links.example/t/")
    assert [at.open("x"), at.click("x"), at.unsubscribe("x"), at.preferences("x")] == [
        f"https://links.example/t/{path}/x" for path in "ocup"
    ]


def test_a_fingerprint_knows_the_same_parts_again_and_no_others():
    known = RING.fingerprint("192.0.2.1", "Mail/1")
    assert (len(known), known) == (8, RING.fingerprint("192.0.2.1", "Mail/1"))
    others = [("192.0.2.1M", "ail/1"), ("192.0.2.1",), ("192.0.2.2", "Mail/1"), ("", "192.0.2.1Mail/1")]
    assert known not in [RING.fingerprint(*parts) for parts in others]
    assert known != Keyring([("k1", b"2" * 32)]).fingerprint("192.0.2.1", "Mail/1")


@given(tokens(), st.binary(min_size=32, max_size=100))
def test_a_signer_of_one_message_gives_the_same_tokens(token: Token, key: bytes):
    ring = Keyring([("k2", key)])
    shared = {"contact": token.contact, "campaign": token.campaign, "activity": token.activity}
    signer = ring.of_message(token.message, token.subject, **shared)
    common = {"message": token.message, "subject": token.subject, **shared}
    assert signer.open() == ring.sign(Token(kind="open", **common))
    left = Token(kind="unsubscribe", topic=token.topic, purpose=token.purpose, **common)
    assert signer.unsubscribe(token.topic, token.purpose) == ring.sign(left)
    clicked = Token(kind="click", link=token.link, url="https://kiln.example/", **common)
    assert signer.click(token.link, "https://kiln.example/") == ring.sign(clicked)
    assert ring.verify(signer.click(token.link, "https://kiln.example/"), "click") == clicked


def test_an_open_and_a_click_say_how_long_their_message_waited():
    signer = RING.of_message(UUID(int=7), b"s" * 16, waited_ms=5_250)
    for text in (signer.open(), signer.click(1, "https://kiln.example/")):
        assert RING.verify(text).waited_ms == 5_250
    left = RING.verify(signer.unsubscribe("news", "marketing"))
    assert (left.purpose, left.waited_ms) == ("marketing", 0)


@pytest.mark.parametrize("purpose", ["", "marketing", "05", "-5", "5 ", "٥", "9" * 10])
def test_a_link_that_does_not_say_how_long_its_message_waited_says_nought(purpose: str):
    assert RING.verify(RING.sign(click(purpose=purpose))).waited_ms == 0


def test_a_message_that_was_made_in_the_future_or_long_ago_can_still_be_signed():
    for waited, said in ((-1, 0), (0, 0), (10**12, 999_999_999)):
        assert RING.verify(RING.of_message(UUID(int=7), b"s" * 16, waited_ms=waited).open()).waited_ms == said


@given(st.text(st.sampled_from("htps:/.-@[]?#%0159aZ_~|\\ ſK é\n"), max_size=40).map("https://a".__add__) | st.text())
def test_what_looks_usual_would_pass_the_whole_check(url: str):
    if where_links_lead._USUAL.fullmatch(url):
        where_links_lead._check_unusual(url)
        assert url.isascii()
