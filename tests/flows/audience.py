"""Five hundred people of a CRM export, in the groups that a mailing has to treat differently."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from touchline.contact.v1 import contact_pb2
from touchline_client import Touchline
from touchline_client.imports import ImportRun
from touchline_client.tables import sniff

from tests.flows.system import System

CRM = "crm:flowmail"
COLUMNS = {
    "Record ID": CRM,
    "First Name": "given_name",
    "Last Name": "family_name",
    "Email": "email",
    "Phone": "phone",
    "Plan": "attributes.plan",
    "Marketing": "consent.marketing.email",
    "Tracking": "consent.tracking.email",
}
PLAN, OTHER = "flow mailing", "another"
GIVEN = ("Aneta", "Jörg", "Chloé", "Søren", "Lucía", "Bettina", "Renée", "Íris", "Émile", "Günter", "Željko", "Zoë")


class Group(StrEnum):
    """Why people are treated differently."""

    TRACKED = "allow mail and tracking"
    UNTRACKED = "allow mail, never asked about tracking"
    REFUSING = "refused mail"
    UNASKED = "never asked"
    SHARING = "two records with one address"
    PHONE_ONLY = "no address"
    OUTSIDE = "do not fit the rule"


SIZES = {
    Group.TRACKED: 400,
    Group.UNTRACKED: 40,
    Group.REFUSING: 15,
    Group.UNASKED: 15,
    Group.SHARING: 10,
    Group.PHONE_ONLY: 10,
    Group.OUTSIDE: 10,
}


@dataclass(frozen=True)
class Member:
    """One record of the export, and the contact that it became."""

    record_id: str
    given_name: str
    family_name: str
    email: str
    phone: str
    group: Group
    contact: str = ""

    @property
    def display_name(self) -> str:
        return f"{self.given_name} {self.family_name}"


def make_audience() -> list[Member]:
    """All of them, the same every time."""
    groups = [group for group, size in SIZES.items() for _ in range(size)]
    people = []
    for number, group in enumerate(groups):
        email = "" if group is Group.PHONE_ONLY else f"member{number - number % 2}@audience.example"
        if group is not Group.SHARING and email:
            email = f"member{number}@audience.example"
        phone = f"+49302{number:07d}" if group is Group.PHONE_ONLY else ""
        given = GIVEN[number % len(GIVEN)]
        people.append(Member(f"r{number:04d}", given, f"Nummer{number:04d}", email, phone, group))
    return people


async def import_audience(system: System, touchline: Touchline, people: Sequence[Member]) -> list[Member]:
    """Import them as an operator does; the same people with their contacts."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(member) for member in people)
    path = system.state / "audience.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    state = await ImportRun(touchline, sniff(path), COLUMNS, region="DE", owner="", team="").run()
    assert (state.rows_created, state.rows_refused) == (len(people), 0)
    return await _with_contacts(touchline, people)


def _row(member: Member) -> list[str]:
    may_mail = {Group.REFUSING: "no", Group.UNASKED: ""}.get(member.group, "yes")
    may_track = "yes" if member.group in {Group.TRACKED, Group.SHARING} else ""
    plan = OTHER if member.group is Group.OUTSIDE else PLAN
    return [
        member.record_id, member.given_name, member.family_name, member.email, member.phone, plan,
        may_mail if member.email else "", may_track,
    ]  # fmt: skip


async def _with_contacts(touchline: Touchline, people: Sequence[Member]) -> list[Member]:
    request = contact_pb2.ResolveIdentifiersRequest()
    for member in people:
        asked = request.queries.add().identifier
        asked.kind, asked.value = CRM, member.record_id
    answer = await touchline.contact.ResolveIdentifiers(request)
    found = [
        replace(member, contact=resolution.contacts[0])
        for member, resolution in zip(people, answer.resolutions, strict=True)
    ]
    assert len({member.contact for member in found}) == len(people), "every record became a contact of its own"
    return found
