"""Documents name only what exists: every back-ticked dotted name, file and make target in README and docs."""

import contextlib
import importlib
import re
from pathlib import Path

import pytest
import yaml
from google.protobuf import descriptor_pool

from tests.house.permissions import methods
from tests.house.tree import ROOT, tracked

PACKAGES = ("services", "chassis", "identity", "touchline", "touchline_client", "deploy", "tests")
DOTTED = re.compile(rf"`((?:{'|'.join(PACKAGES)})(?:\.\w+)+)(?:\(\))?`")
FILES = re.compile(r"`((?:services|libs|protos|deploy|docs|tests)/[\w./-]+)`")
TARGETS = re.compile(r"`make ([a-z-]+)")
ADR_PARTS = ("## Context", "## Decision", "## Consequences", "## Alternatives", "**Enforced by**")


def documents() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def streams() -> set[str]:
    """Names of the Kafka topics: they look like modules and are listed in one file."""
    return set(re.findall(r"touchline(?:\.[a-z_]+)+\.v\d+", (ROOT / "deploy/topics.yaml").read_text("utf-8")))


def is_in_protos(name: str) -> bool:
    """Whether a dotted name is a package, service, method, message or enum of our protos."""
    services = {method.containing_service.full_name for method in methods().values()}
    pool = descriptor_pool.Default()
    packages = {pool.FindServiceByName(service).file.package for service in services}
    if name in packages | services:
        return True
    for find in (pool.FindMethodByName, pool.FindMessageTypeByName, pool.FindEnumTypeByName):
        with contextlib.suppress(KeyError):
            find(name)
            return True
    return False


def exists(name: str) -> bool:
    """Whether a dotted name is a module, or an attribute of one."""
    module, attributes = name, []
    while module:
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, attribute = module.rpartition(".")
            attributes.insert(0, attribute)
            continue
        for attribute in attributes:
            if not hasattr(found, attribute):
                return False
            found = getattr(found, attribute)
        return True
    return False


@pytest.mark.parametrize("path", documents(), ids=str)
def test_names_in_documents_can_be_imported(path):
    text = (ROOT / path).read_text("utf-8")
    missing = {
        name for name in DOTTED.findall(text) if name not in streams() and not is_in_protos(name) and not exists(name)
    }
    assert not missing, f"{path} names what is not there: {sorted(missing)}"


@pytest.mark.parametrize("path", documents(), ids=str)
def test_files_in_documents_exist(path):
    text = (ROOT / path).read_text("utf-8")
    missing = {name for name in FILES.findall(text) if not (ROOT / name).exists()}
    assert not missing, f"{path} names files that are not there: {sorted(missing)}"


def test_make_targets_in_documents_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in documents():
        named = set(TARGETS.findall((ROOT / path).read_text("utf-8")))
        assert named <= targets, f"{path} names targets that are not there: {sorted(named - targets)}"


@pytest.mark.parametrize("path", sorted((ROOT / "docs/decisions").glob("0*.md")), ids=lambda path: path.name)
def test_a_decision_is_whole_and_fits_on_a_screen(path):
    text = path.read_text("utf-8")
    assert all(part in text for part in ADR_PARTS), (
        f"{path.name} lacks {[part for part in ADR_PARTS if part not in text]}"
    )
    assert text.count("\n") <= 60


def test_every_service_has_its_page_and_every_stream_an_owner():
    for service in (ROOT / "services").iterdir():
        if (service / "app.py").exists():
            assert (service / "README.md").exists(), f"services/{service.name} has no README.md"
    described = yaml.safe_load((ROOT / "deploy/topics.yaml").read_text("utf-8"))
    assert described
