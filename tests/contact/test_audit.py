"""The audit log: found, and whole, or the verification says where not, whatever somebody did to its stored bytes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis import audit, chain
from chassis.anchoring import Anchoring
from chassis.errors import InvalidArgument, PermissionDenied
from chassis.signing import Signer
from hypothesis import assume, example, given
from hypothesis import strategies as st
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_events_pb2 import ContactEvent
from touchline_client.commands.audit import entry_of

from services.contact.events import AUDIT, anchored
from tests.contact.people import create, email
from tests.serving import Served

START = datetime.fromisoformat("2026-11-30T09:00:00+00:00")
Log = list[audit.Entry]


def a_log(length: int, reason: str = "she called") -> Log:
    """A log as it is written, with old entries among the first."""
    head, log = chain.EMPTY, []
    for number in range(1, length + 1):
        salt, hashed = (b"", b"") if number <= 2 else audit.new_reason(f"{reason} {number}")
        entry = audit.Entry(
            number, START + timedelta(seconds=number), f"users/{number % 3}", "contact.reveal", f"contacts/{number}",
            f"{reason} {number}", hashed, salt, b"",
        )  # fmt: skip
        head = chain.Head(number, chain.link(head.digest, audit.record_of(entry)))
        log.append(entry._replace(digest=head.digest))
    return log


def readings(length: int) -> list[audit.Reading]:
    """A log of who read which touches, as interaction's database writes it."""
    head, log = chain.EMPTY, []
    for number in range(1, length + 1):
        entry = audit.Reading(
            number, START + timedelta(seconds=number), f"users/{number % 3}", "touches.read", f"cursör {number}",
            bytes([number]) * 32, head.digest, b"",
        )  # fmt: skip
        head = chain.Head(number, chain.link(head.digest, audit.record_of_reading(entry)))
        log.append(entry._replace(digest=head.digest))
    return log


def relinked_readings(log: list[audit.Reading]) -> list[audit.Reading]:
    """The same chain made anew over entries."""
    head, made = chain.EMPTY, []
    for number, entry in enumerate(log, 1):
        fresh = entry._replace(number=number, previous=head.digest)
        head = chain.Head(number, chain.link(head.digest, audit.record_of_reading(fresh)))
        made.append(fresh._replace(digest=head.digest))
    return made


def relinked(log: Log) -> Log:
    """The chain made anew over entries, numbers included: what somebody does who knows how it is made."""
    head, made = chain.EMPTY, []
    for number, entry in enumerate(log, 1):
        fresh = entry._replace(number=number)
        head = chain.Head(number, chain.link(head.digest, audit.record_of(fresh)))
        made.append(fresh._replace(digest=head.digest))
    return made


def cut(log: Log, at: int, _: bytes) -> Log:
    return log[:at]


def deleted(log: Log, at: int, _: bytes) -> Log:
    return [*log[:at], *log[at + 1 :]]


def swapped(log: Log, at: int, _: bytes) -> Log:
    return [*log[:at], *log[at : at + 2][::-1], *log[at + 2 :]]


def doubled(log: Log, at: int, _: bytes) -> Log:
    return [*log[: at + 1], *log[at:]]


def edited(field: str) -> Callable[[Log, int, bytes], Log]:
    """One field of an entry has other bytes."""

    def edit(log: Log, at: int, noise: bytes) -> Log:
        before = getattr(log[at], field)
        after: Any = noise if isinstance(before, bytes) else noise.hex()
        if isinstance(before, datetime):
            after = before + timedelta(microseconds=1 + noise[0])
        return [*log[:at], log[at]._replace(**{field: after}), *log[at + 1 :]]

    return edit


def blanked(log: Log, at: int, _: bytes) -> Log:
    """The reason is taken away as if whom it is about had been erased."""
    return [*log[:at], log[at]._replace(reason="", reason_salt=b""), *log[at + 1 :]]


EDITS = [
    edited(name) for name in ("actor", "action", "resource", "reason", "reason_hash", "reason_salt", "digest", "time")
]
MUTATIONS = [cut, deleted, swapped, doubled, blanked, *EDITS]


def is_found(
    log: Any, verify: Callable[..., Any], mutate: Callable[[Any], Any], relink: Callable[[Any], Any] | None
) -> None:
    """A sound log with its anchor has no fault; a mutated one has, also where its chain was made anew by `relink`."""
    head = chain.Head(log[-1].number, log[-1].digest)
    assert verify(log, [head]) is None
    mutated = mutate(log)
    mutated = relink(mutated) if relink else mutated
    assume(mutated[: len(log) if relink else None] != log)  # what is written behind the anchor is an entry like others
    assert verify(mutated, [head]) is not None


@given(
    length=st.integers(3, 12),
    at=st.integers(0, 11),
    mutate=st.sampled_from(MUTATIONS),
    noise=st.binary(min_size=1, max_size=32),
    remade=st.booleans(),
)
@example(length=5, at=3, mutate=cut, noise=b"x", remade=True)
@example(length=5, at=4, mutate=edited("actor"), noise=b"x", remade=True)
def test_every_edit_deletion_reordering_and_truncation_is_found_also_where_the_chain_is_made_anew(
    length: int, at: int, mutate: Callable[[Log, int, bytes], Log], noise: bytes, remade: bool
) -> None:
    is_found(a_log(length), audit.verify, lambda log: mutate(log, at % length, noise), relinked if remade else None)


READ = [edited(name) for name in ("time", "actor", "action", "cursor", "touches", "previous", "digest")]


@given(
    length=st.integers(3, 12),
    at=st.integers(0, 11),
    mutate=st.sampled_from([cut, deleted, swapped, doubled, *READ]),
    noise=st.binary(min_size=1, max_size=32),
    remade=st.booleans(),
)
@example(length=5, at=3, mutate=cut, noise=b"x", remade=True)
def test_the_same_is_found_in_the_log_of_who_read_touches(
    length: int, at: int, mutate: Any, noise: bytes, remade: bool
) -> None:
    relink = relinked_readings if remade else None
    is_found(readings(length), audit.verify_readings, lambda log: mutate(log, at % length, noise), relink)


@given(noise=st.binary(min_size=1, max_size=32))
def test_an_anchor_that_somebody_else_told_is_found(noise: bytes) -> None:
    ours, head = Signer(b"the installation's own key"), chain.Head(7, bytes(32))
    anchor = audit.Anchor(head.number, head.digest, START, ours.sign(audit.statement("contact", head, START)))
    assert audit.verify_anchors("contact", [anchor], ours.public_key) is None
    others = Signer(b"another key, of whoever it is")
    forged = anchor._replace(signature=others.sign(audit.statement("contact", head, START)))
    for wrong in (
        forged, anchor._replace(signature=noise), anchor._replace(number=6), anchor._replace(digest=noise),
        anchor._replace(time=START + timedelta(microseconds=1)),
    ):  # fmt: skip
        assert audit.verify_anchors("contact", [wrong], ours.public_key) == (chain.Fault.FORGED, wrong.number)
    assert audit.verify_anchors("interaction", [anchor], ours.public_key) is not None


def test_the_reason_of_an_entry_about_an_erased_person_can_go_and_of_nobody_else() -> None:
    log = a_log(5)
    log[3] = log[3]._replace(reason="", reason_salt=b"")
    assert audit.verify(log) == chain.Finding(chain.Fault.CHANGED, 4)
    log[3] = log[3]._replace(is_erased=True)
    assert audit.verify(log) is None


async def everything(admin: Any, **wish: Any) -> Log:
    page = await admin.ListAuditEntries(pb.ListAuditEntriesRequest(order_by="number", **wish))
    return [entry_of(each) for each in page.audit_entries]


async def test_what_was_seen_is_found_and_verifies_also_after_an_erasure(admin: Any, ada: Any, api: Any) -> None:
    ines, omar = await create(api, "Ines", email("ines@acme.example")), await create(api, "Omar")
    for stub, contact, why in ((ada, ines, "Ines called"), (admin, omar, "a complaint")):
        await stub.RevealContact(pb.RevealContactRequest(name=contact.name, reason=why))
    for address, why in (("ines@acme.example", "Ines wrote"), ("nobody@acme.example", "a typing error")):
        stop = pb.Suppression(address=email(address), reason=pb.Suppression.REASON_MANUAL)
        made = await admin.SuppressAddress(pb.SuppressAddressRequest(suppression=stop))
        await admin.LiftSuppression(pb.LiftSuppressionRequest(name=made.name, reason=why))
    assert [each.reason for each in await everything(admin)] == [
        "Ines called", "a complaint", "Ines wrote", "a typing error",
    ]  # fmt: skip
    await admin.RequestErasure(pb.RequestErasureRequest(name=ines.name, verification="passport"))
    log = await everything(admin)
    assert [(each.actor, each.action, each.reason) for each in log] == [
        ("users/ada", "contact.reveal", ""),
        ("users/root", "contact.reveal", "a complaint"),
        ("users/root", "suppression.lift", ""),
        ("users/root", "suppression.lift", "a typing error"),
        ("users/root", "contact.erase", ""),
    ]
    assert audit.verify(log) is None
    narrowed = await everything(admin, filter=f'actor = "users/ada" AND resource = "{ines.name}"')
    assert [each.number for each in narrowed] == [1]
    page = await admin.ListAuditEntries(pb.ListAuditEntriesRequest(page_size=2))
    assert [each.number for each in page.audit_entries] == [5, 4]
    rest = await admin.ListAuditEntries(pb.ListAuditEntriesRequest(page_size=3, page_token=page.next_page_token))
    assert ([each.number for each in rest.audit_entries], rest.next_page_token) == ([3, 2, 1], "")


async def test_the_head_is_told_outside_and_a_cut_log_does_not_meet_it(contact: Served, admin: Any, api: Any) -> None:
    omar = await create(api, "Omar")
    for _ in range(3):
        await admin.RevealContact(pb.RevealContactRequest(name=omar.name, reason="a complaint"))
    signer = Signer(contact.settings.identity_key())
    anchoring = Anchoring(contact.database, "contact", signer, anchored)
    assert await anchoring.anchor()
    assert not await anchoring.anchor(), "it was told already"
    async with contact.database.connection() as conn:
        query = "SELECT data FROM outbox WHERE stream = %s"
        ((data,),) = await (await conn.execute(query, (AUDIT,))).fetchall()
        head = ContactEvent.FromString(bytes(data)).audit_anchored
        assert head.number == 3
        told = audit.Anchor(head.number, head.digest, head.anchor_time.ToDatetime(tzinfo=UTC), head.signature)
        assert told.signature
        assert audit.verify_anchors("contact", [told], signer.public_key) is None
        await conn.execute("DELETE FROM audit_entry WHERE number > 1")
    log = await everything(admin)
    assert audit.verify(log) is None
    found = audit.verify(log, [chain.Head(head.number, head.digest)])
    assert found == chain.Finding(chain.Fault.TRUNCATED, 2)


async def test_only_who_runs_the_installation_reads_it(admin: Any, ada: Any, api: Any) -> None:
    for stub in (ada, api):
        with pytest.raises(PermissionDenied):
            await stub.ListAuditEntries(pb.ListAuditEntriesRequest())
    for wrong in ({"filter": 'reason = "x"'}, {"order_by": "time"}, {"filter": "actor ="}):
        with pytest.raises(InvalidArgument):
            await admin.ListAuditEntries(pb.ListAuditEntriesRequest(**wrong))
