"""The local stack as an object: engines, secrets, databases, every role; what `make run`, flows and benches start."""

import importlib
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import tracking
from chassis.config import LOCAL_FILE, Settings
from chassis.run import Launcher, Service

from deploy.local import children, databases
from deploy.local.companion import Companion
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres, write_secret
from deploy.local.sandbox import Sandbox
from deploy.local.tracing import Tracing

SERVICES = ("contact", "segmentation", "campaign", "interaction", "console")
SANDBOX_PORTS, TRACING_PORTS = ("smtp", "inbox"), ("otlp", "traces")
PORTS = ("contact", "segmentation", "campaign", "interaction", "console", "edge", *SANDBOX_PORTS, *TRACING_PORTS)
ROLE_PROCESSES = 32  # how many ports for health lie together
TOUCH_PARTITIONS = 6
READY_LIMIT = 60.0
MENDING_PAUSE = 1.0


class Stack:
    """One installation below `state`. Engines, a mail server, a collector of spans that the environment names are used
    and not started.
    """

    def __init__(
        self, state: Path, *, free_ports: bool = False, durable: bool = True, secure_kafka: bool = False
    ) -> None:
        given = Settings()
        self.state = state.resolve()
        self.logs = self.state / "logs"
        self.postgres = None if "database_url" in given.model_fields_set else Postgres(self.state, durable=durable)
        self.kafka = None if "kafka_bootstrap" in given.model_fields_set else Kafka(self.state, secure=secure_kafka)
        self.settings = Settings(**{**given.model_dump(exclude_unset=True), **self._facts(free_ports)})
        self.sandbox = None if _names_mail_server(given) else Sandbox(self.settings, self.logs)
        self.tracing = Tracing(self.settings, self.logs) if self.settings.keeps_traces else None
        self._next_mending = 0.0
        self.launcher = Launcher([], self.settings, self.logs, watch=self._mend_engines)

    def begin_engines(self) -> None:
        """Start what is ours, without waiting for it."""
        self._check_ports()
        if self.postgres is not None:
            self.postgres.check_password()
        self.logs.mkdir(parents=True, exist_ok=True)
        self._make_keys()
        if self.kafka is not None:
            self.kafka.begin()
        if self.postgres is not None:
            self.postgres.begin()
        for companion in self._companions():
            companion.begin()

    def await_engines(self) -> None:
        if self.postgres is not None:
            self.postgres.ready()
            databases.ensure(self.postgres, self.state)
        if self.kafka is not None:
            self.kafka.ready()
        for companion in self._companions():
            companion.ready()

    def prepare(self, services: Sequence[Service]) -> None:
        """Migrations and Kafka topics, made by a child that ends."""
        self.launcher.services = services
        self.launcher.prepare()

    def start_services(self) -> None:
        """Fork every role and wait until all say that they are ready."""
        lines = (f"{name}={value}\n" for name, value in self.settings.as_environment().items())
        (self.state / LOCAL_FILE).write_text("".join(lines))
        self.launcher.start()
        deadline = time.monotonic() + READY_LIMIT
        while waiting := [c.name for c in self.launcher.children if not is_ready(c.settings.port_metrics)]:
            self.launcher.tick()
            if time.monotonic() > deadline:
                raise children.EngineFailedError(f"not ready: {', '.join(waiting)}; see {self.logs}")
            time.sleep(0.05)

    def start(self) -> "Stack":
        """Everything, in one go."""
        self.begin_engines()
        services = import_services()
        self.await_engines()
        self.prepare(services)
        self.start_services()
        return self

    def stop(self) -> None:
        """Drain the roles, then end the engines."""
        self.launcher.stop()
        for companion in self._companions():
            companion.stop()
        for engine in (self.kafka, self.postgres):
            if engine is not None:
                engine.stop()

    def _companions(self) -> list[Companion]:
        """What runs beside the engines."""
        return [one for one in (self.sandbox, self.tracing) if one is not None]

    def _check_ports(self) -> None:
        """Say which port is taken and which variable moves it, before anything is started."""
        names = {f"TOUCHLINE_PORT_{name.upper()}": self.settings.port_of(name) for name in self._ports()}
        names["TOUCHLINE_PORT_METRICS"] = self.settings.port_metrics
        taken = [f"{port} ({name})" for name, port in names.items() if children.is_listening(port)]
        if taken:
            raise children.EngineFailedError(
                f"another program listens on port {', '.join(taken)}. Is Touchline running already? "
                "Otherwise choose other ports by these variables."
            )

    def _ports(self) -> tuple[str, ...]:
        """Those that this stack will listen on."""
        absent = () if self.sandbox is not None else SANDBOX_PORTS
        absent += () if self.tracing is not None else TRACING_PORTS
        return tuple(name for name in PORTS if name not in absent)

    def _mend_engines(self) -> None:
        """Start an engine again that died; one that cannot start yet is tried again a second later."""
        for engine in (self.postgres, self.kafka, *self._companions()):
            if engine is None or engine.process is None or engine.process.poll() is None:
                continue
            if time.monotonic() < self._next_mending:
                continue
            try:
                engine.start()
            except children.EngineFailedError:
                self._next_mending = time.monotonic() + MENDING_PAUSE

    def _facts(self, free_ports: bool) -> dict[str, object]:
        """What this stack adds to the settings of the environment."""
        given = Settings()
        facts: dict[str, object] = {
            "state": self.state,
            "development": True,
            "token_key_file": str(self._key("token")),
            "identity_key_file": str(self._key("identity")),
            "tracking_key_file": str(self._key("tracking")),
        }
        if self.postgres is not None:
            facts |= databases.settings(self.postgres, self.state)
        if self.kafka is not None:
            facts |= self.kafka.settings()
            facts |= {} if "touch_partitions" in given.model_fields_set else {"touch_partitions": self._partitions()}
        if free_ports:
            facts |= {f"port_{name}": children.free_port() for name in PORTS}
            facts["port_metrics"] = children.free_ports(ROLE_PROCESSES)
        if not _names_mail_server(given):
            facts |= {"smtp_host": given.host, "smtp_port": facts.get("port_smtp", given.port_smtp)}
            if not given.alert_sender:
                facts["alert_sender"] = "Touchline <touchline@touchline.example>"
        if not given.otlp_endpoint:
            facts["otlp_endpoint"] = given.model_copy(update=facts).local_collector
        if "edge_url" not in given.model_fields_set:
            facts["edge_url"] = f"http://127.0.0.1:{facts.get('port_edge', given.port_edge)}"
        return facts

    def _partitions(self) -> int:
        """Those that the topics were made with: a new installation here gets few, since two cores share them."""
        is_new = not (self.state / LOCAL_FILE).exists()
        return TOUCH_PARTITIONS if is_new else Settings.load(state=self.state).touch_partitions

    def _key(self, name: str) -> Path:
        return self.state / "secrets" / f"{name}.key"

    def _make_keys(self) -> None:
        """Keys made once: subjects of stored touches depend on the identity key, links in mails on the tracking key."""
        self._key("token").parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("token", "identity"):
            if not self._key(name).exists():
                write_secret(self._key(name), secrets.token_hex(32))
        if not self._key("tracking").exists():
            write_secret(self._key("tracking"), tracking.new_key_line("local"))


def import_services(names: Sequence[str] = SERVICES, say: Callable[[str], None] = lambda _name: None) -> list[Service]:
    """Load every service's code, here and before the fork, so that the roles share its memory."""
    importlib.import_module("opentelemetry.exporter.otlp.proto.grpc.trace_exporter")  # for roles that send spans
    found = []
    for name in names:
        found.append(importlib.import_module(f"services.{name}.app").SERVICE)
        say(name)
    return found


def _names_mail_server(given: Settings) -> bool:
    """Whether mails go to a server that is not ours to start."""
    return bool({"smtp_host", "smtp_port"} & given.model_fields_set)


def is_ready(port: int) -> bool:
    return children.http_status(port, "/readyz") == 200
