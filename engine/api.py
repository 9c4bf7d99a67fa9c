"""The tracker from Python: a source, or depth images one by one, in; metric 3D hands out.

Millimetres in the camera frame (x right, y down, z forward, origin at the camera). Joints are in
the order of ``engine.skeleton.JOINT_NAMES``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.any_source import open_source, recorded_hands
from engine.camera import Camera
from engine.errors import InvalidInputError
from engine.gestures.file import read_gestures
from engine.gestures.own import NO_GESTURES
from engine.jobs.frames import frames_of, results_of
from engine.measure.rotations import HandRotations, hand_rotations
from engine.run.runner import Step
from engine.sources.base import DepthSource
from engine.tracking.config import FIRST_DEVICE, Options, SideChoice, TrackingSettings
from engine.tracking.inference_mode import load_fastest
from engine.tracking.smoothing import Smoothing
from engine.types import Frame, FrameResult

__all__ = ["Camera", "HandRotations", "Tracker", "hand_rotations", "track"]


def track(
    source: str | PathLike[str] | None = None,
    *,
    hands: int = 1,
    side: str = "either",
    smoothing: str = "normal",
    independent: bool = False,
    gestures: str | PathLike[str] | None = None,
    models: str | PathLike[str] | None = None,
    device: str = FIRST_DEVICE,
    seed: int = 0,
) -> Iterator[FrameResult]:
    """Every frame of ``source``, in order, with its hands; the source is closed at the end.

    ``source`` is a recording (``.bag``, ``.db3``, ``.pose``, folder ...), ``"synthetic"``,
    ``"camera"`` or ``"camera:SERIAL"``; None takes the camera if one is attached, else the
    synthetic one, neither of which ends by itself. At most ``hands`` (1 or 2) are followed;
    ``side`` "left" or "right" where it is known which hand is shown; ``smoothing`` "off", "light",
    "normal" or "strong"; ``independent`` takes each frame alone, without tracking or smoothing
    (the hands of a ``.pose`` file stay what they are). ``gestures`` is a file of own gestures to
    recognise beside the named ones. ``models`` is a folder of networks, None for the shipped ones;
    ``device`` that of OpenVINO.

    ::

        for result in track("recording.db3", hands=2):
            for hand in result.hands:
                tip = hand.joints_mm[8]  # [3] mm
                print(hand.handedness, hand.gesture, tip, hand.expected_error_mm[8])

    Raises:
        InvalidInputError: naming the argument that is not usable.
        SourceError: if the source cannot be opened, or breaks.
        ModelError: if a network is missing, damaged or cannot run on the device.
    """
    spec = None if source is None else fspath(source)
    folder = None if models is None else Path(models)
    settings = _settings(hands, side, "off" if independent else smoothing, gestures, folder)
    options = Options(source=spec, device=device, seed=seed, models=folder)
    opened = open_source(
        options.source, seed=options.seed, device=options.device, models=options.models
    )
    try:
        pipeline: Step[Any] = recorded_hands(opened) or load_fastest(options.device, options.models)
        pipeline.prepare(opened.camera)
    except BaseException:
        opened.close()
        raise
    return _tracked(opened, pipeline, settings, independent=independent)


def _tracked(
    source: DepthSource, pipeline: Step[Any], settings: TrackingSettings, *, independent: bool
) -> Iterator[FrameResult]:
    with closing(source):
        yield from results_of(frames_of(source), pipeline, settings, independent=independent)


class Tracker:
    """Follows hands in depth images that the caller brings. One thread at a time may call it.

    ::

        camera = Camera(width=640, height=480, fx=615.0, fy=615.0, cx=320.0, cy=240.0)
        tracker = Tracker(camera, side="right")
        result = tracker(depth_mm, timestamp_ms=33.3)
    """

    def __init__(
        self,
        camera: Camera,
        *,
        hands: int = 1,
        side: str = "either",
        smoothing: str = "normal",
        gestures: str | PathLike[str] | None = None,
        models: str | PathLike[str] | None = None,
        device: str = FIRST_DEVICE,
    ) -> None:
        """Load the networks; arguments as in ``track``.

        Raises:
            InvalidInputError: naming the argument that is not usable.
            ModelError: if a network is missing, damaged or cannot run on the device.
        """
        self.camera = camera
        folder = None if models is None else Path(models)
        self._settings = _settings(hands, side, smoothing, gestures, folder)
        options = Options(device=device, models=folder)
        self._pipeline = load_fastest(options.device, options.models)
        self._pipeline.prepare(camera)
        self.reset()

    def reset(self) -> None:
        """Forget the hands followed so far, as before another take."""
        self._state = self._pipeline.initial_state()
        self._index = 0

    def __call__(
        self, depth_mm: NDArray[np.generic], timestamp_ms: float | None = None
    ) -> FrameResult:
        """The hands in ``depth_mm`` [H, W], z in mm along the optical axis, 0 where nothing was
        measured; ``timestamp_ms`` rises from image to image, None counts at the camera's rate.

        Raises:
            InvalidInputError: if the image is not of the camera's size, or not of numbers.
        """
        depth = np.asarray(depth_mm)
        if depth.dtype.kind not in "uif":
            raise InvalidInputError(f"depth must be numbers in mm, not {depth.dtype}")
        if timestamp_ms is None:
            timestamp_ms = self._index * 1000.0 / self.camera.fps
        frame = Frame(depth.astype(np.float32), timestamp_ms, self._index, self.camera)
        result, self._state = self._pipeline.step(frame, self._state, self._settings)
        self._index += 1
        return result


def _settings(
    hands: int,
    side: str,
    smoothing: str,
    gestures: str | PathLike[str] | None,
    models: Path | None,
) -> TrackingSettings:
    """Settings from the words of the command line."""
    try:
        choice = SideChoice(side)
    except ValueError:
        raise InvalidInputError(f"side must be left, right or either, not {side!r}") from None
    try:
        level = Smoothing(smoothing)
    except ValueError:
        levels = ", ".join(level.value for level in Smoothing)
        raise InvalidInputError(f"smoothing must be one of {levels}, not {smoothing!r}") from None
    own = NO_GESTURES if gestures is None else read_gestures(Path(gestures), models)
    return TrackingSettings(hands, level, choice, own)
