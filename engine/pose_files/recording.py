"""A recording without images as a source: depth is drawn again, hands are those that were kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.camera import Camera
from engine.gestures.hold import GestureState, first, step
from engine.gestures.recognise import gesture_scores
from engine.pose_files.file import read_pose_file
from engine.pose_files.records import ERROR_STEP_MM, PoseFrame, PoseHand
from engine.pose_files.redraw import paste_crop, redrawn_crop
from engine.skeleton import JOINT_COUNT
from engine.sources.recording import Recording
from engine.sources.timeline import repair_timeline
from engine.tracking.config import TrackingSettings
from engine.tracking.generate import DepthGenerator
from engine.types import Frame, FrameResult, HandCrop, HandPose, TrackedHand, TrackingStatus

KEPT_FRAMES: Final = 4
"""Drawn frames that are kept: each is asked for as an image and then for its hands."""

Drawn = tuple[tuple[PoseHand, HandCrop], ...]
Gestures = Mapping[int, GestureState]


class PoseRecording(Recording):
    """A ``.pose`` file: frames in any order, their depth drawn from the latents of their hands.

    One thread reads; any thread may call ``hands_at``. What follows hands elsewhere is not needed
    here: ``RecordedHands`` gives those of the file.
    """

    def __init__(self, path: Path, *, device: str = "CPU", models: Path | None = None) -> None:
        """Open ``path``; the shipped generator draws, or the one in ``models``.

        Raises:
            SourceError: if it cannot be read or is damaged.
            ModelError: if the generator cannot be used.
        """
        self._file = read_pose_file(path)
        self._generator = DepthGenerator(device=device, directory=models)
        self._drawing = threading.Lock()
        self._drawn: dict[int, Drawn] = {}
        stamps, camera = self._file.stamps_ms, self._file.camera
        timeline = repair_timeline(stamps, period_ms=1000.0 / camera.fps, may_sort=False)
        self._stamps_ms = timeline.times_ms
        remark = f"{path.name}: {timeline.notice}" if timeline.notice else ""
        remark = "; ".join(filter(None, (self._file.notice, remark)))
        super().__init__(path.name, camera, self._stamps_ms - self._stamps_ms[0], remark)

    def hands_at(self, index: int) -> tuple[TrackedHand, ...]:
        """The hands of frame ``index``, each with the crop that was drawn from its latent."""
        return tuple(_tracked(hand, crop) for hand, crop in self._draw(index))

    def pose_frame(self, index: int) -> PoseFrame:
        """Frame ``index`` as the file keeps it."""
        return self._file.frame(index)

    def _load(self, index: int) -> Frame:
        depth = np.zeros((self.camera.height, self.camera.width), np.float32)
        for _, crop in self._draw(index):
            paste_crop(depth, self.camera, crop)
        return Frame(depth, float(self._stamps_ms[index]), index, self.camera)

    def _draw(self, index: int) -> Drawn:
        with self._drawing:
            if index not in self._drawn:
                crops = (
                    (hand, redrawn_crop(hand, self._generator))
                    for hand in self._file.frame(index).hands
                )
                while len(self._drawn) >= KEPT_FRAMES:
                    self._drawn.pop(next(iter(self._drawn)))
                self._drawn[index] = tuple((hand, crop) for hand, crop in crops if crop is not None)
            return self._drawn[index]

    def _release(self) -> None:
        """The file was read as a whole."""


class RecordedHands:
    """What stands in a pipeline's place for a ``PoseRecording``: each frame's hands as they were
    found when it was made. Smoothing has been done, so its settings change nothing; gestures are
    recognised anew. The state holds the gesture of each hand, by its number."""

    def __init__(self, recording: PoseRecording) -> None:
        self._recording = recording

    def prepare(self, camera: Camera) -> None:
        """Nothing needs to be done beforehand."""

    def initial_state(self) -> Gestures:
        """Nothing is remembered before the first frame."""
        return {}

    def step(
        self, frame: Frame, state: Gestures, settings: TrackingSettings
    ) -> tuple[FrameResult, Gestures]:
        """The hands of ``frame``: at most as many as are wanted, of the side that is chosen."""
        began = time.perf_counter()
        side, hands = settings.side.handedness, self._recording.hands_at(frame.index)
        chosen = [hand for hand in hands if side is None or hand.handedness is side]
        shown, state = _with_gestures(chosen[: settings.hands], state, frame, settings)
        status = TrackingStatus.TRACKING if shown else TrackingStatus.NO_HAND
        if not hands and self._recording.pose_frame(frame.index).lost:
            status = TrackingStatus.LOST
        stage_ms = {"step": (time.perf_counter() - began) * 1000.0}
        return FrameResult(frame, shown, status, stage_ms), state


def _with_gestures(
    hands: Sequence[TrackedHand], state: Gestures, frame: Frame, settings: TrackingSettings
) -> tuple[tuple[TrackedHand, ...], Gestures]:
    """The hands with the gestures that they hold, and these gestures."""
    shown, now_ms, gestures = [], frame.timestamp_ms, dict(state)
    for hand in hands:
        scores, before = gesture_scores(hand.pose, settings.gestures), state.get(hand.track_id)
        gesture = first(scores, now_ms) if before is None else step(before, scores, now_ms)
        gestures[hand.track_id] = gesture
        held_ms = 0.0 if gesture.name is None else max(now_ms - gesture.since_ms, 0.0)
        shown.append(replace(hand, gesture=gesture.name, gesture_held_ms=held_ms))
    return tuple(shown), gestures


def _tracked(hand: PoseHand, crop: HandCrop) -> TrackedHand:
    pose = HandPose(
        joints_mm=hand.joints_mm,
        sigma_mm=np.full(JOINT_COUNT, max(hand.error_mm, 0.5 * ERROR_STEP_MM), np.float32),
        score=hand.score,
        handedness=hand.handedness,
        latent=hand.latent,
    )
    return TrackedHand(hand.track_id, pose, crop, hand.side_score)
