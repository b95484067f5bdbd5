"""files/services.yaml says what each role really is: every role is built, and what it holds is compared."""

import dataclasses
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from chassis.bus.loop import ConsumerLoop
from chassis.bus_kafka import KafkaProducer
from chassis.config import SERVICES, Settings
from chassis.db import Database
from chassis.streams import catalogue as streams
from chassis.streams import dead_letters

from deploy import helm
from deploy.local.stack import import_services
from services.interaction.events.tail import STREAMS

CATALOGUE: dict[str, Any] = yaml.safe_load((helm.CHART / "files" / "services.yaml").read_text("utf-8"))
ROLES = [(service, role) for service in CATALOGUE for role in CATALOGUE[service]["roles"]]
LAZY = {
    ("campaign", "serve"): {"trackingKey", "dkim", "smtp"},
    ("interaction", "work"): {"smtp"},
    ("console", "serve"): {"consoleKey"},  # with a provider, not with development's log-in
}  # read when needed


class Watched(Settings):
    """Settings that note which neighbours and which keys are asked for."""

    def target(self, service: str) -> str:
        ASKED.add(("calls", service))
        return super().target(service)

    def identity_key(self) -> bytes:
        ASKED.add(("secrets", "identityKey"))
        return super().identity_key()

    def __getattribute__(self, name: str) -> Any:
        known = {"tracking_key_file": "trackingKey", "dkim_key_dir": "dkim", "launch_key_file": "launchKeys"}
        if name in known:
            ASKED.add(("secrets", known[name]))
        return super().__getattribute__(name)


ASKED: set[tuple[str, str]] = set()


def parts(whole: Any, seen: set[int]) -> Iterator[Any]:
    """Whatever an object is made of, as far as it is ours."""
    if id(whole) in seen:
        return
    seen.add(id(whole))
    yield whole
    inner: list[Any] = []
    if isinstance(whole, list | tuple):
        inner = list(whole)
    elif type(whole).__module__.partition(".")[0] in {"services", "chassis", "touchrelay"}:
        inner = [getattr(whole, f.name) for f in dataclasses.fields(whole)] if dataclasses.is_dataclass(whole) else []
        inner += list(vars(whole).values()) if hasattr(whole, "__dict__") else []
    for one in inner:
        yield from parts(one, seen)


@pytest.fixture
def settings(keys: dict[str, Any], tmp_path: Path) -> Settings:
    ASKED.clear()
    ports = dict.fromkeys([f"port_{name}" for name in (*SERVICES, "edge")], 0)
    return Watched(**keys, **ports, state=tmp_path)  # type: ignore[arg-type]


def test_the_chart_has_the_services_and_roles_of_the_code() -> None:
    there = {service.name: sorted(service.roles) for service in import_services()}
    assert {service: sorted(told["roles"]) for service, told in CATALOGUE.items()} == there
    values = yaml.safe_load((helm.CHART / "values.yaml").read_text("utf-8"))["services"]
    assert {service: sorted(roles) for service, roles in values.items()} == there


def test_the_chart_has_the_ports_of_the_settings_and_the_apis_of_the_protos() -> None:
    settings = Settings()
    for service, role in ROLES:
        facts = CATALOGUE[service]["roles"][role]
        if "port" in facts:
            assert facts["port"] == settings.port_of("edge" if role == "edge" else service)
    for service, told in CATALOGUE.items():
        if "api" in told:
            module = importlib.import_module(f"touchline.{service}.v1.{service}_pb2")
            assert told["api"] in {one.full_name for one in module.DESCRIPTOR.services_by_name.values()}
    databases = {service.name for service in import_services() if service.migrations}
    assert {service for service, told in CATALOGUE.items() if "api" in told} == databases


@pytest.mark.parametrize(("service", "role"), ROLES, ids=map(".".join, ROLES))
async def test_a_role_is_given_what_it_holds_and_nothing_else(service: str, role: str, settings: Settings) -> None:
    facts = CATALOGUE[service]["roles"][role]
    (told,) = import_services([service])
    running = await told.roles[role](settings.for_role(service, role))
    held = list(parts(running, set()))
    loops = [one for one in held if isinstance(one, ConsumerLoop)]
    heard = {stream for loop in loops for stream in loop._subscriptions}
    produced = {stream for one in held if isinstance(one, KafkaProducer) for stream in one._streams}
    assert any(isinstance(one, Database) for one in held) == facts.get("database", False)
    assert {loop.group for loop in loops} == ({facts["group"]} if "group" in facts else set())
    assert produced == set(facts.get("produces", ()))
    if loops:
        assert heard == set(facts["consumes"])
        assert {dead_letters(stream) for stream in heard} <= produced
    assert {one for kind, one in ASKED if kind == "calls"} == set(facts.get("calls", ()))
    read = {one for kind, one in ASKED if kind == "secrets"} | LAZY.get((service, role), set())
    if any(type(one).__name__ == "SmtpPool" for one in held):
        read.add("smtp")
    if role == "send":
        read.add("dkim")
    assert read == set(facts.get("secrets", ()))


def test_what_watchers_are_told_of_is_what_the_serving_role_may_read() -> None:
    assert set(STREAMS) == set(CATALOGUE["interaction"]["roles"]["serve"]["consumes"])


def test_streams_that_roles_name_are_those_of_the_catalogue_and_each_has_one_owner() -> None:
    writers: dict[str, set[str]] = {}
    for service, role in ROLES:
        facts = CATALOGUE[service]["roles"][role]
        for stream in facts.get("produces", ()):
            writers.setdefault(stream, set()).add(service)
        assert set(facts.get("consumes", ())) <= set(streams())
    for stream, services in writers.items():
        if not stream.endswith(".dlq"):
            assert services == {streams()[stream].owner}


def test_rights_of_persons_are_not_rights_of_processes() -> None:
    """deploy/roles.yaml names roles of callers; a service calls as `service`, and so does the smoke test."""
    told = yaml.safe_load((helm.ROOT / "deploy/roles.yaml").read_text("utf-8"))["roles"]
    needed = {"contact.contacts.write", "contact.contacts.delete", "interaction.touches.record"}
    allowed = [re.compile(pattern.replace(".", r"\.").replace("*", "[a-z_]+")) for pattern in told["service"]]
    assert [one for one in needed if not any(pattern.fullmatch(one) for pattern in allowed)] == []
