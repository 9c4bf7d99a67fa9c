"""Everything slow the window asks of the engine: opening sources, loading networks, cameras.

``app.engine_backend`` does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.state.jobs import RangeExport
from app.state.session import CamerasFound, Session
from engine.profile_store import StoredProfile
from engine.tracking.config import TrackingSettings

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


class Backend(Protocol):
    """What controllers ask for; every call may take seconds, none comes from the GUI thread.

    Any call but those marked quick may raise a ``CrossingHandsError``: one sentence for the user.
    """

    @property
    def device(self) -> str:
        """The OpenVINO device of the runs that are opened from now on; quick."""
        ...

    def open(self, spec: str | None) -> Session:
        """Open a source and make its run, not yet started."""
        ...

    def update_tracking(self, tracking: TrackingSettings) -> None:
        """Open and export with these settings from now on; quick, from any thread."""
        ...

    def cameras(self) -> CamerasFound:
        """The cameras attached now."""
        ...

    def use_device(self, device: str) -> None:
        """Have the networks on another device from the next opened run on; quick."""
        ...

    def devices(self) -> tuple[str, ...]:
        """Every device there is, in the order in which they are checked."""
        ...

    def check_devices(self, progress: Progress) -> tuple[DeviceReport, ...]:
        """Compare every device with the reference."""
        ...

    def use_profile(self, serial: str, profile: str) -> None:
        """Have the networks of a profile (empty: the shipped ones) for the camera ``serial`` from
        the next opened run on; an empty serial stands for every source without one. Quick."""
        ...

    def remember_profiles(self, chosen: Mapping[str, str]) -> None:
        """Profiles that were chosen before, by the serial of their camera; quick."""
        ...

    def profiles(self) -> tuple[StoredProfile, ...]:
        """The user's profiles, each verified."""
        ...

    def add_profile(self, directory: Path) -> StoredProfile:
        """Copy a profile among the user's."""
        ...

    def remove_profile(self, profile: str) -> None:
        """Delete one of the user's profiles."""
        ...

    def check_camera(self, session: Session, progress: Progress) -> CameraReport:
        """Measure the source of a session that plays (``engine.jobs.camera_check``)."""
        ...

    def search_poses(
        self, folder: Path, pose: str | TrackedHand, within_deg: float
    ) -> tuple[list[PoseMatch], list[str]]:
        """Look for a pose, by its name or like a hand (``engine.pose_files.search``)."""
        ...

    def details(self) -> Details:
        """What the program is made of and runs on."""
        ...

    def capture_goals(self) -> tuple[Goal, ...]:
        """What guided capture asks for."""
        ...

    def latent_models(self) -> LatentModels:
        """Load the networks of the latent studio."""
        ...

    def write_hands(self, request: ExportRequest, progress: Progress) -> None:
        """Write hands of the latent space."""
        ...

    def read_gestures(self, path: Path) -> OwnGestures:
        """The own gestures in a file."""
        ...

    def write_gestures(self, path: Path, gestures: OwnGestures) -> None:
        """Keep own gestures in a file."""
        ...

    def export_range(self, wanted: RangeExport, progress: Progress) -> ExportReport:
        """Write a part of a recording (``engine.jobs.export_range``)."""
        ...
