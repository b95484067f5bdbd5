"""A PostgreSQL whose write-ahead log is archived, and what the guide's commands do with it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.local.postgres import Postgres
from tests.flows.system import ROOT, System, eventually
from tests.guide import commands_of

ARCHIVED = "SELECT coalesce(last_archived_wal, ''), extract(epoch FROM clock_timestamp() - last_archived_time) {}"
HERE = "SELECT clock_timestamp()::text, pg_walfile_name(pg_current_wal_lsn())"


class Cluster:
    """The cluster below an engine, with the archive and the base backup beside its data."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self.archive, self.backup = postgres.home / "archive", postgres.home / "backup"
        self.archive.mkdir()
        if postgres.uid is not None:
            os.chown(self.archive, postgres.uid, postgres.uid)
        self.binaries = postgres._binaries()

    def environment(self, **more: str) -> dict[str, str]:
        """What the guide's commands find: PostgreSQL's programs and our own, and the guide's variables."""
        return {
            "PATH": os.pathsep.join((str(self.binaries), str(Path(sys.executable).parent), os.defpath)),
            "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.postgres.home),
            "PGHOST": "127.0.0.1", "PGPORT": str(self.postgres.port), "PGUSER": "postgres",
            "PGPASSWORD": self.postgres.password, "PGDATA": str(self.postgres.data),
            "ARCHIVE": str(self.archive), "BACKUP": str(self.backup), **more,
        }  # fmt: skip

    def follow(self, heading: str, **more: str) -> None:
        """Run the guide's commands under a heading, as the owner of the cluster's files."""
        for command in commands_of(heading):
            found = subprocess.run(
                ["/bin/sh", "-c", command], env=self.environment(**more), cwd=self.postgres.home, capture_output=True,
                text=True, user=self.postgres.uid, group=self.postgres.uid, check=False,
            )  # fmt: skip
            assert found.returncode == 0, f"{command}\n{found.stdout}{found.stderr}"

    def moment(self) -> str:
        """A moment that can be restored: returns when the log of it, and more, is in the archive."""
        with self.postgres.connect() as connection:
            when, segment = connection.execute(HERE).fetchone()  # type: ignore[misc]
        eventually(lambda: self._archived()[0] > segment)
        return str(when)

    def lag(self) -> float:
        """Seconds since the newest segment came into the archive: what a disaster now would lose at most."""
        return self._archived()[1]

    def _archived(self) -> tuple[str, float]:
        with self.postgres.connect() as connection:
            segment, ago = connection.execute(ARCHIVED.format("FROM pg_stat_archiver")).fetchone()  # type: ignore[misc]
        return str(segment), float(ago or 0.0)

    def lose(self) -> None:
        """The disk is gone: PostgreSQL ends without a checkpoint, and its data with it."""
        self.postgres.kill()
        shutil.rmtree(self.postgres.data)


def follow(system: System, cluster: Cluster, heading: str, skipped: tuple[str, ...] = (), **more: str) -> str:
    """Run the guide's commands under a heading against the installation, as its operator; what they print.

    Those that begin with one of `skipped` are left out.
    """
    environment = system.environment() | {"PATH": cluster.environment()["PATH"]} | more
    told = []
    for command in commands_of(heading):
        if command.startswith(skipped or "\0"):
            continue
        found = subprocess.run(
            ["/bin/sh", "-c", command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, f"{command}\n{found.stdout}{found.stderr}\n{system.healths()}"
        told.append(f"$ {command}\n{found.stdout}")
    return "\n".join(told)
