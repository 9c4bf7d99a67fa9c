"""Fakes of what the window asks of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from app.control.tasks import Done, Failed, T, Work
from app.session_factory import make_session
from app.state.jobs import RangeExport
from app.state.session import CamerasFound, Run, Session, SourceChoice
from engine.capture.goals import Goal
from engine.capture.load import all_goals, named_poses
from engine.errors import CrossingHandsError
from engine.gestures.file import read_gestures, write_gestures
from engine.gestures.own import OwnGestures
from engine.jobs.camera_check import CameraCheck, CameraReport, check_run
from engine.jobs.camera_verdict import CameraNormals
from engine.jobs.export_range import export_results
from engine.pose_files.search import PoseMatch, pose_query, search_poses
from engine.profile_store import StoredProfile
from engine.profiles import read_profile
from engine.simulation.model import HandModel
from engine.sources import open_source
from engine.sources.base import SeekableSource
from engine.tracking.config import TrackingSettings
from engine.types import TrackedHand

if TYPE_CHECKING:
    from pathlib import Path

    from app.studio.export_request import ExportRequest
    from engine.about import Details
    from engine.jobs.export_range import ExportReport
    from engine.progress import Progress
    from engine.tracking.self_check import DeviceReport

from tests.fakes import FakePipeline, FakeSource
from tests.fakes_latent import FakeModels


class FakeBackend:
    """Opens what a test lists under a name, and folders for real; finds ``hands`` everywhere."""

    def __init__(
        self, *hands: TrackedHand, sources: Mapping[str, Callable[[], FakeSource]] | None = None
    ) -> None:
        self.hands = hands
        self.sources = dict(sources or {})
        self.models: FakeModels | Exception = FakeModels()
        self.requests: list[ExportRequest] = []
        self.write: Callable[[ExportRequest, Progress], None] = lambda *_: None
        self.opened: list[str] = []
        self.tracking = TrackingSettings()
        self.attached: tuple[SourceChoice, ...] = ()
        self.device = "CPU"
        self.reports: tuple[DeviceReport, ...] = ()
        self.why_no_camera = "no camera is plugged in"
        self.cameras_possible = True
        self.serials: dict[str, str] = {}
        self.stored: tuple[StoredProfile, ...] = ()
        self.chosen: dict[str, str] = {}

    def use_device(self, device: str) -> None:
        self.device = device

    def devices(self) -> tuple[str, ...]:
        return tuple(report.device for report in self.reports)

    def check_devices(self, progress: Progress) -> tuple[DeviceReport, ...]:
        for number, _ in enumerate(self.reports):
            if not progress(number, len(self.reports)):
                return self.reports[:number]
        return self.reports

    def open(self, spec: str | None) -> Session:
        name = spec or "synthetic"
        self.opened.append(name)
        source = self.sources[name]() if name in self.sources else open_source(name)
        session = make_session(source, FakePipeline(*self.hands), name)
        serial = self.serials.get(name, "")
        profile = self.chosen.get(serial, "")
        usable = not profile or any(each.key == profile for each in self.stored)
        problem = "" if usable else f"there is no profile {profile!r}"
        kept = profile if usable else ""
        return replace(session, camera_serial=serial, profile=kept, profile_problem=problem)

    def use_profile(self, serial: str, profile: str) -> None:
        self.chosen[serial] = profile

    def remember_profiles(self, chosen: Mapping[str, str]) -> None:
        self.chosen |= chosen

    def profiles(self) -> tuple[StoredProfile, ...]:
        return self.stored

    def add_profile(self, directory: Path) -> StoredProfile:
        added = StoredProfile(directory, read_profile(directory))
        self.stored = (*self.stored, added)
        return added

    def remove_profile(self, profile: str) -> None:
        self.stored = tuple(each for each in self.stored if each.key != profile)

    def check_camera(self, session: Session, progress: Progress) -> CameraReport:
        check = CameraCheck(lambda hand: None, CameraNormals.load())
        check_run(session.run, check, progress, frames=8)
        return check.report(session.name)

    def search_poses(
        self, folder: Path, pose: str | TrackedHand, within_deg: float
    ) -> tuple[list[PoseMatch], list[str]]:
        return search_poses(folder, pose_query(pose), within_deg=within_deg)

    def details(self) -> Details:
        return (("Python", "3"), ("Device", "CPU, fake"))

    def update_tracking(self, tracking: TrackingSettings) -> None:
        self.tracking = tracking

    def cameras(self) -> CamerasFound:
        return CamerasFound(
            self.attached, "" if self.attached else self.why_no_camera, self.cameras_possible
        )

    def capture_goals(self) -> tuple[Goal, ...]:
        return all_goals(named_poses(HandModel.load()), ())

    def latent_models(self) -> FakeModels:
        if isinstance(self.models, Exception):
            raise self.models
        return self.models

    def write_hands(self, request: ExportRequest, progress: Progress) -> None:
        self.requests.append(request)
        self.write(request, progress)

    def read_gestures(self, path: Path) -> OwnGestures:
        return read_gestures(path)

    def write_gestures(self, path: Path, gestures: OwnGestures) -> None:
        write_gestures(path, gestures)

    def export_range(self, wanted: RangeExport, progress: Progress) -> ExportReport:
        with closing(open_source(wanted.spec)) as source:
            assert isinstance(source, SeekableSource)
            return export_results(
                source,
                FakePipeline(*self.hands),
                wanted.target,
                chosen=wanted.chosen,
                view=wanted.view,
                progress=progress,
            )


class DeferredTasks:
    """Does jobs when the test says so, in the order in which they came."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.waiting: list[Callable[[], None]] = []

    def attach(self, run: Run | None) -> None:
        self.run = run

    def submit(
        self, work: Work[T], done: Done[T], failed: Failed, discard: Done[T] | None = None
    ) -> None:
        def job() -> None:
            try:
                outcome = work()
            except CrossingHandsError as error:
                failed(str(error))
            else:
                done(outcome)

        self.waiting.append(job)

    def do_all(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()
