"""All controllers of the window, made together; ``app.wiring`` connects them with the views."""

from __future__ import annotations

from pathlib import Path

from app.control.adaptation import AdaptationController
from app.control.camera_check import CameraCheckController
from app.control.cameras import CameraController
from app.control.capture import CaptureController
from app.control.context import ControllerContext
from app.control.device_check import DeviceCheckController
from app.control.event_logger import EventLogger
from app.control.export import ExportController
from app.control.gestures import GestureController
from app.control.performance import PerformanceMonitor
from app.control.picture import PictureController
from app.control.playback import PlaybackController
from app.control.plot import PlotController
from app.control.pose_search import PoseSearchController
from app.control.profiles import ProfileController
from app.control.recording import RecordingController
from app.control.settings_transfer import SettingsTransfer
from app.control.source import SourceController
from app.control.streaming import StreamController
from app.control.tracking import TrackingController
from app.state.event_log import EventLog
from engine.stream.streamer import Streamer


class Controllers:
    """One of each, on the same state, backend, tasks, settings and messages. GUI thread only."""

    def __init__(
        self,
        context: ControllerContext,
        log: EventLog,
        streamer: Streamer,
        gestures_file: Path | None = None,
    ) -> None:
        store, backend, tasks = context.store, context.backend, context.tasks
        settings, messages = context.settings, context.messages
        self.messages = messages
        self.source = SourceController(context)
        self.playback = PlaybackController(store, settings)
        self.picture = PictureController(store, settings)
        self.tracking = TrackingController(store, backend, settings)
        self.gestures = GestureController(
            self.tracking, backend, tasks, messages, gestures_file or settings.gestures_file
        )
        self.recording = RecordingController(store, tasks, settings, messages)
        self.capture = CaptureController(
            store, tasks, self.recording, messages, backend.capture_goals
        )
        self.cameras = CameraController(context)
        self.profiles = ProfileController(context)
        self.streams = StreamController(streamer, tasks, settings, messages)
        self.export = ExportController(store, backend, tasks, messages)
        self.plot = PlotController(settings, messages)
        self.performance = PerformanceMonitor(store, tasks, device=backend.device)
        self.device_check = DeviceCheckController(backend, tasks, settings)
        self.camera_check = CameraCheckController(context)
        self.pose_search = PoseSearchController(context)
        self.adaptation = AdaptationController(tasks, messages)
        self.settings_transfer = SettingsTransfer(settings, messages)
        self.event_logger = EventLogger(log)

    def tick(self) -> None:
        """Called about 60 times a second."""
        self.recording.tick()
        self.capture.tick()
        self.cameras.tick()
        self.export.job.tick()
        self.streams.tick()
        self.plot.tick()
        self.performance.tick()
        self.device_check.tick()
        self.camera_check.tick()
        self.adaptation.tick()

    def close(self) -> None:
        """Stop the run and the recording; what runs in the background ends by itself."""
        self.export.job.cancel()
        self.device_check.cancel()
        self.camera_check.cancel()
        self.adaptation.cancel()
        self.source.close()
        self.recording.close()
        self.capture.close()
        self.plot.close()
