"""Imports a CRM export as an operator does, and finds the contacts that came of it."""

from dataclasses import dataclass

from chassis.rpc.tls import channel_credentials
from touchline.contact.v1 import contact_pb2
from touchline_client import Touchline
from touchline_client.imports import ImportRun
from touchline_client.tables import sniff

from tests.flows.export import Export, Row
from tests.flows.system import GRPC, System
from tests.patience import PATIENT


@dataclass
class Imported:
    """What an import says of itself when it is finished."""

    state: contact_pb2.Import
    refused: dict[int, str]


def client(system: System) -> Touchline:
    """The SDK, as another system uses it."""
    targets = {name: system.settings.target(name) for name in GRPC}
    credentials = channel_credentials(system.settings)
    return Touchline(
        token=system.token("admin", client="flow"), targets=targets, credentials=credentials, timeout=PATIENT
    )


async def import_export(system: System, touchline: Touchline, export: Export, name: str) -> Imported:
    """The whole file, and the rows that were refused with their reasons."""
    path = system.state / f"{name}.csv"
    path.write_bytes(export.data)
    run = ImportRun(touchline, sniff(path), {"Record ID": "crm:hubspot"}, region="DE", owner="", team="")
    state = await run.run()
    request = contact_pb2.ListImportRowReportsRequest(parent=state.name, refused_only=True, page_size=1000)
    answer = await touchline.contact.ListImportRowReports(request)
    return Imported(state, {report.row: report.reason for report in answer.row_reports})


async def contacts_of(touchline: Touchline, export: Export) -> dict[str, Row]:
    """The contacts' names with the row that each came from."""
    rows = list(export.clean.values())
    request = contact_pb2.ResolveIdentifiersRequest()
    for row in rows:
        asked = request.queries.add().identifier
        asked.kind, asked.value = "email", row.email
    answer = await touchline.contact.ResolveIdentifiers(request)
    found = {}
    for row, resolution in zip(rows, answer.resolutions, strict=True):
        assert len(resolution.contacts) == 1, f"row {row.record_id} became {list(resolution.contacts)}"
        found[resolution.contacts[0]] = row
    assert len(found) == len(rows), "every row became a contact of its own"
    return found
