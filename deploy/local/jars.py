"""The jars of Apache Kafka: pinned in kafka.jars.lock, fetched by jgo, kept in the user's cache folder.

`python -m deploy.local.jars` writes the lock anew.
"""

import hashlib
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jgo.maven import MavenContext

LOCK = Path(__file__).with_name("kafka.jars.lock")
ROOTS = ("org.apache.kafka:kafka_2.13:4.1.2", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3")
ATTEMPTS = 4


class JarError(Exception):
    """A jar could not be fetched, or is not the one that was pinned."""


def classpath(state: Path) -> list[Path]:
    """Every pinned jar as a verified local file; the first time this downloads about 45 MB."""
    cache = _cache_folder(state)
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda pin: _verified(cache, *pin), _pins()))


@lru_cache
def _maven(cache: Path) -> "MavenContext":
    """jgo is loaded only when something must be fetched: its import is slow and warns about the desktop it lacks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from jgo.maven import MavenContext  # noqa: PLC0415

        return MavenContext(repo_cache=cache, timeout=60)


def _pins() -> Iterator[tuple[str, str]]:
    for line in LOCK.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, _, digest = line.partition(" sha256:")
            yield coordinate, digest


def _cache_folder(state: Path) -> Path:
    home = Path.home() / ".cache" / "touchline"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError:
        home = state
    return (home if os.access(home, os.W_OK) else state) / "jars"


def _verified(cache: Path, coordinate: str, digest: str) -> Path:
    """A file is verified when it arrives; its stamp says so to later runs."""
    group, artifact, version = coordinate.split(":")
    expected = cache.joinpath(*group.split("."), artifact, version, f"{artifact}-{version}.jar")
    stamp = expected.with_suffix(f".{digest[:16]}.verified")
    if stamp.exists() and expected.exists():
        return expected
    for attempt in range(ATTEMPTS):
        jar = _download(cache, coordinate, last=attempt == ATTEMPTS - 1)
        if jar is not None and _sha256(jar) == digest:
            stamp.touch()
            return jar
        if jar is not None:
            jar.unlink()
    raise JarError(f"{coordinate}: what was downloaded is not what kafka.jars.lock pins")


def _download(cache: Path, coordinate: str, *, last: bool) -> Path | None:
    group, artifact, version = coordinate.split(":")
    try:
        return Path(_maven(cache).project(group, artifact).at_version(version).artifact().resolve())
    except Exception as error:  # jgo raises whatever its HTTP client raises
        if last:
            raise JarError(f"{coordinate}: {error}") from error
        return None


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def write_lock() -> None:
    """Resolve each root with everything it needs and pin what came; where two disagree, the first root wins."""
    context = _maven(_cache_folder(Path.cwd()))
    pins: dict[str, str] = {}
    for root in ROOTS:
        inputs, others = context.resolver.resolve([context.create_dependency(root)])
        for jar in [*inputs, *(dep for dep in others if dep.scope in ("compile", "runtime"))]:
            pins.setdefault(
                f"{jar.groupId}:{jar.artifactId}", f"{jar.version} sha256:{_sha256(jar.artifact.resolve())}"
            )
    lines = [f"{name}:{pin}" for name, pin in sorted(pins.items())]
    LOCK.write_text(
        "\n".join(["# Written by `python -m deploy.local.jars`: Apache Kafka and all it needs.", *lines, ""])
    )


if __name__ == "__main__":
    write_lock()
