"""Fakes shared by the tests: sources, a pipeline and a clock that do what a test sets."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import FrameError, SourceError
from engine.skeleton import JOINT_COUNT, Handedness
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.types import Frame, FrameResult, HandCrop, HandPose, TrackedHand, TrackingStatus

SMALL_CAMERA = Camera(width=32, height=24, fx=30.0, fy=30.0, cx=15.5, cy=11.5, fps=30.0)


def make_frame(index: int, *, camera: Camera = SMALL_CAMERA, depth_mm: float = 500.0) -> Frame:
    """A flat wall; the timestamp is that of a 30 fps camera."""
    depth = np.full((camera.height, camera.width), depth_mm, dtype=np.float32)
    return Frame(depth_mm=depth, timestamp_ms=index * 1000.0 / 30.0, index=index, camera=camera)


def make_hand(
    track_id: int = 0,
    *,
    handedness: Handedness = Handedness.RIGHT,
    score: float = 0.9,
    centre_mm: Sequence[float] = (0.0, 0.0, 450.0),
) -> TrackedHand:
    """A flat open hand, fingers up, palm to the camera, its middle at ``centre_mm``."""
    joints = np.zeros((JOINT_COUNT, 3), dtype=np.float32)
    joints[0] = (0.0, 80.0, 0.0)
    for finger in range(5):
        for part in range(4):
            across = -60.0 + 24.0 * finger
            joints[1 + 4 * finger + part] = (across, 20.0 - 28.0 * part, 2.0 * part)
    joints += np.asarray(centre_mm, dtype=np.float32)
    pose = HandPose(
        joints_mm=joints,
        sigma_mm=np.full(JOINT_COUNT, 5.0, dtype=np.float32),
        score=score,
        handedness=handedness,
    )
    crop = HandCrop(
        image=np.ones((128, 128), dtype=np.float32),
        centre_mm=np.asarray(centre_mm, dtype=np.float32),
        cube_mm=270.0,
        distance_mm=float(np.linalg.norm(centre_mm)),
        R_crop_from_camera=np.eye(3, dtype=np.float32),
        mirrored=handedness is Handedness.LEFT,
    )
    return TrackedHand(track_id=track_id, pose=pose, crop=crop)


def make_result(frame: Frame, *hands: TrackedHand) -> FrameResult:
    """The result of ``frame`` with these hands."""
    status = TrackingStatus.TRACKING if hands else TrackingStatus.NO_HAND
    stage_ms = MappingProxyType({"detect": 1.0, "estimate": 2.0})
    return FrameResult(frame=frame, hands=hands, status=status, stage_ms=stage_ms)


class FakeClock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


class FakeSource:
    """Frames 0, 1, 2, ...; fails, blocks or ends where a test wants it to.

    ``fail_at`` raises ``error`` instead of that frame; ``gate``, if given, is waited for before
    each read (a camera that does not answer); an endless source has ``frame_count`` None.
    """

    def __init__(
        self,
        frame_count: int | None = 10,
        *,
        live: bool = False,
        fail_at: int | None = None,
        error: Exception | None = None,
        gate: threading.Event | None = None,
        notice: str = "",
        camera: Camera = SMALL_CAMERA,
    ) -> None:
        self.name = "fake"
        self.camera = camera
        self.live = live
        self.frame_count = frame_count
        self.notice = notice
        self.closed = 0
        self.rewinds = 0
        self._next = 0
        self._fail_at = fail_at
        self._error = error or RuntimeError("the fake broke")
        self._gate = gate

    @property
    def ended(self) -> bool:
        return self.frame_count is not None and self._next >= self.frame_count

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        if self._gate is not None:
            self._gate.wait()
        if self._next == self._fail_at:
            raise self._error
        if self.ended:
            return None
        self._next += 1
        return make_frame(self._next - 1, camera=self.camera)

    def rewind(self) -> None:
        self.rewinds += 1
        self._next = 0

    def close(self) -> None:
        self.closed += 1


class FakeRecording(FakeSource):
    """A source whose frames can be had in any order.

    ``unreadable`` are damaged; ``gone`` says when the file has vanished; ``gate``, if given, is
    waited for before each frame.
    """

    frame_count: int
    timeline_ms: NDArray[np.float64]

    def __init__(
        self,
        frame_count: int = 10,
        *,
        unreadable: Collection[int] = (),
        gate: threading.Event | None = None,
        camera: Camera = SMALL_CAMERA,
    ) -> None:
        super().__init__(frame_count, gate=gate, camera=camera)
        self.timeline_ms = np.arange(frame_count, dtype=np.float64) * 1000.0 / 30.0
        self.unreadable = set(unreadable)
        self.gone = False
        self.loaded: list[int] = []

    def frame_at(self, index: int) -> Frame:
        if self._gate is not None:
            self._gate.wait()
        if self.gone:
            raise SourceError("fake.bag is gone")
        if index in self.unreadable:
            raise FrameError(f"frame {index} is damaged")
        self.loaded.append(index)
        return make_frame(index, camera=self.camera)


class PushSource(FakeSource):
    """A live source that delivers a frame whenever the test pushes one."""

    def __init__(self) -> None:
        super().__init__(frame_count=None, live=True)
        self._pushed = threading.Semaphore(0)

    def push(self, count: int = 1) -> None:
        self._pushed.release(count)

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        if not self._pushed.acquire(timeout=timeout_ms / 1000.0):
            return None
        return super().read(timeout_ms)


class FakePipeline:
    """Counts frames in its state; finds ``hands`` in every frame; fails or waits on demand."""

    def __init__(
        self,
        *hands: TrackedHand,
        fail_at: int | None = None,
        gate: threading.Semaphore | None = None,
    ) -> None:
        self.hands = hands
        self.seen: list[int] = []
        self.states: list[int] = []
        self.entered = threading.Semaphore(0)
        self.prepared_for: Camera | None = None
        self.tracking = TrackingSettings()
        self._fail_at = fail_at
        self._gate = gate

    def prepare(self, camera: Camera) -> None:
        self.prepared_for = camera

    def initial_state(self) -> int:
        return 0

    def step(
        self, frame: Frame, state: int, settings: TrackingSettings = DEFAULT_TRACKING
    ) -> tuple[FrameResult, int]:
        self.tracking = settings
        self.entered.release()
        if self._gate is not None:
            self._gate.acquire(timeout=10.0)
        if frame.index == self._fail_at:
            raise RuntimeError("the fake pipeline broke")
        self.seen.append(frame.index)
        self.states.append(state)
        return make_result(frame, *self.hands), state + 1


class RememberingPipeline(FakePipeline):
    """Its result tells what it remembers, by ``followed``, as the hand's ``track_id``."""

    def step(
        self, frame: Frame, state: int, settings: TrackingSettings = DEFAULT_TRACKING
    ) -> tuple[FrameResult, int]:
        super().step(frame, state, settings)
        following = followed(state, frame.index)
        return make_result(frame, make_hand(track_id=following)), following


def followed(state: int, index: int) -> int:
    """A number that depends on every frame seen before and on their order."""
    return (state * 1_000_003 + index + 1) % (2**61 - 1)
