"""The chart as files: its schema, its copy of the topics, and what Helm renders from each value set.

`python -m deploy.helm` writes them; `--check` says what is not fresh, and lints and renders with Helm 3 and 4.
Rendered objects are kept, so that whoever has no Helm can read and test them; `inputs.sha256` says of which chart.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy import dashboard, values_schema

ROOT = Path(__file__).parents[1]
CHART = ROOT / "deploy" / "chart"
RENDERED = CHART / "rendered"
SUM = RENDERED / "inputs.sha256"
TOOLS = Path(os.environ.get("TOUCHLINE_TOOLS") or Path.home() / ".cache/touchline/kubernetes") / "bin"
NAMESPACE = "touchline"
KUBERNETES = "1.36.0"  # what is rendered for: without a cluster, a Helm takes what it was built with

FOR = ("--namespace", NAMESPACE, "--kube-version", KUBERNETES)


class HelmError(Exception):
    """Helm refused the chart or a value set; the message is Helm's."""


def value_sets() -> list[str]:
    return sorted(file.name.removesuffix("-values.yaml") for file in (CHART / "ci").glob("*-values.yaml"))


def inputs() -> str:
    """A digest of everything that rendering depends on."""
    digest = hashlib.sha256()
    for file in sorted(CHART.rglob("*")):
        if file.is_file() and RENDERED not in file.parents:
            digest.update(f"{file.relative_to(CHART)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest() + "\n"


def binaries() -> Iterator[Path]:
    """Every Helm that is there: those of scripts/kubernetes, else the one on the path."""
    built = [TOOLS / name for name in ("helm4", "helm3") if (TOOLS / name).exists()]
    found = shutil.which("helm")
    yield from built or ([Path(found)] if found else [])


def helm(binary: Path, *arguments: str | Path) -> str:
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise HelmError(f"{binary.name} {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def template(binary: Path, values: Path, *more: str) -> str:
    """What Helm renders from a file of values, hooks and tests too."""
    return helm(binary, "template", "touchline", CHART, *FOR, "--values", values, *more)


def documents(text: str) -> list[dict[str, Any]]:
    """The objects of a rendering."""
    return [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]


def generated() -> dict[Path, str]:
    """What is written without Helm."""
    return {
        values_schema.SCHEMA: values_schema.wanted(),
        dashboard.FILE: dashboard.wanted(),
        CHART / "files" / "topics.yaml": (ROOT / "deploy" / "topics.yaml").read_text("utf-8"),
    }


def write(binary: Path) -> None:
    """Make everything anew, with one Helm."""
    for file, text in generated().items():
        file.write_text(text, "utf-8")
    RENDERED.mkdir(exist_ok=True)
    for name in value_sets():
        (RENDERED / f"{name}.yaml").write_text(template(binary, CHART / "ci" / f"{name}-values.yaml"), "utf-8")
    SUM.write_text(inputs())


def stale() -> Iterator[str]:
    """What is not as the chart wants it, as far as that shows without Helm."""
    for file, text in generated().items():
        if not file.exists() or file.read_text("utf-8") != text:
            yield str(file.relative_to(ROOT))
    if not SUM.exists() or inputs() != SUM.read_text():
        yield str(RENDERED.relative_to(ROOT))


def check(binary: Path) -> Iterator[str]:
    """What one Helm says against the chart, or renders otherwise than is kept."""
    for name in value_sets():
        values = CHART / "ci" / f"{name}-values.yaml"
        helm(binary, "lint", "--strict", CHART, *FOR, "--values", values)
        if documents(template(binary, values)) != documents((RENDERED / f"{name}.yaml").read_text("utf-8")):
            yield f"{binary.name} renders {name} otherwise than {RENDERED.relative_to(ROOT)}"


def main(arguments: list[str]) -> None:
    found = list(binaries())
    if not found:
        sys.exit("helm is not there: scripts/kubernetes helm builds it")
    try:
        if "--check" not in arguments:
            write(found[0])
        wrong = [f"not fresh: {what} (make chart)" for what in stale()]
        wrong += [complaint for binary in found for complaint in check(binary)]
    except HelmError as error:
        sys.exit(str(error))
    if wrong:
        sys.exit("\n".join(wrong))
    sys.stdout.write(
        f"{len(value_sets())} value sets, rendered alike by {', '.join(binary.name for binary in found)}\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
