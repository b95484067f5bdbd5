"""Personalised mails with signed links to a counting sink, ledger and touches written, beside a bare SMTP loop.

Consent of every person is asked of a contact service, as always. The limit renders the same templates, signs the same
links and speaks SMTP on as many connections, in as many processes, and writes nothing down.
"""

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.sending import ROOT, Ground, go, ground, mailing, states, until_sent
from tests.bench.smtp_sink import Sink, sink

SENDERS = 2
CONNECTIONS = 8
ROUNDS = 2
LINKS = 4  # two pages, the pixel, the unsubscribe page


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 50,000 people in each round."""
    return asyncio.run(_measure(int(50_000 * scale)))


async def _measure(people: int) -> dict[str, Any]:
    with sink() as server, ground(server.port, smtp_connections=CONNECTIONS) as on:
        everybody = await on.seed(people)
        on.fresh_reading()
        contact = on.run("contact", "serve").pid
        senders = [on.run("campaign", "send").pid for _ in range(SENDERS)]
        watched = {"send": senders, "contact": [contact], "postgresql": [on.postgres.pid], "sink": [server.pid]}
        speeds, limits, spent, bare_cpu = [], [], [], []
        for number in range(ROUNDS):
            made = await mailing(on, everybody, is_first=number == 0)
            before, used = server.counts()["mails"], used_by(watched)
            begun = go(on, made)
            speeds.append(people / (await until_sent(on, made, 300) - begun))
            spent.append({name: seconds - used[name] for name, seconds in used_by(watched).items()})
            _check(server.counts()["mails"] - before, states(on, made), people)
            children = resource.getrusage(resource.RUSAGE_CHILDREN)
            limits.append(await asyncio.to_thread(_bare, on, server, people))
            bare_cpu.append(_since(children))
        touches = on.sql("campaign", "SELECT count(*), sum(length(data)) FROM outbox WHERE stream = 'touches'")[0]
        value, most = median(speeds), median(limits)
        return {
            "bench": "campaign-send", "value": round(value), "unit": "mails/s",
            "limit": round(most), "ratio": round(value / most, 3),
            "rounds": [round(speed) for speed in speeds], "limit_rounds": [round(speed) for speed in limits],
            "people_a_round": people, "senders": SENDERS, "connections": CONNECTIONS * SENDERS,
            "cpu_us_a_mail": {name: round(1e6 * median(one[name] for one in spent) / people) for name in watched},
            "limit_cpu_us_a_mail": round(1e6 * median(bare_cpu) / people),
            "bytes_a_mail": round(server.counts()["bytes"] / server.counts()["mails"]),
            "signed_links_a_mail": LINKS, "touch_rows": touches[0], "touch_bytes": int(touches[1] or 0),
        }  # fmt: skip


def _check(sent: int, found: dict[str, int], people: int) -> None:
    """What is not in the ledger and in the sink is no figure."""
    if found != {"HANDED_OVER": people} or sent != people:
        raise RuntimeError(f"{sent} mails of {people} in the sink, the ledger says {found}")


def _bare(on: Ground, server: Sink, people: int) -> float:
    """Mails a second of the bare loop, in as many processes as there are senders."""
    share = people // SENDERS
    command = [sys.executable, "-m", "tests.bench.bare_smtp", str(server.port), on.settings.tracking_key_file]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    loops = [
        subprocess.Popen([*command, str(at * share), str(share), str(CONNECTIONS)], cwd=ROOT, **pipes)
        for at in range(SENDERS)
    ]
    for loop in loops:
        assert loop.stdout is not None
        loop.stdout.readline()
    begun = time.perf_counter()
    for loop in loops:
        assert loop.stdin is not None
        loop.stdin.write(b"go\n")
        loop.stdin.flush()
    if any(loop.wait() for loop in loops):
        raise RuntimeError("the bare loop failed")
    return share * SENDERS / (time.perf_counter() - begun)


def used_by(watched: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """What each of these groups of processes has used so far, in seconds."""
    return {name: sum(map(cpu_seconds, processes)) for name, processes in watched.items()}


def cpu_seconds(process: int) -> float:
    """What a process has used, kernel included, with its children: those that ended, and those that run."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return _own_seconds(process) + sum(_own_seconds(int(child)) for child in children)


def _own_seconds(process: int) -> float:
    try:
        told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")


def _since(before: resource.struct_rusage) -> float:
    """What ended children have used since then, their start included."""
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime
