"""Companies and deals: who is engaged, silent or opted out, and a deal's touches from the first on."""

import uuid
from datetime import timedelta

from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.console.test_campaigns import EVIL


async def test_a_company_shows_who_is_engaged_silent_and_opted_out_and_a_deal_its_touches_in_order(stage, reader):
    wanted = contact_pb2.Account(display_name=f"Kiln {EVIL}", owner="users/jana", team="teams/central")
    made = await stage.contact.CreateAccount(
        contact_pb2.CreateAccountRequest(account=wanted, request_id=str(uuid.uuid4()))
    )
    people = []
    for name in ("Engaged Roll", "Silent Roll", "Gone Roll"):
        contact = await stage.person(name)
        change = joining(contact, made.name)
        people.append((await stage.contact.UpdateContact(change)).name)
    engaged, silent, gone = people
    who = await stage.contact.GetContact(contact_pb2.GetContactRequest(name=gone))
    refusal = contact_pb2.ConsentEvent(
        address=who.identifiers[0], purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_EMAIL,
        status=contact_pb2.ConsentEvent.STATUS_WITHDRAWN,
    )  # fmt: skip
    await stage.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=refusal))
    parts = [contact_pb2.Deal.Participant(contact=engaged, role="buyer")]
    deal = contact_pb2.Deal(display_name=f"Oven {EVIL}", account=made.name, participants=parts)
    deal = await stage.contact.CreateDeal(contact_pb2.CreateDealRequest(deal=deal, request_id=str(uuid.uuid4())))
    await stage.record(
        stage.touch(engaged, "email.clicked", attributes={"link": f"Pricing {EVIL}"}, deal=deal.name),
        stage.touch(engaged, "deal.created", ago=timedelta(days=40), names=pb.Names(deal="Oven"), deal=deal.name),
        stage.touch(silent, "email.delivered", ago=timedelta(days=3), account=made.name),
        stage.touch(gone, "email.clicked", ago=timedelta(days=1), attributes={"link": "Case"}),
    )
    rep = await reader("jana")
    page = await rep.read(f"/{made.name}")
    assert page.count(">engaged<") == page.count(">silent<") == page.count(">opted out<") == 1
    assert page.index("Engaged Roll") < page.index("Gone Roll") < page.index("Silent Roll")
    assert "E-mail delivered" in page
    assert EVIL not in page
    shown = await rep.read(f"/{deal.name}")
    assert shown.index("Deal Oven opened") < shown.rindex("Clicked Pricing")
    assert "Engaged Roll" in shown
    assert EVIL not in shown
    assert (await rep.client.get("/deals/01890000-0000-7000-8000-000000000001")).status_code == 404
    assert (await rep.client.get("/deals/no-id")).status_code == 404


def joining(contact: str, account: str) -> contact_pb2.UpdateContactRequest:
    change = contact_pb2.UpdateContactRequest(contact=contact_pb2.Contact(name=contact, account=account))
    change.update_mask.paths.append("account")
    return change


async def test_a_company_counts_the_people_of_those_that_belong_to_it(stage, reader):
    made = []
    for name in ("Group", f"Works {EVIL}", "Plant"):
        told = contact_pb2.Account(display_name=name, parent_account=made[-1].name if made else "")
        made.append(await stage.contact.CreateAccount(contact_pb2.CreateAccountRequest(account=told)))
    group, works, plant = made
    person = await stage.person("Ada Below")
    await stage.contact.UpdateContact(joining(person, plant.name))
    rep = await reader("jana")
    page = await rep.read(f"/{group.name}")
    assert f'href="/{works.name}"' in page
    assert f'href="/{plant.name}"' in page
    assert ("Ada Below" in page, EVIL in page) == (True, False)
    assert f'belongs to <a href="/{works.name}"' in await rep.read(f"/{plant.name}")


async def test_a_company_lists_its_shared_addresses_masked_for_another_team(stage, reader):
    wanted = contact_pb2.Account(display_name="Desks", owner="users/jana", team="teams/central")
    made = await stage.contact.CreateAccount(
        contact_pb2.CreateAccountRequest(account=wanted, request_id=str(uuid.uuid4()))
    )
    rep = await reader("jana")
    assert "No shared address such as info@ is known." in await rep.read(f"/{made.name}")
    for local, evidence in (("info", ""), ("sales", f"their site {EVIL}")):
        address = contact_pb2.Identifier(kind="email", value=f"{local}@desks.example")
        await stage.contact.AddIdentifier(
            contact_pb2.AddIdentifierRequest(parent=made.name, identifier=address, evidence=evidence)
        )
    stop = contact_pb2.Suppression(address=address, reason=contact_pb2.Suppression.REASON_BOUNCE)
    await stage.contact.SuppressAddress(contact_pb2.SuppressAddressRequest(suppression=stop))
    page = await rep.read(f"/{made.name}")
    assert page.index("info@desks.example") < page.index("sales@desks.example") < page.index("it bounced")
    assert page.count(">suppressed<") == 1
    assert "<td>a colleague</td>" in page
    assert "their site" in page
    assert EVIL not in page
    other = await (await reader("tomas")).read(f"/{made.name}")
    assert "info@desks.example" not in other
    assert "i•••@d•••.example" in other
