"""The spool: what was written comes back, whatever happened to the process or the disk in between."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chassis.telemetry import metrics
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.interaction.gateways.spool import Spool, frame, frames

bodies = st.lists(st.binary(max_size=60), min_size=1, max_size=12)
LIMIT = 1 << 20


@given(bodies, st.data())
def test_a_crash_at_any_byte_loses_only_what_was_not_whole(said: list[bytes], data: st.DataObject):
    content = b"".join(map(frame, said))
    cut = data.draw(st.integers(0, len(content)))
    whole = [body for at, body in enumerate(said) if len(b"".join(map(frame, said[: at + 1]))) <= cut]
    assert frames(content[:cut]).bodies == whole


@given(bodies, st.data())
def test_damage_never_becomes_a_touch_that_nobody_wrote(said: list[bytes], data: st.DataObject):
    content = bytearray(b"".join(map(frame, said)))
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    found = frames(bytes(content)).bodies
    assert set(found) <= set(said)
    assert len(found) < len(said)


@given(said=bodies, data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_restart_at_any_byte_drains_what_was_whole(tmp_path: Path, said: list[bytes], data: st.DataObject):
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    before = Spool(folder, limit=LIMIT)
    assert all(before.append(body) for body in said)
    before.close()
    (segment,) = folder.iterdir()
    content = segment.read_bytes()
    cut = data.draw(st.integers(0, len(content)))
    os.truncate(segment, cut)
    after = Spool(folder, limit=LIMIT)
    after.open()
    assert list(drain(after)) == frames(content[:cut]).bodies
    assert not list(folder.iterdir()), "a drained segment is removed, torn or not"


def drain(spool: Spool, most: int = 3) -> Iterator[bytes]:
    while taken := spool.take(most):
        assert spool.take(most) == taken, "the same again until it is settled"
        yield from taken
        spool.settle()


def test_what_comes_while_it_drains_is_drained_too(tmp_path: Path):
    spool = Spool(tmp_path, limit=LIMIT)
    spool.append(b"1")
    first = spool.take()
    spool.append(b"2")
    spool.settle()
    assert (first, list(drain(spool))) == ([b"1"], [b"2"])
    assert spool.waiting() == 0
    spool.append(b"3")
    assert list(drain(spool)) == [b"3"]


def test_a_living_process_keeps_its_segment_to_itself(tmp_path: Path):
    one, other = Spool(tmp_path, limit=LIMIT), Spool(tmp_path, limit=LIMIT)
    one.append(b"mine")
    other.open()
    assert other.take() == []
    one.close()
    other.adopt()
    assert list(drain(other)) == [b"mine"]


def test_what_a_killed_process_wrote_is_there(tmp_path: Path):
    code = (
        "import os, signal, sys; from pathlib import Path; from services.interaction.gateways.spool import Spool\n"
        f"spool = Spool(Path({str(tmp_path)!r}), limit=1 << 20)\n"
        "assert all(spool.append(bytes([n])) for n in range(50))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'libs'}"}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == -9
    spool = Spool(tmp_path, limit=LIMIT)
    spool.open()
    assert list(drain(spool)) == [bytes([n]) for n in range(50)]


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes: the kernel writes what fits, then refuses."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, 1, 7, 8, 20, 39])
def test_a_full_disk_takes_nothing_and_spoils_nothing(tmp_path: Path, room: int):
    spool = Spool(tmp_path, limit=LIMIT)
    assert spool.append(b"before" * 5)
    with disk_of(38 + room):
        assert not spool.append(b"x" * 40)
    assert spool.append(b"after")
    assert list(drain(spool)) == [b"before" * 5, b"after"]


def test_it_holds_no_more_than_it_may(tmp_path: Path):
    spool = Spool(tmp_path, limit=100)
    assert [spool.append(b"x" * 40) for _ in range(3)] == [True, True, False]
    list(drain(spool))
    assert spool.append(b"x" * 40)


def test_a_folder_that_cannot_be_made_takes_nothing(tmp_path: Path):
    (tmp_path / "file").write_text("")
    spool = Spool(tmp_path / "file" / "spool", limit=LIMIT)
    spool.open()
    assert not spool.append(b"x")
    assert spool.take() == []


def test_a_damaged_frame_does_not_hide_the_next(tmp_path: Path):
    segment = tmp_path / "1.spool"
    spoiled = bytearray(frame(b"spoiled"))
    spoiled[-1] ^= 1
    segment.write_bytes(frame(b"one") + spoiled + frame(b"two"))
    spool = Spool(tmp_path, limit=LIMIT)
    spool.open()
    assert list(drain(spool, most=1)) == [b"one", b"two"]


def test_what_a_damaged_length_hides_is_counted_as_lost(tmp_path: Path):
    segment = tmp_path / "1.spool"
    spoiled = b"\xff" + frame(b"spoiled")[1:]
    segment.write_bytes(frame(b"one") + spoiled + frame(b"two"))
    spool, lost = Spool(tmp_path, limit=LIMIT), metrics.EDGE_TOUCHES.labels("lost")
    before = lost._value.get()
    spool.open()
    assert list(drain(spool, most=1)) == [b"one"]
    assert lost._value.get() == before + 1, "at least one: nobody can tell how many"
    assert spool.waiting() == 0
