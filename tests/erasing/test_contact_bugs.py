"""What contact may do wrong who erases and keeps the account of it: each planted bug is noticed by one of its tests."""

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest
from chassis.db import Tx

from services.contact.domain import erasures as rules
from services.contact.domain.facts import ContactErased
from services.contact.events import hearing
from services.contact.usecases import erasures
from services.contact.usecases.erasures import Standing
from tests.contact import test_audit, test_bars, test_erasures
from tests.planting import replaced
from tests.serving import Served


@dataclass(frozen=True)
class Bug:
    """A bug of contact's, how it is planted for the length of a block, and the test that notices it."""

    name: str
    planted: Callable[[], AbstractContextManager[None]]
    test: Callable[..., Awaitable[None]]


async def _nothing(*_: Any, **__: Any) -> None:
    return None


async def _known(*_: Any, **__: Any) -> bool:
    return False


def _unheld(kept: Any) -> Any:
    async def lock_person(*told: Any) -> Any:
        contacts = await kept(*told)
        for contact in contacts.values():
            contact.hold_time = None
        return contacts

    return lock_person


def _open(kept: Any) -> Any:
    async def list_ever_held(*told: Any) -> Any:
        return [link for link in await kept(*told) if link.to_time is None]

    return list_ever_held


class _Over(Standing):
    """Everybody has acknowledged, as far as this one knows."""

    @property
    def waiting(self) -> list[str]:
        return []


def _early(kept: Any) -> Any:
    return lambda standing, signer: kept(_Over(standing.erasure, standing.acknowledgements), signer)


def _ours_alone(kept: Any) -> Any:
    return lambda facts, stores: kept(facts, {rules.OURS: stores.get(rules.OURS, [])})


def _once(kept: Any) -> Any:
    async def acknowledge(tx: Any, erasure: Any, service: str, stores: Any, **told: Any) -> Any:
        found = await erasures.store.list_acknowledgements(tx, [erasure])
        assert service not in {one.service for one in found[erasure]}
        return await kept(tx, erasure, service, stores, **told)

    return acknowledge


def _untold(kept: Any) -> Any:
    def emit(tx: Tx, event: Any) -> None:
        if not isinstance(event, ContactErased):
            kept(tx, event)

    return emit


def _told_once(kept: Any) -> Any:
    """Whom a backup brought back is erased again, and nobody else hears of it."""

    async def reapply(tx: Tx, fact: Any, **told: Any) -> Any:
        with replaced(Tx, "emit", _untold(Tx.emit)):
            return await kept(tx, fact, **told)

    return reapply


def _forged(kept: Any) -> Any:
    return lambda standing, signer: (kept(standing, signer)[0], bytes(64))


BUGS = [
    Bug("her address may be written to", lambda: replaced(erasures, "_suppress", _nothing),
        test_erasures.test_a_table_brings_nobody_back_and_her_address_stays_suppressed),
    Bug("no hash of her is kept", lambda: replaced(erasures.store, "insert_subjects", _nothing),
        test_erasures.test_a_table_brings_nobody_back_and_her_address_stays_suppressed),
    Bug("a hold is not obeyed", lambda: replaced(erasures, "lock_person", _unheld(erasures.lock_person)),
        test_bars.test_an_erasure_waits_for_a_hold_and_goes_on_when_it_is_released),
    Bug("a released hold lets nothing go on", lambda: replaced(erasures, "begin_erasure", _nothing),
        test_bars.test_an_erasure_waits_for_a_hold_and_goes_on_when_it_is_released),
    Bug("others do not hear of it", lambda: replaced(Tx, "emit", _untold(Tx.emit)),
        test_erasures.test_the_fact_holds_ids_and_hashes_only_and_names_every_subject_she_ever_held),
    Bug("what she held before is not told",
        lambda: replaced(erasures.store, "list_ever_held", _open(erasures.store.list_ever_held)),
        test_erasures.test_the_fact_holds_ids_and_hashes_only_and_names_every_subject_she_ever_held),
    Bug("the receipt is there before all have acknowledged",
        lambda: replaced(erasures, "make_receipt", _early(erasures.make_receipt)),
        test_erasures.test_every_service_acknowledges_and_the_receipt_says_what_was_deleted_where),
    Bug("the receipt says of contact alone what was deleted",
        lambda: replaced(rules, "receipt_text", _ours_alone(rules.receipt_text)),
        test_erasures.test_every_service_acknowledges_and_the_receipt_says_what_was_deleted_where),
    Bug("the receipt is not signed", lambda: replaced(erasures, "make_receipt", _forged(erasures.make_receipt)),
        test_erasures.test_every_service_acknowledges_and_the_receipt_says_what_was_deleted_where),
    Bug("it is over as soon as all have acknowledged",
        lambda: replaced(rules, "state_of", lambda *_: rules.ErasureState.CONFIRMED),
        test_erasures.test_every_service_acknowledges_and_the_receipt_says_what_was_deleted_where),
    Bug("an acknowledgement that comes again fails",
        lambda: replaced(erasures, "acknowledge_erasure", _once(erasures.acknowledge_erasure)),
        test_erasures.test_every_service_acknowledges_and_the_receipt_says_what_was_deleted_where),
    Bug("nobody is alarmed", lambda: replaced(Standing, "is_overdue", lambda *_: False),
        test_erasures.test_a_late_acknowledgement_is_an_alarm),
    Bug("a backup brings her back", lambda: replaced(hearing, "reapply_erasure", _known),
        test_erasures.test_a_backup_does_not_bring_her_back),
    Bug("others do not hear that a backup brought her back",
        lambda: replaced(hearing, "reapply_erasure", _told_once(hearing.reapply_erasure)),
        test_erasures.test_a_backup_does_not_bring_her_back),
    Bug("what the planner noted of her stays", lambda: replaced(erasures, "vacuum", _nothing),
        test_erasures.test_nothing_of_an_erased_person_is_left_in_any_table_not_even_in_what_the_planner_noted),
    Bug("nobody writes down who asked for it", lambda: replaced(erasures.audit, "insert_audit_entry", _nothing),
        test_audit.test_what_was_seen_is_found_and_verifies_also_after_an_erasure),
]  # fmt: skip


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
async def test_a_planted_bug_of_contact_is_noticed(bug: Bug, contact: Served, api: Any, admin: Any, ada: Any) -> None:
    people = {"contact": contact, "api": api, "admin": admin, "ada": ada}
    wanted = {name: people[name] for name in inspect.signature(bug.test).parameters}
    with bug.planted(), pytest.raises((Exception, pytest.fail.Exception)) as noticed:
        await bug.test(**wanted)
    print(f"{bug.name}: {noticed.typename} {str(noticed.value)[:200]}")
