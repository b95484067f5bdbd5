"""Somebody with a canary in every personal field: contact, links, consent, suppression, import and touches."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chassis.errors import NotFound
from google.protobuf.message import Message
from touchline.contact.v1 import contact_pb2, contact_pb2_grpc
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc

from tests.flows.campaigns import until

CANARY = f"canary{uuid.uuid4().hex[:12]}"
EMAIL, CRM, COOKIE = f"{CANARY}@hidden.example", f"crm-{CANARY}", f"cookie-{CANARY}"
PHONE = "+420555" + str(uuid.uuid4().int)[:6]
OPAQUE, EVIDENCE = f"opaque-{CANARY}", f"evidence-{CANARY}"
IP = f"2001:db8::{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}"
HIDDEN = (CANARY, PHONE, PHONE.removeprefix("+420"), IP)
IDENTIFIERS = {"email": EMAIL, "phone": PHONE, "crm:hubspot": CRM, "cookie": COOKIE}
UNKNOWN = {"email": f"unknown.{EMAIL}", "cookie": f"unknown-{COOKIE}"}
ROWS = (("Somebody else", f"imported.{EMAIL}", OPAQUE), ("Broken", f"{CANARY} no address", OPAQUE), (CANARY,))


class Doors:
    """The services as one caller sees them."""

    def __init__(self, contact: Any, interaction: Any) -> None:
        self.contact = contact_pb2_grpc.ContactServiceStub(contact)
        self.interaction = interaction_pb2_grpc.InteractionServiceStub(interaction)


@dataclass(frozen=True)
class Hidden:
    """Whose values are hidden, her touches, the import that brought her colleague, and what she is asked to confirm."""

    name: str
    touches: tuple[str, ...]
    contact_import: str
    opt_in: str


def holds(data: bytes | None) -> bool:
    """Whether bytes hold a hidden value."""
    return any(value.encode() in (data or b"") for value in HIDDEN)


def shows(answer: Message) -> list[str]:
    """The hidden values that an answer holds."""
    raw = answer.SerializeToString().decode("latin-1").lower()
    return [value for value in HIDDEN if value.lower() in raw]


async def plant(admin: Doors) -> Hidden:
    """A contact of the team Central, with a canary in every personal field but names; all of it is readable."""
    contact = await _contact(admin)
    await _consent(admin)
    touch = "touches/" + "A" * 43
    await _purchase(admin, contact.name)
    await admin.contact.HoldContact(contact_pb2.HoldContactRequest(name=contact.name, reason=EVIDENCE))
    excluded = contact_pb2.ExcludeTouchRequest(parent=contact.name, touch=touch, evidence=EVIDENCE)
    position = (await admin.contact.ExcludeTouch(excluded)).position
    await admin.interaction.GetTimeline(pb.GetTimelineRequest(parent=contact.name, min_position=position))
    opt_in = await _opt_in(admin)
    hers = [await record(admin, *one) for one in IDENTIFIERS.items()]
    nobodys = [await record(admin, *one) for one in UNKNOWN.items()]
    await until(lambda: _are_written(admin, hers + nobodys))
    return Hidden(contact.name, tuple(hers), await _import(admin), opt_in)


async def record(admin: Doors, kind: str, value: str) -> str:
    """The name of a new touch under an identifier, with evidence; by phone somebody writes something, too."""
    source = f"sources/pii-{kind.replace(':', '-')}"
    register = pb.Source(name=source, client="flow", identifier_kind=kind)
    await admin.interaction.RegisterSource(pb.RegisterSourceRequest(source=register))
    touch = pb.Touch(type="form.submitted", source=source, source_event_id=str(uuid.uuid4()))
    if kind == "phone":
        touch.type, touch.attributes["text"] = "sms.replied", OPAQUE
    touch.identifier.kind, touch.identifier.value = kind, value
    touch.occurred_time.FromDatetime(datetime.now(UTC))
    touch.names.message = f"About {CANARY}"
    touch.evidence.ip, touch.evidence.user_agent = IP, EVIDENCE
    touch.evidence.body = EVIDENCE.encode()
    answer = await admin.interaction.RecordTouches(pb.RecordTouchesRequest(touches=[touch]))
    assert answer.results[0].status.code == 0, answer
    return str(answer.results[0].name)


async def _contact(admin: Doors) -> contact_pb2.Contact:
    request = contact_pb2.ResolveIdentifiersRequest()
    request.queries.add().identifier.CopyFrom(contact_pb2.Identifier(kind="email", value=EMAIL))
    found = (await admin.contact.ResolveIdentifiers(request)).resolutions[0].contacts
    if found:
        return await admin.contact.GetContact(contact_pb2.GetContactRequest(name=found[0]))
    wanted = contact_pb2.Contact(display_name="Somebody", owner="users/jana", team="teams/central")
    for kind, value in IDENTIFIERS.items():
        wanted.identifiers.add(kind=kind, value=value)
    wanted.attributes["secret"].string_value = "nothing yet"
    made = await admin.contact.CreateContact(contact_pb2.CreateContactRequest(contact=wanted))
    change = contact_pb2.UpdateContactRequest(contact=contact_pb2.Contact(name=made.name))
    change.contact.attributes["secret"].string_value = OPAQUE
    change.update_mask.paths.append("attributes")
    return await admin.contact.UpdateContact(change)


async def _consent(admin: Doors) -> None:
    """What proves a consent, and a number that must not be written to; neither keeps a mail from her."""
    event = contact_pb2.ConsentEvent(
        address=contact_pb2.Identifier(kind="email", value=EMAIL), purpose=contact_pb2.PURPOSE_PROFILING,
        channel=contact_pb2.CHANNEL_EMAIL, status=contact_pb2.ConsentEvent.STATUS_GRANTED,
        lawful_basis="LAWFUL_BASIS_CONSENT", evidence=EVIDENCE,
    )  # fmt: skip
    await admin.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))
    suppression = contact_pb2.Suppression(
        address=contact_pb2.Identifier(kind="phone", value=PHONE), channel=contact_pb2.CHANNEL_SMS,
        reason=contact_pb2.Suppression.REASON_MANUAL,
    )  # fmt: skip
    await admin.contact.SuppressAddress(contact_pb2.SuppressAddressRequest(suppression=suppression))


async def _opt_in(admin: Doors) -> str:
    """A consent that waits for her confirmation."""
    wanted = contact_pb2.OptIn(
        address=contact_pb2.Identifier(kind="email", value=EMAIL), purpose=contact_pb2.PURPOSE_PROFILING,
        source="form", wording_version="1", evidence=EVIDENCE,
    )  # fmt: skip
    return str((await admin.contact.RequestOptIn(contact_pb2.RequestOptInRequest(opt_in=wanted))).name)


async def _purchase(admin: Doors, contact: str) -> None:
    """Something that she bought; sending it again changes nothing."""
    bought = contact_pb2.ImportPurchasesRequest.Item(
        contact=contact, product=OPAQUE, amount_minor=1999, currency_code="EUR", source_purchase_id=CANARY
    )
    bought.purchase_time.FromJsonString("2026-03-01T12:00:00Z")
    wish = contact_pb2.ImportPurchasesRequest(items=[bought], source="shop")
    (result,) = (await admin.contact.ImportPurchases(wish)).results
    assert not result.description, result


async def _import(admin: Doors) -> str:
    """An import of three rows: a good one, one with a broken address, and a ragged one."""
    wanted = contact_pb2.Import(
        display_name="people.csv", columns=["Name", "Email", "Secret"], owner="users/jana", team="teams/central"
    )
    wanted.mapping.update({"Name": "display_name", "Email": "email", "Secret": "attributes.secret"})
    made = await admin.contact.CreateImport(contact_pb2.CreateImportRequest(contact_import=wanted))
    rows = [contact_pb2.AppendImportRowsRequest.Row(values=row) for row in ROWS]
    append = contact_pb2.AppendImportRowsRequest(parent=made.name, first_row=1, rows=rows, last=True)
    done = await admin.contact.AppendImportRows(append)
    assert done.rows_refused == 2, done
    return str(made.name)


async def _are_written(admin: Doors, names: list[str]) -> bool:
    try:
        await admin.interaction.BatchGetTouches(pb.BatchGetTouchesRequest(names=names))
    except NotFound:
        return False
    return True
