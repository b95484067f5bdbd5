"""Bugs of a service that erases, each planted by itself into the running code at a function's or a statement's seam.

Nothing in production knows of them. Each has the check that must notice it.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from chassis import erasures
from chassis.db import Database

from services.campaign.store import erasing as of_campaign
from services.contact.store import audit
from services.contact.store import erasures as of_contact
from services.contact.usecases import erasures as contact_erasures
from services.interaction.store import erasing as of_interaction
from services.interaction.usecases import erasing as interaction_erasing
from services.segmentation.store import erasing as of_segmentation
from tests.erasing import checks
from tests.erasing.ground import Ground
from tests.planting import replaced


@dataclass(frozen=True)
class Bug:
    """A bug, how it is planted for the length of a block, and the check that notices it."""

    name: str
    planted: Callable[[], AbstractContextManager[None]]
    check: Callable[[Database, Ground], Awaitable[None]] = checks.check_nothing_is_left


def forgotten(store: Any, name: str, steps: Mapping[str, str]) -> list[Bug]:
    """Each table of a store, forgotten by itself."""
    return [
        Bug(f"{table} is forgotten", lambda table=table: replaced(store, name, _without(steps, table)))  # type: ignore[misc]
        for table in steps
    ]


def _without(steps: Mapping[str, str], table: str) -> dict[str, str]:
    return {each: statement for each, statement in steps.items() if each != table}


async def _nothing(*_: Any, **__: Any) -> Any:
    return []


async def _none(*_: Any, **__: Any) -> int:
    return 0


async def _as_news(*_: Any, **__: Any) -> Any:
    """Nothing is known of any erasure."""
    raise contact_erasures.ErasureNotFoundError(erasure="")


def _everybody(statement: str) -> str:
    """A statement that asks for nobody's id."""
    assert "ANY (:contacts)" in statement
    return statement.replace("= ANY (:contacts)", "<> '00000000-0000-0000-0000-000000000000'")


def _committed_before(kept: Any) -> Any:
    """What is done is written down in a transaction of its own, before that which does it ends."""

    async def keep(tx: Any, erased: Any, rows: Any) -> None:
        engine = tx.session.bind
        async with engine.connect() as other:
            await other.exec_driver_sql(
                erasures.KEEP,
                (erased.erasure, erased.ids, erased.hers, erased.time, erasures.Jsonb(dict(rows))),
            )
            await other.commit()
        await kept(tx, erased, rows)

    return keep


ONCE = erasures.KEEP.partition("ON CONFLICT")[0]
SAID = ONCE + "ON CONFLICT (erasure_id) DO NOTHING"
EVERYWHERE = [
    Bug("the same again fails", lambda: replaced(erasures, "KEEP", ONCE), checks.check_again_does_nothing_more),
    Bug(
        "the same again is not acknowledged again",
        lambda: replaced(erasures, "KEEP", SAID),
        checks.check_again_does_nothing_more,
    ),
    Bug(  # the last, since something of it stays in the database
        "done is what is not committed",
        lambda: replaced(erasures, "keep", _committed_before(erasures.keep)),
        checks.check_undone_is_not_acknowledged,
    ),
]
OF_SERVICES: dict[str, list[Bug]] = {
    "contact": [
        *forgotten(of_contact, "STEPS", of_contact.STEPS),
        Bug("reasons in the audit log are forgotten", lambda: replaced(audit, "forget_reasons", _none)),
        Bug("the same again is news", lambda: replaced(of_contact, "get_erasure", _as_news),
            checks.check_again_does_nothing_more),
        Bug("everybody's purchases go", lambda: replaced(
            of_contact, "STEPS", {**of_contact.STEPS, "purchase": _everybody(of_contact.STEPS["purchase"])})),
    ],
    "segmentation": [
        *forgotten(of_segmentation, "STEPS", of_segmentation.STEPS),
        Bug("her attributes stay", lambda: replaced(of_segmentation, "delete", _forgetting_person)),
        Bug("everybody's purchases go", lambda: replaced(
            of_segmentation, "STEPS",
            {**of_segmentation.STEPS, "purchase": _everybody(of_segmentation.STEPS["purchase"])})),
        *EVERYWHERE,
    ],
    "campaign": [
        *forgotten(of_campaign, "STEPS", of_campaign.STEPS),
        Bug("refused touches are forgotten", lambda: replaced(of_campaign, "REFUSED", "SELECT CAST(:names AS text[])")),
        Bug("everybody is taken out of audiences", lambda: replaced(
            of_campaign, "STEPS",
            {**of_campaign.STEPS, "audience_member": _everybody(of_campaign.STEPS["audience_member"])})),
        *EVERYWHERE,
    ],
    "interaction": [
        *forgotten(of_interaction, "STEPS", of_interaction.STEPS),
        *forgotten(of_interaction, "OF_TOUCHES", of_interaction.OF_TOUCHES),
        Bug("touches under her own subjects stay", lambda: replaced(interaction_erasing.store, "list_alone", _nothing)),
        Bug("her name stays on her page", lambda: replaced(interaction_erasing.store, "bury", _nothing)),
        *EVERYWHERE,
    ],
}  # fmt: skip


async def _forgetting_person(tx: Any, erased: Any) -> dict[str, int]:
    """Everything of hers goes but what a rule may look at."""
    told = {"contacts": erased.ids, "hers": erased.hers, "time": erased.time}
    for statement in of_segmentation.STEPS.values():
        names = {name: told[name] for name in told if f":{name}" in statement}
        await tx.execute(of_segmentation.text(statement), names)
    return {}
