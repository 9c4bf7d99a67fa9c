"""What is plotted: the chosen quantities of both hands, up to the newest frame. No widgets."""

from __future__ import annotations

import math
from typing import Final, Protocol

from app.state.session import Run
from engine.errors import InvalidInputError
from engine.mailbox import BoundedQueue, Overflow
from engine.measure.catalogue import quantity
from engine.measure.history import SIDES, PoseHistory, TimeSeries
from engine.measure.quantity import Quantity
from engine.types import FrameResult

WINDOWS_S: Final = (2.0, 5.0, 10.0, 30.0, 60.0)
FIRST_WINDOW_S: Final = 10.0
FIRST_KEYS: Final = ("pinch:index", "openness", "flexion:index_pip")
SCROLL: Final = 0.1
"""The plot moves on by so much of its width."""
MAX_SERIES: Final = 8
"""As many as there are colours that can be told apart."""
QUEUE_FRAMES: Final = 32
"""Results that may wait for the window; older ones are dropped and counted."""


class Texts(Protocol):
    """The part of the settings that keeps texts (``app.settings``)."""

    def text(self, name: str) -> str:
        """A text by its name, empty if there is none."""
        ...

    def set_text(self, name: str, text: str) -> None:
        """Remember a text."""
        ...


class PlotController:
    """Collects every result of the run and knows what is chosen of them. GUI thread only.

    While it is ``paused`` it shows what was there at that moment, all of it, and goes on
    collecting.
    """

    def __init__(self, memory: Texts) -> None:
        self._memory = memory
        self._history = PoseHistory()
        self._queue: BoundedQueue[FrameResult] | None = None
        self._lost_before = 0
        self._origin_ms: float | None = None
        self._still: tuple[TimeSeries, ...] | None = None
        self.recall()

    def recall(self) -> None:
        """Choose what is remembered."""
        self._chosen = _chosen(self._memory.text("plot_series"))
        self._window_s = _window(self._memory.text("plot_window_s"))

    # -- what comes in -----------------------------------------------------------------------

    def follow(self, run: Run | None) -> None:
        """Collect the results of ``run`` from now on; those of another one are forgotten."""
        self._end_queue()
        if run is None:
            return
        self._history.clear()
        self._origin_ms, self._still = None, None
        self._lost_before = 0
        self._queue = BoundedQueue(QUEUE_FRAMES, Overflow.DROP_OLDEST)
        run.listen(self._queue)

    def tick(self) -> bool:
        """Take what has come; whether there was anything."""
        if self._queue is None:
            return False
        news = False
        while (result := self._queue.take()) is not None:
            stamp = result.frame.timestamp_ms
            if self._origin_ms is None or stamp < self._origin_ms:
                self._origin_ms = stamp
            self._history.add(result)
            news = True
        return news

    def close(self) -> None:
        """Collect nothing more."""
        self._end_queue()

    @property
    def lost(self) -> int:
        """How many results of this run the window was too slow for."""
        return self._lost_before + (0 if self._queue is None else self._queue.dropped)

    # -- what is chosen ----------------------------------------------------------------------

    @property
    def chosen(self) -> tuple[Quantity, ...]:
        """The quantities, in the order in which they were added."""
        return self._chosen

    def toggle(self, wanted: Quantity) -> None:
        """Add a quantity, or take it away.

        Raises:
            InvalidInputError: if there are as many as can be told apart.
        """
        if wanted in self._chosen:
            self._choose(tuple(other for other in self._chosen if other != wanted))
        elif len(self._chosen) >= MAX_SERIES:
            raise InvalidInputError(
                f"{MAX_SERIES} series are plotted at most; remove one to add another"
            )
        else:
            self._choose((*self._chosen, wanted))

    @property
    def window_s(self) -> float:
        """How much time is shown."""
        return self._window_s

    def set_window(self, seconds: float) -> None:
        """Show so much time."""
        self._window_s = seconds
        self._memory.set_text("plot_window_s", f"{seconds:g}")

    @property
    def paused(self) -> bool:
        """Whether the plot stands still."""
        return self._still is not None

    def set_paused(self, paused: bool) -> None:
        """Stand still, or show what comes."""
        if paused != self.paused:
            self._still = self._since(float("-inf")) if paused else None

    # -- what is shown -----------------------------------------------------------------------

    @property
    def origin_ms(self) -> float:
        """The time from which the seconds of the plot count: the earliest frame seen."""
        return self._origin_ms or 0.0

    def span_ms(self) -> tuple[float, float]:
        """The times at the left and right ends of the plot. It fills from the left and then moves
        on in steps, as new axes take longer to draw than new lines."""
        if self._still is not None and self._still and len(self._still[0].time_ms):
            last = float(self._still[0].time_ms[-1])
        else:
            last = self._history.last_ms or self.origin_ms
        window = self._window_s * 1000.0
        step = window * SCROLL
        end = self.origin_ms + math.ceil((last - self.origin_ms) / step) * step
        first = max(end - window, self.origin_ms)
        return first, first + window

    def series(self) -> tuple[TimeSeries, ...]:
        """Of every quantity the right hand's, then the left's; all of the same frames."""
        if self._still is not None:
            return self._still
        return self._since(self.span_ms()[0])

    def _since(self, first_ms: float) -> tuple[TimeSeries, ...]:
        return tuple(
            self._history.series(chosen, side, first_ms)
            for chosen in self._chosen
            for side in SIDES
        )

    def _choose(self, chosen: tuple[Quantity, ...]) -> None:
        self._chosen = chosen
        self._history.keep({one.key for one in chosen})
        self._memory.set_text("plot_series", " ".join(one.key for one in chosen))
        if self._still is not None:
            self._still = self._since(float("-inf"))

    def _end_queue(self) -> None:
        if self._queue is not None:
            self._lost_before += self._queue.dropped
            self._queue.close()
            self._queue = None


def _chosen(text: str) -> tuple[Quantity, ...]:
    """The quantities named in ``text``; what means nothing is passed over."""
    found: list[Quantity] = []
    for key in text.split() if text else FIRST_KEYS:
        try:
            found.append(quantity(key))
        except InvalidInputError:
            continue
    return tuple(dict.fromkeys(found))[:MAX_SERIES]


def _window(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return FIRST_WINDOW_S
    return seconds if seconds in WINDOWS_S else FIRST_WINDOW_S
