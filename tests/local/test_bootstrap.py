"""What installs and names the parts: locks without addresses, one menu, jars that are pinned."""

import re
import subprocess
from pathlib import Path

import pytest

from deploy.local import jars

ROOT = Path(__file__).parents[2]


def test_make_alone_prints_the_menu_of_every_target() -> None:
    menu = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared is not None
    targets = [name for name in declared[1].split() if not name.startswith(".")]
    assert re.findall(r"^  make (\S+) ", menu, re.MULTILINE) == targets


def test_every_jar_is_pinned_by_version_and_digest() -> None:
    pins = [line for line in jars.LOCK.read_text().splitlines() if not line.startswith("#")]
    assert pins
    assert all(re.fullmatch(r"[\w.-]+:[\w.-]+:[\w.-]+ sha256:[0-9a-f]{64}", pin) for pin in pins)
    kafka = {pin.split(":")[2].split()[0] for pin in pins if pin.startswith("org.apache.kafka:")}
    assert kafka == {jars.ROOTS[0].rpartition(":")[2]}, "all of Kafka is of one version"


def test_a_jar_that_is_not_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "org" / "example" / "made-up" / "1" / "made-up-1.jar"
    file.parent.mkdir(parents=True)

    def download(*_: object, **__: object) -> Path:
        file.write_bytes(b"something else")
        return file

    monkeypatch.setattr(jars, "_download", download)
    with pytest.raises(jars.JarError, match="is not what"):
        jars._verified(tmp_path, "org.example:made-up:1", "0" * 64)
    assert not file.exists()


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-uv.lock", "requirements-image.lock", "deploy/local/kafka.jars.lock"]
)
def test_locks_name_no_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize(
    "script",
    [
        "scripts/bootstrap",
        "scripts/check",
        "scripts/chromium",
        "scripts/image",
        "scripts/sbom",
        "scripts/locks",
        "scripts/kubernetes",
        "scripts/chart-test",
        "scripts/container-test",
        ".ci/run",
    ],
)
def test_scripts_can_be_run(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    shell = path.read_text().splitlines()[0].rpartition("/")[2].split()[-1]
    subprocess.run([shell, "-n", path], check=True)
