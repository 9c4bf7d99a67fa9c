"""Runs the window on the synthetic camera for minutes: ``python -m tests.soak --help``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import psutil


def _process_age_s() -> float:
    """How long ago this process began; by the wall's clock, which may have been set since the
    machine booted, only where the kernel does not tell."""
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - began
    except (OSError, AttributeError):
        return time.time() - psutil.Process().create_time()


PROCESS_BEGAN_S = _process_age_s()
"""Seconds from the start of the process until here, which count as start-up too."""
HERE_S = time.monotonic()

if "QT_QPA_PLATFORM" not in os.environ and not os.environ.get("DISPLAY"):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import Qt, QTimer  # noqa: E402 - the platform is chosen before
from PySide6.QtWidgets import QApplication  # noqa: E402

from app.application import Application, make_qt_application  # noqa: E402
from app.control.latency import PoseAge  # noqa: E402
from app.control.usage import UsageMeter  # noqa: E402
from app.engine_backend import EngineBackend  # noqa: E402
from app.settings import Settings  # noqa: E402
from app.state.figures import Usage  # noqa: E402
from engine.output import write_text  # noqa: E402
from engine.sources.base import DepthSource  # noqa: E402
from engine.tracking.config import Options  # noqa: E402
from engine.types import FrameResult  # noqa: E402
from tests.soak.measure import BEAT_S, NEVER, Heartbeat, Moment, Soak, figures, report  # noqa: E402
from tests.soak.paints import PaintTimes  # noqa: E402

START_S = 3
"""Seconds from the first picture in which kernels and networks run for the first time."""
PATIENCE_S = 600.0
"""The time that is soaked begins with the first picture, which may come late on a busy machine."""


class SoakEngine(EngineBackend):
    """Opens the synthetic camera at a chosen rate, or a live one that costs nothing."""

    def __init__(self, options: Options, fps: float, live: bool) -> None:
        super().__init__(options)
        self._fps, self._live = fps, live

    def source(self, spec: str) -> DepthSource:
        """The synthetic camera; anything else as ever."""
        from engine.sources.synthetic import SyntheticCamera
        from tests.soak.memory_camera import MemoryCamera

        if spec != "synthetic":
            return super().source(spec)
        if self._live:
            return MemoryCamera(self._options.seed, self._fps)
        return SyntheticCamera(seed=self._options.seed, fps=self._fps)


def now() -> Moment:
    """Since the process began."""
    return Moment(PROCESS_BEGAN_S + time.monotonic() - HERE_S, time.process_time())


def main() -> int:
    """Soak, and print what was reached beside the goals."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("source", nargs="?", default="synthetic", help="as for main.py (synthetic)")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (30)")
    parser.add_argument("--fps", type=float, default=30.0, help="of the synthetic camera (30)")
    parser.add_argument(
        "--live", action="store_true", help="synthetic frames made beforehand, as of a live camera"
    )
    parser.add_argument(
        "--idle", action="store_true", help="pause once there is a hand, and do nothing"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument("--hands", type=int, default=1)
    parser.add_argument("--device", default="CPU", help="OpenVINO device (CPU)")
    given = parser.parse_args()
    options = Options(source=given.source, hands=given.hands, device=given.device)
    print(
        run(
            options,
            given.fps,
            60.0 * given.minutes,
            live=given.live,
            idle=given.idle,
            target=given.json,
        )
    )
    return 0


def run(
    options: Options,
    fps: float,
    seconds: float,
    *,
    live: bool = False,
    idle: bool = False,
    target: Path | None = None,
) -> str:
    """Soak for so long; the report, whose figures go to ``target`` too."""
    app = make_qt_application()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.at(Path(folder) / "settings.ini")
        application = Application(app, SoakEngine(options, fps, live), settings)
        watch = Watch(application, 1000.0 / fps, seconds, idle=idle)
        QTimer.singleShot(0, lambda: watch.begin(options.source))
        try:
            app.exec()
            if target is not None:
                write_text(target, json.dumps(watch.figures()))
            return watch.told()
        finally:
            watch.heart.stop()
            application.window.close()
            application.close()


class Watch:
    """Notes how the window does; ends the program when it is time."""

    def __init__(
        self, application: Application, frame_ms: float, seconds: float, *, idle: bool = False
    ) -> None:
        self._application, self._seconds, self._idle = application, seconds, idle
        self._paints = PaintTimes(application.window)
        self._soak, self._meter, self._age = Soak(frame_ms), UsageMeter(), PoseAge()
        self._samples_taken = 0
        self.heart = Heartbeat(time.monotonic)
        self._beats = QTimer(interval=round(1000 * BEAT_S), timerType=Qt.TimerType.PreciseTimer)
        self._beats.timeout.connect(self.heart.beat)
        self._samples = QTimer(interval=1000)
        self._samples.timeout.connect(self._sample)
        application.window.pages.track.depth_view.painted.connect(self._painted)
        application.bridge.ticked.connect(self._end_if_nothing_opens)

    def begin(self, source: str | None) -> None:
        """Show the window and open the source."""
        self._application.start(source)
        QApplication.processEvents()
        self._soak.window_shown = now()
        self.heart.start()
        self._beats.start()
        QTimer.singleShot(round(1000 * (self._seconds + PATIENCE_S)), QApplication.quit)

    def told(self) -> str:
        """The report, or why there is none."""
        if not self._soak.shown:
            return f"nothing was shown: {self._application.window.message_bar.text}"
        session = self._application.store.state.session
        if session is not None:
            snapshot = session.run.snapshot()
            self._soak.frames_in, self._soak.dropped = snapshot.frames_in, snapshot.dropped
        return "\n".join((report(self._soak, self.heart), *self._paints.lines()))

    def _dropped(self) -> int:
        session = self._application.store.state.session
        return 0 if session is None else session.run.snapshot().dropped

    def figures(self) -> dict[str, float]:
        """What a program compares: see ``tests.soak.measure.figures``."""
        return figures(self._soak, self.heart)

    def _painted(self, result: FrameResult) -> None:
        soak = self._soak
        if not soak.shown:
            QTimer.singleShot(round(1000 * self._seconds), QApplication.quit)
            self._samples.start()
            soak.first_shown_s = time.monotonic()
        soak.shown += 1
        if result.due_s is not None:
            self._age.record(result.due_s, time.monotonic())
        if result.hands and soak.first_skeleton is NEVER:
            soak.first_skeleton = now()
            session = self._application.store.state.session
            if self._idle and session is not None:
                session.run.pause()
                self._beats.stop()  # they and the watch would compute as much as an idle window
                self.heart.stop()

    def _sample(self) -> None:
        if self._samples_taken == START_S:
            self._soak.dropped_at_start = self._dropped()
        self._samples_taken += 1
        median = self._age.median_ms(time.monotonic())
        if median is not None:
            self._soak.ages_ms.append(median)
        # In a thread: a look at all processes takes some milliseconds.
        self._application.bridge.submit(self._meter.measure, self._note, print)

    def _note(self, usage: Usage) -> None:
        self._soak.times_s.append(time.monotonic())
        self._soak.memory_mb.append(usage.memory_mb)
        self._soak.children_mb.append(usage.children_mb)
        self._soak.cpu_percent.append(usage.cpu_percent)

    def _end_if_nothing_opens(self) -> None:
        state = self._application.store.state
        if state.session is None and self._application.window.message_bar.text:
            QApplication.quit()


if __name__ == "__main__":
    sys.exit(main())
