"""Any service's database with a person in every table that can name one, and somebody else beside her.

Rows are made from the catalogue of the database itself, so a table that is new is filled, too. Constraints are let go:
what is shown here is which rows an erasure leaves, and nothing that the rows say but whom they are about.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import erasing
from chassis.bus import Record
from chassis.config import Settings
from chassis.db import Database, Tx
from psycopg import sql
from psycopg.types.json import Jsonb
from touchline.contact.v1 import contact_events_pb2 as events

from services.campaign import events as of_campaign
from services.campaign.events.erasures import on_contact_erased
from services.contact import events as of_contact
from services.interaction import events as of_interaction
from services.interaction.gateways import INTAKE
from services.interaction.rpc import CONSUMER
from services.segmentation import events as of_segmentation
from tests.residue import found_in

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
ERASURE = UUID(int=0x0190 << 112 | 7 << 76 | 2 << 62 | 99)
PEOPLE = frozenset((
    "contact_id", "person_id", "survivor_id", "direct_id", "earned_id", "other_id", "via_id", "one_id", "target_id",
    "contacts",
))  # fmt: skip
THEMSELVES = frozenset(("contact", "person"))  # tables of people; whoever is merged into her is erased with her
KEYS = frozenset(("subject", "subject_id", "resource"))
OTHERS = frozenset(("sent_mail", "touch_refused_outbox"))  # that name people in what they hold
APART = frozenset(("alert",))  # that go for the person's sake and for the touch's, each alone
CHASSIS = frozenset((
    "alembic_version", "inbox_offset", "outbox", "outbox_delivered", "outbox_epoch", "outbox_head", "request_id",
    "retention_evidence", "erasure", "erasure_acknowledgement", "erased_subject", "erased_span",
    "erased_touch",
))  # fmt: skip
TABLES = """SELECT c.relname, array_agg(a.attname ORDER BY a.attnum), array_agg(t.typname ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
AND a.attidentity = '' AND a.attgenerated = '' AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') NOT LIKE 'nextval%'
GROUP BY c.relname ORDER BY c.relname"""
CONSTRAINTS = """SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c') AND conparentid = 0 AND conrelid <> 0"""
Handler = Callable[[Tx, Record], Awaitable[None]]


@dataclass(frozen=True)
class Ground:
    """A service: who erases there, which tables keep a person's id, and what their columns say that is not hers."""

    service: str
    events: Any
    handler: Callable[[], Handler]
    keeps: frozenset[str]
    told: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Somebody:
    """Whom rows are about: every text in them is hers, and so are the ids."""

    number: int
    word: str

    def id(self, kind: int = 0) -> UUID:
        """One of her ids: her contact, her subject, her touch, her message."""
        return UUID(int=0x0190 << 112 | 7 << 76 | 2 << 62 | kind << 8 | self.number)


HER, HIM, NOBODY = Somebody(1, "canary-of-hers"), Somebody(2, "canary-of-his"), Somebody(3, "nobodys")
CONTACT, SUBJECT, TOUCH, MESSAGE = range(4)
OF_HERS = {"subject": SUBJECT, "subject_id": SUBJECT, "touch_id": TOUCH, "touch_subject_id": SUBJECT,
           "message": MESSAGE}  # fmt: skip
GROUNDS = {
    each.service: each
    for each in (
        Ground(
            "contact", of_contact, of_contact.ErasureHandler, frozenset(("contact", "audit_entry", "duplicate_walk")),
            {
                "contact": {"state": "ACTIVE", "owner": "o", "team": "t", "merged_into": None, "delete_time": None,
                            "hold_actor": "a", "restrict_actor": "a"},
                "consent_event": dict.fromkeys(
                    ("identifier_kind", "purpose", "channel", "topic", "status", "lawful_basis", "source",
                     "wording_version", "actor"), "x"
                ),
                "opt_in": dict.fromkeys(
                    ("purpose", "topic", "language", "wording_version", "source", "sender", "actor", "state"), "x"
                ),
                "suppression": dict.fromkeys(("identifier_kind", "channel", "reason", "source", "actor"), "x"),
                "import_row": dict.fromkeys(("outcome", "reason", "column_title"), "x"),
                "audit_entry": {"actor": "x", "action": "x", "previous_hash": b"x", "hash": b"x", "reason_hash": b"x"},
                "consent_seal": {"record_hash": b"x", "digest": b"x", "hashes": None},
                "subject_alias": {"form": b"x"},
            },
        ),
        Ground(
            "segmentation", of_segmentation, of_segmentation.ErasureHandler,
            frozenset(("person", "change", "membership")),
            {"person": {"state": "ACTIVE"}, "change": dict.fromkeys(("concern", "touch", "resource"), "x"),
             "membership": {"added_by": "x", "cause": None},
             "consent": dict.fromkeys(("purpose", "channel", "topic", "status"), "x"), "suppression": {"channel": "x"}},
        ),
        Ground(
            "campaign", of_campaign, lambda: on_contact_erased, frozenset(("send", "person")),
            {"send": {"state": "PLANNED", "reason": "", "due_time": None},
             "person": {"owner": "o", "team": "t"}, "brake": {"target": "CONTACT"}},
        ),
        Ground(
            "interaction", of_interaction, lambda: of_interaction.ErasureHandler(CONSUMER, INTAKE),
            frozenset(("contact", "tombstone")), {"contact": {"owner": "o", "team": "t"}, "link": {"kind": "holds"},
                                                "tracking_consent": {"channel": "x", "topic": "x"}},
        ),
    )
}  # fmt: skip


def fact(*, again: int = 0, erasure: str = f"erasures/{ERASURE}") -> Record:
    """Contact says that she is erased; it may say so again."""
    said = events.ContactErased(erasure=erasure, contact=f"contacts/{HER.id()}")
    said.erase_time.FromDatetime(NOW)
    said.contacts.add(contact=f"contacts/{HER.id()}", revision=9)
    said.subjects.add(subject=HER.id(SUBJECT).bytes, kind="email")
    value = events.ContactEvent(contact_erased=said).SerializeToString()
    return Record(erasing.STREAM, 0, again, b"", value, [("ce_sequence", f"1.{1 + again}".encode())])


@contextlib.asynccontextmanager
async def standing(settings: Settings, ground: Ground) -> AsyncIterator[Database]:
    """The service's database, open, with both in every table."""
    database = Database(settings, encode=getattr(ground.events, "encode", None))
    await database.open()
    async with database.connection() as conn:
        await loosen(conn)
        await fill(conn, ground)
    yield database
    await database.close()


class DoneError(Exception):
    """Ends a transaction, and takes everything back that it wrote."""


@contextlib.asynccontextmanager
async def taken_back(database: Database) -> AsyncIterator[Tx]:
    """A transaction of which nothing is left."""
    with contextlib.suppress(DoneError):
        async with database.transaction(patience=60) as tx:
            yield tx
            raise DoneError


async def connection_of(tx: Tx) -> Any:
    """psycopg's connection inside of a transaction."""
    return (await (await tx.session.connection()).get_raw_connection()).driver_connection


async def loosen(conn: Any) -> None:
    """Let go of what rows must fulfil among each other."""
    for table, name in await (await conn.execute(CONSTRAINTS)).fetchall():
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {} CASCADE")
        await conn.execute(drop.format(sql.Identifier(table), sql.Identifier(name)))


async def fill(conn: Any, ground: Ground) -> None:
    """She and he are in every table that can name somebody, in every column that can."""
    for table, columns, types in await (await conn.execute(TABLES)).fetchall():
        kinds = dict(zip(columns, types, strict=True))
        named = [name for name in columns if name in PEOPLE or (name == "id" and table in THEMSELVES)]
        if table in CHASSIS or not (named or KEYS & kinds.keys() or table in OTHERS):
            continue
        named = named[:1] if table in THEMSELVES else named + (["subject_id"] if table in APART else [])
        for number, somebody in enumerate((HER, HIM)):
            for place, only in enumerate(named or [""]):
                hers = [*(named if not place else [only]), *OF_HERS] if table not in APART else [only, "touch_id"]
                row = {
                    name: _value(name, kind, somebody, hers, 10 * number + place + 1) for name, kind in kinds.items()
                }
                await _insert(conn, table, row | _known(ground, table, kinds))


def _known(ground: Ground, table: str, kinds: Mapping[str, str]) -> Mapping[str, Any]:
    return {name: value for name, value in ground.told.get(table, {}).items() if name in kinds}


async def _insert(conn: Any, table: str, row: Mapping[str, Any]) -> None:
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    await conn.execute(query, list(row.values()))


def _value(name: str, kind: str, who: Somebody, hers: Collection[str], place: int) -> Any:
    """A value of a column's type: whose it is where it names somebody, her word where it is a text."""
    of = who if name in hers else NOBODY
    if kind == "uuid":
        is_key = name in PEOPLE or name in OF_HERS or name in hers
        return of.id(OF_HERS.get(name, CONTACT)) if is_key else who.id(40 + place)
    if kind == "bytea":
        return of.id(SUBJECT).bytes if name == "subject" else f"{who.word} contacts/{who.id()} {who.id()}".encode()
    plain: dict[str, Any] = {
        "text": f"contacts/{who.id()}" if name == "resource" else f"{who.word} {place}",
        "varchar": who.word, "_uuid": [of.id()], "_text": [str(who.id())] if name == "contacts" else [who.word],
        "timestamptz": BEFORE, "date": BEFORE.date(), "bool": False, "jsonb": Jsonb({"said": who.word}),
    }  # fmt: skip
    return plain.get(kind, place)


@dataclass(frozen=True)
class Left:
    """What is left: of her words, where; of her id, where; and everything that is his."""

    words: frozenset[str]
    ids: frozenset[str]
    his: Mapping[str, tuple[bytes, ...]]


async def look(conn: Any) -> Left:
    """Everything that a database holds of both."""
    words, ids, his = set(), set(), {}
    for table, _, _ in await (await conn.execute(TABLES)).fetchall():
        if table in CHASSIS:
            continue
        query = sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table))
        said = [line.encode() for (line,) in await (await conn.execute(query)).fetchall()]
        content = b"\n".join(said)
        words |= {table} if found_in(content, [HER.word]) else set()
        ids |= {table} if found_in(content, [str(HER.id())]) else set()
        his[table] = tuple(sorted(line for line in said if found_in(line, [HIM.word, str(HIM.id())])))
    return Left(frozenset(words), frozenset(ids), his)
