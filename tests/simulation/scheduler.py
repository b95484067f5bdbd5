"""The event loop of a simulation: it owns the time, and decides by the seed which process makes the next step.

A process is a context: whatever a task of it starts belongs to it too. So it can be frozen or killed between any two
steps, as SIGSTOP and kill -9 would: none of its code runs any more, not even what stands in a `finally`.
"""

import asyncio
import contextlib
import contextvars
import heapq
import itertools
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from enum import Enum, auto
from typing import Any

LONGEST = 600.0  # simulated seconds; beyond, a simulation has lost its way
MOST_STEPS = 20_000  # a seed takes about three thousand
MOST_BURIALS = 20  # a task may begin something else when it is cancelled
CURRENT: contextvars.ContextVar["Process | None"] = contextvars.ContextVar("simulated_process", default=None)


class State(Enum):
    """What becomes of the steps of a process."""

    RUNNING = auto()
    FROZEN = auto()
    DEAD = auto()
    BURIED = auto()  # the simulation is over: its tasks are cancelled, and reach nothing any more


class Process:
    """A process: its steps that are due, and whether it may make them."""

    def __init__(self, loop: "Scheduler", name: str) -> None:
        self.loop, self.name = loop, name
        self.state = State.RUNNING
        self.ready: deque[asyncio.Handle] = deque()
        self.context = contextvars.copy_context()
        self.context.run(CURRENT.set, self)
        self._fuse: tuple[int, Callable[[], None]] | None = None

    def start(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Run a coroutine as a task of this process."""
        return self.loop.create_task(work, context=self.context.copy())

    def after(self, steps: int, action: Callable[[], None]) -> None:
        """Do something to this process before so many more of its steps are over."""
        self._fuse = (steps, action)

    def spare(self) -> None:
        """Forget what would have been done to it."""
        self._fuse = None

    def burn(self) -> None:
        """Count a step; what it was told for then strikes before this step is made."""
        if self._fuse is not None and self.state is State.RUNNING:
            left, action = self._fuse
            self._fuse = (left - 1, action) if left > 0 else None
            if left <= 0:
                action()

    @property
    def may_step(self) -> bool:
        return self.state is State.RUNNING or self.state is State.BURIED


class Scheduler(asyncio.AbstractEventLoop):
    """As much of an event loop as the code under test uses; other things raise NotImplementedError."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now = 1_000.0
        self.steps = 0
        self.world = Process(self, "world")
        self.processes = [self.world]
        self.failures: list[str] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle, Process]] = []
        self._numbers = itertools.count()

    def process(self, name: str) -> Process:
        """Another process."""
        self.processes.append(Process(self, name))
        return self.processes[-1]

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Step until a coroutine of the world has ended; its result."""
        with self._running():
            task = self.world.start(work)
            self._step_until(task.done)
            return task.result()

    def bury(self) -> None:
        """End every task of every process, so that none is left to the garbage collector."""
        self.steps = 0
        for process in self.processes:
            process.state = State.BURIED
        with self._running():
            for _ in range(MOST_BURIALS):
                if not (tasks := asyncio.all_tasks(self)):
                    break
                for task in tasks:
                    task.cancel()
                self._step_until(lambda: not any(process.ready for process in self.processes))
            assert not asyncio.all_tasks(self), "a task is left that does not end when it is cancelled"
        self._timers.clear()

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        """Be the loop of this thread, and what the time is."""
        told = {"monotonic": lambda: self.now, "perf_counter": lambda: self.now, "time": self.wall}
        kept = {name: getattr(time, name) for name in told}
        asyncio.events._set_running_loop(self)
        for name, value in told.items():
            setattr(time, name, value)
        try:
            yield
        finally:
            for name, value in kept.items():
                setattr(time, name, value)
            asyncio.events._set_running_loop(None)

    def wall(self) -> float:
        """Seconds since 1970, in a world that always begins on the same day."""
        return 1_790_000_000.0 + self.now

    def _step_until(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            able = [process for process in self.processes if process.ready and process.may_step]
            if not able and not self._advance():
                return
            if able:
                self._step(able[0] if len(able) == 1 else self.chance.choice(able))
            if self.steps > MOST_STEPS or self.now > 1_000.0 + LONGEST:
                raise AssertionError(f"no end after {self.steps} steps and {self.now - 1_000:.0f} simulated seconds")

    def _step(self, process: Process) -> None:
        self.steps += 1
        process.burn()
        if process.may_step:
            handle = process.ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _advance(self) -> bool:
        """Nothing is due now: go on to the next moment at which something is."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        if not self._timers:
            return False
        self.now = max(self.now, self._timers[0][0])
        while self._timers and self._timers[0][0] <= self.now:
            _, _, handle, process = heapq.heappop(self._timers)
            process.ready.append(handle)
        return True

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        context = context if context is not None else contextvars.copy_context()
        handle = asyncio.Handle(callback, args, self, context)
        (context.get(CURRENT) or self.world).ready.append(handle)
        return handle

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        context = context if context is not None else contextvars.copy_context()
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        place = context.get(CURRENT) or self.world
        heapq.heappush(self._timers, (when, next(self._numbers), handle, place))
        return handle

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Any = None) -> "asyncio.Task[Any]":
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.failures.append(f"{context.get('message')}: {error!r}")

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer is passed by when its time comes."""


def current() -> Process | None:
    """The process that makes this step."""
    return CURRENT.get()
