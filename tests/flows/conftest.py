"""One whole system for all flows, on the run's own engines, with somewhere for its spans to go.

It ends with the last flow: seventeen idle processes cost the tests after it a quarter of a processor.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.kafka import Kafka
from tests.databases import Databases
from tests.flows.collector import Collector
from tests.flows.postbox import Postbox
from tests.flows.system import GRPC, System


@pytest.fixture(scope="package")
def collector() -> Iterator[Collector]:
    """Where every role of the system sends its spans."""
    collector = Collector()
    yield collector
    collector.stop()


@pytest.fixture(scope="package")
def postbox() -> Iterator[Postbox]:
    """Where the system's mails arrive."""
    postbox = Postbox()
    yield postbox
    postbox.stop()


@pytest.fixture(scope="package")
def system(
    databases_of_run: Databases, kafka: Kafka, run_folder: Path, collector: Collector, postbox: Postbox
) -> Iterator[System]:
    """Every service and role as processes, started when a flow first asks for them."""
    for name in GRPC:
        databases_of_run.add(name, "_system", migrated=False)
    fields = databases_of_run.settings(
        "_system", **kafka.settings(), topic_prefix="flow.", otlp_endpoint=f"http://127.0.0.1:{collector.port}",
        smtp_port=postbox.port,
    )  # fmt: skip
    system = System(run_folder / "system", fields.model_dump(mode="json", exclude_unset=True))
    try:
        yield system.start()
    finally:
        system.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A flow that failed shows each role's health and last log lines: what went wrong happened in another process."""
    outcome: Any = yield
    report, system = outcome.get_result(), getattr(item, "funcargs", {}).get("system")
    if report.failed and isinstance(system, System):
        report.sections.append(("the roles", f"{system.healths()}\n{system.logs(lines=30)}"))
