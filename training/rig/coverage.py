"""Measures how well the pose sampler covers real hands.

The rig is fitted to the joints annotated in the NYU and ICVL test sets; for every real pose the
nearest of many samples is found. The distance is the RMS over the annotated joints in the hand
frame, with the person's own bone lengths. Nothing is trained on these sets: what is printed here
only informs the constants of ``engine.simulation``.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.simulation.angles import ANGLE_COUNT, ANGLE_NAMES, LOWER_RAD, UPPER_RAD
from engine.simulation.model import HandModel
from engine.simulation.sampler import PoseSampler
from training.rig.annotations import SETS, read_joints
from training.rig.fit import WRIST_ANGLES, Fit, fit_subject, landmarks_of

FloatArray = NDArray[np.float64]

DEFAULT_DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "benchmarks"
AT_LIMIT_RAD: Final = np.deg2rad(1.0)
OFTEN_AT_LIMIT: Final = 0.25
"""Angles that lie at a limit in more than this share of the frames are named."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Distance in mm from real poses to the nearest of the sampled ones, over one subject."""

    median_mm: float
    p90_mm: float


def uniform_angles(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Angles [count, 24] drawn evenly within the limits: the sampler's yardstick."""
    drawn = rng.uniform(LOWER_RAD, UPPER_RAD, (count, ANGLE_COUNT))
    return np.asarray(drawn, np.float32)


def coverage(model: HandModel, fit: Fit, angles: NDArray[np.float32]) -> Coverage:
    """Compare sampled ``angles`` [N, 24] with the real poses of ``fit``."""
    axes = np.asarray(model.axes, np.float64)
    straight = np.array(angles, np.float64)
    straight[:, :WRIST_ANGLES] = 0.0  # the wrist moves the forearm, not the annotated joints
    samples = np.stack(
        [landmarks_of(a, fit.rest_joints, axes, fit.landmarks, fit.bones) for a in straight]
    )
    tree = cKDTree(samples.reshape(len(samples), -1))
    gaps, _ = tree.query(fit.in_palm_mm.reshape(len(fit.in_palm_mm), -1))
    rms = gaps / np.sqrt(len(fit.bones))
    return Coverage(float(np.median(rms)), float(np.percentile(rms, 90)))


def neighbour_correlations(angles: FloatArray, part: int) -> FloatArray:
    """Correlation [3] of one joint (0 MCP, 2 PIP) between neighbouring fingers over [N, 24]."""
    fingers = angles[:, 8:].reshape(-1, 4, 4)[:, :, part]
    return np.array([np.corrcoef(fingers[:, i], fingers[:, i + 1])[0, 1] for i in range(3)])


def angles_at_limits(angles: FloatArray) -> FloatArray:
    """Share of the frames [22] in which each finger and thumb angle lies at one of its limits."""
    low = angles < LOWER_RAD + AT_LIMIT_RAD
    high = angles > UPPER_RAD - AT_LIMIT_RAD
    return np.asarray((low | high).mean(axis=0)[WRIST_ANGLES:])


def _describe_fit(name: str, fit: Fit) -> str:
    at_limits = angles_at_limits(fit.angles)
    often = [
        f"{ANGLE_NAMES[WRIST_ANGLES + k]} {at_limits[k]:.0%}"
        for k in np.argsort(-at_limits)
        if at_limits[k] > OFTEN_AT_LIMIT
    ]
    return "\n".join(
        [
            f"{name}: {len(fit.angles)} real poses",
            f"  fitted to {fit.residual_mm.mean():.1f} mm, median {np.median(fit.residual_mm):.1f}",
            f"  angles at a limit: {at_limits.mean():.1%}; often: {', '.join(often) or 'none'}",
            f"  {_describe_correlations(fit.angles)}",
        ]
    )


def _describe_correlations(angles: FloatArray) -> str:
    mcp, pip = (neighbour_correlations(angles, part) for part in (0, 2))
    return f"neighbours' correlation: MCP {_row(mcp)}, PIP {_row(pip)}"


def _row(values: FloatArray) -> str:
    return "/".join(f"{value:.2f}" for value in values)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of ``python -m training coverage``."""
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, help="folder with nyu/ and icvl/"
    )
    parser.add_argument("--frames", type=int, default=75, help="real poses a person (of four)")
    parser.add_argument("--samples", type=int, default=50_000, help="poses to draw")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws")


def run(options: argparse.Namespace) -> None:
    """Measure how well sampled poses cover the real ones of NYU and ICVL, and print it.

    Raises:
        InvalidInputError: if the data cannot be read.
    """
    model = HandModel.load()
    sampled = PoseSampler(model).sample_batch(np.random.default_rng(options.seed), options.samples)
    uniform = uniform_angles(np.random.default_rng(options.seed), options.samples)
    sys.stdout.write(f"sampler: {_describe_correlations(sampled.astype(np.float64))}\n")
    for name, annotation in SETS.items():
        joints = read_joints(options.data, annotation)
        for person, (first, last) in enumerate(annotation.subjects, start=1):
            chosen = np.unique(np.linspace(first, last - 1, options.frames).astype(int))
            fit = fit_subject(model, annotation, joints[chosen])
            ours, theirs = coverage(model, fit, sampled), coverage(model, fit, uniform)
            sys.stdout.write(
                f"{_describe_fit(f'{name} person {person}', fit)}\n"
                f"  nearest of {options.samples} samples: {ours.median_mm:.1f} mm median, "
                f"{ours.p90_mm:.1f} at 90 %; uniform: {theirs.median_mm:.1f}, {theirs.p90_mm:.1f}\n"
            )
