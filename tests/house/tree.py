"""What the house consists of: the tracked files, and the Python modules among them."""

import ast
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ("libs/touchline/", "libs/buf/")
CODE = ("services/", "libs/", "deploy/", "tests/")


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file that a clone would have, as a path relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


def modules() -> list[Path]:
    """Every Python module that a person wrote."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and str(path).startswith(CODE) and not str(path).startswith(GENERATED)
    ]


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"), filename=str(path))


def imported(path: Path) -> set[str]:
    """Absolute dotted names that a module imports, wherever in it the import stands."""
    names = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names
