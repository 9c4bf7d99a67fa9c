"""The memory of one followed hand: where it was, how it moves, which side it is. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.gestures.hold import NO_GESTURE, GestureState
from engine.skeleton import Handedness
from engine.tracking.bones import SeenBones
from engine.tracking.crop_estimate import hand_centre
from engine.tracking.smooth import FilterState
from engine.types import HandPose, HandRegion, frozen

PALM_JOINTS: Final = (0, 5, 17)
"""Wrist and the knuckles of index and little finger."""
FACING: Final = 0.4
"""``palm_facing`` from which on a view tells all it can of the side; below it, single views of
recorded hands are right in 71 to 82%, above it in 94 to 97%."""
MIN_VIEW: Final = 0.25
"""Share of its weight that a view from the edge keeps."""


@dataclass(frozen=True, slots=True)
class TrackConfig:
    """``accept``: least log odds of a hand to begin following one; ``keep``: least probability
    that its crop shows a hand to go on;
    ``recentre_mm``: a hand farther than this from its cube's centre is estimated again;
    ``jump_mm``: one farther than this has jumped; ``doubtful_mm``: mean expected error of
    joints above which a hand that jumped is searched anew; ``average_mm``: the same above which
    a followed hand's pose is averaged over turned crops;
    ``max_missed``: frames a hand may be missed before it is given up; ``redetect_every``: frames
    between detections while fewer hands than wanted are followed, or one is doubtful;
    ``first_limit``: the most log odds of its side that a hand begins with, whose crop is looked at
    twice and drawn again; ``view_limit``: the most that one further view adds;
    ``side_settled``: log odds at which a side is settled and its mirror image no longer estimated;
    ``side_limit``: beyond these no more are counted; ``detections_worth``: as many independent
    detections as all of a hand count for its side (the correlation of two of one hand, measured on
    moving hands, is 0.39); ``side_detections``: so many are made for the side alone;
    ``separation_mm``: two hands nearer than this, whatever their sides, are one;
    ``max_speed_mm_s``: a speed above this is cut down to it.
    """

    accept: float = 0.0
    keep: float = 0.35
    recentre_mm: float = 12.0
    jump_mm: float = 30.0
    doubtful_mm: float = 22.0
    average_mm: float = 12.0
    max_missed: int = 3
    redetect_every: int = 5
    first_limit: float = 3.0
    view_limit: float = 2.0
    side_settled: float = 12.0
    side_limit: float = 30.0
    detections_worth: float = 3.0
    side_detections: int = 3
    separation_mm: float = 60.0
    max_speed_mm_s: float = 2500.0


@dataclass(frozen=True, slots=True)
class DetectedSide:
    """What ``count`` detections of a hand said of its side: ``right``, summed log odds of a right
    one."""

    right: float = 0.0
    count: int = 0

    def counted(self, worth: float) -> float:
        """Log odds of a right hand, if many detections are ``worth`` as many independent ones."""
        return self.right / (1.0 + (self.count - 1) / worth) if self.count else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One followed hand.

    ``centre_mm`` [3] where it was last seen and ``velocity_mm_s`` [3] how it moved;
    ``side_log_odds`` for ``handedness``, added up over all views; ``missed`` frames since the hand
    was last seen; ``gesture`` which one it holds; ``bones`` how long they were seen to be while it
    was of one side; ``detected`` what detections said of its side.
    """

    track_id: int
    handedness: Handedness
    side_log_odds: float
    centre_mm: FloatArray
    velocity_mm_s: FloatArray
    timestamp_ms: float
    missed: int
    filter: FilterState
    bones: SeenBones
    gesture: GestureState = NO_GESTURE
    detected: DetectedSide = DetectedSide()

    def predicted_centre(self, timestamp_ms: float) -> FloatArray:
        """Where the hand should be at ``timestamp_ms``: half its motion goes on, for at most
        100 ms; a full extrapolation overshoots whenever the hand stops.
        """
        dt = float(np.clip((timestamp_ms - self.timestamp_ms) / 1000.0, 0.0, 0.1))
        return frozen(self.centre_mm + 0.5 * dt * self.velocity_mm_s)


@dataclass(frozen=True, slots=True)
class TrackState:
    """Everything a step remembers of earlier frames; the empty state knows nothing. ``regions``
    were detected in the frame before and wait to be estimated."""

    tracks: tuple[Track, ...] = ()
    next_id: int = 0
    frames_since_detection: int = 0
    regions: tuple[HandRegion, ...] = ()


def palm_facing(pose: HandPose) -> float:
    """How much palm or back are turned to the camera: 1 seen straight, 0 seen from the edge."""
    wrist, index, little = (pose.joints_mm[k] for k in PALM_JOINTS)
    normal, sight = np.cross(index - wrist, little - wrist), hand_centre(pose)
    lengths = float(np.linalg.norm(normal) * np.linalg.norm(sight))
    return abs(float(normal @ sight)) / max(lengths, 1e-6)


def begin(
    track_id: int,
    pose: HandPose,
    side_log_odds: float,
    timestamp_ms: float,
    config: TrackConfig,
    detected: float = 0.0,
) -> Track:
    """Start to follow the hand ``pose``; ``side_log_odds`` of one view, ``detected`` of them from
    its detection."""
    right = detected if pose.handedness is Handedness.RIGHT else -detected
    return Track(
        track_id=track_id,
        handedness=pose.handedness,
        side_log_odds=min(side_log_odds, config.first_limit),
        centre_mm=hand_centre(pose),
        velocity_mm_s=frozen(np.zeros(3)),
        timestamp_ms=timestamp_ms,
        missed=0,
        filter=FilterState.start(pose.joints_mm, timestamp_ms),
        bones=SeenBones.of(pose),
        detected=DetectedSide(right, 1),
    )


def update(track: Track, pose: HandPose, smoothed: FilterState, config: TrackConfig) -> Track:
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
        missed=0,
        filter=smoothed,
    )


def mark_missed(track: Track, config: TrackConfig) -> Track | None:
    """The track after a frame without its hand; None if too many were missed."""
    if track.missed + 1 > config.max_missed:
        return None
    return replace(track, missed=track.missed + 1, velocity_mm_s=frozen(np.zeros(3)))


def update_handedness(track: Track, pose: HandPose, log_odds: float, config: TrackConfig) -> Track:
    """The track with one view's ``log_odds`` for its side added; the likelier side of the sum.

    A hand does not change sides, so nothing is forgotten. Successive views tell much the same,
    hence each counts ``view_limit`` at most: a few clearly wrong views must not outweigh many
    right ones. A view of the hand's edge, where thumb and little finger look alike, counts less.
    The sum is bounded, as another hand may take the place of the first.
    """
    limit = config.view_limit * float(np.clip(palm_facing(pose) / FACING, MIN_VIEW, 1.0))
    view = float(np.clip(log_odds, -limit, limit))
    total = float(np.clip(track.side_log_odds + view, -config.side_limit, config.side_limit))
    if total < 0.0:
        return replace(track, handedness=track.handedness.other, side_log_odds=-total)
    return replace(track, side_log_odds=total)


def with_detection(
    track: Track, handedness: Handedness, log_odds: float, config: TrackConfig
) -> Track:
    """The track with what a detection says of its side: ``log_odds`` for ``handedness``.

    What is around a hand changes slowly: the mean of all detections counts, as
    ``detections_worth`` of them at most. The side itself changes with the next view, when the hand
    of the other side is estimated.
    """
    right = log_odds if handedness is Handedness.RIGHT else -log_odds
    seen = track.detected
    after = replace(seen, right=seen.right + right, count=seen.count + 1)
    change = after.counted(config.detections_worth) - seen.counted(config.detections_worth)
    for_track = change if track.handedness is Handedness.RIGHT else -change
    total = float(np.clip(track.side_log_odds + for_track, -np.inf, config.side_limit))
    return replace(track, side_log_odds=total, detected=after)
