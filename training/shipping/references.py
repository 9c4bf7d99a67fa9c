"""Write the inputs of the program's self-check and what the networks make of them in float32."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np

from engine.assets import asset_path
from engine.inference import model_hashes
from engine.latent.sampling import RandomHands
from engine.latent.space import LatentSpace
from engine.skeleton import Handedness
from engine.sources.synthetic import SyntheticCamera
from engine.tracking.crop import cut_crop
from engine.tracking.generate import PoseDecoder
from engine.tracking.self_check import (
    CAMERA,
    CASES_FILE,
    REFERENCE_DEVICE,
    Cases,
    Outputs,
    run_networks,
)

SENSORS: Final = ("D435", "SR305", "D405")
MOMENTS: Final = (3, 9)
"""Frames of the synthetic camera that are stored."""
LATENTS: Final = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to write."""
    parser.add_argument(
        "--output", type=Path, default=asset_path("models"), help="folder of the networks"
    )


def run(options: argparse.Namespace) -> None:
    """Write check.npz for the self-check; to be done again whenever a shipped network changes."""
    path = write_references(options.output)
    sys.stderr.write(f"wrote {path}, {path.stat().st_size / 1e3:.0f} kB\n")


def write_references(directory: Path) -> Path:
    """Write ``check.npz`` for the networks in ``directory`` beside them; returns its path.

    Right hands of three sensors as crops, whole frames of either hand, and random latents. What the
    networks make of them is computed with OpenVINO in float32, whose difference from torch was
    measured when they were exported (``parity`` in the manifest).
    """
    crops, distances = zip(
        *(_crop(sensor, seed) for seed, sensor in enumerate(SENSORS * 2)), strict=True
    )
    frames = [
        _frame(side, index, seed) for seed, (side, index) in enumerate(product(Handedness, MOMENTS))
    ]
    nothing = np.zeros(0, np.float32)
    hands = RandomHands(
        PoseDecoder(device=REFERENCE_DEVICE, directory=directory), LatentSpace.load(directory)
    )
    latents = list(hands.latents(0, LATENTS))
    cases = Cases(
        np.stack(crops),
        np.array(distances, np.float32),
        np.stack(frames),
        np.array(latents, np.float32),
        Outputs(nothing, nothing, nothing, nothing),
        model_hashes(directory),
    )
    cases = replace(cases, outputs=run_networks(cases, REFERENCE_DEVICE, directory))
    return _write(directory / CASES_FILE, cases)


def _write(path: Path, cases: Cases) -> Path:
    outputs = cases.outputs
    np.savez_compressed(
        path,
        crops=cases.crops,
        distance_mm=cases.distance_mm,
        frames_mm=cases.frames_mm,
        latents=cases.latents,
        joints_mm=outputs.joints_mm,
        centres_mm=outputs.centres_mm,
        decoded_mm=outputs.decoded_mm,
        drawn=outputs.drawn,
        models=np.array(" ".join(cases.models)),
    )
    return path


def _crop(sensor: str, seed: int) -> tuple[np.ndarray, float]:
    """A right hand's crop as whole steps of a 254th of the cube, and its distance in mm."""
    source = SyntheticCamera(seed=seed, sensor=sensor)
    index = MOMENTS[seed % len(MOMENTS)]
    frames = [source.read() for _ in range(index + 1)]
    frame = frames[-1]
    assert frame is not None
    centre = source.truth(index).joints_mm.mean(axis=0)
    crop = cut_crop(frame.depth_mm, frame.camera, centre)
    return np.rint(127.0 * (crop.image.clip(max=1.0) + 1.0)).astype(np.uint8), crop.distance_mm


def _frame(side: Handedness, index: int, seed: int) -> np.ndarray:
    source = SyntheticCamera(seed=seed, sensor="D435", camera=CAMERA, handedness=side)
    frames = [source.read() for _ in range(index + 1)]
    frame = frames[-1]
    assert frame is not None
    return np.rint(frame.depth_mm).astype(np.uint16)
