"""The version before this one, whose commit `deploy/previous` names: what its chart rendered, and its migrations."""

import subprocess
from functools import cache

from deploy import helm
from tests.chart.rendered import Object

FILE = helm.ROOT / "deploy" / "previous"


@cache
def commit() -> str:
    (named,) = [line for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return named


def is_there() -> bool:
    """Whether this clone holds it: a shallow one, or sources without git, does not."""
    try:
        return _git("cat-file", "-e", commit()).returncode == 0
    except FileNotFoundError:
        return False


@cache
def objects(values: str) -> list[Object]:
    """What it kept of one value set; nothing when it did not have that."""
    file = (helm.RENDERED / f"{values}.yaml").relative_to(helm.ROOT)
    return helm.documents(_git("show", f"{commit()}:{file}").stdout)


def migrations(service: str) -> set[str]:
    """The files of a service's migrations."""
    folder = f"services/{service}/migrations/versions/"
    return set(_git("ls-tree", "--name-only", commit(), folder).stdout.split())


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=helm.ROOT, capture_output=True, text=True, check=False)
