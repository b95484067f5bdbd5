"""One life here: imported, opted in, mailed, merged, un-merged, withdrawn, exported, erased, and found nowhere.

Every service, her timeline and the next launch agree at each step. Twelve strings of hers are looked for in every
table, every record of every stream and the broker's files of them, dead letters among them, the archive that she got,
the sandbox's inbox, the logs, the traces and the edge's spool: before she is erased, when each is found where it lies,
and after that, when nothing is.
"""

import asyncio
import io
import re
import uuid
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from auditing import Row, audit
from chassis.streams import catalogue, dead_letters
from kafka import KafkaProducer
from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline_client import Touchline

from deploy.local.kafka import Kafka
from tests.flows.campaigns import TOPIC, Marketer, campaign_of, until
from tests.flows.people import client
from tests.flows.postbox import Mail, Postbox
from tests.flows.readers import Addresses
from tests.flows.remains import forget, on_disk, residue
from tests.flows.streams import records
from tests.flows.system import GRPC, System
from tests.residue import found_in

MARK = f"kanari{uuid.uuid4().hex[:10]}"
NUMBER = "+4930" + str(uuid.uuid4().int)[:8]
HERS = {
    "name": f"Ada {MARK}name",
    "address": f"{MARK}adr@kiln.example",
    "phone": NUMBER,
    "note": f"{MARK} asked for the loud mill",
    "url": f"https://kiln.example/?for={MARK}url",
    "form": f"{MARK}form please call",
    "subject": f"{MARK}subj again",
    "bounce": f"<{MARK}adr@kiln.example> mailbox {MARK}bounce is full",
    "attribute": f"{MARK}attribute gold",
    "import": f"{MARK}import chief",
    "rep": f"{MARK}rep said she moves",
    "ip": f"2001:db8::{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}",
}
# Where each of them lies before she is erased; what a service keeps of a mail is packed, and counted apart.
WHERE = {
    "contact.public.contact": "name attribute import",
    "contact.public.contact_change": "name attribute import",
    "contact.public.identity_link": "address phone",
    "contact.public.consent_event": "address name",
    "segmentation.public.person": "name attribute import",
    "campaign.public.person": "name address attribute import",
    "campaign.public.send": "address bounce",
    "interaction.public.contact": "name",
    "interaction.public.touch": "name address url note form subject rep",
    "interaction.public.touch_raw": "ip",
    "export.zip": " ".join(HERS.keys() - {"ip"}),
    "inbox/": "name address",
    "kafka touchline.contact.events.v1": "name attribute import",
    "kafka touchline.interaction.intake.v1": " ".join(HERS),
    "kafka touchline.interaction.recorded.v1": "name address url note form subject rep",
    "kafka touchline.interaction.intake.v1.dlq": " ".join(HERS),
}
INTAKE, SOURCE = "touchline.interaction.intake.v1", f"sources/rights-{MARK}"


@dataclass
class Scene:
    """What the flow plays on."""

    system: System
    postbox: Postbox
    touchline: Touchline
    http: httpx.AsyncClient
    marketer: Marketer
    sender: str = ""
    segment: str = ""

    async def mails(self, name: str) -> list[Mail]:
        """Launch a mailing to her and to somebody else; what arrived at her address."""
        before = len(self.postbox.mails(recipient=HERS["address"]))
        activity = await self.marketer.mailing(f"{name} {MARK[:6]}", self.segment, self.sender)
        await self.marketer.launch(campaign_of(activity.name))
        return self.postbox.mails(recipient=HERS["address"])[before:]

    async def timeline(self, contact: str) -> dict[str, str]:
        """The touches of a timeline, by name with their types."""
        found: dict[str, str] = {}
        request = pb.GetTimelineRequest(parent=contact, page_size=100)
        page = await self.touchline.interaction.GetTimeline(request)
        for thread in page.threads:
            found |= {touch.name: touch.type for touch in thread.touches}
        return found

    async def shows(self, contact: str, *types: str) -> None:
        """Return when a timeline holds these types."""

        async def is_so() -> bool:
            return set(types) <= set((await self.timeline(contact)).values())

        await until(is_so)

    async def may_be_mailed(self, contact: str) -> str:
        query = contacts.CheckConsentRequest.Query(
            contact=contact, purpose=contacts.PURPOSE_MARKETING, channel=contacts.CHANNEL_EMAIL, topic=TOPIC
        )
        (answer,) = (await self.touchline.contact.CheckConsent(contacts.CheckConsentRequest(queries=[query]))).answers
        return contacts.CheckConsentResponse.Reason.Name(answer.reason).removeprefix("REASON_")


@pytest.mark.timeout(600)
async def test_a_person_is_imported_mailed_merged_withdrawn_and_erased_and_is_found_nowhere(
    system: System, postbox: Postbox, kafka: Kafka
) -> None:
    async with client(system) as touchline, httpx.AsyncClient(timeout=90) as http:
        scene = Scene(system, postbox, touchline, http, Marketer(touchline, postbox))
        ada, twin, other = await imported(scene)
        await opted_in(scene, ada)
        mail = await mailed(scene, ada, other)
        await did_things(scene, ada, mail)
        await merged_and_unmerged(scene, ada, twin)
        await withdrew(scene, ada, mail)
        await audited(scene, ada, mail)
        await exported(scene, ada)
        await poisoned(scene, kafka)
        await found_where_it_is(scene, kafka)
        assert kept_mails(system, mail) == 1
        await restricted_and_held(scene, ada)
        await erased(scene, ada, other)
        await nothing_brings_her_back(scene, ada)
        handed_over(scene)
        assert await residue(system, HERS.values()) == {}
        assert kept_mails(system, mail) == 0
        personal = {name for name, stream in catalogue().items() if stream.is_personal}
        assert streams_with_her(system) <= personal
        await asyncio.to_thread(forget, system, kafka.data, HERS.values())
        assert streams_with_her(system) == set()


async def imported(scene: Scene) -> tuple[str, str, str]:
    columns = ["Name", "Email", "Phone", "Title", "Plan"]
    wanted = contacts.Import(display_name="people.csv", columns=columns, owner="users/jana", team="teams/central")
    wanted.mapping.update(
        {"Name": "display_name", "Email": "email", "Phone": "phone", "Title": "title", "Plan": "attributes.plan"}
    )
    made = await scene.touchline.contact.CreateImport(contacts.CreateImportRequest(contact_import=wanted))
    rows = [
        [HERS["name"], HERS["address"], "", HERS["import"], HERS["attribute"]],
        [HERS["name"], "", NUMBER, "", ""],
        ["Omar Other", f"omar.{MARK[6:]}@kiln.example", "", "", ""],
    ]
    append = contacts.AppendImportRowsRequest(parent=made.name, first_row=1, last=True)
    for row in rows:
        append.rows.add(values=row)
    assert (await scene.touchline.contact.AppendImportRows(append)).rows_created == 3
    request = contacts.ResolveIdentifiersRequest()
    for kind, value in (("email", HERS["address"]), ("phone", NUMBER), ("email", rows[2][1])):
        request.queries.add().identifier.CopyFrom(contacts.Identifier(kind=kind, value=value))
    found = (await scene.touchline.contact.ResolveIdentifiers(request)).resolutions
    return found[0].contacts[0], found[1].contacts[0], found[2].contacts[0]


async def opted_in(scene: Scene, ada: str) -> None:
    for purpose in (contacts.PURPOSE_MARKETING, contacts.PURPOSE_TRACKING):
        event = contacts.ConsentEvent(
            address=contacts.Identifier(kind="email", value=HERS["address"]), purpose=purpose,
            status=contacts.ConsentEvent.STATUS_GRANTED, evidence=f"form of {HERS['name']}",
            lawful_basis=contacts.ConsentEvent.LAWFUL_BASIS_CONSENT,
        )  # fmt: skip
        await scene.touchline.contact.RecordConsent(contacts.RecordConsentRequest(consent_event=event))
    assert await scene.may_be_mailed(ada) == "GRANTED"


async def mailed(scene: Scene, ada: str, other: str) -> Mail:
    scene.sender = await scene.marketer.sender("Rights", f"rights.{MARK[6:]}@touchline.example")
    scene.segment = await scene.marketer.people(f"Rights {MARK[6:]}", ada, other)

    async def is_planned() -> Any:
        return await scene.mails("Rights one")

    (mail,) = await until(is_planned)
    await scene.shows(ada, "email.handed_over")
    links = Addresses(mail.body("html")).links
    assert (await scene.http.get(links[0], headers={"user-agent": f"Reader {MARK}form please call"})).status_code == 302
    await scene.shows(ada, "email.clicked")
    return mail


async def did_things(scene: Scene, ada: str, mail: Mail) -> None:
    """She fills in a form, visits a page, writes a message, is called; her mail bounces once."""
    for kind, source in (("email", SOURCE), ("phone", f"{SOURCE}-phone")):
        wanted = pb.Source(name=source, client="flow", identifier_kind=kind)
        await scene.touchline.interaction.RegisterSource(pb.RegisterSourceRequest(source=wanted))
    touches = [
        touch("form.submitted", message=HERS["form"]),
        touch("web.visited", url=HERS["url"]),
        touch("call.logged", note=HERS["note"], duration_minutes=3),
        touch("email.replied", subject=HERS["subject"], text=HERS["rep"]),
    ]
    touches[1].evidence.ip, touches[1].evidence.user_agent = HERS["ip"], "Probe"
    answer = await scene.touchline.interaction.RecordTouches(pb.RecordTouchesRequest(touches=touches))
    assert [result.status.code for result in answer.results] == [0] * 4, answer
    report = campaign_pb2.ReportDeliveryRequest(
        message=mail.id, outcome=campaign_pb2.ReportDeliveryRequest.OUTCOME_BOUNCED_SOFT, reply_text=HERS["bounce"]
    )
    report.report_time.FromDatetime(datetime.now(UTC))
    await scene.touchline.campaign.ReportDelivery(report)
    await scene.shows(ada, *(one.type for one in touches), "email.bounced")


def touch(kind: str, *, source: str = SOURCE, value: str = "", **attributes: Any) -> pb.Touch:
    said = pb.Touch(type=kind, source=source, source_event_id=str(uuid.uuid4()))
    said.identifier.kind, said.identifier.value = "email", value or HERS["address"]
    said.occurred_time.FromDatetime(datetime.now(UTC))
    said.names.contact = HERS["name"]
    said.attributes.update(attributes)
    return said


async def merged_and_unmerged(scene: Scene, ada: str, twin: str) -> None:
    before = await scene.timeline(ada)
    merge = contacts.MergeContactsRequest(name=twin, duplicate=ada)
    position = (await scene.touchline.contact.MergeContacts(merge)).position
    await scene.touchline.interaction.GetTimeline(pb.GetTimelineRequest(parent=twin, min_position=position))
    assert await scene.timeline(twin) == before
    assert await scene.may_be_mailed(twin) == "GRANTED"
    undone = await scene.touchline.contact.UnmergeContact(contacts.UnmergeContactRequest(name=ada))
    await scene.touchline.interaction.GetTimeline(pb.GetTimelineRequest(parent=ada, min_position=undone.position))
    assert (await scene.timeline(ada), await scene.timeline(twin)) == (before, {})
    assert await scene.may_be_mailed(twin) == "NO_ADDRESS"
    again = await scene.touchline.contact.MergeContacts(contacts.MergeContactsRequest(name=ada, duplicate=twin))
    await scene.touchline.interaction.GetTimeline(pb.GetTimelineRequest(parent=ada, min_position=again.position))


async def withdrew(scene: Scene, ada: str, mail: Mail) -> None:
    link = str(mail.message["List-Unsubscribe"]).strip("<>")
    answer = await scene.http.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200

    async def is_withdrawn() -> bool:
        return await scene.may_be_mailed(ada) == "WITHDRAWN"

    await until(is_withdrawn)
    await scene.shows(ada, "email.unsubscribed")
    assert await scene.mails("Rights two") == []


async def audited(scene: Scene, ada: str, mail: Mail) -> None:
    """What she had said before that mail was only written down afterwards: the report of the period names the mail."""

    async def sent_without() -> list[Row]:
        day = timedelta(days=1)
        found = [row async for row in audit(scene.touchline, datetime.now(UTC) - day, datetime.now(UTC) + day)]
        return [row for row in found if row.finding == "SENT_WITHOUT" and row.address == HERS["address"]]

    assert await sent_without() == []
    sends = campaign_pb2.ListSendsRequest(parent="campaigns/-/activities/-", filter=f'contact = "{ada}"')
    page = await scene.touchline.campaign.ListSends(sends)
    (send,) = [one for one in page.sends if one.message == mail.id]
    event = contacts.ConsentEvent(
        address=contacts.Identifier(kind="email", value=HERS["address"]), purpose=contacts.PURPOSE_MARKETING,
        status=contacts.ConsentEvent.STATUS_WITHDRAWN, source="letter",
    )  # fmt: skip
    event.capture_time.FromMicroseconds(send.hand_over_time.ToMicroseconds() - 1)
    await scene.touchline.contact.RecordConsent(contacts.RecordConsentRequest(consent_event=event))
    (row,) = await sent_without()
    assert (row.why, row.topic, row.name) == ("WITHDRAWN", TOPIC, send.name)


async def exported(scene: Scene, ada: str) -> None:
    """She gets what she said and did, what was written to her and about her, from every service."""
    request = contacts.ExportContactRequest(name=ada, reason="she asked")
    archive = b"".join([answer.chunk async for answer in scene.touchline.contact.ExportContact(request)])
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        told = b"\n".join(opened.read(name) for name in opened.namelist())
    (scene.system.state / "export.zip").write_bytes(archive)
    missing = HERS.keys() - {name for name, value in HERS.items() if found_in(told, [value])}
    assert missing == set()


async def poisoned(scene: Scene, kafka: Kafka) -> None:
    """What no service can read says who she is, and lies among the dead letters."""
    producer = KafkaProducer(bootstrap_servers=scene.system.settings.kafka_bootstrap)
    try:
        poison = "|".join(HERS.values()).encode()
        producer.send(scene.system.settings.topic_prefix + INTAKE, poison, partition=0).get(30)
    finally:
        producer.close()
    letters = dead_letters(INTAKE)
    await until(
        lambda: asyncio.to_thread(
            lambda: letters in on_disk(kafka.data, scene.system.settings.topic_prefix, HERS.values())
        )
    )


async def found_where_it_is(scene: Scene, kafka: Kafka) -> None:
    """Before she is erased each string is found in each store that has it, in whatever spelling: the search sees."""
    left = await residue(scene.system, HERS.values())
    prefix = scene.system.settings.topic_prefix
    disk = await asyncio.to_thread(on_disk, kafka.data, prefix, HERS.values())
    left |= {f"kafka {name}": found for name, found in disk.items()}
    found: dict[str, set[str]] = {}
    for store, values in left.items():
        names = {name for name, value in HERS.items() if value in values}
        found.setdefault(re.sub(r"_\d+$|\d+\.eml$", "", store), set()).update(names)
    missing = {
        store: names.split() for store, names in WHERE.items() if not set(names.split()) <= found.get(store, set())
    }
    assert missing == {}, found
    assert not [store for store in found if store.startswith(("logs", "traces", "edge-spool"))]


async def restricted_and_held(scene: Scene, ada: str) -> None:
    contact = scene.touchline.contact
    await contact.RestrictContact(contacts.RestrictContactRequest(name=ada, reason=f"{MARK}rep said she moves"))
    await contact.LiftRestriction(contacts.LiftRestrictionRequest(name=ada, reason=f"{MARK}rep said she moves"))
    await contact.HoldContact(contacts.HoldContactRequest(name=ada, reason=f"{MARK}rep said she moves"))


async def erased(scene: Scene, ada: str, other: str) -> None:
    contact = scene.touchline.contact
    request = contacts.RequestErasureRequest(name=ada, verification=f"passport of {HERS['name']}")
    erasure = await contact.RequestErasure(request)
    assert erasure.state == contacts.Erasure.STATE_HELD
    assert (await contact.GetContact(contacts.GetContactRequest(name=ada))).display_name == HERS["name"]
    await contact.ReleaseContact(contacts.ReleaseContactRequest(name=ada, reason=f"{MARK}rep said she moves"))

    async def is_acknowledged() -> bool:
        found = await contact.GetErasure(contacts.GetErasureRequest(name=erasure.name))
        return bool(found.state == contacts.Erasure.STATE_FORGETTING)

    await until(is_acknowledged)
    receipt = await contact.GetErasureReceipt(contacts.GetErasureReceiptRequest(name=f"{erasure.name}/receipt"))
    assert all(f'"service":"{name}"' in receipt.text for name in GRPC)
    assert (await contact.GetContact(contacts.GetContactRequest(name=ada))).state == contacts.Contact.STATE_ERASED
    assert await scene.timeline(ada) == {}
    assert await scene.marketer.members(scene.segment) == {other}
    assert await scene.mails("Rights three") == []


async def nothing_brings_her_back(scene: Scene, ada: str) -> None:
    """The old table again, a touch that was on its way, a merge, an edit."""
    made = await scene.touchline.contact.CreateImport(
        contacts.CreateImportRequest(contact_import=contacts.Import(display_name="again.csv", columns=["Email"]))
    )
    append = contacts.AppendImportRowsRequest(parent=made.name, first_row=1, last=True)
    append.rows.add(values=[HERS["address"]])
    assert (await scene.touchline.contact.AppendImportRows(append)).rows_refused == 1
    late = touch("call.logged", note=HERS["note"])
    late.contact = ada
    late.occurred_time.seconds -= 3600
    answer = await scene.touchline.interaction.RecordTouches(pb.RecordTouchesRequest(touches=[late]))
    assert answer.results[0].status.code == 0, "it is accepted, and forgotten"

    async def is_read() -> bool:
        ends = scene.system.end_offsets("touchline.interaction.intake.v1")
        with scene.system.sql("interaction") as conn:
            query = "SELECT partition, next FROM inbox_offset WHERE stream = 'touchline.interaction.intake.v1'"
            held = dict(conn.execute(query).fetchall())
        return all(held.get(partition, 0) >= end for partition, end in ends.items())

    await until(is_read)
    assert await scene.timeline(ada) == {}


def handed_over(scene: Scene) -> None:
    """The archive was given to her and deleted, and the sandbox's inbox, which plays her mailbox, is emptied."""
    (scene.system.state / "export.zip").unlink()
    assert scene.postbox.inbox.clear() > 0


def kept_mails(system: System, mail: Mail) -> int:
    """How many mails are kept as this one was sent: packed, so that no search for strings finds them."""
    with system.sql("campaign") as conn:
        return conn.execute("SELECT count(*) FROM sent_mail WHERE message = %s", [mail.id]).fetchone()[0]


def streams_with_her(system: System) -> set[str]:
    """The streams that hold one of the strings; they forget by the moments that her receipt names."""
    return {
        name
        for name in catalogue()
        if any(found_in((key or b"") + b"|" + value, HERS.values()) for key, value in records(system, name))
    }
