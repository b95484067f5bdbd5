"""One mail as bytes: whatever names and subjects hold, it parses to exactly one mail with exactly those values."""

import email
import re
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTPUTF8, default
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.campaign.gateways.mail import Address, Mail, MailRefusedError, address, compose

MESSAGE = UUID("0199f1c4-7b1e-7c3a-8f00-3d2c1b0a9f8e")
SENDER = Address("news@touchline.example", "Touchline News")
EVA = Address("eva@customer.example", "Eva")

TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n\0"), max_size=200)
NAMES = TEXTS.map(str.strip)
BODIES = st.text(st.characters(exclude_categories=("Cs",)), max_size=3000)
ATOMS = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[A-Za-z0-9-]{1,10}){0,2}", fullmatch=True)
DOMAINS = st.sampled_from(
    ["customer.example", "müller.example", "xn--mller-kva.example", "例え.example", "a.b.c.example"]
)


def made(**fields: object) -> Mail:
    told = {"message": MESSAGE, "from_": SENDER, "to": EVA, "subject": "Hello", "html": "<p>Hi</p>", "text": "Hi"}
    return Mail(**{**told, **fields})


def parsed(data: bytes) -> EmailMessage:
    mail = email.message_from_bytes(data, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def one_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def display_name(mail: EmailMessage) -> str:
    """The name in To, as RFC 2047 6.2 reads it: email.policy alone makes every blank of an encoded word a space."""
    (mailbox,) = mail["To"].addresses
    (raw,) = [value for name, value in mail.raw_items() if name == "To"]
    if "=?utf-8?b?" not in raw:
        return str(mailbox.display_name)
    name = str(make_header(decode_header(raw.rpartition("<")[0].strip())))
    if raw.count("=?utf-8?b?") == 1:
        assert mailbox.display_name.split() == name.split()
    return name


def content(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    return one_line_ends(raw.decode())


@settings(deadline=None)
@given(st.tuples(NAMES, ATOMS, DOMAINS), TEXTS, BODIES, BODIES, st.booleans())
@example(("=?utf-8?q?x?=", "a", "customer.example"), "=?utf-8?b?eA==?= ", "a", "b", True)
@example(('Doe, "Jo\\hn" <x@y>', "a", "customer.example"), " two  blanks\t", ".\r\n..\r", "From x\n", False)
@example(("a" * 300, "a", "customer.example"), "long " * 60, "x" * 3000, "ž" * 3000, True)
@example(("", "a", "customer.example"), "", "", "\0", True)
def test_it_parses_to_the_values_that_were_given(
    person: tuple[str, str, str], subject: str, text: str, html: str, eight_bit: bool
) -> None:
    name, local, domain = person
    to = Address(f"{local}@{domain}", name)
    data = compose(made(to=to, subject=subject, text=text, html=html), eight_bit=eight_bit)
    mail = parsed(data)
    assert str(mail["Subject"]) == subject
    (mailbox,) = mail["To"].addresses
    assert display_name(mail) == name
    assert mailbox.addr_spec == address(to.email)
    if text and html:
        assert mail.get_content_type() == "multipart/alternative"
        assert content(mail, "plain") == one_line_ends(text)
        assert content(mail, "html") == one_line_ends(html)
    else:
        kind = "html" if html else "plain"
        assert content(mail, kind).removesuffix("\n") == one_line_ends(text or html).removesuffix("\n")


@settings(deadline=None)
@given(NAMES, st.tuples(TEXTS, TEXTS), BODIES, BODIES, st.booleans())
def test_its_headers_are_those_that_were_meant_and_its_lines_those_that_smtp_carries(
    name: str, values: tuple[str, str], text: str, html: str, eight_bit: bool
) -> None:
    subject, header = values
    mail = made(to=Address(EVA.email, name), subject=subject, text=text, html=html, headers={"Feedback-ID": header})
    data = compose(mail, eight_bit=eight_bit)
    names = sorted(parsed(data).keys())
    expected = ["Content-Type", "Date", "Feedback-ID", "From", "MIME-Version", "Message-ID", "Subject", "To"]
    assert [one for one in names if one != "Content-Transfer-Encoding"] == expected
    lines = data.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 998
    head = data.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert data.isascii() or eight_bit


@pytest.mark.parametrize("letter", ["\r", "\n", "\0", "\r\n", "\ud800"])
@pytest.mark.parametrize(
    "field", ["subject", "to.name", "to.email", "from_.name", "reply_to.email", "headers.X-A", "list_unsubscribe_url"]
)
def test_what_could_end_a_header_is_refused_and_its_field_named(field: str, letter: str) -> None:
    bad = f"a{letter}Bcc: everybody@customer.example"
    fields: dict[str, dict[str, object]] = {
        "subject": {"subject": bad},
        "to.name": {"to": Address(EVA.email, bad)},
        "to.email": {"to": Address(f"{bad}@x.example")},
        "from_.name": {"from_": Address(SENDER.email, bad)},
        "reply_to.email": {"reply_to": Address(f"eva@x.example{letter}")},
        "headers.X-A": {"headers": {"X-A": bad}},
        "list_unsubscribe_url": {"list_unsubscribe_url": f"https://t.example/u/x{letter}"},
    }
    with pytest.raises(MailRefusedError) as refused:
        compose(made(**fields[field]))
    assert refused.value.field == field
    assert "everybody" not in str(refused.value), "an error never holds the value"


@pytest.mark.parametrize(
    "given_address",
    ["", "eva", "@x.example", "eva@", "eva@-x.example", "e va@x.example", "a..b@x.example", ".a@x.example",
     "a@b@x.example", "<eva@x.example>", "eva@x.example>", "eva@x..example", "eva@x.example,bob@x.example",
     "e(c)@x.example", '"a@x.example',
     "a" * 65 + "@x.example", "a@" + "b" * 64 + ".example", "a@" + ".".join(["b" * 60] * 5), "eva@x_y.example",
     "eva\u2028@x.example", "eva@x.example\u2028"],
)  # fmt: skip
def test_what_is_no_address_is_refused(given_address: str) -> None:
    with pytest.raises(MailRefusedError):
        address(given_address)


@pytest.mark.parametrize(
    ("given_address", "carried"),
    [
        ("eva@müller.example", "eva@xn--mller-kva.example"),
        ("Eva.Nova+x@MÜLLER.example", "Eva.Nova+x@xn--mller-kva.example"),
        ("jörg@customer.example", "jörg@customer.example"),
        ('"john doe"@customer.example', '"john doe"@customer.example'),
        ("用户@例え.example", "用户@xn--r8jz45g.example"),
    ],
)
def test_domains_travel_as_a_labels_and_local_parts_as_they_are(given_address: str, carried: str) -> None:
    assert address(given_address) == carried


def test_a_local_part_outside_ascii_stands_in_the_header_as_utf_8() -> None:
    data = compose(made(to=Address("jörg@customer.example", "Jörg")))
    mail = email.message_from_string(data.decode(), policy=SMTPUTF8)
    assert mail["To"].addresses[0].addr_spec == "jörg@customer.example"
    assert mail["To"].addresses[0].display_name == "Jörg"


@pytest.mark.parametrize(
    "name", ["From", "to", "BCC", "Content-Type", "DKIM-Signature", "Bad Name", "X:Y", "X\r\nBcc", ""]
)
def test_a_header_that_is_ours_or_none_is_refused(name: str) -> None:
    with pytest.raises(MailRefusedError, match="headers"):
        compose(made(headers={name: "x"}))


def test_the_way_out_is_one_click() -> None:
    mail = parsed(compose(made(list_unsubscribe_url="https://touchline.example/u/abc_-.~%20?x=1&y")))
    assert mail["List-Unsubscribe"] == "<https://touchline.example/u/abc_-.~%20?x=1&y>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with pytest.raises(MailRefusedError, match="list_unsubscribe_url"):
        compose(made(list_unsubscribe_url="https://touchline.example/u/" + "a" * 900))


def test_the_message_id_is_the_message_at_the_senders_domain() -> None:
    data = compose(
        made(from_=Address("news@müller.example", "News"), reply_to=Address("sales@x.example", "Sales")), at=0
    )
    mail = parsed(data)
    assert mail["Message-ID"] == f"<{MESSAGE}@xn--mller-kva.example>"
    assert mail["Reply-To"].addresses[0].addr_spec == "sales@x.example"
    assert mail["Date"] == "Thu, 01 Jan 1970 00:00:00 +0000"


def test_eight_bit_bodies_are_sent_as_they_are_only_where_allowed() -> None:
    mail = made(text="Grüße", html="<p>Grüße</p>")
    assert "Grüße".encode() in compose(mail, eight_bit=True)
    careful = compose(mail, eight_bit=False)
    assert careful.isascii()
    assert careful.count(b"quoted-printable") == 2


def test_the_boundary_cannot_be_forged_by_a_body() -> None:
    boundary = f"=_{MESSAGE.hex}"
    forged = f"hello\n--{boundary}--\n\nNobody reads this\n--{boundary}\nContent-Type: text/html\n\n<p>evil</p>"
    mail = parsed(compose(made(text=forged, html="<p>good</p>"), eight_bit=True))
    assert content(mail, "plain") == forged
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_long_header_value_is_refused_beyond_its_limit() -> None:
    assert str(parsed(compose(made(subject="ž" * 2000)))["Subject"]) == "ž" * 2000
    with pytest.raises(MailRefusedError, match=re.escape("subject is longer than 2000 characters")):
        compose(made(subject="ž" * 2001))
