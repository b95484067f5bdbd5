"""A whole Touchline on free ports: the engines' settings, one launcher, and the ways in that tests and benches use."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import tracking
from chassis.auth import issue_token
from chassis.config import Settings
from chassis.rpc import channel
from chassis.rpc.tls import Certificates
from kafka import KafkaAdminClient, TopicPartition

from deploy.local import databases
from deploy.local.children import free_port, free_ports
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres, write_secret
from deploy.local.stack import TOUCH_PARTITIONS
from deploy.local.tracing import Tracing
from tests.patience import PATIENCE, PATIENT

ROOT = Path(__file__).resolve().parents[2]
GRPC = ("contact", "segmentation", "campaign", "interaction")
ROLES_AT_MOST = 24
START_LIMIT = 240.0


def eventually(true: Callable[[], Any], seconds: float = PATIENCE, every: float = 0.05) -> Any:
    """Wait until something is so; what it answered."""
    deadline = time.monotonic() + seconds
    while not (answer := true()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds:.0f} s"
        time.sleep(every)
    return answer


class System:
    """Every role as a process, seen through ports, roles.json and signals."""

    def __init__(self, state: Path, fields: dict[str, Any], services: Sequence[str] = ()) -> None:
        self.state, self.services = state, services
        ports = {f"port_{name}": free_port() for name in (*GRPC, "console", "edge")}
        ports["edge_url"] = f"http://127.0.0.1:{ports['port_edge']}"
        self.fields = {
            **ports,
            "port_metrics": free_ports(ROLES_AT_MOST),
            **fields,
            "state": state,
            "development": True,
        }
        self.settings = Settings(**self.fields)
        self.process: subprocess.Popen[bytes] | None = None
        self.seen: set[str] = set()

    def environment(self) -> dict[str, str]:
        """The variables of a process that belongs to this installation."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TOUCHLINE_")}
        environment |= {
            f"TOUCHLINE_{name.upper()}": json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in self.fields.items()
        }
        return environment | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'libs'}"}

    def start(self) -> "System":
        """Launch, and return when every role says that it serves."""
        environment = self.environment()
        (self.state / "logs").mkdir(parents=True, exist_ok=True)
        with (self.state / "logs" / "launcher.log").open("ab") as log:
            command = [sys.executable, "-m", "tests.flows.launcher", str(os.getpid()), *self.services]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.wait_until_ready()
        return self

    def wait_until_ready(self, seconds: float = START_LIMIT) -> None:
        """Return when every role is ready, also one that died and is not back yet; fail with what the logs say."""
        deadline = time.monotonic() + seconds
        while waiting := self._not_ready():
            assert self.process is not None
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"not ready: {waiting}\n{self.logs()}")
            time.sleep(0.1)
        self.seen |= set(self.roles())

    def _not_ready(self) -> list[str]:
        known = self.seen | set(self.roles())
        return [name for name in known if not self.is_ready(name)] if known else ["the launcher"]

    def stop(self) -> None:
        """SIGTERM to the launcher, which drains every role."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(45)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def roles(self) -> dict[str, dict[str, int]]:
        try:
            return json.loads((self.state / "roles.json").read_text())["roles"]
        except FileNotFoundError:
            return {}

    def pid(self, role: str) -> int:
        return self.roles().get(role, {}).get("pid", 0)

    def kill(self, role: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to a role; the process that got it."""
        pid = eventually(lambda: self.pid(role))
        os.kill(pid, number)
        return pid

    def ask(self, role: str, path: str = "/healthz") -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.roles()[role]['metrics']}{path}"
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status, response.read().decode()

    def is_ready(self, role: str) -> bool:
        try:
            return self.pid(role) != 0 and self.ask(role, "/readyz")[0] == 200
        except (OSError, KeyError):
            return False

    def token(self, *roles: str, subject: str = "users/flow", **fields: Any) -> str:
        fields.setdefault("client", "flow")
        fields.setdefault("name", subject.partition("/")[2])
        return issue_token(self.settings, subject=subject, roles=list(roles), **fields)

    def channel(self, service: str, *roles: str, timeout: float = PATIENT, **fields: Any) -> Any:
        """A channel of a caller with these roles (admin when none is named)."""
        token = self.token(*(roles or ("admin",)), **fields)
        return channel(
            self.settings.target(service), token=token, timeout=timeout, certificates=Certificates.load(self.settings)
        )

    @contextmanager
    def sql(self, service: str) -> Iterator[psycopg.Connection]:
        """The service's own database, as its own role sees it."""
        with psycopg.connect(self.settings.for_role(service).database_dsn(), autocommit=True) as connection:
            yield connection

    def end_offsets(self, stream: str) -> dict[int, int]:
        """Where each partition of a stream ends, as a Kafka admin client reads it."""
        topic = self.settings.topic_prefix + stream
        admin = KafkaAdminClient(bootstrap_servers=self.settings.kafka_bootstrap)
        try:
            count = len(admin.describe_topics([topic])[0]["partitions"])
            offsets = admin.list_partition_offsets({TopicPartition(topic, number): -1 for number in range(count)})
            return {partition.partition: found.offset for partition, found in offsets.items()}
        finally:
            admin.close()

    def healths(self) -> str:
        """What each role says of itself, a line each."""
        told = {}
        for role in self.roles():
            try:
                told[role] = self.ask(role)[1].strip()
            except urllib.error.HTTPError as error:
                told[role] = error.read().decode().strip()
            except OSError as error:
                told[role] = f"{type(error).__name__}: {error}"
        return "\n".join(f"{role}: {said}" for role, said in told.items())

    def logs(self, lines: int = 15) -> str:
        """The last lines of each role's log that has any."""
        parts = []
        for log in sorted((self.state / "logs").glob("*.log")):
            text = log.read_text(errors="replace").splitlines()
            if text:
                parts.append(f"── {log.name}\n" + "\n".join(text[-lines:]))
        return "\n".join(parts)


@contextmanager
def collecting(state: Path) -> Iterator[dict[str, Any]]:
    """The local stack's own collector of spans, kept below a folder; the settings that send spans to it."""
    state.mkdir(parents=True, exist_ok=True)
    ports = {"port_otlp": free_port(), "port_traces": free_port()}
    settings = Settings(state=state, **ports)
    collector = Tracing(settings, state)
    try:
        collector.start()
        yield {**ports, "otlp_endpoint": settings.local_collector}
    finally:
        collector.stop()


class Engines:
    """A PostgreSQL and a Kafka of their own below a folder, for what runs outside pytest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres").start()
        self.kafka = Kafka(folder / "kafka").start()

    def stop(self) -> None:
        self.kafka.stop()
        self.postgres.stop()

    def system(self, **fields: Any) -> System:
        return System(self.folder, fields_of(self.postgres, self.folder) | self.kafka.settings() | fields)


def fields_of(postgres: Postgres, folder: Path) -> dict[str, Any]:
    """Databases, roles and keys of a new installation: the Settings fields that name them."""
    databases.ensure(postgres, folder)
    files = {f"{name}_key_file": folder / "secrets" / f"{name}.key" for name in ("token", "identity")}
    for file in files.values():
        if not file.exists():
            write_secret(file, os.urandom(32).hex())
    files["tracking_key_file"] = folder / "secrets" / "tracking.key"
    if not files["tracking_key_file"].exists():
        write_secret(files["tracking_key_file"], tracking.new_key_line("test"))
    named = {name: str(file) for name, file in files.items()}
    return databases.settings(postgres, folder) | named | {"touch_partitions": TOUCH_PARTITIONS}
