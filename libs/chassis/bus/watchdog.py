"""The stall watchdog: a partition whose position stands still while records wait, and a number that does not come."""

import time
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping

from chassis import telemetry
from chassis.bus.lag import Lag
from chassis.bus.records import Partition
from chassis.telemetry import metrics

LOG = telemetry.logger(__name__)


class Watchdog:
    """Looks at every partition; `alarms` says what is wrong now.

    kafka-python has had three bugs of this kind within one minor version: poll() returned nothing for ever.
    """

    def __init__(self, group: str, stalled: float, awaited: float, now: Callable[[], float] = time.monotonic) -> None:
        self._group, self._stalled, self._awaited_limit, self._now = group, stalled, awaited, now
        self._stands: dict[Partition, tuple[int, float]] = {}
        self._awaited: dict[Partition, tuple[str, float]] = {}
        self._lags: defaultdict[Partition, Lag] = defaultdict(Lag)
        self.alarms: dict[str, str] = {}

    def awaits(self, partition: Partition, number: str, *, has_moved: bool) -> None:
        """A batch ended with a number still missing, or with none."""
        if number and (has_moved or partition not in self._awaited):
            self._awaited[partition] = (number, self._now())
        elif has_moved:
            self._awaited.pop(partition, None)

    def applied(self, partition: Partition, age: float) -> None:
        """A record was applied, so many seconds after it was written."""
        self._lags[partition].applied(age)

    def look(
        self,
        positions: Mapping[Partition, int],
        ends: Mapping[Partition, int],
        excused: Iterable[Partition],
        stuck: Container[Partition] = (),
    ) -> list[Partition]:
        """The partitions that stand still though records wait for them; those excused have their reason.

        Those that are `stuck` count as stalled too, but asking Kafka anew helps none of them.
        """
        stalled = []
        behind = dict.fromkeys((partition.stream for partition in self._lags), 0.0)
        for partition in self._lags.keys() - ends.keys():
            del self._lags[partition]
        for partition, end in ends.items():
            position = positions.get(partition)
            if position is None:
                continue
            labels = (partition.stream, self._group, str(partition.number))
            metrics.CONSUMER_LAG.labels(*labels).set(max(0, end - position))
            seconds = self._lags[partition].look(position, end, self._now())
            behind[partition.stream] = max(behind.get(partition.stream, 0.0), seconds)
            is_stalled = self._stands_still(partition, position, end) and partition not in set(excused)
            metrics.CONSUMER_STALLED.labels(*labels).set(int(is_stalled or partition in stuck))
            if is_stalled:
                stalled.append(partition)
        for stream, seconds in behind.items():
            metrics.CONSUMER_LAG_SECONDS.labels(stream, self._group).set(seconds)
        self.alarms = {f"{p.stream}/{p.number}": "stands still though records wait" for p in stalled}
        self.alarms |= self._overdue(ends)
        return stalled

    def begin_again(self, partitions: Iterable[Partition]) -> None:
        """Give them their time anew, since something was done for them."""
        for partition in partitions:
            self._stands.pop(partition, None)

    def _stands_still(self, partition: Partition, position: int, end: int) -> bool:
        stood, since = self._stands.get(partition, (-1, 0.0))
        if position != stood or end <= position:
            self._stands[partition] = (position, self._now())
            return False
        return self._now() - since > self._stalled

    def _overdue(self, ends: Mapping[Partition, int]) -> dict[str, str]:
        late = self._now() - self._awaited_limit
        return {
            f"{partition.stream}/{partition.number}": f"awaited too long: {number}"
            for partition, (number, since) in self._awaited.items()
            if since < late and partition in ends
        }
