"""The benchmark's frames: made once from fixed seeds, then read from files.

Frame k of a kind is the same however many are asked for, so a short run sees the first ones of a
long one. A fingerprint of the depth images tells whether two results are of the same frames.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from engine.camera import Camera
from engine.errors import InvalidInputError
from engine.output import replacing
from engine.simulation.depth_sensor import DepthSensor
from engine.skeleton import Handedness
from engine.types import Frame, frozen
from training.benchmark.benchmark_frames import BenchmarkFrame, Truth, render_frame
from training.benchmark.frame_specs import SENSOR_CHOICES, FrameSampler, Kind, in_image
from training.benchmark.poses import RealPoses

VERSION: Final = 1
"""Raised whenever other frames come out, so that stored ones are not taken for them."""
CHUNK: Final = 20
MIN_PIXELS: Final = 300
"""A frame whose hand is hidden further than this is drawn again."""
_SENSORS: Final[dict[str, DepthSensor]] = {sensor.name: sensor for sensor, _, _ in SENSOR_CHOICES}


@dataclass(frozen=True, slots=True)
class FrameStore:
    """Frames of one seed, kept in the folder ``store``."""

    poses: RealPoses
    store: Path
    seed: int = 0

    def frames(self, kind: Kind, count: int) -> Iterator[BenchmarkFrame]:
        """The first ``count`` frames of ``kind``; those not yet stored are made.

        Raises:
            InvalidInputError: if a stored file is damaged.
        """
        for start in range(0, count, CHUNK):
            path = self.store / f"v{VERSION}" / f"{kind.name.lower()}-{self.seed}-{start:05d}.npz"
            if not path.exists():
                sampler = FrameSampler(self.poses)
                numbers = tqdm(
                    range(start, start + CHUNK), desc=f"making {kind.value}", leave=False
                )
                _write(path, [self._make(sampler, kind, index) for index in numbers])
            yield from _read(path, kind)[: count - start]

    def _make(self, sampler: FrameSampler, kind: Kind, index: int) -> BenchmarkFrame:
        """Frame ``index`` of ``kind``: the first try that shows enough of every hand."""
        for attempt in range(20):
            numbers = [self.seed, list(Kind).index(kind), index, attempt]
            rng = np.random.default_rng(numbers)
            made = render_frame(sampler.draw(kind, rng), rng, index)
            if all(truth.pixels >= MIN_PIXELS for truth in made.truths):
                break
        return made


def fingerprint(frames: Sequence[BenchmarkFrame]) -> str:
    """Names the depth images of ``frames``."""
    digest = hashlib.sha256()
    for each in frames:
        digest.update(_units(each.frame).tobytes())
    return digest.hexdigest()[:12]


def _units(frame: Frame) -> np.ndarray[Any, np.dtype[np.uint16]]:
    return np.round(frame.depth_mm / frame.camera.depth_unit_mm).clip(0, 65535).astype(np.uint16)


def _write(path: Path, made: list[BenchmarkFrame]) -> None:
    hands = max(len(each.truths) for each in made)
    joints = np.full((len(made), hands, 21, 3), np.nan, np.float32)
    pixels = np.zeros((len(made), hands), np.int64)
    sides = np.zeros((len(made), hands), "U5")
    for k, each in enumerate(made):
        for i, truth in enumerate(each.truths):
            joints[k, i], pixels[k, i] = truth.joints_mm, truth.pixels
            sides[k, i] = truth.handedness.value
    with replacing(path) as partial:
        np.savez_compressed(
            partial,
            depth=np.stack([_units(each.frame) for each in made]),
            sensor=np.array([each.sensor for each in made]),
            joints=joints,
            pixels=pixels,
            sides=sides,
            index=np.array([each.frame.index for each in made]),
        )


def _read(path: Path, kind: Kind) -> list[BenchmarkFrame]:
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = {name: file[name] for name in file.files}
        return [_frame(stored, k, kind) for k in range(len(stored["index"]))]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InvalidInputError(f"{path} is damaged, delete it: {error!r}") from error


def _frame(stored: dict[str, Any], k: int, kind: Kind) -> BenchmarkFrame:
    sensor, index = str(stored["sensor"][k]), int(stored["index"][k])
    camera: Camera = _SENSORS[sensor].camera
    depth = stored["depth"][k].astype(np.float32) * np.float32(camera.depth_unit_mm)
    truths = tuple(
        Truth(frozen(joints), Handedness(str(side)), in_image(joints, camera), int(pixels))
        for joints, side, pixels in zip(
            stored["joints"][k], stored["sides"][k], stored["pixels"][k], strict=True
        )
        if side
    )
    return BenchmarkFrame(
        Frame(depth, index * 1000.0 / camera.fps, index, camera), kind, sensor, truths
    )
