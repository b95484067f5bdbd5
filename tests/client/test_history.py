"""Moving history: whatever is exported from one installation makes the same timelines in another, once."""

import asyncio
import csv
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import identity
import pytest
from chassis.config import Settings
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline_client import Touchline
from touchline_client.history import REFERENCES, ChangedFileError, Done, HistoryExport, HistoryImport

from services.interaction.domain import ids
from tests.interaction.test_oracle import History
from tests.interaction.world import World, touch

NOBODY = "contacts/00000000-0000-7000-8000-000000000000"


@pytest.fixture
async def old(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[World]:
    async with World(make_database("interaction"), token).running() as running:
        yield running


@pytest.fixture
async def new(
    make_database: Callable[..., Settings], token: Callable[..., str], tmp_path: Path
) -> AsyncIterator[World]:
    """Another installation: its identity key is another one, so every subject is."""
    key = tmp_path / "identity.key"
    key.write_bytes(b"another installation's own key..")
    settings = make_database("interaction").model_copy(update={"identity_key_file": str(key)})
    async with World(settings, token).running() as running:
        yield running


def client(world: World) -> Touchline:
    return Touchline(token=world.token("service", client="test"), targets={"interaction": world.target}, timeout=60)


async def exported(world: World, path: Path) -> list[dict[str, Any]]:
    async with client(world) as touchline:
        await HistoryExport(touchline, path).run()
    return written(path)


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def imported(world: World, path: Path, **fields: Any) -> Done:
    async with client(world) as touchline:

        async def recorder(_source: str) -> Touchline:
            return touchline

        done = await HistoryImport(recorder, path, **fields).run()
    await world.settled()
    return done


async def seen(world: World, parent: str) -> list[tuple[int, list[str]]]:
    """A timeline as other installations can tell it: where each thread stands, and the events in it."""
    threads = await world.timeline(parent, size=1000)
    return [(t.thread_time.ToMicroseconds(), [one.source_event_id for one in t.touches]) for t in threads]


def moved(history: History, to: World) -> None:
    """Say the links of one installation in another, where each subject is another one."""
    here = {history.subject(value): to.subjects.of("email", value) for value in history.values}
    for contact in history.people:
        to.contact(contact)
    for account in history.accounts:
        to.say(account_changed={"account": f"accounts/{account}", "revision": 1, "active": True})
    for link in history.links.values():
        kept = replace(link, subject=here.get(link.subject, b""))
        if link.kind is identity.Kind.EXCLUSION:
            subject, touch_id = ids.parse_touch_name(link.touch)
            kept = replace(link, touch=identity.touch_name(here[subject.bytes], touch_id.bytes))
        to.link(kept)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_history_that_moved_makes_the_same_timelines_and_doing_it_twice_nothing_more(
    old: World, new: World, tmp_path: Path, seed: int
):
    history = History(seed, old)
    history.live()
    await old.settled()
    history.act(300)
    names = await old.accept(*history.touches)
    originals = history.chance.sample(range(300), 30)
    await old.accept(
        *(_correction(n, history.touches[original], names[original]) for n, original in enumerate(originals))
    )
    history.exclude(names)
    await old.settled()
    lines = await exported(old, tmp_path / "history.jsonl")
    assert len(lines) == 330
    moved(history, new)
    await new.settled()
    for _ in range(2):
        done = await imported(new, tmp_path / "history.jsonl")
        assert (done.accepted, done.refused) == (330, 0)
    shown = 0
    for parent in [*map("contacts/{}".format, history.people), *map("accounts/{}".format, history.accounts)]:
        there = await seen(new, parent)
        assert there == await seen(old, parent)
        shown += sum(len(events) for _, events in there)
    assert shown > 150
    for world in (old, new):
        conflicts = await (await world.caller("admin")).ListTouchConflicts(pb.ListTouchConflictsRequest())
        assert list(conflicts.touch_conflicts) == []
    told = [await _unlinked(world) for world in (old, new)]
    assert told[0] == told[1]


def _correction(number: int, original: pb.Touch, name: str) -> pb.Touch:
    said = pb.Touch()
    said.CopyFrom(original)
    said.source_event_id, said.correction_of = f"again{number}", name
    return said


async def _unlinked(world: World) -> list[str]:
    admin = await world.caller("admin")
    page = await admin.ListUnlinkedTouches(pb.ListUnlinkedTouchesRequest(page_size=1000))
    return sorted(one.source_event_id for one in page.touches)


async def test_a_line_holds_what_the_source_said_and_nothing_of_ours(old: World, tmp_path: Path):
    said = touch("1", "email.clicked", names={"message": "Grüße"}, attributes={"link": "https://kiln.example"})
    said.occurred_time.nanos = 123_456_000
    await old.accept(said)
    (line,) = await exported(old, tmp_path / "history.jsonl")
    assert line["occurred_time"].endswith(".123456Z")
    assert line["names"] == {"message": "Grüße"}
    assert line["identifier"] == {"kind": "email", "value": "ada@kiln.example"}
    assert not {"name", "accepted_time", "recorded_time", "thread", "title", "rank", "channel"} & line.keys()


async def test_references_that_are_not_known_here_are_left_out(old: World, new: World, tmp_path: Path):
    contact = UUID(int=7)
    new.contact(contact)
    new.holds(contact, new.subjects.of("email", "ada@kiln.example"))
    await old.accept(touch("1", contact=NOBODY))
    await exported(old, tmp_path / "history.jsonl")
    await imported(new, tmp_path / "history.jsonl", without=REFERENCES)
    assert [events for _, events in await seen(new, f"contacts/{contact}")] == [["1"]]


def lines_of(path: Path, *touches: dict[str, Any] | str) -> Path:
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in touches))
    return path


def said(event: str, **fields: Any) -> dict[str, Any]:
    return {
        "identifier": {"kind": "email", "value": "ada@kiln.example"},
        "type": "email.opened",
        "source": "sources/mail",
        "source_event_id": event,
        "occurred_time": "2021-03-04T09:41:07.250Z",
        **fields,
    }


async def test_a_refused_line_is_reported_by_its_number_and_field_and_holds_up_no_other(new: World, tmp_path: Path):
    path = lines_of(
        tmp_path / "mixed.jsonl",
        said("good"),
        "{broken",
        "",
        said("early", occurred_time="1999-12-31T23:59:59Z"),
        said("late", occurred_time="2999-01-01T00:00:00Z"),
        said("type", type="nobody.knows"),
        said("source", source="sources/nobody"),
        "x" * 1_100_000,
        {**said("unknown"), "no_such_field": 1},
        said("good too"),
    )
    done = await imported(new, path)
    assert (done.accepted, done.refused) == (2, 7)
    with path.with_name("mixed.jsonl.report.csv").open() as file:
        report = [(int(row["line"]), row["reason"], row["field"]) for row in csv.DictReader(file)]
    assert report == [
        (2, "NO_TOUCH", ""),
        (4, "TOUCH_TOO_OLD", "occurred_time"),
        (5, "TOUCH_AHEAD_OF_TIME", "occurred_time"),
        (6, "TOUCH_TYPE_UNKNOWN", ""),
        (7, "SOURCE_UNKNOWN", ""),
        (8, "LINE_TOO_LONG", ""),
        (9, "NO_TOUCH", ""),
    ]


class Killed(Exception):
    """As a killed process ends."""


async def test_an_import_that_was_killed_goes_on_where_it_ended(new: World, tmp_path: Path):
    path = lines_of(tmp_path / "long.jsonl", *(said(f"e{n}" if n % 100 else "") for n in range(1_700)))
    known: list[int] = []

    def die(done: Done) -> None:
        known.append(done.line)
        if len(known) == 2:
            raise Killed

    with pytest.raises(Killed):
        await imported(new, path, on_progress=die)
    done = await imported(new, path, on_progress=lambda done: known.append(done.line))
    assert known == [500, 1000, 1500, 1700]
    assert (done.accepted, done.refused) == (1_683, 17)
    report = path.with_name("long.jsonl.report.csv").read_text().splitlines()
    assert [int(line.partition(",")[0]) for line in report[1:]] == list(range(1, 1_700, 100))
    stub = await new.caller("service", client="test")
    told = [one async for answer in stub.ReadTouches(pb.ReadTouchesRequest()) for one in answer.touches]
    assert len(told) == 1_683
    assert not path.with_name("long.jsonl.import.json").exists()


async def test_a_file_that_has_changed_is_not_gone_on_with(new: World, tmp_path: Path):
    path = lines_of(tmp_path / "changed.jsonl", *(said(f"e{n}") for n in range(600)))

    def die(_done: Done) -> None:
        raise Killed

    with pytest.raises(Killed):
        await imported(new, path, on_progress=die)
    lines_of(path, said("other"))
    with pytest.raises(ChangedFileError):
        await imported(new, path)


async def test_an_export_that_was_killed_goes_on_where_it_ended(old: World, tmp_path: Path):
    await old.accept(*(touch(f"e{n}", value=f"p{n % 90}@kiln.example") for n in range(1_700)))
    path, parts = tmp_path / "history.jsonl", []

    def die(touches: int, part: float) -> None:
        parts.append(part)
        if touches >= 1_000:
            raise Killed

    async with client(old) as touchline:
        with pytest.raises(Killed):
            await HistoryExport(touchline, path, die).run()
        assert not path.exists()
        with path.with_name("history.jsonl.part").open("ab") as file:
            file.write(b"half a li")
        count = await HistoryExport(touchline, path, lambda _touches, part: parts.append(part)).run()
    assert count == 1_700
    assert parts == sorted(parts)
    events = {line["source_event_id"] for line in written(path)}
    assert events == {f"e{n}" for n in range(1_700)}
    assert not path.with_name("history.jsonl.part").exists()
    assert not path.with_name("history.jsonl.export.json").exists()


async def shell(world: World, *arguments: str) -> str:
    """What `touchline …` prints for an operator of that installation."""
    settings = world.settings.model_dump(mode="json", exclude_unset=True)
    settings |= {"development": "true", "port_interaction": world.target.rpartition(":")[2]}
    environment = os.environ | {f"TOUCHLINE_{name.upper()}": str(value) for name, value in settings.items()}
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "touchline_client.cli", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complained = await running.communicate()
    assert running.returncode == 0, complained.decode()
    return printed.decode()


@pytest.mark.timeout(600)
async def test_an_operator_does_all_of_it_from_a_shell(old: World, new: World, tmp_path: Path):
    path = str(tmp_path / "history.jsonl")
    await old.accept(touch("1"), touch("2", source="phone", value="+4930123456"), touch("3", contact=NOBODY))
    assert "3 touches" in await shell(old, "touches", "export", path)
    assert "3 accepted, 0 refused" in await shell(new, "touches", "import", path, "--without", "contact")
    await new.settled()
    async with new.database.connection() as connection:
        await connection.execute("UPDATE touch_count SET touches = 5 WHERE touches = 2")
    printed = await shell(new, "touches", "rebuild")
    assert "1 counts equal, 1 different" in printed
    assert "corrected" in printed
