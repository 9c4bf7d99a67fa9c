"""Jitter of a still hand and lag of a moving one, for each smoothing.

The pipeline runs once without smoothing; every smoothing, and the steady bones that go with it, is
then applied to what it saw, which is the same, as neither changes where the pipeline looks next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.camera import Camera
from engine.simulation.depth_sensor import SENSORS
from engine.simulation.gestures import gesture_angles
from engine.simulation.orientation import rotation_from_view
from engine.simulation.render import Part, draw_plane
from engine.simulation.sensors import SensorState
from engine.skeleton import Handedness
from engine.tracking.bones import SeenBones
from engine.tracking.config import TrackingSettings
from engine.tracking.pipeline import Pipeline
from engine.tracking.smooth import FilterState, smooth
from engine.tracking.smoothing import SMOOTHING, OneEuro, SmoothConfig, Smoothing
from engine.types import Frame, HandPose
from training.benchmark.implicit_hand import Hand
from training.benchmark.report import Report, Row, Setting, Table
from training.benchmark.sphere_tracing import draw_implicit

Floats = NDArray[np.float64]

SENSOR: Final = SENSORS["D435_VGA"]
CAMERA: Final = Camera(320, 240, 385.0, 385.0, 159.5, 119.5, depth_unit_mm=1.0, fps=30.0)
"""The middle of the sensor's image."""
CENTRE_MM: Final = np.array([0.0, 0.0, 480.0])
WALL_MM: Final = 900.0
FRAMES_SHARE: Final = 0.4
"""Frames of a take, as a share of the frames asked for."""
SETTLED: Final = 10
"""The first frames of a take are not scored."""
LAGS_MS: Final = np.arange(-40.0, 301.0, 2.0)
FINE_MS: Final = 2.0
"""Steps in which the truth is kept."""
_NORMAL: Final = cast(SmoothConfig, SMOOTHING[Smoothing.NORMAL])


def _one_pole(filter_: OneEuro) -> OneEuro:
    return replace(filter_, settle=1000.0)


SMOOTHINGS: Final[Mapping[str, SmoothConfig | None]] = {
    **{level.value: config for level, config in SMOOTHING.items()},
    "as normal, any speed believed": replace(_NORMAL, shape=replace(_NORMAL.shape, rest=0.0)),
    "as normal, one pole": SmoothConfig(
        _one_pole(_NORMAL.place), _one_pole(_NORMAL.turn), _one_pole(_NORMAL.shape)
    ),
    "as normal, the turn as its place": replace(_NORMAL, turn=_NORMAL.place),
}
"""The program's levels, and what parts of the usual one are worth."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A hand in motion: at ``t`` seconds its angles [24], rotation [3, 3] and mean joint [3]."""

    name: str
    at: Callable[[float], tuple[Floats, Floats, Floats]]


def _nowhere(_: float) -> Floats:
    return np.zeros(3)


def _held(
    gesture: str,
    view: tuple[float, float, float] = (0.0, 10.0, 20.0),
    shift: Callable[[float], Floats] = _nowhere,
    turn: Callable[[float], Floats] = _nowhere,
) -> Callable[[float], tuple[Floats, Floats, Floats]]:
    """A gesture held in ``view`` (roll, tilt, yaw in degrees), moved (mm) and turned (degrees)."""
    angles, R = gesture_angles(gesture).astype(np.float64), rotation_from_view(np.array([view]))[0]

    def at(t: float) -> tuple[Floats, Floats, Floats]:
        spin = Rotation.from_euler("xyz", turn(t), degrees=True).as_matrix()
        return angles, spin @ R, CENTRE_MM + shift(t)

    return at


def _wave(t: float, hz: float) -> float:
    return float(np.sin(2.0 * np.pi * hz * t))


def _closing(t: float) -> tuple[Floats, Floats, Floats]:
    share = 0.5 + 0.5 * _wave(t, 1.0)
    start, end = (gesture_angles(name).astype(np.float64) for name in ("open_palm", "fist_loose"))
    return (1 - share) * start + share * end, rotation_from_view(np.zeros((1, 3)))[0], CENTRE_MM


STILL: Final = (
    Movement("open, palm", _held("open_palm")),
    Movement("curled, back", _held("relaxed_curled", (0.0, 10.0, 170.0))),
    Movement("pointing", _held("point", (20.0, 35.0, 30.0))),
)
MOVING: Final = (
    Movement(
        "to and fro", _held("spread", shift=lambda t: np.array([70 * _wave(t, 0.8), 0.0, 0.0]))
    ),
    Movement(
        "nearer and farther",
        _held("spread", shift=lambda t: np.array([0.0, 0.0, 70 * _wave(t, 0.8)])),
    ),
    Movement("turning", _held("spread", turn=lambda t: np.array([0.0, 0.0, 40 * _wave(t, 0.8)]))),
    Movement("closing", _closing),
)


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """Frames of a movement with the true joints [N, 21, 3] mm, and the truth [M, 63] at fine steps
    from ``-LAGS_MS[-1]`` on."""

    frames: tuple[Frame, ...]
    truth: Floats
    fine: Floats

    def truth_at(self, times_ms: Floats) -> Floats:
        """True coordinates [T, 63] at ``times_ms`` [T]."""
        places = (times_ms + LAGS_MS[-1]) / FINE_MS
        before = np.clip(places.astype(int), 0, len(self.fine) - 2)
        share = (places - before)[:, None]
        return (1.0 - share) * self.fine[before] + share * self.fine[before + 1]


def measure_motion(setting: Setting) -> Report:
    """Jitter of still hands and lag of moving ones, for each smoothing."""
    count = max(SETTLED + 5, round(FRAMES_SHARE * setting.frames))
    still, moving = (
        {each.name: record(each, count, setting.seed) for each in movements}
        for movements in (STILL, MOVING)
    )
    tables: list[Table] = []
    figures: dict[str, object] = {}
    for candidate in setting.candidates:
        still_seen = [follow(candidate.pipeline(), each) for each in still.values()]
        seen = {name: follow(candidate.pipeline(), each) for name, each in moving.items()}
        _keep(setting.file(f"motion-{candidate.name}.npz"), still, still_seen, moving, seen)
        rows: list[Row] = []
        results: dict[str, dict[str, object]] = {}
        for name, config in SMOOTHINGS.items():
            shown = {what: smoothed(moving[what], seen[what], config) for what in moving}
            jitters = [
                jitter_mm(smoothed(take, each, config))
                for take, each in zip(still.values(), still_seen, strict=True)
            ]
            lags = {what: lag_ms(moving[what], shown[what]) for what in moving}
            errors = {what: _error_mm(moving[what], shown[what]) for what in moving}
            mean_error = float(np.mean(list(errors.values())))
            rows.append((name, float(np.mean(jitters)), *lags.values(), mean_error))
            results[name] = {"jitter_mm": jitters, "lag_ms": lags, "error_mm": errors}
        heads = ("smoothing", "jitter mm", *(f"lag ms, {what}" for what in moving))
        tables.append(Table(candidate.name, (*heads, "error while moving mm"), tuple(rows)))
        figures[candidate.name] = results
    return Report(tuple(tables), {"networks": figures})


def _keep(
    path: Path,
    still: Mapping[str, Take],
    still_seen: Iterable[Seen],
    moving: Mapping[str, Take],
    seen: Mapping[str, Seen],
) -> None:
    """Write truth and estimates [N, 21, 3] of every take, for trying other filters on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {f"{name}, seen": each.joints for name, each in zip(still, still_seen, strict=True)}
    arrays |= {f"{name}, seen": each.joints for name, each in seen.items()}
    arrays |= {f"{name}, truth": take.truth for name, take in (*still.items(), *moving.items())}
    np.savez(path, allow_pickle=False, **arrays)


def record(movement: Movement, count: int, seed: int) -> Take:
    """``count`` frames of ``movement``, its noise evolving from frame to frame."""
    hand = Hand()
    sensor = SensorState(replace(SENSOR, camera=CAMERA), CAMERA, seed)
    times = np.arange(count) * 1000.0 / CAMERA.fps

    def joints(t_ms: float) -> Floats:
        return hand.pose(*movement.at(t_ms / 1000.0)).joints_mm.astype(np.float64)

    frames = tuple(
        Frame(sensor.sense(*_picture(hand, movement, t_ms)), t_ms, index, CAMERA)
        for index, t_ms in enumerate(times.tolist())
    )
    fine = np.arange(-LAGS_MS[-1], times[-1] - LAGS_MS[0] + 2 * FINE_MS, FINE_MS)
    return Take(
        frames,
        np.array([joints(t) for t in times]),
        np.array([joints(t).ravel() for t in fine]),
    )


class Seen(NamedTuple):
    """``joints`` [N, 21, 3] and their expected errors ``sigma_mm`` [N, 21]; NaN where the hand was
    lost."""

    joints: Floats
    sigma_mm: Floats


def follow(pipeline: Pipeline, take: Take, smoothing: Smoothing = Smoothing.OFF) -> Seen:
    """What ``pipeline`` sees in ``take``."""
    settings = TrackingSettings(smoothing=smoothing)
    state = pipeline.initial_state()
    joints, sigma = np.full((2, len(take.frames), 21, 3), np.nan)
    for k, frame in enumerate(take.frames):
        result, state = pipeline.step(frame, state, settings)
        for hand in result.hands[:1]:
            joints[k], sigma[k] = hand.pose.joints_mm, hand.pose.sigma_mm[:, None]
    return Seen(joints, sigma[..., 0])


def _picture(
    hand: Hand, movement: Movement, t_ms: float
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    depth = np.zeros((CAMERA.height, CAMERA.width), np.float32)
    labels = np.zeros(depth.shape, np.uint8)
    wall, facing = np.array([0.0, 0.0, WALL_MM]), np.array([0.1, 0.1, -1.0])
    lens = (CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy)
    draw_plane(depth, labels, int(Part.WALL), wall, facing, *lens)
    draw_implicit(depth, labels, hand.pose(*movement.at(t_ms / 1000.0)).surface, CAMERA)
    return depth, labels


def smoothed(take: Take, seen: Seen, config: SmoothConfig | None) -> Floats:
    """The joints [N, 21, 3] of ``seen`` as the pipeline would show them with ``config``."""
    if config is None:
        return seen.joints
    shown = np.full_like(seen.joints, np.nan)
    state: FilterState | None = None
    bones: SeenBones | None = None
    for k, frame in enumerate(take.frames):
        if not np.isfinite(seen.joints[k]).all():
            state = bones = None
            continue
        joints, sigma = seen.joints[k].astype(np.float32), seen.sigma_mm[k].astype(np.float32)
        pose = HandPose(joints, sigma, 1.0, Handedness.RIGHT)
        if state is None or bones is None:
            bones, state = SeenBones.of(pose), FilterState.start(joints, frame.timestamp_ms)
        else:
            bones = bones.including(pose)
            steady = bones.fitted(pose).joints_mm
            state = smooth(state, steady, sigma, frame.timestamp_ms, config)
        shown[k] = state.joints_mm
    return shown


def jitter_mm(joints: Floats) -> float:
    """RMS distance of joints [N, 21, 3] of a still hand from their own means, in mm; NaN if it was
    lost."""
    scored = joints[SETTLED:]
    off = scored - scored.mean(axis=0)
    return float(np.sqrt((off**2).sum(axis=-1).mean()))


def lag_ms(take: Take, joints: Floats) -> float:
    """By how much ``joints`` [N, 21, 3] come after the truth: where both fit best, up to a constant
    offset of each coordinate (what is estimated wrong all the time) and one gain."""
    scored = np.flatnonzero(np.isfinite(joints).all(axis=(1, 2)))
    scored = scored[scored >= SETTLED]
    if len(scored) < 5:
        return float("nan")
    times = np.array([take.frames[k].timestamp_ms for k in scored])
    seen = joints[scored].reshape(len(scored), -1)
    seen = seen - seen.mean(axis=0)
    fits = []
    for lag in LAGS_MS:
        truth = take.truth_at(times - lag)
        truth = truth - truth.mean(axis=0)
        gain = float((truth * seen).sum() / max((truth**2).sum(), 1e-9))
        fits.append(float(((seen - gain * truth) ** 2).sum()))
    return _lowest(LAGS_MS, np.array(fits))


def _lowest(places: Floats, values: Floats) -> float:
    """Place of the minimum, between samples by a parabola."""
    k = int(np.clip(values.argmin(), 1, len(values) - 2))
    before, here, after = values[k - 1 : k + 2]
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend > 0 else 0.0
    return float(places[k] + shift * (places[1] - places[0]))


def _error_mm(take: Take, joints: Floats) -> float:
    off = np.linalg.norm(joints - take.truth, axis=-1)[SETTLED:]
    return float(np.nanmean(off)) if np.isfinite(off).any() else float("nan")
