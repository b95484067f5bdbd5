"""What marketing may do with somebody, on her own page: brakes on her and on her deals, and topics that she left."""

import html
import re

from touchline.contact.v1 import contact_pb2

from tests.console.readers import fields
from tests.console.test_campaigns import EVIL
from tests.flows.campaigns import until


async def test_a_brake_holds_on_the_contact_page_until_it_is_released(stage, reader):
    person = await stage.person("Ada Brake")
    who = await reader("jana")
    form = fields(await who.read(f"/{person}/brake"), f"/{person}/brake")
    empty = await who.send(f"/{person}/brake", **form)
    assert "Say why" in empty.text
    late = await who.send(f"/{person}/brake", **form | {"reason": "Contract", "until": "2099-01-01"})
    assert "at most 180 days" in late.text
    answers = [await who.send(f"/{person}/brake", **form | {"reason": f"Talks {EVIL}"}) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    page = await who.read(f"/{person}")
    assert page.count("■ brake") == 1
    assert html.escape(EVIL) in page or EVIL.replace('"', "&#34;") not in page
    release = re.search(r'action="(/contacts/[^"]+/release)"', page)[1]
    assert (await who.send(release, **fields(page, release))).status_code == 303
    assert "■ brake" not in await who.read(f"/{person}")

    async def told() -> bool:
        page = await who.read(f"/{person}")
        return "Brake set by jana: Talks" in page and "Brake released by jana" in page

    await until(told)


async def test_a_brake_on_a_deal_holds_everybody_in_it_and_says_so(stage, reader):
    ada, ben = await stage.person("Ada Oven"), await stage.person("Ben Oven")
    parts = [contact_pb2.Deal.Participant(contact=one) for one in (ada, ben)]
    deal = contact_pb2.Deal(display_name=f"Oven {EVIL}", participants=parts)
    made = await stage.contact.CreateDeal(contact_pb2.CreateDealRequest(deal=deal))
    who = await reader("jana")
    page = await who.read(f"/{ada}/brake")
    assert f'value="{made.name}"' in page
    form = fields(page, f"/{ada}/brake") | {"whom": made.name, "reason": "We negotiate"}
    assert (await who.send(f"/{ada}/brake", **form)).status_code == 303
    for one in (ada, ben):
        page = await who.read(f"/{one}")
        assert "for everybody in Oven" in page
        assert EVIL not in page
    elsewhere = await who.read(f"/{await stage.person('Cleo Oven')}/brake")
    assert made.name not in elsewhere


async def test_leaving_one_topic_stands_in_the_facts_beside_the_consent_to_the_rest(stage, reader):
    person = await stage.person("Ada Topic")
    who = await stage.contact.GetContact(contact_pb2.GetContactRequest(name=person))
    email = next(found for found in who.identifiers if found.kind == "email")
    said = contact_pb2.ConsentEvent.STATUS_GRANTED, contact_pb2.ConsentEvent.STATUS_WITHDRAWN
    for topic, status in zip(("", "product-news"), said, strict=True):
        consent = contact_pb2.ConsentEvent(
            address=email, purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_EMAIL, topic=topic,
            status=status, lawful_basis="LAWFUL_BASIS_CONSENT",
        )  # fmt: skip
        await stage.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=consent))
    page = await (await reader("jana")).read(f"/{person}")
    assert re.search(r"<dt>Marketing, mail</dt><dd><span class=\"tag good\">✓ opted in<", page)
    assert re.search(r"<dt>Product news, mail</dt><dd><span class=\"tag bad\">✕ withdrawn<", page)
