"""What every run has: a source, a state machine, threads that work, and results that go out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Generic, TypeVar

from engine.errors import user_message
from engine.mailbox import BoundedQueue, Mailbox
from engine.run.broadcaster import Broadcaster
from engine.run.control import RunControl
from engine.run.depth_monitor import DepthMonitor
from engine.run.state import RunState
from engine.run.statistics import RunStatistics
from engine.sources.base import Connection, DepthSource, ReconnectingSource
from engine.timing import Clock
from engine.types import FrameResult

Source = TypeVar("Source", bound=DepthSource)
Control = TypeVar("Control", bound=RunControl)

STOP_TIMEOUT_S: Final = 0.8


class ThreadedRun(Generic[Source, Control]):
    """The common part of ``Runner`` and ``Replay``. Any thread may call any public method.

    ``RunControl`` draws the states. Methods that do not fit the state do nothing, so each may be
    called twice. The run owns the source and closes it when it fails or stops.

    Args:
        source: where frames come from.
        control: the state machine.
        clock: monotonic seconds.
        work: what each thread does, by the thread's name.
    """

    def __init__(
        self,
        source: Source,
        control: Control,
        clock: Clock,
        work: dict[str, Callable[[], None]],
    ) -> None:
        self._source = source
        # Asked once: telling a protocol by its attributes takes a quarter of a millisecond.
        asked: DepthSource = source
        self._reconnecting = asked if isinstance(asked, ReconnectingSource) else None
        self._control = control
        self._newest: Mailbox[FrameResult] = Mailbox()
        self._listeners: Broadcaster[FrameResult] = Broadcaster()
        self._statistics = RunStatistics(clock)
        self._depth_monitor = DepthMonitor(clock)
        self._lifecycle = threading.Lock()
        self._threads = tuple(
            threading.Thread(target=target, name=name, daemon=True) for name, target in work.items()
        )

    # -- lifecycle ---------------------------------------------------------------------------

    def start(self) -> None:
        """Begin, or begin again after the end."""
        with self._lifecycle:
            if self._control.begin():
                for thread in self._threads:
                    thread.start()
                return
        if self._control.state is RunState.ENDED:
            self.restart()

    def pause(self) -> None:
        """Let no further result come until ``resume`` or a step."""
        self._control.pause()

    def resume(self) -> None:
        """Go on after a pause; at a recording's end, from the beginning."""
        self._control.resume()

    def step_once(self) -> None:
        """Show one more frame of a recording, and pause; live sources have no next frame."""
        self._control.step_once()

    def restart(self) -> None:
        """Go back to a recording's first frame; a paused one shows it and stays paused."""
        self._control.restart()

    def stop(self) -> None:
        """End for good and close the source; returns in under a second from any state.

        A source that does not return from reading is left behind on its daemon thread, which
        closes it as soon as it does.
        """
        with self._lifecycle:
            before = self._control.stop()
            self._close_queues()
        if before is RunState.IDLE:
            self._source.close()
        deadline_s = time.monotonic() + STOP_TIMEOUT_S
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline_s - time.monotonic()))

    # -- what comes out ----------------------------------------------------------------------

    @property
    def results(self) -> Mailbox[FrameResult]:
        """The newest result, for views."""
        return self._newest

    def listen(self, queue: BoundedQueue[FrameResult]) -> None:
        """Put every result into the caller's ``queue`` too, until the caller closes it.

        It stays open when this run ends; it should drop rather than wait.
        """
        self._listeners.add(queue)

    # -- for the threads ---------------------------------------------------------------------

    def _publish(self, result: FrameResult, due_s: float) -> None:
        """Give out the result of a frame that was due at ``due_s`` on the run's clock."""
        self._statistics.note_result(due_s)
        result = replace(result, due_s=due_s)
        self._newest.put(result)
        self._listeners.put(result)

    def _connection(self) -> Connection:
        """How the source is connected, with what is wrong with its images while they come."""
        source = self._reconnecting
        connection = Connection() if source is None else source.connection
        if not connection.state.delivering:
            return connection
        return replace(connection, advice=(*connection.advice, *self._depth_monitor.advice))

    def _guard(self, loop: Callable[[], None], doing: str) -> None:
        """The top of a thread: what ``loop`` raises ends the run and is shown."""
        try:
            loop()
        except Exception as error:  # noqa: BLE001 - the top of a thread: recorded and shown
            self._fail(doing, error)

    def _guard_source(self, loop: Callable[[], None], doing: str) -> None:
        """The same for the thread that reads: the source is closed after it, whatever happens."""

        def closing() -> None:
            try:
                loop()
            finally:
                self._source.close()

        self._guard(closing, doing)

    def _fail(self, doing: str, error: Exception) -> None:
        self._control.fail(user_message(doing, error))
        self._close_queues()

    def _close_queues(self) -> None:
        """Wake whoever waits; nothing more comes."""
        self._newest.close()
