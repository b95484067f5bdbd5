"""The drill: touches flow, mails go out, somebody is erased; the database's disk is lost, the guide followed."""

import asyncio
import json
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import AlreadyExists
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc

from tests.chassis.ground import all_ended, signal_all
from tests.faults import checker
from tests.faults.load import SOURCE, Load, Person
from tests.faults.mail.stage import Mailing, Stage, is_finished, launch, mails_of, open_stage, patiently, until_out
from tests.flows.campaigns import until
from tests.flows.system import GRPC, Engines
from tests.residue import holding
from tests.restore.cluster import Cluster, follow
from tests.restore.plants import Plant

MARK = "brachvogel"
ERASED, LOST = f"{MARK}.erased@kiln.example", f"{MARK}.lost@kiln.example"
FAITHFUL = Plant("")  # nothing is done wrong
STATES = "SELECT state, reason, count(*) FROM send WHERE activity_id = %s GROUP BY 1, 2"
KNOWN = {
    "campaign": "SELECT count(*) FROM person WHERE id = %s AND is_active",
    "interaction": "SELECT count(*) FROM contact WHERE contact_id = %s",
    "segmentation": "SELECT count(*) FROM person WHERE contact_id = %s AND state = 'ACTIVE'",
}


@dataclass(frozen=True)
class Size:
    """How many people are mailed, mails a second, and touches a second."""

    people: int = 60
    rate: int = 8
    touches: int = 50


@dataclass
class Report:
    """What was measured (seconds), and what was wrong."""

    figures: dict[str, Any] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.violations.append(otherwise)


async def drill(engines: Engines, size: Size, plant: Plant = FAITHFUL) -> Report:
    """Do it once, with what `plant` does wrong; gives what was measured."""
    cluster, report = Cluster(engines.postgres), Report()
    cluster.follow("Archive the log", RPO="1s")
    engines.postgres.stop()
    engines.postgres.start()
    async with open_stage(engines, size.people) as stage:
        cluster.follow("Make a base backup")
        async with stage.system.channel("interaction", client="faults") as channel:
            interaction = interaction_pb2_grpc.InteractionServiceStub(channel)
            load, stop = await _load(stage, interaction, size), asyncio.Event()
            running = asyncio.create_task(load.run(stop))
            mailing, when, gone = await _live(stage, cluster, size)
            report.figures["rpo_seconds"] = round(await asyncio.to_thread(cluster.lag), 2)
            begun = time.monotonic()
            await _disaster(stage, cluster)
            stop.set()
            await asyncio.to_thread(_restore, stage, cluster, when)
            await asyncio.to_thread(plant.before, stage)
            report.figures["rto_databases_seconds"] = round(time.monotonic() - begun, 1)
            told = await asyncio.to_thread(_come_back, stage, cluster, plant.skipped)
            report.expect(" 0 different" in told, "counts of timelines differ from the touches")
            report.figures["rto_seconds"] = round(time.monotonic() - begun, 1)
            await running
            await _compare_mails(stage, cluster, mailing, report)
            await _compare_touches(stage, interaction, load, report)
            await _compare_people(stage, gone, report)
            report.figures["all_right_after_seconds"] = round(time.monotonic() - begun, 1)
    return report


async def _load(stage: Stage, interaction: Any, size: Size) -> Load:
    """Touches of five people who stay."""
    with suppress(AlreadyExists):
        source = pb.Source(name=f"sources/{SOURCE}", client="faults", identifier_kind="email")
        await interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
    emails = [f"{MARK}.{number}@kiln.example" for number in range(5)]
    people = [Person(await _person(stage, email), email) for email in emails]
    return Load(interaction, people, "restore", random.Random(1), rate=size.touches)


async def _person(stage: Stage, email: str) -> str:
    wanted = contacts.Contact(
        display_name=f"Ines {email}", identifiers=[contacts.Identifier(kind="email", value=email)]
    )
    request = contacts.CreateContactRequest(contact=wanted)
    return str((await stage.touchline.contact.CreateContact(request)).name)


async def _live(stage: Stage, cluster: Cluster, size: Size) -> tuple[Mailing, str, dict[str, str]]:
    """Until just before the disaster; the mailing, the moment to restore, and whom it concerns."""
    erased = await _person(stage, ERASED)
    mailing = await launch(stage, "restored", size.rate)
    await until_out(stage, mailing, size.people // 6)
    when = await asyncio.to_thread(cluster.moment)
    lost = await _person(stage, LOST)
    await until(lambda: _is_known(stage, lost))
    wish = contacts.RequestErasureRequest(name=erased, verification="called back")
    await stage.touchline.contact.RequestErasure(wish)
    await until(lambda: _is_gone(stage))
    await until_out(stage, mailing, size.people // 2)
    return mailing, when, {"erased": erased, "lost": lost}


async def _disaster(stage: Stage, cluster: Cluster) -> None:
    """Every process dies at once, and the database's disk with them; Kafka and the keys are elsewhere."""
    launcher = stage.system.process
    assert launcher is not None
    roles = [role["pid"] for role in stage.system.roles().values()]
    launcher.send_signal(signal.SIGKILL)
    signal_all(roles, signal.SIGKILL)
    await asyncio.to_thread(launcher.wait, 30)
    await all_ended(roles)
    await asyncio.to_thread(cluster.lose)


def _restore(stage: Stage, cluster: Cluster, when: str) -> None:
    cluster.follow("Put the backup in place", WHEN=when)
    cluster.postgres.start()


def _come_back(stage: Stage, cluster: Cluster, skipped: tuple[str, ...]) -> str:
    """Contact first, then everybody, as the guide says; what its commands print."""
    told = ""
    for services in (("contact",), ()):
        system = stage.system
        system.services, system.seen = services, set()
        (system.state / "roles.json").unlink(missing_ok=True)
        system.start()
        told += follow(system, cluster, "Contact first" if services else "Then the others", skipped)
        if services:
            system.stop()
    return told


async def _compare_mails(stage: Stage, cluster: Cluster, mailing: Mailing, report: Report) -> None:
    """Nobody got two; after the mail server's log was read, everybody got one."""
    await until(lambda: _is_compared(stage, mailing), seconds=120)
    arrived = mails_of(stage, mailing)
    states = {(row[0], row[1]): row[2] for row in stage.rows("campaign", STATES, mailing.activity)}
    unknown = states.get(("UNKNOWN", "RESTORED"), 0)
    report.figures |= {"mails_before": len(arrived), "unknown": unknown, "known": sum(states.values()) - unknown}
    report.expect(sum(states.values()) == len(stage.people), f"the ledger has {sum(states.values())} lines")
    log = stage.system.state / "mail-server.log"
    log.write_text("".join(f"250 ok to=<{mail.recipient}>\n" for mail in arrived), encoding="utf-8")
    activity = f"{mailing.campaign}/activities/{mailing.activity}"
    told = follow(stage.system, cluster, "Decide what nobody knows", ACTIVITY=activity, MAIL_LOG=str(log))
    report.figures["decided"] = told.rsplit("\n", 2)[-2].strip()
    with suppress(AssertionError):  # those who get none are counted below
        await until_out(stage, mailing, len(stage.people))
    report.expect(await is_finished(stage, mailing), "the campaign does not end")
    times = Counter(mail.recipient for mail in mails_of(stage, mailing))
    report.expect(max(times.values()) == 1, f"{sum(n > 1 for n in times.values())} people got the mail twice")
    report.expect(len(times) == len(stage.people), f"{len(stage.people) - len(times)} people got no mail")


async def _is_compared(stage: Stage, mailing: Mailing) -> bool:
    """Whether campaign has compared its ledger."""
    _, said = await asyncio.to_thread(stage.system.ask, "campaign.work")
    return json.loads(said).get("restored") == "ok"


async def _compare_touches(stage: Stage, interaction: Any, load: Load, report: Report) -> None:
    verdict = await checker.check(interaction, stage.system, load)
    report.figures |= {"touches": verdict.acknowledged, "touches_lost": verdict.lost}
    for kind in checker.KINDS:
        number = getattr(verdict, kind)
        report.expect(number == 0, f"{number} touches {kind}: {verdict.examples[:2]}")


async def _compare_people(stage: Stage, gone: dict[str, str], report: Report) -> None:
    """Who was erased is nowhere, and who was made after the moment is not half there."""
    for service in GRPC:
        settings = stage.system.settings.for_role(service)
        async with _connection(settings) as conn:
            left = await holding(conn, [ERASED])
        report.expect(not left, f"{service} holds who was erased: {left}")
    held = await patiently(lambda: stage.touchline.contact.GetContact(contacts.GetContactRequest(name=gone["erased"])))
    report.expect(held.state == contacts.Contact.STATE_ERASED, "contact does not know that she was erased")
    lost = gone["lost"].partition("/")[2]
    for service, query in KNOWN.items():
        found = stage.rows(service, query, lost)[0][0]
        report.expect(found == 0, f"{service} knows somebody whom contact has lost")


async def _is_known(stage: Stage, contact: str) -> bool:
    return all(stage.rows(name, query, contact.partition("/")[2])[0][0] for name, query in KNOWN.items())


async def _is_gone(stage: Stage) -> bool:
    for service in GRPC:
        async with _connection(stage.system.settings.for_role(service)) as conn:
            if await holding(conn, [ERASED]):
                return False
    return True


def _connection(settings: Any) -> Any:
    from chassis.db import Database

    return Database(settings).connection()
