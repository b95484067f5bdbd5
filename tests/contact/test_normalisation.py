"""A second version of the normalisation: nobody is split, nobody is merged, and what was refused stays refused."""

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import identity
import pytest
from chassis.config import Settings
from chassis.db import Database
from chassis.errors import AlreadyExists, InvalidArgument
from chassis.rpc import build_server, own_channel
from chassis.signing import Signer
from identity import EMAIL, VERSIONS, Rules, Subjects
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub, add_ContactServiceServicer_to_server

from services.contact import events
from services.contact.gateways import Elsewhere
from services.contact.jobs import Renormalising
from services.contact.rpc import API, UNLIMITED, ContactServicer
from services.contact.usecases.duplicates import find_duplicates
from services.contact.usecases.renormalising import renormalise
from tests.contact.people import create, crm, email, get, values
from tests.serving import Served

DOTTED, PLAIN, OTHER = "ines.weber@mail.example", "inesweber@mail.example", "i.nesweber@mail.example"
E, R = pb.ConsentEvent, pb.CheckConsentResponse


def undotted(value: str, region: str) -> str:
    """Version 2 of these tests: dots before the @ tell nobody apart."""
    local, _, domain = VERSIONS[1][EMAIL](value, region).rpartition("@")
    return f"{local.replace('.', '')}@{domain}"


TWO: dict[int, Rules] = {1: VERSIONS[1], 2: VERSIONS[1] | {EMAIL: undotted}}


class Town:
    """A contact service on one database, whose doors go by version 1 or 2; door 0 knows of no second version yet."""

    def __init__(self, database: Database, keys: bytes, stubs: dict[int, Any]) -> None:
        self.database, self.stubs = database, stubs
        self.subjects = {version: Subjects(keys, "DE", version=version, versions=TWO) for version in TWO}

    def subject(self, version: int, value: str) -> bytes:
        return self.subjects[version].of(EMAIL, value)

    def doors(self) -> list[tuple[int, Any]]:
        """Those that know of version 2, and which is in force there."""
        return [(version, self.stubs[version]) for version in TWO]

    async def job(self) -> int:
        """The aliases for version 2, as `work` makes them; also for what was written in the last minute."""
        seen = 0
        while True:
            now = datetime.now(UTC)
            async with self.database.transaction() as tx:
                done = await renormalise(tx, self.subjects[1], until=now + timedelta(minutes=1), now=now)
            if done is None:
                return seen
            seen += done.rows

    async def people(self) -> identity.Resolver:
        """Who is who, as every other service resolves it."""
        links = await self.stubs[1].SnapshotLinks(pb.SnapshotLinksRequest(page_size=1000))
        return identity.resolve(link_of(each) for each in links.identity_links)


class Later:
    """Ten minutes on."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=10)


def link_of(said: pb.IdentityLink) -> identity.Link:
    def time(field: str) -> datetime | None:
        return getattr(said, field).ToDatetime(tzinfo=UTC) if said.HasField(field) else None

    def part(name: str) -> UUID | None:
        return UUID(name.rpartition("/")[2]) if name else None

    return identity.Link(
        id=part(said.name) or UUID(int=0),
        kind=identity.Kind(pb.IdentityLink.Kind.Name(said.kind).removeprefix("KIND_").lower()),
        subject=said.subject,
        contact=part(said.contact),
        survivor=part(said.survivor),
        account=part(said.account),
        from_time=time("from_time"),
        to_time=time("to_time"),
        asserted_time=time("asserted_time"),
        retracted_time=time("retracted_time"),
    )


@pytest.fixture
async def town(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Town]:
    settings = make_database("contact").model_copy(update={"port_contact": 0, "role": "serve"})
    database, keys = Database(settings, encode=events.encode), settings.identity_key()
    async with contextlib.AsyncExitStack() as stack:
        await database.open()
        stack.push_async_callback(database.close)
        stubs = {}
        for version in (0, *TWO):
            servicer = ContactServicer(
                database,
                Subjects(keys, "DE", version=version, versions=TWO) if version else Subjects(keys, "DE"),
                signer=Signer(keys),
                elsewhere=Elsewhere(
                    *(own_channel(settings, name) for name in ("segmentation", "campaign", "interaction"))
                ),
            )
            wired = [(add_ContactServiceServicer_to_server, servicer, API)]
            server = build_server(settings, wired, report=database.health, unlimited=UNLIMITED)
            await server.start()
            stack.push_async_callback(server.stop, 0)
            served = Served(
                database, server, settings, ContactServiceStub, f"{settings.host}:{server.port}", token, stack
            )
            stubs[version] = await served.stub("admin", subject="users/root")
        async with database.connection() as conn:
            await conn.execute("UPDATE consent_reading SET read_time = now() + interval '1 hour'")
        yield Town(database, keys, stubs)


async def say(api: Any, value: str, status: "E.Status", purpose: "pb.Purpose" = pb.PURPOSE_MARKETING) -> None:
    event = E(
        address=email(value), purpose=purpose, status=status, channel=pb.CHANNEL_EMAIL,
        lawful_basis=E.LAWFUL_BASIS_CONSENT,
    )  # fmt: skip
    await api.RecordConsent(pb.RecordConsentRequest(consent_event=event))


async def stop(api: Any, value: str) -> pb.Suppression:
    said = pb.Suppression(address=email(value), reason=pb.Suppression.REASON_MANUAL)
    return await api.SuppressAddress(pb.SuppressAddressRequest(suppression=said))


async def check(api: Any, **by: Any) -> str:
    query = pb.CheckConsentRequest.Query(purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL, **by)
    (answer,) = (await api.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers
    return R.Reason.Name(answer.reason).removeprefix("REASON_")


async def whose(town: Town, version: int, value: str, at: datetime | None = None) -> tuple[UUID, ...]:
    found = (await town.people()).owner_of(
        identity.TouchFacts(town.subject(version, value), at or datetime.now(UTC) + timedelta(hours=1))
    )
    return found.contacts


def id_of(contact: pb.Contact) -> UUID:
    return UUID(contact.name.rpartition("/")[2])


async def known_before(town: Town, *written: str) -> list[pb.Contact]:
    """People of before there was a second version."""
    return [await create(town.stubs[0], value, email(value)) for value in written]


async def test_a_person_of_before_is_found_under_both_forms(town: Town) -> None:
    (ines,) = await known_before(town, DOTTED)
    assert await whose(town, 2, DOTTED) == ()
    assert await town.job() == 1
    for version, value in ((1, DOTTED), (2, DOTTED), (2, PLAIN), (2, OTHER)):
        assert await whose(town, version, value) == (id_of(ines),)
    for api in town.stubs.values():
        assert values(await get(api, ines)) == [DOTTED], "an alias is no identifier of its own"
    with pytest.raises(AlreadyExists):
        await create(town.stubs[2], "Another", email(OTHER))
    held = await town.stubs[2].ListIdentityLinks(pb.ListIdentityLinksRequest(parent=ines.name))
    assert [link.alias_of for link in held.identity_links] == ["", held.identity_links[0].name]


async def test_the_job_goes_on_where_it_stopped_and_does_nothing_twice(town: Town) -> None:
    await known_before(town, *(f"a.{number}@mail.example" for number in range(5)))
    assert await Renormalising(town.database, town.subjects[1]).give() == 0, "what may not be committed yet can wait"
    now = Later().now()
    for rows in (2, 2, 1, None):
        async with town.database.transaction() as tx:
            done = await renormalise(tx, town.subjects[1], until=now, now=now, most=2)
        assert (done and (done.rows, done.aliases)) == (rows and (rows, rows))
    assert await Renormalising(town.database, town.subjects[1], Later()).give() == 0
    async with town.database.connection() as conn:
        told = await (await conn.execute("SELECT source, seen, aliases FROM renormalisation ORDER BY 1")).fetchall()
    assert told == [("consent_event", 0, 0), ("identity_link", 5, 5), ("suppression", 0, 0)]


async def test_two_who_become_one_address_stay_two_share_it_and_are_a_candidate(town: Town) -> None:
    dotted, plain = await known_before(town, DOTTED, PLAIN)
    before = datetime.now(UTC)
    await town.job()
    both = tuple(sorted((id_of(dotted), id_of(plain))))
    assert await whose(town, 2, OTHER) == both
    assert await whose(town, 2, PLAIN, before) == (id_of(plain),), "what came before the rule stays hers"
    assert await whose(town, 1, DOTTED) == (id_of(dotted),)
    now = Later().now()
    async with town.database.transaction() as tx:
        await find_duplicates(tx, until=now, now=now)
    answer = await town.stubs[2].ListDuplicateCandidates(pb.ListDuplicateCandidatesRequest())
    (found,) = answer.duplicate_candidates
    assert pb.DuplicateCandidate.Clue.KIND_SAME_FORM in [clue.kind for clue in found.clues]
    assert (
        (await get(town.stubs[2], dotted)).state == (await get(town.stubs[2], plain)).state == pb.Contact.STATE_ACTIVE
    )


@pytest.mark.parametrize(("said_under", "said_of", "asked_of"), [(1, DOTTED, OTHER), (2, PLAIN, DOTTED)])
@pytest.mark.parametrize("is_before", [True, False])
async def test_an_opt_out_under_one_form_holds_for_every_other(
    town: Town, said_under: int, said_of: str, asked_of: str, is_before: bool
) -> None:
    (ines,) = await known_before(town, DOTTED)
    await say(town.stubs[0], DOTTED, E.STATUS_GRANTED)
    if not is_before:
        await town.job()
    assert await check(town.stubs[2], contact=ines.name) == "GRANTED"
    await say(town.stubs[said_under], said_of, E.STATUS_WITHDRAWN)
    await town.job()
    for version, api in town.doors():
        assert await check(api, contact=ines.name) == "WITHDRAWN"
        assert await check(api, subject=town.subject(version, DOTTED)) == "WITHDRAWN"
    assert await check(town.stubs[2], address=email(asked_of)) == "WITHDRAWN"
    await say(town.stubs[2], OTHER, E.STATUS_GRANTED)
    assert await check(town.stubs[1], contact=ines.name) == "GRANTED", "and is taken back under any"
    listed = await town.stubs[2].ListConsentEvents(pb.ListConsentEventsRequest(parent=ines.name))
    assert len(listed.consent_events) == 3, "each saying is listed once"


async def test_of_two_whose_addresses_become_one_neither_grant_lifts_the_others_refusal(town: Town) -> None:
    dotted, plain = await known_before(town, DOTTED, PLAIN)
    await say(town.stubs[0], DOTTED, E.STATUS_WITHDRAWN)
    await say(town.stubs[0], DOTTED, E.STATUS_GRANTED, pb.PURPOSE_TRACKING)
    await say(town.stubs[0], PLAIN, E.STATUS_GRANTED)
    assert await check(town.stubs[1], contact=plain.name) == "GRANTED"
    await town.job()
    for person in (dotted, plain):
        assert await check(town.stubs[2], contact=person.name) == "WITHDRAWN"
    assert await check(town.stubs[2], address=email(PLAIN)) == "WITHDRAWN"


async def test_a_suppression_holds_for_every_form_also_of_nobodys_address_until_it_is_lifted(town: Town) -> None:
    stopped = await stop(town.stubs[0], DOTTED)
    await say(town.stubs[0], DOTTED, E.STATUS_GRANTED)
    assert await check(town.stubs[2], address=email(DOTTED)) == "SUPPRESSED", "before the job, by both forms"
    await town.job()
    assert await check(town.stubs[2], address=email(OTHER)) == "SUPPRESSED"
    await town.stubs[2].LiftSuppression(pb.LiftSuppressionRequest(name=stopped.name, reason="asked by letter"))
    assert await check(town.stubs[2], address=email(OTHER)) == "GRANTED"


async def test_ending_and_retracting_under_the_new_form_ends_and_retracts_both(town: Town) -> None:
    ines, omar = await known_before(town, DOTTED, "o.mar@mail.example")
    await town.job()
    api, end = town.stubs[2], datetime.now(UTC) - timedelta(minutes=1)
    await api.EndIdentifier(pb.EndIdentifierRequest(parent=ines.name, identifier=email(OTHER), end_time=end))
    await api.RetractIdentifier(pb.RetractIdentifierRequest(parent=omar.name, identifier=email("omar@mail.example")))
    for version in TWO:
        assert await whose(town, version, DOTTED) == await whose(town, version, "o.mar@mail.example") == ()
        assert await whose(town, version, DOTTED, end - timedelta(days=1)) == (id_of(ines),)


async def test_who_is_deleted_and_comes_back_has_every_form_again(town: Town) -> None:
    (ines,) = await known_before(town, DOTTED)
    await town.job()
    await town.stubs[2].DeleteContact(pb.DeleteContactRequest(name=ines.name))
    assert await whose(town, 2, DOTTED) == await whose(town, 1, DOTTED) == ()
    await town.stubs[2].UndeleteContact(pb.UndeleteContactRequest(name=ines.name))
    assert await whose(town, 2, DOTTED) == await whose(town, 1, DOTTED) == (id_of(ines),)
    await town.stubs[2].RetractIdentifier(pb.RetractIdentifierRequest(parent=ines.name, identifier=email(DOTTED)))
    assert await whose(town, 2, DOTTED) == await whose(town, 1, DOTTED) == ()


async def test_who_comes_under_the_new_version_is_known_under_the_old_one_at_once(town: Town) -> None:
    ines = await create(town.stubs[2], "Ines", email(DOTTED))
    assert values(ines) == [PLAIN]
    assert await whose(town, 1, DOTTED) == await whose(town, 2, OTHER) == (id_of(ines),)
    await say(town.stubs[1], DOTTED, E.STATUS_WITHDRAWN)
    assert await check(town.stubs[2], contact=ines.name) == "WITHDRAWN"


@pytest.mark.parametrize(("is_before", "written"), [(False, OTHER), (True, DOTTED)])
async def test_an_import_finds_who_is_known_under_another_form(town: Town, is_before: bool, written: str) -> None:
    (ines,) = await known_before(town, DOTTED)
    if not is_before:
        await town.job()
    made = pb.Import(
        display_name="fair", columns=["e-mail", "title", "consent"], total_rows=2,
        mapping={"e-mail": "email", "title": "title", "consent": "consent.marketing.email"},
    )  # fmt: skip
    started = await town.stubs[2].CreateImport(pb.CreateImportRequest(contact_import=made))
    rows = [pb.AppendImportRowsRequest.Row(values=[written, "Head of Ovens", "no"])]
    rows.append(pb.AppendImportRowsRequest.Row(values=["o.mar@mail.example", "Baker", "yes"]))
    await town.stubs[2].AppendImportRows(pb.AppendImportRowsRequest(parent=started.name, first_row=1, rows=rows))
    assert (await get(town.stubs[2], ines)).title == "Head of Ovens"
    assert await check(town.stubs[1], subject=town.subject(1, DOTTED)) == "DENIED"
    assert await check(town.stubs[1], subject=town.subject(1, "o.mar@mail.example")) == "GRANTED"
    assert len(await whose(town, 1, "o.mar@mail.example")) == 1


async def test_an_erased_person_stays_suppressed_and_away_under_every_form(town: Town) -> None:
    (before,) = await known_before(town, "b.efore@mail.example")
    (ines,) = await known_before(town, DOTTED)
    await town.stubs[0].RequestErasure(pb.RequestErasureRequest(name=before.name, verification="passport"))
    await town.job()
    await town.stubs[2].RequestErasure(pb.RequestErasureRequest(name=ines.name, verification="passport"))
    for version, api in town.doors():
        assert await check(api, subject=town.subject(version, DOTTED)) == "SUPPRESSED"
        assert await check(api, address=email("b.efore@mail.example")) == "SUPPRESSED"
    made = pb.Import(display_name="fair", columns=["e-mail"], total_rows=2, mapping={"e-mail": "email"})
    started = await town.stubs[2].CreateImport(pb.CreateImportRequest(contact_import=made))
    rows = [pb.AppendImportRowsRequest.Row(values=[value]) for value in (OTHER, "b.efore@mail.example")]
    await town.stubs[2].AppendImportRows(pb.AppendImportRowsRequest(parent=started.name, first_row=1, rows=rows))
    reports = await town.stubs[2].ListImportRowReports(pb.ListImportRowReportsRequest(parent=started.name))
    assert ["ERASED" in str(each) for each in reports.row_reports] == [True, True]


async def test_what_the_rules_leave_as_it_is_gets_no_alias(town: Town) -> None:
    await create(town.stubs[0], "Plain", email(PLAIN), crm("77"))
    assert await town.job() == 2
    async with town.database.connection() as conn:
        (row,) = await (await conn.execute("SELECT count(*) FROM identity_link WHERE alias_of IS NOT NULL")).fetchall()
    assert row == (0,)


def test_a_version_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no version 3"):
        Subjects(b"k" * 32, version=3, versions=TWO)


@pytest.mark.parametrize("written", ["A.B+c@Straße.example", "ÄB@x.example", "no.thing@xn--strae-oqa.example"])
def test_a_newer_form_of_an_older_form_is_the_newer_form(written: str) -> None:
    for versions in (VERSIONS, TWO):
        newest = versions[max(versions)]
        for older in versions.values():
            assert newest[EMAIL](older[EMAIL](written, ""), "") == newest[EMAIL](written, "")


async def test_a_value_that_no_version_takes_is_refused_as_before(town: Town) -> None:
    with pytest.raises(InvalidArgument):
        await create(town.stubs[2], "Nobody", email("nobody"))
