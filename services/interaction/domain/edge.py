"""The rules of the public edge: how an event seen there is named, and how often one link may say something."""

from collections import OrderedDict

SLOT_US = 2_000_000
PER_MINUTE = 60
ASKS_PER_MINUTE = 20
MINUTE_US = 60_000_000
OPEN = "o"


def slot_of(now_us: int) -> int:
    """The 2-second slot of a moment: what is fired twice within one is one event."""
    return now_us // SLOT_US


def source_event_id(message: str, place: str, caller: bytes, slot: int) -> str:
    """What the edge calls an event: `place` is `o`, the number of a link, or what was asked for."""
    return f"{message}/{place}/{caller.hex()}/{slot}"


class Rates:
    """How often each link was used within the running minute; the links least lately used are forgotten first."""

    def __init__(self, limit: int = PER_MINUTE, most: int = 100_000) -> None:
        self._limit = limit
        self._most = most
        self._used: OrderedDict[tuple[bytes, str], tuple[int, int]] = OrderedDict()

    def admits(self, message: bytes, place: str, now_us: int) -> bool:
        """Count one use; False from the first beyond the limit until the minute is over."""
        key, minute = (message, place), now_us // MINUTE_US
        counted, count = self._used.pop(key, (minute, 0))
        count = count + 1 if counted == minute else 1
        self._used[key] = (minute, count)
        if len(self._used) > self._most:
            self._used.popitem(last=False)
        return count <= self._limit
