"""The chain of consent events: everything is sealed once, proven without an address, and no mutation is unseen."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.chain import Head
from chassis.errors import NotFound, PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from touchline.contact.v1 import contact_pb2 as pb
from touchline_client.consents import BrokenProofError, check

from services.contact.domain import proofs as rules
from services.contact.jobs import Sealing
from tests.contact.people import create, email
from tests.contact.test_consent import record
from tests.serving import Served

Fault = pb.CheckConsentChainResponse.Fault
CANARIES = ("ines@acme.example", "ines", "canary-evidence", "696e6573")


async def seal(contact: Served) -> int:
    return await Sealing(contact.database).seal()


async def proof(api: Any, name: str, **fields: Any) -> pb.ConsentProof:
    return await api.GetConsentProof(pb.GetConsentProofRequest(parent=name, **fields))


async def chain(api: Any, page_size: int = 0) -> list[str]:
    lines, request = ['{"format":"touchline.consent-proof.v1","whole":true}'], pb.ReadConsentChainRequest()
    request.page_size = page_size
    while True:
        page = await api.ReadConsentChain(request)
        lines += page.lines
        request.page_token = page.next_page_token
        if not request.page_token:
            return lines


async def anchors(api: Any) -> list[Head]:
    listed = await api.ListConsentAnchors(pb.ListConsentAnchorsRequest(page_size=1000))
    return [Head(one.number, one.digest) for one in listed.consent_anchors]


async def whole(api: Any, *known: Head) -> pb.CheckConsentChainResponse:
    told = [pb.ConsentAnchor(number=one.number, digest=one.digest) for one in known]
    return await api.CheckConsentChain(pb.CheckConsentChainRequest(known_anchors=told))


async def people(contact: Served, api: Any, *, count: int = 3, rounds: int = 3) -> list[str]:
    """Contacts who all said something in each of some batches."""
    names = [
        (await create(api, f"P{number}", email(f"p{number}@acme.example"), owner="users/ada")).name
        for number in range(count)
    ]
    for _ in range(rounds):
        for number in range(count):
            await record(api, email(f"p{number}@acme.example"), "GRANTED", evidence="canary-evidence")
        await seal(contact)
    return names


async def test_a_proof_holds_everything_of_a_person_and_no_address(contact: Served, api: Any):
    ines = await create(api, "Ines", email("ines@acme.example"))
    await people(contact, api)
    await record(api, email("ines@acme.example"), "GRANTED", evidence="canary-evidence", ip_hash=b"696e6573")
    await record(api, email("ines@acme.example"), "WITHDRAWN")
    assert (await proof(api, ines.name)).unsealed_count == 2
    assert await seal(contact) == 11
    found = await proof(api, ines.name)
    assert (found.event_count, found.unsealed_count) == (2, 0)
    report = check(found.lines, await anchors(api))
    assert [one["status"] for one in report.records] == ["GRANTED", "WITHDRAWN"]
    assert report.met == report.anchors[-1:] or len(report.met) == 2
    text = "\n".join(found.lines).lower()
    assert not [canary for canary in CANARIES if canary in text]
    subject = (await api.GetContact(pb.GetContactRequest(name=ines.name))).identifiers[0].subject
    assert subject.hex() not in text
    again = await proof(api, ines.name)
    persons = [{json.loads(line).get("person") for line in each.lines} - {None} for each in (found, again)]
    assert persons[0] != persons[1], "two proofs cannot be joined"


async def test_who_knows_an_address_finds_it_in_a_proof_with_salts_only(contact: Served, api: Any, ada: Any, bob: Any):
    ines = await create(ada, "Ines", email("ines@acme.example"))
    await record(api, email("ines@acme.example"), "GRANTED")
    await seal(contact)
    opened = (await proof(ada, ines.name, open_addresses=True)).lines
    assert check(opened, address="ines@acme.example").about == 1
    assert check(opened, address="else@acme.example").about == 0
    assert check((await proof(ada, ines.name)).lines, address="ines@acme.example").about == 0
    with pytest.raises(PermissionDenied) as refused:
        await proof(bob, ines.name, open_addresses=True)
    assert refused.value.reason == "CONTACT_MASKED"
    assert (await proof(bob, ines.name)).event_count == 1
    with pytest.raises(NotFound):
        await proof(ada, "contacts/01890000-0000-7000-8000-000000000001")


async def test_what_many_say_at_once_is_sealed_once_each_by_whoever_seals(contact: Served, api: Any):
    await asyncio.gather(*(record(api, email(f"p{place % 5}@acme.example"), "GRANTED") for place in range(60)))
    await asyncio.gather(*(seal(contact) for _ in range(4)))
    checked = await whole(api)
    assert (checked.finished, checked.fault, checked.head.number) == (True, Fault.FAULT_UNSPECIFIED, 60)
    async with contact.database.connection() as conn:
        query = "SELECT count(DISTINCT event_id), max(number), max(ordinal) FROM consent_seal"
        assert await (await conn.execute(query)).fetchall() == [(60, 60, 12)]


async def test_an_import_is_sealed_in_batches_that_each_end_with_an_anchor(contact: Served, api: Any):
    async with contact.database.connection() as conn:
        await conn.execute(
            """INSERT INTO consent_event (id, subject, identifier_kind, value, purpose, channel, topic, status,
            lawful_basis, capture_time, source, wording_version, ip_hash, evidence, actor, create_time)
            SELECT gen_random_uuid(), decode(lpad(to_hex(n % 7), 32, '0'), 'hex'), 'email', 'v', 'MARKETING', '', '',
            'GRANTED', '', now(), '', '', '', '', '', now() FROM generate_series(1, 600) AS n"""
        )
    assert await seal(contact) == 600
    assert [one.number for one in await anchors(api)] == [250, 500, 600]
    lines = await chain(api)
    report = check(lines, await anchors(api))
    assert (len(report.records), len(report.met)) == (600, 3)
    assert await chain(api, page_size=250) == lines
    assert len({json.loads(line)["number"] for line in lines if "record" in line}) == 600


async def test_whoever_pages_through_it_is_answered_with_every_anchor_once(contact: Served, api: Any):
    await people(contact, api)
    found, request = [], pb.ListConsentAnchorsRequest(page_size=2)
    while True:
        page = await api.ListConsentAnchors(request)
        found += [one.number for one in page.consent_anchors]
        request.page_token = page.next_page_token
        if not request.page_token:
            break
    assert found == [3, 6, 9]


MUTATIONS = {
    "an event's words": ("UPDATE consent_event SET status = 'WITHDRAWN' WHERE id = {event}", "FAULT_CHANGED"),
    "an event's time": (
        "UPDATE consent_event SET capture_time = capture_time - interval '1 s' WHERE id = {event}",
        "FAULT_CHANGED",
    ),
    "an event's address": ("UPDATE consent_event SET value = 'x@acme.example' WHERE id = {event}", "FAULT_CHANGED"),
    "an event's evidence": ("UPDATE consent_event SET evidence = 'none' WHERE id = {event}", "FAULT_CHANGED"),
    "an event gone": ("DELETE FROM consent_event WHERE id = {event}", "FAULT_MISSING"),
    "a seal's digest": ("UPDATE consent_seal SET digest = sha256(digest) WHERE number = 5", "FAULT_CHANGED"),
    "a seal gone": ("DELETE FROM consent_seal WHERE number = 5", "FAULT_MISSING"),
    "two seals exchanged": (
        "UPDATE consent_seal s SET record_hash = o.record_hash, event_id = s.event_id FROM consent_seal o "
        "WHERE (s.number, o.number) IN ((5, 6), (6, 5))",
        "FAULT_CHANGED",
    ),
    "an event put in": (
        "ALTER TABLE consent_event DISABLE TRIGGER consent_event_unsealed; "
        "INSERT INTO consent_event SELECT gen_random_uuid(), subject, identifier_kind, value, purpose, channel, topic, "
        "status, lawful_basis, capture_time, effective_to_time, source, wording_version, ip_hash, evidence, actor, "
        "create_time - interval '1 h' FROM consent_event WHERE id = {event}",
        "FAULT_MISSING",
    ),
    "the tail cut": (
        "DELETE FROM consent_seal WHERE number > 6; DELETE FROM consent_anchor WHERE number > 6; "
        "DELETE FROM consent_event WHERE id NOT IN (SELECT event_id FROM consent_seal)",
        "FAULT_TRUNCATED",
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_every_mutation_of_what_is_kept_is_found(contact: Served, api: Any, mutation: str):
    await people(contact, api)
    known = await anchors(api)
    assert (await whole(api, *known)).fault == Fault.FAULT_UNSPECIFIED
    statements, fault = MUTATIONS[mutation]
    async with contact.database.connection() as conn:
        ((event,),) = await (await conn.execute("SELECT event_id FROM consent_seal WHERE number = 5")).fetchall()
        for statement in statements.split("; "):
            await conn.execute(statement.format(event=f"'{event}'::uuid"))
    found = await whole(api, *known)
    assert Fault.Name(found.fault) == fault
    if "{event}" in statements and mutation != "an event put in":
        assert (found.fault_number, found.consent_event) == (5, f"consentEvents/{event}")


async def test_erasing_somebody_breaks_no_chain_and_leaves_nothing_to_try_addresses_on(
    contact: Served, api: Any, admin: Any
):
    names = await people(contact, api)
    known = await anchors(api)
    await admin.RequestErasure(pb.RequestErasureRequest(name=names[1], verification="she asked"))
    assert (await whole(api, *known)).fault == Fault.FAULT_UNSPECIFIED
    assert check(await chain(api), known).met == known, "and what is proven of it still holds"
    async with contact.database.connection() as conn:
        query = "SELECT s.salt = '' FROM consent_seal s JOIN consent_event e ON e.id = s.event_id WHERE e.value = ''"
        assert await (await conn.execute(query)).fetchall() == [(True,)] * 3
        await conn.execute("UPDATE consent_event SET status = 'WITHDRAWN' WHERE value = ''")
    assert (await whole(api, *known)).fault == Fault.FAULT_CHANGED


async def test_nobody_is_erased_by_taking_a_salt_away(contact: Served, api: Any):
    await people(contact, api)
    async with contact.database.connection() as conn:
        await conn.execute("UPDATE consent_seal SET salt = '' WHERE number = 5")
        await conn.execute(
            "UPDATE consent_event SET value = '' WHERE id = (SELECT event_id FROM consent_seal WHERE number = 5)"
        )
    found = await whole(api)
    assert (Fault.Name(found.fault), found.fault_number) == ("FAULT_CHANGED", 5)


async def test_a_chain_that_was_made_anew_is_found_by_an_anchor_noted_elsewhere(contact: Served, api: Any):
    await people(contact, api)
    known = await anchors(api)
    async with contact.database.connection() as conn:
        await conn.execute(
            "UPDATE consent_event SET status = 'WITHDRAWN' "
            "WHERE id IN (SELECT event_id FROM consent_seal WHERE number = 4)"
        )
        for statement in (
            "DELETE FROM consent_anchor", "DELETE FROM consent_seal",
            "INSERT INTO consent_unsealed SELECT id FROM consent_event",
        ):  # fmt: skip
            await conn.execute(statement)
    assert await seal(contact) == 9
    assert (await whole(api)).fault == Fault.FAULT_UNSPECIFIED, "by itself it holds together"
    assert (await whole(api, *known)).fault == Fault.FAULT_REWRITTEN
    with pytest.raises(BrokenProofError, match="made anew"):
        check(await chain(api), known)


@pytest.fixture(scope="module")
def proven() -> tuple[list[str], list[Head], bool]:
    """A chain of three batches of which one person's proof shows some: built by the rules alone."""
    now, head, lines, known = datetime(2026, 6, 1, tzinfo=UTC), Head(0, bytes(32)), [], []
    salt, count = b"p" * 16, 0
    ordinals: dict[bytes, int] = {}
    for batch in range(3):
        lines.append({"after": head.number, "digest": head.digest.hex()})
        for place in range(4):
            subject = bytes([place % 2]) * 16
            ordinals[subject] = ordinals.get(subject, 0) + 1
            told = rules.Told(
                rules.UUID(int=batch * 4 + place + 1), subject, "email", f"p{place % 2}@acme.example", "MARKETING",
                "EMAIL", "", "GRANTED", "CONSENT", now, None, "form", "1", b"", "proof", "",
                now + timedelta(hours=batch),
            )  # fmt: skip
            sealed = rules.seal(told, ordinals[subject], bytes([place]) * 16, head)
            head = Head(sealed.number, sealed.digest)
            if place % 2:
                lines.append({"number": sealed.number, "hash": sealed.record_hash.hex()})
            else:
                record_ = rules.record_of(told, ordinals[subject], sealed.hashes)
                person = hashlib.sha256(salt + subject).hexdigest()
                lines.append({"number": sealed.number, "record": record_, "person": person})
                count += 1
        lines.append({"until": head.number, "digest": head.digest.hex()})
        known.append(head)
    first = {"format": "touchline.consent-proof.v1", "events": count, "segments": 3}
    return [json.dumps(line) for line in (first, *lines)], known, True


def test_the_proof_that_is_mutated_below_holds(proven: Any):
    lines, known, _ = proven
    report = check(lines, known)
    assert (len(report.records), report.met) == (6, known)
    assert check([lines[0].replace('"segments": 3', '"segments": 1').replace(": 6", ": 2"), *lines[1:7]], known[:1])


quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


@quick
@given(data=st.data())
def test_every_value_that_is_edited_in_a_proof_is_found(proven: Any, data: Any):
    lines, known, _ = proven
    place = data.draw(st.integers(1, len(lines) - 1))
    line = json.loads(lines[place])
    target = line["record"] if "record" in line and data.draw(st.booleans()) else line
    name = data.draw(st.sampled_from(sorted(set(target) - {"record", "person"})))
    value = target[name]
    if isinstance(value, int):
        target[name] = value + data.draw(st.sampled_from([-1, 1, 7]))
    else:
        target[name] = data.draw(
            st.sampled_from(["", "0", f"{value}0", hashlib.sha256(b"x").hexdigest()]).filter(lambda one: one != value)
        )
    with pytest.raises(BrokenProofError):
        check([*lines[:place], json.dumps(line), *lines[place + 1 :]], known)


@quick
@given(data=st.data())
def test_every_line_taken_out_repeated_or_moved_is_found(proven: Any, data: Any):
    lines, known, _ = proven
    place = data.draw(st.integers(0, len(lines) - 1))
    match data.draw(st.sampled_from(["out", "twice", "moved", "cut"])):
        case "out":
            changed = lines[:place] + lines[place + 1 :]
        case "twice":
            changed = [*lines[:place], lines[place], *lines[place:]]
        case "moved":
            other = data.draw(st.integers(0, len(lines) - 1).filter(lambda one: one != place))
            rest = lines[:place] + lines[place + 1 :]
            changed = [*rest[:other], lines[place], *rest[other:]]
        case _:
            changed = lines[:place]
    if changed != lines:
        with pytest.raises(BrokenProofError):
            check(changed, known)


@pytest.mark.parametrize("line", ["", "nonsense", "[]", "null", '{"format":"other"}', '{"number":1}', "{" * 5000])
def test_what_is_no_proof_is_refused_with_its_line(line: str):
    with pytest.raises(BrokenProofError, match="line 1 "):
        check([line])
    with pytest.raises(BrokenProofError, match="line 0 is empty"):
        check([])
