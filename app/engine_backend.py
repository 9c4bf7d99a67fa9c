"""What the window asks of the engine, done: see ``app.backend``."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.network_folders import NetworkFolders
from app.session_factory import make_session
from app.state.jobs import RangeExport
from app.state.session import CamerasFound, Session, SourceChoice
from engine.errors import InvalidInputError
from engine.profile_store import StoredProfile, add_profile, list_profiles, remove_profile
from engine.run.runner import Step
from engine.sources.base import DepthSource
from engine.sources.camera_choice import CameraChoice, is_camera_spec
from engine.tracking.config import Options, TrackingSettings

if TYPE_CHECKING:
    from app.studio.export_request import ExportRequest
    from app.studio.latent_models import LatentModels
    from engine.about import Details
    from engine.capture.goals import Goal
    from engine.gestures.own import OwnGestures
    from engine.jobs.camera_check import CameraReport
    from engine.jobs.export_range import ExportReport
    from engine.pose_files.search import PoseMatch
    from engine.progress import Progress
    from engine.tracking.self_check import DeviceReport
    from engine.types import TrackedHand


class EngineBackend:
    """The real one; any thread may call. Each run has networks of its own, as these serve one
    thread at a time and the run before may not have ended yet."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._networks = NetworkFolders(options.models)

    @property
    def device(self) -> str:
        """Where the networks run."""
        return self._options.device

    def open(self, spec: str | None) -> Session:
        """Open ``spec`` (None: the camera if one is attached, else synthetic)."""
        from engine.any_source import recorded_hands

        attached = spec is None and bool(self.cameras().choices)
        found = spec if spec is not None else "camera" if attached else "synthetic"
        # Networks are compiled without the interpreter's lock: the source is opened meanwhile.
        beside = ThreadPoolExecutor(1, "networks")
        serial, device = self._serial(found), self._options.device
        loading = beside.submit(self._networks.load, serial, device)
        beside.shutdown(wait=False)
        source = self.source(found)
        try:
            networks = loading.result()
            pipeline: Step[Any] = recorded_hands(source) or networks.pipeline
            session = make_session(source, pipeline, found, self._options.tracking)
            return replace(session, profile=networks.profile, profile_problem=networks.problem)
        except BaseException:
            source.close()
            raise

    def _serial(self, spec: str) -> str:
        """The serial of the camera that ``spec`` opens, empty for other sources."""
        if not is_camera_spec(spec):
            return ""
        first = (choice.camera for choice in self.cameras().choices if choice.camera is not None)
        return CameraChoice.parse(spec).serial or next((camera.serial for camera in first), "")

    def source(self, spec: str) -> DepthSource:
        """Open the source that ``spec`` names.

        Raises:
            CrossingHandsError: one sentence for the user.
        """
        from engine.any_source import open_source

        options = self._options
        models = self._networks.used
        return open_source(spec, seed=options.seed, device=options.device, models=models)

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

    def use_profile(self, serial: str, profile: str) -> None:
        """Have a profile's networks for a camera from now on."""
        self._networks.choose(serial, profile)

    def remember_profiles(self, chosen: Mapping[str, str]) -> None:
        """Have them for these cameras."""
        self._networks.remember(chosen)

    def profiles(self) -> tuple[StoredProfile, ...]:
        """The user's profiles."""
        return list_profiles()

    def add_profile(self, directory: Path) -> StoredProfile:
        """Copy one among them."""
        return add_profile(directory)

    def remove_profile(self, profile: str) -> None:
        """Delete one of them."""
        remove_profile(profile)

    def devices(self) -> tuple[str, ...]:
        """Every device OpenVINO offers here, with each precision."""
        from engine.tracking.self_check import candidates

        return candidates()

    def check_devices(self, progress: Progress) -> tuple[DeviceReport, ...]:
        """Compare every device with the reference."""
        from engine.tracking.self_check import check_devices

        return check_devices(progress=progress)

    def check_camera(self, session: Session, progress: Progress) -> CameraReport:
        """Watch the results of its run, with a generator of its own."""
        from engine.jobs.camera_check import NO_IMAGES, CameraCheck, check_run
        from engine.pose_files.file import is_pose_file

        if is_pose_file(Path(session.spec)):
            raise InvalidInputError(NO_IMAGES.format(session.name))
        check = CameraCheck.load(self._options.device, self._networks.used)
        check_run(session.run, check, progress)
        return check.report(session.name, session.run.snapshot().notice)

    def search_poses(
        self, folder: Path, pose: str | TrackedHand, within_deg: float
    ) -> tuple[list[PoseMatch], list[str]]:
        """Search every file in ``folder``."""
        from engine.pose_files.search import pose_query, search_poses

        return search_poses(folder, pose_query(pose), within_deg=within_deg)

    def details(self) -> Details:
        """Versions, networks and the device."""
        from engine.about import program_details
        from engine.tracking.inference_mode import inference_details

        device, used = self._options.device, self._networks.used
        return (*program_details(device, used), *inference_details(device, used))

    def capture_goals(self) -> tuple[Goal, ...]:
        """With poses sampled from the latent space of the networks in use."""
        from engine.capture.load import load_goals

        return load_goals(self._networks.used)

    def latent_models(self) -> LatentModels:
        """Load the latent studio's networks of the folder in use, for one thread."""
        from app.studio.latent_models import InstalledModels

        return InstalledModels(self._options.device, self._networks.used)

    def write_hands(self, request: ExportRequest, progress: Progress) -> None:
        """Write what is requested, with networks of its own."""
        from app.studio.export_request import write_hands

        write_hands(self._options.device, request, progress, self._networks.used)

    def read_gestures(self, path: Path) -> OwnGestures:
        """The own gestures in a file, if they belong to the networks in use."""
        from engine.gestures.file import read_gestures

        return read_gestures(path, self._networks.used)

    def write_gestures(self, path: Path, gestures: OwnGestures) -> None:
        """Keep own gestures in a file."""
        from engine.gestures.file import write_gestures

        write_gestures(path, gestures, self._networks.used)

    def export_range(self, wanted: RangeExport, progress: Progress) -> ExportReport:
        """Open the recording once more and write a part of it, with networks of its own."""
        from engine.jobs.export_range import export_range

        options = replace(self._options, source=wanted.spec, models=self._networks.used)
        return export_range(
            options, wanted.target, chosen=wanted.chosen, view=wanted.view, progress=progress
        )
