"""The spool: touches of the edge that Kafka did not acknowledge in time, on disk until it does.

A folder of segments, each written by one living process, which holds its lock; a segment without a lock was left by
one that died, and whoever finds it drains it. A frame is its length and CRC-32 (4 bytes each, big endian) and the
body, so that what was cut off by a crash is seen and left out; everything before it counts. Every append is one
write(2): it survives the end of the process at once, and a power failure after the next `sync`, which the owner calls
once a second. A segment is drained from its beginning after a restart: the same touch again changes nothing.
"""

import contextlib
import fcntl
import os
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chassis import telemetry
from chassis.telemetry import metrics

LOG = telemetry.logger(__name__)
SUFFIX = ".spool"
LONGEST = 1 << 20
CHUNK = 1 << 18
_HEAD = struct.Struct(">II")


class Frames(NamedTuple):
    """What was read of a segment: whole frames, where the next one begins, and how many were damaged."""

    bodies: list[bytes]
    end: int
    damaged: int


def frame(body: bytes) -> bytes:
    """A body as it lies in a segment."""
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def frames(content: bytes, start: int = 0, most: int = 1_000_000) -> Frames:
    """The whole frames in a segment's content: one with a wrong sum is left out, a cut one ends the reading.

    So does a length that none has; it counts as damaged once it is the first thing that is read.
    """
    bodies: list[bytes] = []
    damaged, began = 0, start
    while len(bodies) < most and start + _HEAD.size <= len(content):
        length, expected = _HEAD.unpack_from(content, start)
        end = start + _HEAD.size + length
        if length > LONGEST:
            damaged += start == began
            break
        if end > len(content):
            break
        body = content[start + _HEAD.size : end]
        if zlib.crc32(body) == expected:
            bodies.append(body)
        else:
            damaged += 1
        start = end
    return Frames(bodies, start, damaged)


class Segment:
    """One file and its lock; `position` is up to where it was drained."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.position = 0
        self.is_whole = True
        self.size = os.fstat(descriptor).st_size
        self._descriptor = descriptor

    @classmethod
    def take_over(cls, path: Path, *, is_new: bool = False) -> "Segment | None":
        """A segment that nobody holds, with its lock from now on; None when a living process has it, or it is gone."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | (os.O_CREAT | os.O_EXCL if is_new else 0)
        try:
            descriptor = os.open(path, flags, 0o600)
        except (FileExistsError, FileNotFoundError):
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(path, descriptor)

    def append(self, body: bytes) -> None:
        """Write one frame whole; raises OSError when it cannot, and the segment ends where it did before."""
        said = frame(body)
        try:
            written = os.write(self._descriptor, said)
        except OSError:
            self._cut()
            raise
        if written != len(said):
            self._cut()
            raise OSError("the disk took only part of a frame")
        self.size += len(said)

    def _cut(self) -> None:
        """Take back half a frame; where even that fails, nothing may be written behind it any more."""
        try:
            os.ftruncate(self._descriptor, self.size)
        except OSError:
            self.is_whole = False

    def read(self, most: int) -> Frames:
        """The next frames that were not drained."""
        content = os.pread(self._descriptor, CHUNK, self.position)
        found = frames(content, most=most)
        if not found.end and len(content) == CHUNK:
            found = frames(os.pread(self._descriptor, LONGEST + _HEAD.size, self.position), most=1)
        return Frames(found.bodies, self.position + found.end, found.damaged)

    def clear(self) -> None:
        """Forget everything, for all of it was drained."""
        os.ftruncate(self._descriptor, 0)
        self.size = self.position = 0

    def sync(self) -> None:
        """Make what was written survive a power failure; blocks."""
        os.fsync(self._descriptor)

    def remove(self) -> None:
        """Delete the file and give up its lock."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        self.close()

    def close(self) -> None:
        """Give up the lock; the file stays."""
        os.close(self._descriptor)


class Spool:
    """Appends bodies, and gives them back in order of each segment until they are settled. Not for several threads."""

    def __init__(self, folder: Path, *, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._own: Segment | None = None
        self._left: list[Segment] = []
        self._taken: tuple[Segment, int] | None = None
        self._is_dirty = False
        self._is_refusing = False

    def open(self) -> None:
        """Take over what dead processes left."""
        self.adopt()

    def adopt(self) -> None:
        """Take over segments without a living owner."""
        held = {segment.path for segment in self._segments()}
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            if path not in held and (found := Segment.take_over(path)) is not None:
                self._left.append(found)
        self._tell()

    def append(self, body: bytes) -> bool:
        """Keep a body; False when the disk does not take it, or the spool holds as much as it may."""
        if self.waiting() + len(body) + _HEAD.size > self._limit:
            return False
        try:
            if self._own is not None and not self._own.is_whole:
                self._left.append(self._own)
                self._own = None
            if self._own is None:
                self._own = self._begin()
            self._own.append(body)
        except OSError as error:
            self._refuse(error)
            return False
        self._is_dirty, self._is_refusing = True, False
        self._tell()
        return True

    def _refuse(self, error: OSError) -> None:
        """Say it once, not for every click while the disk is full; the log may lie on the same disk."""
        if not self._is_refusing:
            with contextlib.suppress(OSError):
                LOG.warning("edge_spool_refused", error=type(error).__name__, number=error.errno)
        self._is_refusing = True

    def waiting(self) -> int:
        """How many bytes are not drained yet."""
        return sum(segment.size - segment.position for segment in self._segments())

    def take(self, most: int = 256) -> list[bytes]:
        """The next bodies; the same again until `settle`. Finished segments are removed on the way."""
        for segment in list(self._segments()):
            while True:
                found = segment.read(most)
                self._lose(found.damaged)
                if found.bodies:
                    self._taken = (segment, found.end)
                    return found.bodies
                if found.end == segment.position:
                    break
                segment.position = found.end
            if segment.size or segment is not self._own:
                self._finish(segment)
        return []

    def settle(self) -> None:
        """What was taken last is in Kafka."""
        if self._taken is not None:
            segment, end = self._taken
            segment.position = end
            self._taken = None
            if end == segment.size:
                self._finish(segment)
        self._tell()

    def sync(self) -> None:
        """Make what was appended survive a power failure; blocks, so it belongs into a worker thread."""
        if self._is_dirty and self._own is not None:
            self._is_dirty = False
            self._own.sync()

    def close(self) -> None:
        """Give up every lock; what is not drained stays on disk for the next process."""
        for segment in list(self._segments()):
            if segment.position == segment.size:
                segment.remove()
            else:
                segment.close()
        self._left, self._own = [], None

    def _begin(self) -> Segment:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:  # a name that another process took in this nanosecond, or a file that it adopted at once
            found = Segment.take_over(self._folder / f"{time.time_ns():020}{SUFFIX}", is_new=True)
            if found is not None:
                return found

    def _lose(self, damaged: int) -> None:
        if damaged:
            metrics.EDGE_TOUCHES.labels("lost").inc(damaged)
            LOG.error("edge_spool_damaged", frames=damaged)

    def _finish(self, segment: Segment) -> None:
        """Nothing whole is left in it: what was cut off at its end never was a frame."""
        if segment is self._own:
            segment.clear()
        else:
            self._left.remove(segment)
            segment.remove()
        self._tell()

    def _segments(self) -> Iterator[Segment]:
        yield from self._left
        if self._own is not None:
            yield self._own

    def _tell(self) -> None:
        metrics.EDGE_SPOOL_BYTES.set(self.waiting())
