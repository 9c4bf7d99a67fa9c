"""Everything slow the window asks of the engine: opening sources, loading networks, cameras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.camera import Camera
from engine.config import Options
from engine.mailbox import Mailbox
from engine.run_state import RunnerSnapshot
from engine.types import FrameResult


class Run(Protocol):
    """The part of ``engine.runner.Runner`` the window uses."""

    @property
    def results(self) -> Mailbox[FrameResult]:
        """The newest result."""
        ...

    def start(self) -> None:
        """Begin."""
        ...

    def pause(self) -> None:
        """Hold."""
        ...

    def resume(self) -> None:
        """Go on."""
        ...

    def step_once(self) -> None:
        """One frame of a paused replay."""
        ...

    def restart(self) -> None:
        """A replay's first frame again."""
        ...

    def stop(self) -> None:
        """End for good; takes up to a second."""
        ...

    def snapshot(self) -> RunnerSnapshot:
        """State and figures."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """An opened source with the run that reads it; ``spec`` is what opens it again."""

    run: Run
    spec: str
    name: str
    camera: Camera
    live: bool
    frame_count: int | None


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A source that can be chosen without a file dialogue."""

    spec: str
    label: str


class Engine(Protocol):
    """What the controller asks for; every call may take seconds, none from the GUI thread."""

    def open(self, spec: str | None) -> Session:
        """Open a source and make its run, not yet started.

        Raises:
            CrossingHandsError: one sentence for the user.
        """
        ...

    def cameras(self) -> tuple[SourceChoice, ...]:
        """The cameras attached now."""
        ...


class LiveEngine:
    """The real one; any thread may call. Each run has networks of its own, as these serve one
    thread at a time and the run before may not have ended yet."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def open(self, spec: str | None) -> Session:
        """Open ``spec`` (None: the camera if one is attached, else synthetic)."""
        from engine.pipeline import Pipeline
        from engine.runner import Runner
        from engine.sources import open_source

        found = spec if spec is not None else "camera" if self.cameras() else "synthetic"
        source = open_source(found, seed=self._options.seed)
        try:
            pipeline = Pipeline.load(device=self._options.device, hands=self._options.hands)
        except BaseException:
            source.close()
            raise
        return Session(
            run=Runner(source, pipeline, pace=True),
            spec=found,
            name=source.name,
            camera=source.camera,
            live=source.live,
            frame_count=source.frame_count,
        )

    def cameras(self) -> tuple[SourceChoice, ...]:
        """The RealSense cameras attached now."""
        from engine.sources.realsense_camera import attached_cameras

        return tuple(
            SourceChoice(f"camera:{camera.serial}", f"{camera.name}  {camera.serial}")
            for camera in attached_cameras()
        )
