"""How long work reports how far it is, and how it is ended early: one convention for every job."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TextIO

from engine.errors import CancelledError

Progress = Callable[[int, int], bool]
"""Called in the working thread after each unit of work with the units done and the units to do, 0
where nobody knows.

It returns True to go on and False to end the work, which then raises ``CancelledError`` and leaves
nothing behind of what it was writing.
"""


def go_on(_done: int, _total: int) -> bool:
    """The progress that nobody watches."""
    return True


def report(progress: Progress, done: int, total: int) -> None:
    """Report to ``progress`` how far the work is.

    Raises:
        CancelledError: if it says that the work ends here.
    """
    if not progress(done, total):
        raise CancelledError("the work was ended before it was done")


@contextmanager
def progress_bar(name: str, unit: str) -> Iterator[Progress]:
    """A bar with ``name`` on standard error; ``unit`` is what it counts, such as "frame"."""
    from tqdm import tqdm  # takes 50 ms, which a window need not wait for

    tqdm.monitor_interval = 0  # its helper thread is of no use here
    with tqdm(unit=unit, desc=name, file=sys.stderr) as bar:

        def show(done: int, total: int) -> bool:
            bar.total = total or None
            bar.update(done - bar.n)
            return True

        yield show


_LINE: Final = re.compile(r"progress: ([\w ]+) (\d+)/(\d+)(?: (\d+) s left)?")
LINE_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """One line by which a child process reports its progress: the ``stage`` of its work in words,
    units ``done`` of ``total`` (0 where nobody knows), and the seconds that the stage will still
    take, None where that is not known yet."""

    stage: str
    done: int
    total: int
    left_s: int | None = None

    def __str__(self) -> str:
        left = "" if self.left_s is None else f" {self.left_s} s left"
        return f"progress: {self.stage} {self.done}/{self.total}{left}"

    @classmethod
    def parsed(cls, text: str) -> ProgressLine | None:
        """The progress in a line of output; None if it is another line."""
        found = _LINE.fullmatch(text.strip())
        if found is None:
            return None
        stage, done, total, left = found.groups()
        return cls(stage, int(done), int(total), None if left is None else int(left))


def line_progress(
    stage: str,
    stream: TextIO,
    go_on: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.monotonic,
) -> Progress:
    """Progress as lines on ``stream``, one a second at most and one at the end, for as long as
    ``go_on`` says so."""
    start = clock()
    first, last_s = 0, start - LINE_EVERY_S

    def show(done: int, total: int) -> bool:
        nonlocal first, last_s
        now = clock()
        if last_s < start:
            first = done
        if now - last_s >= LINE_EVERY_S or done == total:
            last_s = now
            made = done - first
            left = round((now - start) / made * (total - done)) if made and total else None
            stream.write(f"{ProgressLine(stage, done, total, left)}\n")
            stream.flush()
        return go_on()

    return show
