"""What is plotted: the chosen quantities of both hands, up to the newest frame. No widgets."""

from __future__ import annotations

import math
from typing import Final

from app.state.messages import MessageCenter
from app.state.plot_state import FIRST_WINDOW_S, WINDOWS_S, PlotState
from app.state.session import Run
from app.state.settings_store import SettingsStore
from app.state.store import Event
from app.state.window_state import Level
from engine.errors import InvalidInputError
from engine.mailbox import BoundedQueue, Overflow
from engine.measure.catalogue import quantity
from engine.measure.history import SIDES, PoseHistory, TimeSeries
from engine.measure.quantity import Quantity
from engine.types import FrameResult

FIRST_KEYS: Final = ("pinch:index", "openness", "flexion:index_pip")
SCROLL: Final = 0.1
"""The plot moves on by so much of its width."""
MAX_SERIES: Final = 8
"""As many as there are colours that can be told apart."""
PUBLISH_TICKS: Final = 4
"""The plot is drawn at 15 pictures a second: enough to follow, and the hand comes first."""
QUEUE_FRAMES: Final = 32
"""Results that may wait for the window; older ones are dropped and counted."""


class PlotController:
    """Collects every result of the run and knows what is chosen of them. GUI thread only.

    While it is ``paused`` it shows what was there at that moment, all of it, and goes on
    collecting. ``changed`` happens when the choice or the pause did, ``advanced`` when there are
    new frames to plot, while the plot is shown.
    """

    def __init__(self, settings: SettingsStore, messages: MessageCenter) -> None:
        self.changed: Event[PlotState] = Event()
        self.advanced: Event[PlotState] = Event()
        self._settings = settings
        self._messages = messages
        self._history = PoseHistory()
        self._queue: BoundedQueue[FrameResult] | None = None
        self._lost_before = 0
        self._origin_ms: float | None = None
        self._frozen: tuple[TimeSeries, ...] | None = None
        self._shown = self._has_new_values = False
        self._ticks = 0
        self._chosen = _chosen(settings.text("plot_series"))
        self._window_s = _window(settings.text("plot_window_s"))

    def reload(self) -> None:
        """Choose what is remembered."""
        self._chosen = _chosen(self._settings.text("plot_series"))
        self._window_s = _window(self._settings.text("plot_window_s"))
        self._publish_change()

    # -- what comes in -----------------------------------------------------------------------

    def attach(self, run: Run | None) -> None:
        """Collect the results of ``run`` from now on; those of another one are forgotten."""
        self._end_queue()
        if run is None:
            return
        self._history.clear()
        self._origin_ms, self._frozen = None, None
        self._lost_before = 0
        self._queue = BoundedQueue(QUEUE_FRAMES, Overflow.DROP_OLDEST)
        run.listen(self._queue)
        self._publish_change()

    def set_shown(self, shown: bool) -> None:
        """Whether the plot can be seen; while it cannot, results are only collected."""
        self._shown = shown

    def tick(self) -> None:
        """Take what has come; publish it now and then."""
        self._collect()
        self._ticks += 1
        due = self._ticks % PUBLISH_TICKS == 0 and self._has_new_values and self._shown
        if due and not self.paused:
            self._has_new_values = False
            self.advanced.emit(self.state())

    def _collect(self) -> None:
        while self._queue is not None and (result := self._queue.take()) is not None:
            stamp = result.frame.timestamp_ms
            if self._origin_ms is None or stamp < self._origin_ms:
                self._origin_ms = stamp
            self._history.add(result)
            self._has_new_values = True

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
        """Add a quantity, or take it away; there are at most as many as can be told apart."""
        if wanted in self._chosen:
            self._choose(tuple(other for other in self._chosen if other != wanted))
        elif len(self._chosen) >= MAX_SERIES:
            text = f"{MAX_SERIES} series are plotted at most; remove one to add another"
            self._messages.post(text, Level.WARNING)
        else:
            self._choose((*self._chosen, wanted))

    def add(self, wanted: Quantity) -> None:
        """Plot a quantity, too."""
        if wanted not in self._chosen:
            self.toggle(wanted)

    @property
    def window_s(self) -> float:
        """How much time is shown."""
        return self._window_s

    def set_window(self, seconds: float) -> None:
        """Show so much time."""
        self._window_s = seconds
        self._settings.set_text("plot_window_s", f"{seconds:g}")
        self._publish_change()

    @property
    def paused(self) -> bool:
        """Whether the plot stands still."""
        return self._frozen is not None

    def set_paused(self, paused: bool) -> None:
        """Stand still, or show what comes."""
        if paused != self.paused:
            self._frozen = self._since(float("-inf")) if paused else None
            self._has_new_values = True
            self._publish_change()

    # -- what is shown -----------------------------------------------------------------------

    def state(self) -> PlotState:
        """Everything the plot shows."""
        return PlotState(
            self._chosen,
            self.series(),
            self._window_s,
            self.paused,
            self.origin_ms,
            self.span_ms(),
            self.lost,
        )

    @property
    def origin_ms(self) -> float:
        """The time from which the seconds of the plot count: the earliest frame seen."""
        return self._origin_ms or 0.0

    def span_ms(self) -> tuple[float, float]:
        """The times at the left and right ends of the plot. It fills from the left and then moves
        on in steps, as new axes take longer to draw than new lines."""
        if self._frozen is not None and self._frozen and len(self._frozen[0].time_ms):
            last = float(self._frozen[0].time_ms[-1])
        else:
            last = self._history.last_ms or self.origin_ms
        window = self._window_s * 1000.0
        step = window * SCROLL
        end = self.origin_ms + math.ceil((last - self.origin_ms) / step) * step
        first = max(end - window, self.origin_ms)
        return first, first + window

    def series(self) -> tuple[TimeSeries, ...]:
        """Of every quantity the right hand's, then the left's; all of the same frames."""
        if self._frozen is not None:
            return self._frozen
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
        self._settings.set_text("plot_series", " ".join(one.key for one in chosen))
        if self._frozen is not None:
            self._frozen = self._since(float("-inf"))
        self._publish_change()

    def _publish_change(self) -> None:
        self.changed.emit(self.state())

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
