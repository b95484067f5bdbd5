"""How far a consumer is behind in seconds: how long the oldest record that it has not applied has been there."""

from collections import deque

MOST = 1_000  # ends that are remembered of a partition


class Lag:
    """One partition's.

    Kafka does not tell the time of a record that was not read. So each end of the log is remembered with the moment
    when it was first seen: the oldest one behind our position is what we are behind. What was there before we looked
    is told by the age of the record that was applied last.
    """

    def __init__(self) -> None:
        self._ends: deque[tuple[int, float]] = deque()
        self._age = 0.0

    def applied(self, age: float) -> None:
        """Note how old a record was, in seconds, when it was applied."""
        self._age = age

    def look(self, position: int, end: int, now: float) -> float:
        """Seconds behind at this moment (of a clock that only goes forward); 0 when everything is applied."""
        while self._ends and self._ends[0][0] <= position:
            self._ends.popleft()
        if end <= position:
            return 0.0
        if not self._ends or self._ends[-1][0] < end:
            if len(self._ends) == MOST:
                self._ends[-1] = (end, self._ends[-1][1])
            else:
                self._ends.append((end, now))
        return max(now - self._ends[0][1], self._age)
