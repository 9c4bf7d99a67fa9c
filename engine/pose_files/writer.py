"""Results out as a recording without images (``.pose``)."""

from __future__ import annotations

from pathlib import Path

from engine.export.joints import LineWriter
from engine.export.writer import ResultWriter
from engine.pose_files.records import PoseFrame, PoseHand, encode_frame, encode_header
from engine.types import FrameResult, TrackedHand, TrackingStatus


class PoseWriter(LineWriter, ResultWriter):
    """One record for each hand of each result, one too where no hand was found.

    The part that is written so far (``partial_path``) is a whole ``.pose`` file at any moment.
    """

    def __init__(self, path: Path) -> None:
        self._begun = False
        super().__init__(path)

    def write(self, result: FrameResult) -> None:
        """Add the records of ``result``."""
        head = b"" if self._begun else encode_header(result.frame.camera)
        records = encode_frame(pose_frame(result))
        self._write_bytes(head + records.tobytes())
        self._begun = True
        self.rows += len(records)


def pose_frame(result: FrameResult) -> PoseFrame:
    """What a file keeps of ``result``."""
    frame, hands = result.frame, tuple(_pose_hand(hand) for hand in result.hands)
    lost = result.status is TrackingStatus.LOST
    return PoseFrame(frame.index, frame.timestamp_ms, hands, lost)


def _pose_hand(hand: TrackedHand) -> PoseHand:
    crop, pose = hand.crop, hand.pose
    return PoseHand(
        track_id=hand.track_id,
        handedness=pose.handedness,
        mirrored=crop.mirrored,
        score=pose.score,
        side_score=hand.side_score,
        error_mm=float(pose.sigma_mm.mean()),
        cube_mm=crop.cube_mm,
        centre_mm=crop.centre_mm,
        joints_mm=pose.joints_mm,
        latent=pose.latent,
    )
