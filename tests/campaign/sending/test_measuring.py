"""Whose mails are measured: by consent, and otherwise only in the countries of which the installation says so."""

import pytest
from aiosmtpd.controller import Controller

from services.campaign.domain.measuring import Policy, may_measure, read
from tests.campaign.sending.ground import Mailing, grant
from tests.campaign.sending.senders import dispatching
from tests.serving import Served


def test_a_policy_is_read_by_country() -> None:
    assert read("") == {}
    assert read("DE=never  US=always CZ=consent") == {"DE": "never", "US": "always", "CZ": "consent"}


@pytest.mark.parametrize("text", ["DE", "de=never", "DE=maybe", "DE=never,US=always", "DE=never DE=always", "*=always"])
def test_what_is_no_policy_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="TOUCHLINE_TRACKING_COUNTRIES"):
        read(text)


@pytest.mark.parametrize(
    ("country", "allowed", "unsaid", "refused"),
    [("DE", False, False, False), ("US", True, True, False), ("CZ", True, False, False), ("", True, False, False)],
)
def test_only_where_it_is_said_is_consent_not_the_measure(
    country: str, allowed: bool, unsaid: bool, refused: bool
) -> None:
    policies = {"DE": Policy.NEVER, "US": Policy.ALWAYS}
    answers = ((True, False), (False, True), (False, False))
    found = [may_measure(policies, country, is_allowed=yes, is_unsaid=nothing) for yes, nothing in answers]
    assert found == [allowed, unsaid, refused]


async def test_a_mail_carries_what_its_readers_country_and_consent_allow(
    mailing: Mailing, contact: Served, inbox: Controller
) -> None:
    never, always, refused, _ = people = mailing.people[:4]
    await grant(contact.database, people, "MARKETING")
    await grant(contact.database, [never], "TRACKING")
    await grant(contact.database, [refused], "TRACKING", status="DENIED")
    await mailing.make()
    async with mailing.database.connection() as conn:
        for person, country in zip(people, ("DE", "US", "US", "CZ"), strict=True):
            await conn.execute("UPDATE person SET country = %s WHERE id = %s", [country, person.id])
    await mailing.plan(people)
    settings = mailing.settings.model_copy(update={"tracking_countries": "DE=never US=always"})
    async with dispatching(settings, mailing.database) as dispatcher:
        while await dispatcher.dispatch(mailing.activity):
            pass
    sent = [inbox.handler.of(person.email).get_body(("html",)).get_content() for person in people]
    assert [("/o/" in html, "/c/" in html) for html in sent] == [(one is always,) * 2 for one in people]
