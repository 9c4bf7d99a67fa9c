"""Follow hands from frame to frame: where to look next, which side, when one is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.camera import FloatArray
from engine.skeleton import Handedness
from engine.tracking.smooth import FilterState
from engine.types import HandPose, frozen


@dataclass(frozen=True, slots=True)
class TrackConfig:
    """``accept``: least log odds of a hand to begin following one; ``keep``: least probability
    that its crop shows a hand to go on;
    ``recentre_mm``: a hand farther than this from its cube's centre is looked at again;
    ``doubtful_mm``: mean expected error of the joints above which a hand that leapt is searched
    anew;
    ``patience``: frames a hand may be unseen before it is given up; ``redetect_every``: frames
    between looks at the whole image while fewer hands than wanted are followed;
    ``side_memory``: share of the evidence for a side that is kept from frame to frame;
    ``side_sure``: log odds at which a side is only looked at again every ``side_every`` frames;
    ``flip_at``: log odds against a followed hand's side at which it is changed;
    ``separation_mm``: two hands nearer than this, whatever their sides, are one;
    ``max_speed_mm_s``: a speed above this is cut down to it.
    """

    accept: float = 0.0
    keep: float = 0.35
    recentre_mm: float = 30.0
    doubtful_mm: float = 22.0
    patience: int = 3
    redetect_every: int = 5
    side_memory: float = 0.95
    side_sure: float = 6.0
    side_every: int = 6
    flip_at: float = -2.5
    separation_mm: float = 60.0
    max_speed_mm_s: float = 2500.0


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One followed hand.

    ``centre_mm`` [3] where it was last seen and ``velocity_mm_s`` [3] how it moved;
    ``side_logit`` log odds gathered for ``handedness``, ``side_age`` frames since they were last
    added to; ``unseen`` frames since the hand was last seen.
    """

    track_id: int
    handedness: Handedness
    side_logit: float
    side_age: int
    centre_mm: FloatArray
    velocity_mm_s: FloatArray
    timestamp_ms: float
    unseen: int
    filter: FilterState

    def predicted_centre(self, timestamp_ms: float) -> FloatArray:
        """Where the hand should be at ``timestamp_ms``: half its motion goes on, for at most
        100 ms; a full extrapolation overshoots whenever the hand stops.
        """
        dt = float(np.clip((timestamp_ms - self.timestamp_ms) / 1000.0, 0.0, 0.1))
        return frozen(self.centre_mm + 0.5 * dt * self.velocity_mm_s)


@dataclass(frozen=True, slots=True)
class TrackState:
    """Everything a step remembers of earlier frames; the empty state knows nothing."""

    tracks: tuple[Track, ...] = ()
    next_id: int = 0
    frames_since_detection: int = 0


def hand_centre(pose: HandPose) -> FloatArray:
    """The crop centre for a known pose: the mean of its joints [3], mm, camera frame."""
    return frozen(pose.joints_mm.mean(axis=0))


def begin(track_id: int, pose: HandPose, side_logit: float, timestamp_ms: float) -> Track:
    """Start to follow the hand ``pose``."""
    return Track(
        track_id=track_id,
        handedness=pose.handedness,
        side_logit=side_logit,
        side_age=0,
        centre_mm=hand_centre(pose),
        velocity_mm_s=frozen(np.zeros(3)),
        timestamp_ms=timestamp_ms,
        unseen=0,
        filter=FilterState.start(pose.joints_mm, timestamp_ms),
    )


def seen(track: Track, pose: HandPose, smoothed: FilterState, config: TrackConfig) -> Track:
    """The track after its hand was seen again; ``smoothed`` holds the time."""
    timestamp_ms = smoothed.timestamp_ms
    centre = hand_centre(pose)
    dt = (timestamp_ms - track.timestamp_ms) / 1000.0
    velocity = np.zeros(3, np.float32)
    if 0.0 < dt < 0.5:
        velocity = (centre - track.centre_mm) / dt
        velocity *= min(1.0, config.max_speed_mm_s / (float(np.linalg.norm(velocity)) + 1e-6))
    return replace(
        track,
        centre_mm=centre,
        velocity_mm_s=frozen(velocity),
        timestamp_ms=timestamp_ms,
        unseen=0,
        filter=smoothed,
    )


def wants_side(track: Track, config: TrackConfig) -> bool:
    """True if the hand's side should be looked at in this frame."""
    return abs(track.side_logit) < config.side_sure or track.side_age + 1 >= config.side_every


def sided(track: Track, log_odds: float | None, config: TrackConfig) -> Track:
    """The track with this frame's evidence for its side added, None if it was not looked at.

    Successive frames tell much the same, hence the leaking sum. The side changes where the sum
    speaks clearly against it.
    """
    if log_odds is None:
        return replace(track, side_age=track.side_age + 1)
    # Bounded, so that a side that was wrong for long can still be changed soon.
    logit = float(np.clip(config.side_memory * track.side_logit + log_odds, -10.0, 10.0))
    if logit < config.flip_at:
        return replace(track, handedness=track.handedness.other, side_logit=-logit, side_age=0)
    return replace(track, side_logit=logit, side_age=0)


def unseen(track: Track, config: TrackConfig) -> Track | None:
    """The track after a frame without its hand; None once patience is spent."""
    if track.unseen + 1 > config.patience:
        return None
    return replace(track, unseen=track.unseen + 1, velocity_mm_s=frozen(np.zeros(3)))
