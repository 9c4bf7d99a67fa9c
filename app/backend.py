"""Everything slow the window asks of the engine: opening sources, loading networks, cameras."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import numpy as np

from app.state.session import CamerasFound, ReplaySession, Run, Session, SourceChoice
from engine.errors import FrameError
from engine.pictures.palette import depth_range_mm
from engine.recording.recorder import Tappable
from engine.run.replay import Replay
from engine.run.replay_control import PlayRange
from engine.run.runner import Runner, Step
from engine.sources.base import DepthSource, SeekableSource
from engine.tracking.config import DEFAULT_TRACKING, Options, TrackingSettings

if TYPE_CHECKING:
    from app.studio.export_request import ExportRequest
    from app.studio.latent_models import LatentModels
    from engine.about import Details
    from engine.capture.goals import Goal
    from engine.gestures.own import OwnGestures
    from engine.jobs.export_range import ExportReport
    from engine.progress import Progress
    from engine.tracking.self_check import DeviceReport

State = TypeVar("State")

RANGE_FRAMES: Final = 9


class Backend(Protocol):
    """What the controller asks for; every call may take seconds, none from the GUI thread."""

    @property
    def device(self) -> str:
        """The OpenVINO device on which runs that are opened from now on have their networks."""
        ...

    def open(self, spec: str | None) -> Session:
        """Open a source and make its run, not yet started.

        Raises:
            CrossingHandsError: one sentence for the user.
        """
        ...

    def update_tracking(self, tracking: TrackingSettings) -> None:
        """Open and export with these settings from now on; quick, from any thread."""
        ...

    def cameras(self) -> CamerasFound:
        """The cameras attached now."""
        ...

    def use_device(self, device: str) -> None:
        """Have the networks on another device from the next opened run on."""
        ...

    def devices(self) -> tuple[str, ...]:
        """Every device there is, in the order in which they are checked.

        Raises:
            ModelError: one sentence for the user.
        """
        ...

    def check_devices(self, progress: Progress) -> tuple[DeviceReport, ...]:
        """Compare every device with the reference.

        Raises:
            ModelError: one sentence for the user.
        """
        ...

    def details(self) -> Details:
        """What the program is made of and runs on."""
        ...

    def capture_goals(self) -> tuple[Goal, ...]:
        """What guided capture asks for.

        Raises:
            ModelError: one sentence for the user.
        """
        ...

    def latent_models(self) -> LatentModels:
        """Load the networks of the latent studio.

        Raises:
            ModelError: one sentence for the user.
        """
        ...

    def write_hands(self, request: ExportRequest, progress: Progress) -> None:
        """Write hands of the latent space.

        Raises:
            CrossingHandsError: one sentence for the user.
        """
        ...

    def read_gestures(self, path: Path) -> OwnGestures:
        """The own gestures in a file.

        Raises:
            CrossingHandsError: one sentence for the user.
        """
        ...

    def write_gestures(self, path: Path, gestures: OwnGestures) -> None:
        """Keep own gestures in a file.

        Raises:
            CrossingHandsError: one sentence for the user.
        """
        ...

    def export_range(
        self, spec: str, target: Path, chosen: PlayRange, progress: Progress
    ) -> ExportReport:
        """Write a part of a recording (``engine.jobs.export_range``).

        Raises:
            CrossingHandsError: one sentence for the user.
        """
        ...


class EngineBackend:
    """The real one; any thread may call. Each run has networks of its own, as these serve one
    thread at a time and the run before may not have ended yet."""

    def __init__(self, options: Options) -> None:
        self._options = options

    @property
    def device(self) -> str:
        """Where the networks run."""
        return self._options.device

    def open(self, spec: str | None) -> Session:
        """Open ``spec`` (None: the camera if one is attached, else synthetic)."""
        from engine.sources.reconnecting_camera import ReconnectingCamera
        from engine.tracking.pipeline import Pipeline
        from engine.tracking.self_check import require_sound

        attached = spec is None and bool(self.cameras().choices)
        found = spec if spec is not None else "camera" if attached else "synthetic"

        def networks(options: Options = self._options) -> Pipeline:
            require_sound(options.device)
            return Pipeline.load(device=options.device, directory=options.models)

        # Networks are compiled without the interpreter's lock: the source is opened meanwhile.
        beside = ThreadPoolExecutor(1, "networks")
        loading = beside.submit(networks)
        beside.shutdown(wait=False)
        source = self.source(found)
        if isinstance(source, ReconnectingCamera):
            found = str(source.choice)
        try:
            return make_session(source, loading.result(), found, self._options.tracking)
        except BaseException:
            source.close()
            raise

    def source(self, spec: str) -> DepthSource:
        """Open the source that ``spec`` names.

        Raises:
            CrossingHandsError: one sentence for the user.
        """
        from engine.sources import open_source

        return open_source(spec, seed=self._options.seed)

    def update_tracking(self, tracking: TrackingSettings) -> None:
        """Open and export with these settings from now on."""
        self._options = self._options.with_tracking(tracking)

    def cameras(self) -> CamerasFound:
        """The RealSense cameras attached now."""
        from engine.sources.realsense_devices import attached_cameras, sdk_there, why_no_camera

        choices = tuple(
            SourceChoice(f"camera:{camera.serial}", f"{camera.name}  {camera.serial}", camera)
            for camera in attached_cameras()
        )
        return CamerasFound(choices, "" if choices else why_no_camera(), sdk_there())

    def use_device(self, device: str) -> None:
        """Have the networks on another device from now on."""
        self._options = replace(self._options, device=device)

    def devices(self) -> tuple[str, ...]:
        """Every device OpenVINO offers here, with each precision."""
        from engine.tracking.self_check import candidates

        return candidates()

    def check_devices(self, progress: Progress) -> tuple[DeviceReport, ...]:
        """Compare every device with the reference."""
        from engine.tracking.self_check import check_devices

        return check_devices(progress=progress)

    def details(self) -> Details:
        """Versions, networks and the device."""
        from engine.about import program_details

        return program_details(self._options.device)

    def capture_goals(self) -> tuple[Goal, ...]:
        """With poses sampled from the latent space of the networks in use."""
        from engine.capture.load import load_goals

        return load_goals(self._options.models)

    def latent_models(self) -> LatentModels:
        """Load the shipped networks of the latent studio, for one thread."""
        from app.studio.latent_models import InstalledModels

        return InstalledModels(self._options.device, self._options.models)

    def write_hands(self, request: ExportRequest, progress: Progress) -> None:
        """Write what is requested, with networks of its own."""
        from app.studio.export_request import write_hands

        write_hands(self._options.device, request, progress, self._options.models)

    def read_gestures(self, path: Path) -> OwnGestures:
        """The own gestures in a file, if they belong to the networks in use."""
        from engine.gestures.file import read_gestures

        return read_gestures(path, self._options.models)

    def write_gestures(self, path: Path, gestures: OwnGestures) -> None:
        """Keep own gestures in a file."""
        from engine.gestures.file import write_gestures

        write_gestures(path, gestures, self._options.models)

    def export_range(
        self, spec: str, target: Path, chosen: PlayRange, progress: Progress
    ) -> ExportReport:
        """Open the recording once more and write a part of it, with networks of its own."""
        from engine.jobs.export_range import export_range

        options = replace(self._options, source=spec)
        return export_range(options, target, chosen=chosen, progress=progress)


def make_session(
    source: DepthSource,
    pipeline: Step[State],
    spec: str,
    tracking: TrackingSettings = DEFAULT_TRACKING,
) -> Session:
    """The run that suits ``source``: a ``Replay`` where frames can be had in any order."""
    recording: ReplaySession | None = None
    tap: Tappable | None = None
    run: Run
    if isinstance(source, SeekableSource):
        run = replay = Replay(source, pipeline, tracking=tracking)
        recording = ReplaySession(replay, source.timeline_ms, shown_range_mm(source))
    else:
        run = tap = Runner(source, pipeline, tracking=tracking, pace=True)
    return Session(
        run=run,
        spec=spec,
        name=source.name,
        camera=source.camera,
        live=source.live,
        frame_count=source.frame_count,
        replay=recording,
        tap=tap,
    )


def shown_range_mm(source: SeekableSource) -> tuple[float, float] | None:
    """The nearest and farthest depth in some frames of a recording, without outliers.

    With one range for the whole recording a frame is shown in the same colours each time.
    """
    ranges = []
    for index in np.linspace(0, source.frame_count - 1, RANGE_FRAMES, dtype=int):
        try:
            found = depth_range_mm(source.frame_at(int(index)).depth_mm)
        except FrameError:
            continue
        if found is not None:
            ranges.append(found)
    if not ranges:
        return None
    near, far = zip(*ranges, strict=True)
    return min(near), max(far)
