"""Results for the Rerun viewer: depth, points, skeletons and measures over time.

Metres, in the camera frame (x right, y down, z forward). Entities:

- ``camera``: the pinhole; ``camera/depth``: the depth image, from which the viewer draws points
- ``hands/right``, ``hands/left``: ``points`` measured in the hand's cube, ``joints`` (as large as
  their expected errors), ``bones``, ``gesture``
- ``plots/right/...``: every measure of ``engine.measure.catalogue``

on the timelines ``frame`` and ``time``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.adapters.staged_writer import StagedWriter
from engine.camera import Camera
from engine.errors import ExportError
from engine.extras import Extra, load_extra
from engine.measure.export import measured
from engine.pictures.palette import BONE_RGB, JOINT_RGB
from engine.skeleton import BONES, JOINT_NAMES, Handedness
from engine.types import Frame, FrameResult, TrackedHand

APPLICATION: Final = "crossing_hands"
MAX_POINTS: Final = 6000
_METRES: Final = np.float32(0.001)


class RerunLog(StagedWriter):
    """Logs every result to the ``.rrd`` file ``path``, or, if ``shown``, to a viewer instead, which
    it starts.

    Raises:
        MissingExtraError: if ``rerun-sdk`` is not installed.
        ExportError: if the file cannot be written or the viewer cannot be started.
    """

    def __init__(self, path: Path, *, shown: bool = False) -> None:
        self._rr: Any = load_extra(Extra.RERUN)
        self._shown = shown
        if not shown:
            super().__init__(path)
        self.frames = 0
        self._log = self._rr.RecordingStream(APPLICATION)
        try:
            if self._shown:
                self._log.spawn()
            else:
                self._log.save(str(self.partial_path))
        except (OSError, RuntimeError) as error:
            raise ExportError(f"Rerun cannot log to {path}: {error}") from error
        self._camera: Camera | None = None
        self._gestures: dict[Handedness, str | None] = {}
        self._log.log("/", self._rr.ViewCoordinates.RDF, static=True)

    @property
    def written(self) -> tuple[Path, ...]:
        """The file; none where a viewer shows it."""
        return () if self._shown else super().written

    def write(self, result: FrameResult) -> None:
        """Log the frame and its hands."""
        frame = result.frame
        self._log.set_time("frame", sequence=frame.index)
        self._log.set_time("time", duration=frame.timestamp_ms / 1000.0)
        self._write_depth(frame)
        for side in Handedness:
            hands = [hand for hand in result.hands if hand.handedness is side]
            if hands:
                self._write_hand(frame, max(hands, key=lambda hand: hand.confidence))
            else:
                self._log.log(f"hands/{side.value}", self._rr.Clear(recursive=True))
                self._gestures[side] = None
        self.frames += 1

    def _write_depth(self, frame: Frame) -> None:
        camera = frame.camera
        if camera is not self._camera:
            self._camera = camera
            pinhole = self._rr.Pinhole(
                resolution=[camera.width, camera.height],
                focal_length=[camera.fx, camera.fy],
                # Rerun counts from the corner of the first pixel, not from its centre.
                principal_point=[camera.cx + 0.5, camera.cy + 0.5],
                camera_xyz=self._rr.ViewCoordinates.RDF,
            )
            self._log.log("camera", pinhole, static=True)
        unit = camera.depth_unit_mm
        units = np.round(frame.depth_mm / unit).clip(0, 65535).astype(np.uint16)
        self._log.log("camera/depth", self._rr.DepthImage(units, meter=1000.0 / unit))

    def _write_hand(self, frame: Frame, hand: TrackedHand) -> None:
        rr, place = self._rr, f"hands/{hand.handedness.value}"
        joints = hand.joints_mm * _METRES
        self._log.log(f"{place}/points", rr.Points3D(cube_points_mm(frame, hand) * _METRES))
        self._log.log(
            f"{place}/joints",
            rr.Points3D(
                joints,
                radii=hand.expected_error_mm * _METRES,
                colors=np.array(JOINT_RGB, np.uint8),
                labels=list(JOINT_NAMES),
                show_labels=False,
            ),
        )
        bones = rr.LineStrips3D(joints[np.array(BONES)], colors=np.array(BONE_RGB, np.uint8))
        self._log.log(f"{place}/bones", bones)
        if self._gestures.get(hand.handedness) != hand.gesture:
            self._gestures[hand.handedness] = hand.gesture
            self._log.log(f"{place}/gesture", rr.TextLog(hand.gesture or "none"))
        for key, value in measured(hand.pose).items():
            if np.isfinite(value):
                name = key.replace(":", "_")
                self._log.log(f"plots/{hand.handedness.value}/{name}", rr.Scalars([value]))

    def _finish(self) -> None:
        self._log.flush()
        self._log.disconnect()

    def close(self) -> None:
        """Complete the file; what a viewer has got stays there."""
        if self._shown:
            self._finish()
        else:
            super().close()

    def _break_off(self, error: BaseException) -> None:
        if self._shown:
            self._finish()
        else:
            super()._break_off(error)


def cube_points_mm(frame: Frame, hand: TrackedHand) -> NDArray[np.float32]:
    """Measured points [N, 3], mm, camera frame, in the hand's cube; evenly thinned out to
    ``MAX_POINTS``."""
    centre, half = hand.crop.centre_mm, 0.5 * hand.crop.cube_mm
    rows, columns = np.nonzero(np.abs(frame.depth_mm - centre[2]) < half)
    uv = np.stack([columns, rows], axis=-1).astype(np.float32)
    points = frame.camera.unproject(uv, frame.depth_mm[rows, columns])
    points = points[(np.abs(points - centre) < half).all(axis=-1)]
    return np.asarray(points[:: max(1, -(-len(points) // MAX_POINTS))], np.float32)
