"""How quickly an engine has answered lately, which health calls slow while calls still get their answers; and rests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

SLOW = 1.0  # seconds for an answer that takes milliseconds
REMEMBERED = 10.0


def rest_after(worked: float, longest: float, times: float = 3.0) -> float:
    """How long to rest so that more comes at once: so many times as long as it took, both within `longest` seconds."""
    return max(0.0, min(times * worked, longest - worked))


class Pace:
    """Whether an answer that should come at once took more than a second, within the last ten seconds."""

    def __init__(self) -> None:
        self._slow_until = 0.0

    @property
    def is_slow(self) -> bool:
        return time.monotonic() < self._slow_until

    def note(self, seconds: float) -> None:
        """Tell how long an answer took."""
        if seconds > SLOW:
            self._slow_until = time.monotonic() + REMEMBERED

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Note how long the block waits for its answer; one that failed was none."""
        begun = time.monotonic()
        yield
        self.note(time.monotonic() - begun)
