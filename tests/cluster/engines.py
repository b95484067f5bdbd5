"""PostgreSQL and three Kafka brokers beside the cluster, with a Kafka user of least rights for each role."""

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType
from kafka.errors import KafkaError

from deploy.helm import CHART
from deploy.local import children, databases
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from tests.cluster.programs import ADDRESS, PATIENCE, until

ADMIN = "topics"
BROKERS = 3
OPEN_TO_PODS = "host all all 0.0.0.0/0 scram-sha-256\n"
HERE = "127.0.0.1"  # where brokers speak to each other and to tests, without a log-in


class Database(Postgres):
    """A PostgreSQL that pods reach."""

    def start(self) -> "Postgres":
        super().start()
        with self.connect() as connection:
            connection.execute(f"ALTER SYSTEM SET listen_addresses = '{HERE}, {ADDRESS}'")
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write(OPEN_TO_PODS)
        self.stop()
        return super().start()


class Broker(Kafka):
    """One of three. Services log in on SASL_SSL and may what is granted; on PLAINTEXT brokers and tests may all."""

    host = ADDRESS

    def __init__(self, folder: Path, number: int, cluster: str, users: dict[str, str]) -> None:
        super().__init__(folder / f"broker-{number}", secure=True)
        self.number, self._cluster, self._users = number, cluster, users
        self.ports = ports_of(number)

    @property
    def ca_file(self) -> Path:
        return self.folder.parent / "certificates" / "ca.pem"

    def ready(self) -> Kafka:
        assert self.process is not None, "Kafka is not started"
        children.wait_until(self._answers, self.process, self.log, timeout=PATIENCE)
        return self

    def bootstrap(self, listener: str = "PLAINTEXT") -> str:
        return f"{host_of(listener)}:{self.ports[listener]}"

    def options(self) -> list[str]:
        """No DNS: it looks the name of whoever logs in up, and stands still where nobody answers that."""
        hosts = self.folder / "hosts"
        hosts.write_text(f"{HERE} localhost\n")
        return [f"-Djdk.net.hosts.file={hosts}"]

    def size_of(self, stream: str) -> int:
        """Bytes of the stream's records that lie here."""
        return sum(file.stat().st_size for file in self.data.glob(f"{stream}-*/*.log"))

    def users(self) -> dict[str, str]:
        return self._users

    def cluster_id(self) -> str:
        return self._cluster

    def properties(self) -> dict[str, str]:
        voters = [f"{number}@{HERE}:{ports_of(number)['CONTROLLER']}" for number in range(1, BROKERS + 1)]
        where = {name: f"{name}://{self.bootstrap(name)}" for name in self.ports}
        return super().properties() | {
            "listeners": ",".join(where.values()),
            "advertised.listeners": ",".join(where[name] for name in ("PLAINTEXT", "SASL_SSL")),
            "node.id": str(self.number),
            "controller.quorum.voters": ",".join(voters),
            "default.replication.factor": str(BROKERS),
            "min.insync.replicas": "2",
            "offsets.topic.replication.factor": str(BROKERS),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:ANONYMOUS;User:{ADMIN}",
            "controlled.shutdown.max.retries": "3",
        }


def ports_of(number: int) -> dict[str, int]:
    first = 9090 + 10 * number
    return {"PLAINTEXT": first, "CONTROLLER": first + 1, "SASL_SSL": first + 2}


def host_of(listener: str) -> str:
    """Pods reach the one on which they log in; the others are for this machine."""
    return ADDRESS if listener == "SASL_SSL" else HERE


class Engines:
    """Both engines below a folder, and what pods log in with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = Database(folder, port=5432, durable=False)
        self.users = {user: secrets.token_urlsafe(24) for user in (ADMIN, *(user for user, _ in streams()))}
        cluster = secrets.token_urlsafe(16).replace("-", "_")
        self.brokers = [Broker(folder, number, cluster, self.users) for number in range(1, BROKERS + 1)]

    def start(self) -> "Engines":
        for broker in self.brokers:
            broker.begin()
        self.postgres.start()
        databases.ensure(self.postgres, self.folder)
        for broker in self.brokers:
            broker.ready()
        with self.admin() as admin:
            admin.create_acls([acl for user, facts in streams() for acl in rights(user, facts)])
        return self

    def empty(self) -> None:
        """No streams, and databases without a table; users, rights and passwords stay."""
        with self.postgres.connect() as connection:
            for service in databases.SERVICES:
                connection.execute(f'DROP DATABASE "touchline_{service}" WITH (FORCE)')
        databases.ensure(self.postgres, self.folder)
        with self.admin() as admin:
            admin.delete_topics(self._streams(admin))
            until(lambda: not self._streams(admin), "no stream is left")

    @contextmanager
    def frozen(self, without: int) -> Iterator[None]:
        """All brokers but one stand still."""
        pids = [broker.pid for broker in self.brokers if broker.number != without]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    @staticmethod
    def _streams(admin: KafkaAdminClient) -> list[str]:
        return [name for name in admin.list_topics() if not name.startswith("__")]

    def stop(self) -> None:
        for broker in self.brokers:
            broker.stop()
        self.postgres.stop()

    def bootstrap(self, listener: str) -> str:
        return ",".join(broker.bootstrap(listener) for broker in self.brokers)

    def admin(self, without: int = 0) -> KafkaAdminClient:
        """An administrator; he does not ask the broker `without`."""
        return KafkaAdminClient(
            bootstrap_servers=[broker.bootstrap() for broker in self.brokers if broker.number != without]
        )

    def partitions(self, stream: str, without: int = 0) -> list[dict[str, Any]]:
        """What Kafka says of each partition: its leader, and the replicas in sync; nothing while it cannot tell."""
        try:
            with self.admin(without) as admin:
                found = admin.describe_topics([stream])[0]["partitions"]
        except KafkaError:
            return []
        return sorted(found, key=lambda one: one["partition_index"])

    def leader(self, stream: str) -> int:
        """The number of the broker that leads the first partition."""
        return int(self.partitions(stream)[0]["leader_id"])

    def is_served(self, stream: str, without: int) -> bool:
        """Whether each partition has a leader other than the broker `without`."""
        found = self.partitions(stream, without)
        return bool(found) and all(one["leader_id"] not in (-1, without) for one in found)

    def is_whole(self, stream: str) -> bool:
        """Whether each partition has all its replicas in sync."""
        found = self.partitions(stream)
        return bool(found) and all(len(one["isr_nodes"]) == BROKERS for one in found)


def streams() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each Kafka user that the chart names, and what its role reads and writes."""
    told = yaml.safe_load((CHART / "files" / "services.yaml").read_text("utf-8"))
    for service, facts in told.items():
        for role, needs in facts["roles"].items():
            if "produces" in needs or "consumes" in needs:
                yield f"{service}-{role}", needs


def rights(user: str, facts: dict[str, Any]) -> Iterator[ACL]:
    """The rights that the chart would give this user by Strimzi, and no others."""
    wanted = [(ResourceType.TOPIC, name, ACLOperation.WRITE) for name in facts.get("produces", [])]
    wanted += [(ResourceType.TOPIC, name, ACLOperation.READ) for name in facts.get("consumes", [])]
    if "group" in facts:
        wanted.append((ResourceType.GROUP, facts["group"], ACLOperation.READ))
    for kind, name, operation in wanted:
        for one in (operation, ACLOperation.DESCRIBE):
            yield ACL(f"User:{user}", "*", one, ACLPermissionType.ALLOW, ResourcePattern(kind, name))
