"""The demo company through the APIs: recorded whole, and again without doubling anything."""

from contextlib import suppress
from pathlib import Path

import pytest
from chassis.errors import AlreadyExists
from chassis.rpc import channel
from chassis.rpc.tls import Certificates
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceStub

from deploy.local import demo
from deploy.local import demo_company as company
from deploy.local.card import CLIENT, SOURCE
from deploy.local.demo_history import SOURCES, history
from deploy.local.demo_mailings import ADDRESS, CODE, audience
from services.interaction.gateways import INTAKE
from tests.flows.campaigns import until
from tests.flows.people import client
from tests.flows.postbox import Postbox
from tests.flows.sitter import compared
from tests.flows.system import System, eventually
from tests.flows.tour import card_call, commands, paste
from tests.patience import PATIENT

ADA = "Ada Nováková"


def counts(system: System) -> tuple[int, int]:
    """The demo's people and touches that are kept."""
    with system.sql("contact") as contact, system.sql("interaction") as interaction:
        people = contact.execute("SELECT count(*) FROM contact WHERE owner = ANY(%s)", [_owners()]).fetchone()
        touches = interaction.execute("SELECT count(*) FROM touch WHERE source = ANY(%s)", [list(SOURCES)]).fetchone()
    return int(people[0]), int(touches[0])


def _owners() -> list[str]:
    return [f"users/{owner}" for owner, _ in company.OWNERS]


@pytest.mark.timeout(900)
async def test_the_demo_company_is_there_once_however_often_it_is_seeded(system: System, postbox: Postbox, monkeypatch):
    async def code(address: str) -> str:
        async def mailed() -> list[str]:
            return [found for mail in postbox.mails(recipient=address) for found in CODE.findall(mail.body("plain"))]

        return str((await until(mailed))[0])

    before = counts(system)[0]
    world = await demo.seed(system.settings, lambda _: None, code)
    wanted = len(history(company.build(), world))
    assert len(world.contacts) == company.PEOPLE
    eventually(lambda: counts(system)[1] == wanted)
    monkeypatch.setattr(demo, "DONE", "It is recorded.")  # as if the first run had been broken off before its last step
    await demo.seed(system.settings, lambda _: None, code)
    assert counts(system) == (before + company.PEOPLE + 1, wanted), "the company's people, and Ada once more"
    wanted_mails = [person.email for person in audience(company.build()) if person.is_subscribed]
    arrived = [mail.recipient for mail in postbox.mails(ADDRESS) if mail.recipient != ADDRESS]
    assert sorted(arrived) == sorted(wanted_mails), "its mailing went out, and once"
    await compared(system)
    assert await twins(system) in ([(ADA, company.TWIN, 70)], [(company.TWIN, ADA, 70)]), "in the queue of the tour"


async def twins(system: System) -> list[tuple[str, str, int]]:
    """Who of the demo's people may be there twice: both names, and how alike they are."""
    async with client(system) as touchline:
        wish = contact_pb2.ListDuplicateCandidatesRequest(page_size=1000)
        found = (await touchline.contact.ListDuplicateCandidates(wish)).duplicate_candidates
    named = [(one.contact_display_name, one.duplicate_display_name, one.score) for one in found]
    return [one for one in named if company.TWIN in one]


async def test_the_intake_stream_grows_with_each_touch_of_the_tour(system: System, tmp_path: Path):
    async with system.channel("interaction") as admin:
        source = pb.Source(name=f"sources/{SOURCE}", client=CLIENT, identifier_kind="email")
        with suppress(AlreadyExists):
            await InteractionServiceStub(admin).RegisterSource(pb.RegisterSourceRequest(source=source))
    imported, recorded, timeline, doctor = commands()
    paste(system, tmp_path, imported)
    before = ends(system)
    paste(system, tmp_path, recorded)
    assert ends(system) == before + 1
    eventually(lambda: "form.submitted" in paste(system, tmp_path, timeline), every=0.5)
    paste(system, tmp_path, doctor)
    token, request = card_call(system, tmp_path)
    target, shown = system.settings.target("interaction"), Certificates.load(system.settings)
    async with channel(target, token=token, timeout=PATIENT, certificates=shown) as card:
        answer = await InteractionServiceStub(card).RecordTouches(request)
    assert [result.status.code for result in answer.results] == [0]
    assert ends(system) == before + 2


def ends(system: System) -> int:
    """How many envelopes the intake stream has taken."""
    return sum(system.end_offsets(INTAKE).values())
