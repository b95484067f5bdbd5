"""One whole system for all flows, on the run's own engines, with somewhere for its spans to go.

It ends with the last flow: seventeen idle processes cost the tests after it a quarter of a processor.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.certificates import Authority
from deploy.local.kafka import Kafka
from tests.certificates import IDENTITY, write
from tests.databases import Databases
from tests.flows.campaigns import Marketer
from tests.flows.people import client
from tests.flows.postbox import Postbox
from tests.flows.sitter import Sitter, sit
from tests.flows.system import GRPC, System, collecting

SITTER: dict[str, Sitter] = {}


@pytest.fixture(scope="package")
def collected(run_folder: Path) -> Iterator[dict[str, Any]]:
    """Where every role of the system sends its spans: the settings that name the local stack's own collector."""
    with collecting(run_folder / "system") as found:
        yield found


@pytest.fixture(scope="package")
def postbox(run_folder: Path) -> Iterator[Postbox]:
    """Where the system's mails arrive."""
    postbox = Postbox(run_folder / "system" / "inbox")
    yield postbox
    postbox.stop()


def certificates(folder: Path) -> dict[str, str]:
    """Settings of an installation whose services prove themselves to each other; whoever is no service is `flow`."""
    authority = Authority()
    for name in (*GRPC, "console"):
        write(authority, folder / name, IDENTITY.format(name))
    write(authority, folder, IDENTITY.format("flow"))
    table = folder / "peers.yaml"
    table.write_text('peers: {flow: ["*.*"]}\n')
    files = {f"tls_{name}_file": f"{folder}/{{service}}/{name}.pem" for name in ("certificate", "key", "authorities")}
    return files | {"tls_peers_file": str(table)}


@pytest.fixture(scope="package")
def system(
    databases_of_run: Databases, kafka: Kafka, run_folder: Path, collected: dict[str, Any], postbox: Postbox
) -> Iterator[System]:
    """Every service and role as processes, started when a flow first asks for them."""
    for name in GRPC:
        databases_of_run.add(name, "_system", migrated=False)
    fields = databases_of_run.settings(
        "_system", **kafka.settings(), topic_prefix="flow.", smtp_port=postbox.port, **collected,
        **certificates(run_folder / "tls"),
    )  # fmt: skip
    system = System(run_folder / "system", fields.model_dump(mode="json", exclude_unset=True))
    try:
        yield system.start()
    finally:
        system.stop()


@pytest.fixture
async def sitter(system: System, postbox: Postbox) -> Sitter:
    """Somebody about whom every method has something personal to say, made when a test first asks for her."""
    if not SITTER:
        async with client(system) as touchline:
            SITTER["her"] = await sit(system, touchline, Marketer(touchline, postbox))
    return SITTER["her"]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A flow that failed shows each role's health and last log lines: what went wrong happened in another process."""
    outcome: Any = yield
    report, system = outcome.get_result(), getattr(item, "funcargs", {}).get("system")
    if report.failed and isinstance(system, System):
        report.sections.append(("the roles", f"{system.healths()}\n{system.logs(lines=30)}"))
