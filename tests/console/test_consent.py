"""Consent lines: the newest statement for each address, purpose, channel and topic."""

from datetime import UTC, datetime

from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import consent


def said(status: int, day: int, *, topic: str = "newsletter", address: str = "a@b.example") -> pb.ConsentEvent:
    event = pb.ConsentEvent(
        purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL, topic=topic, status=status,
        address=pb.Identifier(kind="email", value=address),
    )  # fmt: skip
    event.capture_time.FromDatetime(datetime(2026, 11, day, tzinfo=UTC))
    return event


def test_the_newest_statement_stands_whatever_order_they_come_in():
    granted, withdrawn = said(pb.ConsentEvent.STATUS_GRANTED, 1), said(pb.ConsentEvent.STATUS_WITHDRAWN, 4)
    for events in ([granted, withdrawn], [withdrawn, granted]):
        assert [(line.about, line.state) for line in consent.fold(events)] == [("Newsletter, mail", "✕ withdrawn")]


def test_topics_stand_side_by_side():
    lines = consent.fold(
        [said(pb.ConsentEvent.STATUS_GRANTED, 1), said(pb.ConsentEvent.STATUS_DENIED, 1, topic="product-news")]
    )
    assert [line.about for line in lines] == ["Newsletter, mail", "Product news, mail"]


def test_two_addresses_are_told_apart():
    lines = consent.fold(
        [said(pb.ConsentEvent.STATUS_GRANTED, 1), said(pb.ConsentEvent.STATUS_DENIED, 1, address="c@d.example")]
    )
    assert [line.about for line in lines] == ["Newsletter, mail (a@b.example)", "Newsletter, mail (c@d.example)"]


def test_a_general_consent_is_named_after_its_purpose():
    assert consent.fold([said(pb.ConsentEvent.STATUS_PENDING, 1, topic="")])[0].about == "Marketing, mail"
