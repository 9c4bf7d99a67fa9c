"""What the program takes of the computer: processor time and memory, with its child processes."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import psutil

from app.state.figures import Usage
from engine.timing import Clock


class UsageMeter:
    """Any thread may call ``theme``; it takes some milliseconds, so not the window's."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._process = psutil.Process()
        self._spent_s: dict[int, float] = {}
        self._last_s: float | None = None

    def measure(self) -> Usage:
        """How it is now."""
        with self._lock:
            spent, memory = self._of_each()
            now_s = self._clock()
            cpu = 0.0
            if self._last_s is not None and now_s > self._last_s:
                used = sum(s - self._spent_s.get(pid, 0.0) for pid, s in spent.items())
                cpu = 100.0 * used / (now_s - self._last_s)
            self._spent_s, self._last_s = spent, now_s
            own_mb = memory.pop(self._process.pid, 0.0)
            children_mb = sum(memory.values())
            return Usage(cpu, own_mb + children_mb, children_mb, self._process.num_threads())

    def _of_each(self) -> tuple[dict[int, float], dict[int, float]]:
        """Processor seconds and megabytes of the program and its children, by process."""
        spent: dict[int, float] = {}
        memory: dict[int, float] = {}
        for process in (self._process, *self._process.children(recursive=True)):
            with suppress(psutil.Error):  # a child that has just ended
                times = process.cpu_times()
                spent[process.pid] = times.user + times.system
                memory[process.pid] = process.memory_info().rss / 1e6
        return spent, memory
