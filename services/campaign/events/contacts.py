"""What the contact service says becomes our projection of people, companies and deals.

Its events name who changed, not their addresses, so each batch asks contact once for everybody it names. The answer is
dated by our database's clock before the question: what was asked earlier never replaces what was asked later, and
whatever changed before an event was written is in every answer after it. So any order of batches ends with the newest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from chassis.bus import Invalid, NotNow, Record
from chassis.errors import DomainError
from chassis.ids import uuid7
from google.protobuf.message import DecodeError
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from touchline.contact.v1 import contact_events_pb2 as theirs

from services.campaign.store import optins as opt_in_store
from services.campaign.store import people as store

CONTACTS = "touchline.contact.events.v1"
FOLLOWERS = "SELECT id FROM person WHERE survivor_id = ANY (%s) AND survivor_id <> id"  # as the index has it


class Source(Protocol):
    """Whoever knows the states of people."""

    async def people(self, contacts: Sequence[UUID]) -> list[dict[str, Any]]: ...


@dataclass
class Prepared:
    """The rows that a batch leads to."""

    people: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    deals: list[dict[str, Any]] = field(default_factory=list)
    opt_ins: list[dict[str, Any]] = field(default_factory=list)


class ContactsHandler:
    """Applies a batch of contact's events."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> Prepared:
        """Ask contact for everybody whom the batch names; NotNow while it is away."""
        prepared, named = Prepared(), set[UUID]()
        for record in batch:
            _sort(record, prepared, named)
        prepared.people = await read_people(conn, self._source, named)
        return prepared

    async def flush(self, conn: AsyncConnection[Any], prepared: Prepared) -> None:
        """Write what is newer than what we hold."""
        await write(conn, prepared)


async def read_people(conn: AsyncConnection[Any], source: Source, named: set[UUID]) -> list[dict[str, Any]]:
    """The states of these contacts and of those who were merged into them, dated before they were asked for."""
    if not named:
        return []
    read_time = (await (await conn.execute("SELECT clock_timestamp()")).fetchall())[0][0]
    followers = await (await conn.execute(FOLLOWERS, (list(named),))).fetchall()
    try:
        people = await source.people(sorted(named | {row[0] for row in followers}))
    except DomainError as error:
        raise NotNow(f"contact: {error.reason}") from None
    return [{**person, "attributes": Jsonb(person["attributes"]), "read_time": read_time} for person in people]


async def write(conn: AsyncConnection[Any], prepared: Prepared) -> None:
    """Execute, and never fetch: it runs in a pipeline."""
    for statement, rows in (
        (store.UPSERT, prepared.people),
        (store.ACCOUNT, prepared.accounts),
        (store.DEAL, prepared.deals),
        (opt_in_store.KEEP, prepared.opt_ins),
    ):
        for row in rows:
            await conn.execute(statement, row)


def _sort(record: Record, prepared: Prepared, named: set[UUID]) -> None:
    event, epoch = _decode(record)
    match event.WhichOneof("event"):
        case "contact_changed":
            named.update(_ids(event.contact_changed.contact, event.contact_changed.merged_into))
        case "link_changed":
            link = event.link_changed.link
            if link.identifier_kind in {"email", ""}:
                named.update(_ids(link.contact, link.survivor))
        case "account_changed":
            prepared.accounts.append(_account(event.account_changed, epoch))
        case "deal_changed":
            prepared.deals.append(_deal(event.deal_changed, epoch))
        case "opt_in_requested":
            prepared.opt_ins.append(_opt_in(event.opt_in_requested))


def _decode(record: Record) -> tuple[theirs.ContactEvent, int]:
    try:
        return theirs.ContactEvent.FromString(record.value), int(record.header("ce_sequence").partition(".")[0])
    except (DecodeError, ValueError):
        raise Invalid("not an event of the contact service") from None


def _account(said: theirs.AccountChanged, epoch: int) -> dict[str, Any]:
    told = {name: getattr(said, name) for name in ("display_name", "domain", "industry", "country", "revision")}
    return {**told, "id": _id(said.account), "is_active": said.active, "epoch": epoch}


def _deal(said: theirs.DealChanged, epoch: int) -> dict[str, Any]:
    return {
        "id": _id(said.deal),
        "contacts": [str(each) for each in _ids(*said.contacts)],
        "epoch": epoch,
        "revision": said.revision,
    }


def _opt_in(said: theirs.OptInRequested) -> dict[str, Any]:
    """A mail that is to be sent; its id is minted here, once, for a record that comes again changes nothing."""
    return {
        "opt_in_id": _id(said.opt_in),
        "number": said.mail_number,
        "message": uuid7(datetime.now(UTC)),
        "expire_time": said.expire_time.ToDatetime(tzinfo=UTC),
    }


def _id(name: str) -> UUID:
    if not name:
        raise Invalid("a resource without a name")
    return _ids(name)[0]


def _ids(*names: str) -> list[UUID]:
    try:
        return [UUID(name.rpartition("/")[2]) for name in names if name]
    except ValueError:
        raise Invalid("a name that holds no UUID") from None
