"""What an installation of any size needs, from what `make bench NAME=capacity` weighed; docs/capacity.md explains it.

`python -m deploy.capacity FILE` reads the bench's JSON line and prints the tables of that document.
"""

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

TOPICS = Path(__file__).parent / "topics.yaml"
GIB, DAY = 2**30, 86_400
PARTS = ("cpu_us", "tables", "indexes", "streams", "log")
KINDS = ("contact", "touch", "send")
# Emptied again as soon as they did their work; what they take is no matter of how much is kept.
PASSING = ("outbox", "request_id", "import_row", "change", "candidate", "timer", "consent_unsealed")


@dataclass(frozen=True)
class Cost:
    """What one more costs (µs of processor by process; bytes by table, of its indexes, by stream, of the log), what any
    number costs beside, and what the third round cost as a share of the second.
    """

    each: Mapping[str, Mapping[str, float]]
    fixed: Mapping[str, float]
    again: Mapping[str, float]

    @property
    def disk(self) -> float:
        """Bytes of tables and indexes that stay."""
        return sum(size for part in ("tables", "indexes") for name, size in self.each[part].items() if stays(name))

    def total(self, part: str) -> float:
        """The sum of a part."""
        return sum(self.each[part].values())

    def as_told(self) -> dict[str, Any]:
        """For JSON: whole numbers, and nothing below one."""
        each = {part: {name: round(value) for name, value in self.each[part].items() if value >= 1} for part in PARTS}
        return {"each": each, "fixed": _rounded(self.fixed), "again": _rounded(self.again)}


def _rounded(told: Mapping[str, float]) -> dict[str, float]:
    return {part: round(value, 2) for part, value in told.items()}


def stays(table: str) -> bool:
    """Whether rows of `service.table` are kept."""
    return not table.partition(".")[2].startswith(PASSING)


def cost_of(sizes: Sequence[int], spent: Sequence[Mapping[str, Mapping[str, float]]]) -> Cost:
    """A line through the first two rounds: `each` is its slope, `fixed` where it begins. The third is as large as the
    second and comes on top, so `again` is 1 where the cost of one does not grow with what there is.
    """
    few, many, more = spent
    step = sizes[1] - sizes[0]
    each = {
        part: {name: max(0.0, (many[part][name] - few[part].get(name, 0.0)) / step) for name in many[part]}
        for part in PARTS
    }
    sums = {part: [sum(one[part].values()) for one in (few, many, more)] for part in PARTS}
    fixed = {part: sums[part][0] - (sums[part][1] - sums[part][0]) / step * sizes[0] for part in PARTS}
    again = {part: sums[part][2] / sums[part][1] if sums[part][1] else 1.0 for part in PARTS}
    return Cost(each, fixed, again)


@dataclass(frozen=True)
class Company:
    """Who is to be served. Mails are touches too: each is handed over. The busiest hour is `peak` times the mean."""

    contacts: int = 10_000_000
    touches: int = 1_000_000_000
    mails: int = 400_000_000
    days: int = 730
    peak: int = 20

    @property
    def others(self) -> int:
        """Touches that no mail's hand-over is: opens, clicks, visits, calls."""
        return self.touches - self.mails

    def numbers(self) -> dict[str, int]:
        """How many of each kind are kept."""
        return {"contact": self.contacts, "touch": self.others, "send": self.mails}

    def a_second(self, kind: str) -> float:
        """How many come in a second of the busiest hour; contacts come once."""
        return 0.0 if kind == "contact" else self.numbers()[kind] / self.days / DAY * self.peak


@dataclass(frozen=True)
class Rules:
    """By which a need becomes machines: how full disks and processors may be, and how large a shard."""

    processor_share: float = 0.6
    disk_share: float = 0.6
    shard_bytes: int = 16 * GIB
    worker_bytes: int = 1024 * GIB
    brokers: int = 3
    replicas: int = 3


def costs(told: Mapping[str, Any]) -> dict[str, Cost]:
    """The costs in a line of the bench."""
    return {kind: Cost(**told[kind]) for kind in KINDS}


def databases(cost: Mapping[str, Cost], company: Company) -> dict[str, float]:
    """Bytes of each service's tables and indexes."""
    found: dict[str, float] = {}
    for kind, number in company.numbers().items():
        for part in ("tables", "indexes"):
            for table, size in cost[kind].each[part].items():
                if stays(table):
                    service = table.partition(".")[0]
                    found[service] = found.get(service, 0.0) + size * number
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def log_a_day(cost: Mapping[str, Cost], company: Company) -> float:
    """Bytes of write-ahead log of a mean day."""
    return sum(cost[kind].total("log") * company.numbers()[kind] / company.days for kind in ("touch", "send"))


def cores(cost: Mapping[str, Cost], company: Company) -> dict[str, float]:
    """Cores that each process keeps busy in the busiest hour."""
    found: dict[str, float] = {}
    for kind in ("touch", "send"):
        for name, used in cost[kind].each["cpu_us"].items():
            role = ".".join(name.split(".")[:2])
            found[role] = found.get(role, 0.0) + used * company.a_second(kind) / 1e6
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def streams(cost: Mapping[str, Cost], company: Company) -> dict[str, tuple[float, float]]:
    """Of each stream: bytes of a mean day, and bytes that one replica keeps."""
    found: dict[str, tuple[float, float]] = {}
    for kind in ("touch", "send"):
        for stream, size in cost[kind].each["streams"].items():
            a_day = size * company.numbers()[kind] / company.days
            day, kept = found.get(stream, (0.0, 0.0))
            found[stream] = day + a_day, kept + a_day * kept_days(stream)
    return dict(sorted(found.items(), key=lambda item: -item[1][1]))


def kept_days(stream: str) -> float:
    """Days that a stream remembers at most: its retention, and one segment that is not full yet."""
    told = yaml.safe_load(TOPICS.read_text(encoding="utf-8"))
    settings = told["streams"][stream]
    return _days(settings.get("retention", told["defaults"]["retention"])) + _days(settings.get("segment", "0d"))


def _days(text: str) -> float:
    return float(text[:-1]) / {"d": 1, "h": 24}[text[-1]]


@dataclass(frozen=True)
class Plan:
    """Machines: Citus workers and shards for interaction, brokers and their disks, processors."""

    workers: int
    shards: int
    broker_bytes: float
    cores: float
    consumers: int


def plan(cost: Mapping[str, Cost], company: Company, rules: Rules = Rules()) -> Plan:
    """What follows from a company by these rules."""
    interaction = databases(cost, company)["interaction"]
    workers = max(2, math.ceil(interaction / rules.disk_share / rules.worker_bytes))
    shards = max(32, 2 ** math.ceil(math.log2(max(1.0, interaction / rules.shard_bytes))))
    kept = sum(kept for _, kept in streams(cost, company).values())
    used = cores(cost, company)
    return Plan(
        workers=workers,
        shards=shards,
        broker_bytes=kept * rules.replicas / rules.brokers / rules.disk_share,
        cores=sum(used.values()) / rules.processor_share,
        consumers=math.ceil(used.get("interaction.consume", 0.0) / rules.processor_share) or 1,
    )


def tables(told: Mapping[str, Any], company: Company = Company()) -> Iterator[str]:
    """Lines of Markdown: what one costs, and what follows for a company."""
    cost = costs(told)
    yield from _costs(cost)
    yield from ("", "| service | of contacts, touches and mails, GiB |", "| --- | --- |")
    yield from (f"| {service} | {size / GIB:,.0f} |" for service, size in databases(cost, company).items())
    yield from ("", "| stream | GiB a day | days | GiB of a replica |", "| --- | --- | --- | --- |")
    for stream, (a_day, kept) in streams(cost, company).items():
        yield f"| `{stream}` | {a_day / GIB:.2f} | {kept_days(stream):g} | {kept / GIB:.1f} |"
    yield from ("", "| process | cores in the busiest hour |", "| --- | --- |")
    yield from (f"| `{name}` | {used:.2f} |" for name, used in cores(cost, company).items() if used >= 0.005)
    yield from ("", "| plan | |", "| --- | --- |")
    yield f"| write-ahead log, GiB a day | {log_a_day(cost, company) / GIB:.1f} |"
    yield from (f"| {name} | {_shown(name, value)} |" for name, value in asdict(plan(cost, company)).items())


def _shown(name: str, value: float) -> str:
    return f"{value / GIB:,.0f} GiB" if name.endswith("bytes") else f"{value:,.1f}".removesuffix(".0")


def _costs(cost: Mapping[str, Cost]) -> Iterator[str]:
    yield from ("| | a contact | a touch | a mail |", "| --- | --- | --- | --- |")
    names = {"cpu_us": "processor, µs", "log": "write-ahead log, bytes", "streams": "Kafka, bytes"}
    yield f"| PostgreSQL, bytes that stay | {' | '.join(f'{cost[kind].disk:,.0f}' for kind in KINDS)} |"
    for part, title in names.items():
        yield f"| {title} | {' | '.join(f'{cost[kind].total(part):,.0f}' for kind in KINDS)} |"
        if part == "log":
            continue
        inner = {name for kind in KINDS for name in cost[kind].each[part]}
        for name in sorted(inner, key=lambda one: -sum(cost[kind].each[part].get(one, 0) for kind in KINDS)):
            yield f"| · `{name}` | {' | '.join(f'{cost[kind].each[part].get(name, 0):,.0f}' for kind in KINDS)} |"


if __name__ == "__main__":
    line = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()[-1]
    sys.stdout.writelines(f"{row}\n" for row in tables(json.loads(line)))
