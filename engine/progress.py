"""How long work tells how far it is, and how it is ended early: one convention for every job."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
    """Tell ``progress`` how far the work is.

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
