"""The arithmetic of the capacity model, with numbers that can be done in one's head, and where it meets the tables."""

import json
import re
from pathlib import Path

import pytest
import yaml

from deploy import capacity
from deploy.capacity import GIB, PARTS, Company, Cost, Rules

ROOT = Path(__file__).resolve().parents[2]
RECORDED = "touchline.interaction.recorded.v1"


def spent(cpu: float, table: float, wal: float = 0.0) -> dict[str, dict[str, float]]:
    return {
        "cpu_us": {"interaction.consume.1": cpu},
        "tables": {"interaction.touch": table, "interaction.outbox": 99 * table},
        "indexes": {},
        "streams": {RECORDED: table},
        "log": {"wal": wal},
    }


def line(**each: float) -> Cost:
    told: dict[str, dict[str, float]] = {part: {} for part in PARTS}
    told["tables"] = {"interaction.touch": each.get("disk", 0.0)}
    told["cpu_us"] = {"interaction.consume.1": each.get("cpu", 0.0), "interaction.consume.2": each.get("cpu", 0.0)}
    told["streams"] = {RECORDED: each.get("stream", 0.0)}
    told["log"] = {"wal": each.get("wal", 0.0)}
    return Cost(told, {}, {})


def test_a_line_through_two_sizes_tells_what_one_costs_from_what_any_number_costs() -> None:
    cost = capacity.cost_of([100, 400, 400], [spent(1_500, 300), spent(4_500, 1_200), spent(4_950, 1_200)])
    assert cost.each["cpu_us"]["interaction.consume.1"] == 10
    assert cost.fixed["cpu_us"] == 500
    assert cost.again["cpu_us"] == pytest.approx(1.1)
    assert cost.fixed["tables"] == 0
    assert cost.again["tables"] == 1


def test_what_is_emptied_again_is_no_disk() -> None:
    cost = capacity.cost_of([100, 400, 400], [spent(0, 300), spent(0, 1_200), spent(0, 1_200)])
    assert cost.disk == 3


def test_a_company_s_needs_are_products_of_numbers_and_costs() -> None:
    company = Company(contacts=1_000, touches=10_000, mails=4_000, days=10, peak=2)
    cost = {"contact": line(disk=500), "touch": line(disk=100, wal=30, stream=10), "send": line(disk=50, wal=60)}
    assert capacity.databases(cost, company) == {"interaction": 1_000 * 500 + 6_000 * 100 + 4_000 * 50}
    assert capacity.log_a_day(cost, company) == 600 * 30 + 400 * 60
    assert capacity.streams(cost, company)[RECORDED] == (6_000, 6_000 * 6.5)


def test_cores_are_those_of_the_busiest_hour_with_both_processes_of_a_role() -> None:
    company = Company(touches=86_400 * 1_000, mails=0, days=1, peak=5)
    cost = {"contact": line(cpu=9_999), "touch": line(cpu=40), "send": line()}
    assert capacity.cores(cost, company) == {"interaction.consume": pytest.approx(5_000 * 80 / 1e6)}


def test_machines_follow_by_the_rules() -> None:
    company = Company(contacts=0, touches=GIB, mails=0, days=1, peak=1)
    cost = {"contact": line(), "touch": line(disk=1_200, stream=6), "send": line()}
    found = capacity.plan(cost, company, Rules())
    assert found.workers == 2  # 1,200 GiB on disks of 1 TiB that may be 0.6 full
    assert found.shards == 128  # 75 of 16 GiB, the next power of two
    assert found.broker_bytes == pytest.approx(6 * GIB * 6.5 / 0.6)


def test_a_stream_s_days_are_its_retention_and_a_segment() -> None:
    assert capacity.kept_days(RECORDED) == 6.5
    assert capacity.kept_days("touchline.interaction.touches.v1") == 28


def test_the_document_s_tables_are_the_arithmetic_of_its_measurement() -> None:
    text = (ROOT / "docs" / "capacity.md").read_text("utf-8")
    found = re.search(r"```json\n(\{.*\})\n```", text)
    assert found, "the bench's line stands in the document"
    told = json.loads(found[1])
    missing = [row for row in capacity.tables(told) if row and row not in text]
    assert missing == []


def test_every_table_of_interaction_has_its_place_in_the_layout() -> None:
    text = (ROOT / "docs" / "capacity.md").read_text("utf-8")
    layout = text.partition("## Citus")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+)`", layout))
    tables = yaml.safe_load((ROOT / "deploy" / "retention.yaml").read_text("utf-8"))
    assert set(tables["interaction"]) - named == set()
