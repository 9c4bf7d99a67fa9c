"""What a soak notes, and what it says at the end."""

from __future__ import annotations

import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

BEAT_S: Final = 0.005
BLOCK_S: Final = 0.05
"""The window must never be without an answer for longer."""
SETTLED_S: Final = 30.0
"""Networks, kernels and caches are loaded in the first half minute; memory is measured after it."""
ROOT: Final = Path(__file__).resolve().parent.parent.parent


class Heartbeat:
    """Notes for how long the window's thread did not come to its timer, and what it did then.

    ``beat`` belongs to the window's thread; a thread of its own looks at that one's stack while
    a beat is overdue.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last_s = clock()
        self._watched = threading.get_ident()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="soak-watch", daemon=True)
        self.blocks_s: list[float] = []
        self.when_s: list[float] = []
        self._began_s = self._last_s
        self.where: Counter[str] = Counter()
        self.beats = 0

    def start(self) -> None:
        """Begin to watch."""
        self._began_s = self._last_s = self._clock()
        self._thread.start()

    def beat(self) -> None:
        """The window's thread is free."""
        now_s = self._clock()
        late_s = now_s - self._last_s - BEAT_S
        if late_s > BLOCK_S:
            self.blocks_s.append(late_s)
            self.when_s.append(now_s - self._began_s)
        self._last_s = now_s
        self.beats += 1

    def stop(self) -> None:
        """Watch no longer."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        seen_s = 0.0
        while not self._stop.wait(0.01):
            last_s = self._last_s
            if last_s != seen_s and self._clock() - last_s > BLOCK_S:
                seen_s = last_s
                self.where[_place(self._watched)] += 1


def _place(thread: int) -> str:
    """The innermost line of the program that a thread is in."""
    frame = sys._current_frames().get(thread)
    if frame is None:
        return "nowhere"
    # Whoever holds a frame keeps what stands in it alive: names are taken quickly, nothing else.
    lines = [
        (each.f_code.co_filename, line, each.f_code.co_name)
        for each, line in traceback.walk_stack(frame)
    ]
    del frame
    for filename, line, name in lines:
        path = Path(filename)
        if path.is_relative_to(ROOT) and "soak" not in path.parts:
            return f"{path.relative_to(ROOT)}:{line} {name}"
    return "Qt's event loop"


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds since the process began, and how many of them it had the processor: on a busy
    machine only these say something of the program.
    """

    wall_s: float = float("nan")
    cpu_s: float = float("nan")

    def __str__(self) -> str:
        return f"{self.wall_s:.2f} s, {self.cpu_s:.2f} computing"


NEVER: Final = Moment()


@dataclass
class Soak:
    """Everything noted: per second the time, megabytes and processor percent; ages in ms."""

    frame_ms: float
    window_shown: Moment = NEVER
    first_skeleton: Moment = NEVER
    first_shown_s: float | None = None
    times_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    children_mb: list[float] = field(default_factory=list)
    cpu_percent: list[float] = field(default_factory=list)
    ages_ms: list[float] = field(default_factory=list)
    frames_in: int = 0
    shown: int = 0
    dropped: int = 0
    dropped_at_start: int = 0

    @property
    def lasted_s(self) -> float:
        """From the first picture, or else the first note, to the last note."""
        if not self.times_s:
            return 0.0
        began_s = self.times_s[0] if self.first_shown_s is None else self.first_shown_s
        return self.times_s[-1] - began_s


def growth_mb_per_minute(times_s: ArrayLike, memory_mb: ArrayLike) -> float:
    """Slope of a line through the memory after the first half minute; NaN where that is missing."""
    times = np.asarray(times_s, np.float64)
    memory = np.asarray(memory_mb, np.float64)
    settled = times - times[0] >= SETTLED_S if len(times) else np.zeros(0, bool)
    if settled.sum() < 10:
        return float("nan")
    return 60.0 * float(np.polyfit(times[settled], memory[settled], 1)[0])


def figures(soak: Soak, heart: Heartbeat) -> dict[str, float]:
    """The figures by name: seconds, megabytes, processor in percent of one core, ms; those of
    memory and processor of the second half, when everything is loaded."""
    half = len(soak.times_s) // 2
    memory, children = np.array(soak.memory_mb[half:]), np.array(soak.children_mb[half:])
    return {
        "window_s": soak.window_shown.wall_s,
        "window_cpu_s": soak.window_shown.cpu_s,
        "skeleton_s": soak.first_skeleton.wall_s,
        "skeleton_cpu_s": soak.first_skeleton.cpu_s,
        "own_mb": _median(memory - children),
        "with_3d_mb": _median(memory),
        "cpu_percent": _median(soak.cpu_percent[half:]),
        "block_ms": 1000.0 * max(heart.blocks_s, default=0.0),
        "age_ms": _median(soak.ages_ms),
    }


def _median(values: ArrayLike) -> float:
    found = np.asarray(values, np.float64)
    return float(np.median(found)) if found.size else float("nan")


def report(soak: Soak, heart: Heartbeat) -> str:
    """Goals and what was reached, in lines."""
    blocks_ms = 1000.0 * np.array(heart.blocks_s or [0.0])
    own = np.array(soak.memory_mb) - np.array(soak.children_mb)
    age = np.median(soak.ages_ms) if soak.ages_ms else float("nan")
    late = np.percentile(soak.ages_ms, 95) if soak.ages_ms else float("nan")
    rows = [
        ("window shown after", str(soak.window_shown), "1.5 s"),
        ("first skeleton after", str(soak.first_skeleton), "3 s"),
        (
            "age of the pose shown, median (95%)",
            f"{age:.0f} ({late:.0f}) ms",
            f"{soak.frame_ms + 15.0:.0f} ms",
        ),
        ("frames a second: read", f"{soak.frames_in / max(soak.lasted_s, 1e-9):.1f}", ""),
        ("frames a second: shown", f"{soak.shown / max(soak.lasted_s, 1e-9):.1f}", "30"),
        (
            "frames dropped, later than the start",
            f"{soak.dropped}, {soak.dropped - soak.dropped_at_start}",
            "0",
        ),
        ("longest block of the window", f"{blocks_ms.max():.0f} ms", "50 ms"),
        ("blocks over 50 ms", f"{len(heart.blocks_s)} in {heart.beats} beats", "0"),
        ("processor, of one core (median)", f"{np.median(soak.cpu_percent):.0f} %", ""),
        ("memory at 30 s and at the end", _first_and_last(soak, own), "the same"),
        ("its growth", f"{growth_mb_per_minute(soak.times_s, own):+.2f} MB/min", "0"),
        (
            "the 3D view's process at 30 s and at the end",
            _first_and_last(soak, np.array(soak.children_mb)),
            "the same",
        ),
        (
            "growth of the 3D view's process",
            f"{growth_mb_per_minute(soak.times_s, soak.children_mb):+.2f} MB/min",
            "0",
        ),
    ]
    lines = [f"{'over ' + format(soak.lasted_s, '.0f') + ' s':44} {'reached':>26}   goal"]
    lines += [f"{name:44} {reached:>26}   {goal}" for name, reached, goal in rows]
    if heart.blocks_s:
        pairs = zip(heart.when_s[:12], heart.blocks_s[:12], strict=True)
        each = ", ".join(f"{1000.0 * block:.0f} ms at {when:.1f} s" for when, block in pairs)
        lines.append(f"the first blocks, after the window was shown: {each}")
    lines += [f"blocked {count} times in {place}" for place, count in heart.where.most_common(8)]
    return "\n".join(lines)


def _first_and_last(soak: Soak, own: np.ndarray) -> str:
    times = np.array(soak.times_s)
    settled = np.flatnonzero(times - times[:1] >= SETTLED_S)
    if not len(settled):
        return "–"
    return f"{own[settled[0]]:.0f} MB, {own[-1]:.0f} MB"
