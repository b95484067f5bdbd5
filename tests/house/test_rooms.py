"""Every rule about who may import whom, which rooms a service has, what names and sizes are allowed."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import GENERATED, ROOT, imported, modules, parse, tracked

THINKING = {"usecases", "domain", "models", "store", "gateways"}
DOORS = {"__init__", "__main__", "app", "rpc", "events", "jobs", "http"}
ROOMS = DOORS | THINKING | {"migrations", "README"}
CONSOLE_ROOMS = {"__init__", "__main__", "app", "http", "gateways", "templates", "static", "locale", "README"}
VAGUE = {"manager", "helper", "helpers", "util", "utils", "common", "misc", "stuff", "data", "info", "process"}
VAGUE_CLASSES = {"Manager", "Helper", "Helpers", "Util", "Utils", "Misc"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
DOMAIN_MAY = (
    "chassis.chain", "chassis.errors", "chassis.moments", "identity", "liquid", "markupsafe", "rapidfuzz",
    "tracking.addresses",
)  # fmt: skip
# Each name is broken by a class of one letter, so that this file does not break its own rule.
PLACES = re.compile(
    r"/[w]ork/|/[r]oot/|/[h]ome/\w|[p]ypi\.org|[p]ythonhosted\.org|[m]aven\.apache|[n]pmjs\.org|[a]rtifactory|[n]exus"
)


def rooms() -> dict[str, set[str]]:
    """What each service's folder holds."""
    found: dict[str, set[str]] = {}
    for path in tracked():
        if path.parts[0] == "services" and len(path.parts) > 2:
            found.setdefault(path.parts[1], set()).add(path.parts[2].split(".")[0])
    return found


def lint_imports(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'libs'}"}
    return subprocess.run(
        [command, "--no-cache", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_every_import_contract_is_kept():
    result = lint_imports()
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_service_has_only_the_rooms_of_the_house():
    for service, found in rooms().items():
        strange = found - (CONSOLE_ROOMS if service == "console" else ROOMS)
        assert not strange, f"{service} has rooms that the house does not know: {sorted(strange)}"


@pytest.mark.parametrize("path", modules(), ids=str)
def test_a_module_says_what_belongs_in_it_and_stays_readable(path):
    docstring = ast.get_docstring(parse(path))
    assert docstring, f"{path} opens without a sentence that says what belongs in it"
    lines = (ROOT / path).read_text("utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{path} has {lines} lines: make it a package of the same name"


@pytest.mark.parametrize("path", modules(), ids=str)
def test_names_say_what_a_thing_is(path):
    words = set(path.stem.split("_"))
    assert not words & VAGUE, f"{path} is named after nothing in particular: {words & VAGUE}"
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.ClassDef):
            vague = set(re.findall("[A-Z][a-z]+", node.name)) & VAGUE_CLASSES
            assert not vague, f"{path}:{node.lineno} class {node.name} is a {vague}"


@pytest.mark.parametrize("path", modules(), ids=str)
def test_functions_fit_on_a_screen(path):
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{path}:{node.lineno} {node.name} has {length} lines"


def test_a_domain_imports_the_standard_library_error_kinds_and_what_is_pure_only():
    for path in modules():
        if path.parts[0] == "services" and "domain" in (path.stem, *path.parts[2:3]):
            allowed = (*DOMAIN_MAY, f"services.{path.parts[1]}.domain")
            strange = {
                name
                for name in imported(path)
                if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(allowed)
            }
            assert not strange, f"{path} imports {sorted(strange)}"


def test_nothing_imports_tests_except_tests():
    for path in modules():
        if path.parts[0] != "tests":
            strange = {name for name in imported(path) if name.split(".")[0] == "tests"}
            assert not strange, f"{path} imports {sorted(strange)}"


def test_a_use_case_that_takes_a_transaction_is_given_no_gateway():
    for path in modules():
        if path.parts[0] == "services" and "usecases" in (path.stem, *path.parts):
            for node in ast.walk(parse(path)):
                if isinstance(node, ast.AsyncFunctionDef):
                    names = {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]}
                    assert "tx" not in names or not names & {"gateway", "gateways"}, f"{path}:{node.lineno} {node.name}"


def test_only_the_chassis_commits():
    for path in modules():
        if path.parts[0] == "services" and "migrations" not in path.parts:
            for node in ast.walk(parse(path)):
                called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
                assert called not in {"commit", "rollback"}, (
                    f"{path}:{getattr(node, 'lineno', 0)} ends a transaction itself"
                )


def test_only_the_settings_read_the_environment():
    for path in modules():
        if path.parts[0] in {"services", "libs"} and str(path) != "libs/chassis/config.py":
            strange = {
                node.lineno
                for node in ast.walk(parse(path))
                if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
            }
            assert not strange, f"{path} reads the environment at lines {sorted(strange)}"


def test_no_tracked_file_names_a_machine_or_a_registry():
    for path in tracked():
        if path.suffix in {".png", ".webp", ".binpb", ".woff2", ".ico"} or str(path).startswith(GENERATED):
            continue
        text = (ROOT / path).read_text("utf-8", errors="replace")
        found = PLACES.search(text)
        assert not found, f"{path} names {found.group(0) if found else ''}"
