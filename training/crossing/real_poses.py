"""How well the latent space holds the poses of real people: NYU's and ICVL's test sets.

No network is trained on these poses. For each of them the latent is sought whose hand comes nearest
to the annotated points, and the distance left is the error. The sets mark other points than our
joints (the middle of phalanges, two points on the wrist), so each point is tied to the bone it
lies on, and where on it is learned from other frames of the same person than those measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.skeleton import JOINT_COUNT
from training.arguments import add_frames
from training.crossing.networks import load_rig_latent
from training.crossing.preset import load_preset
from training.models.latent import RigLatent
from training.models.palm import frame_of, palm_rotation
from training.models.pose_vae import UNIT_MM
from training.rig.annotations import SETS, Annotation, read_joints
from training.rig.coverage import DEFAULT_DATA

STEPS: Final = 400
RATE: Final = 0.05
POINT_SD_MM: Final = 1.2
"""Sd of a point about the decoded one, as the pose VAE takes it (``error_mm`` of its preset): so
the likeliest code under the VAE is found, and codes stay in the space."""
STARTS: Final = 4


class Landmarks:
    """An annotation's points [N, J, 3] of our joints, with learnable places on their bones."""

    def __init__(self, annotation: Annotation) -> None:
        marks = annotation.landmarks
        self.first = [mark[1] for mark in marks]
        self.second = [mark[2] for mark in marks]
        self.share = torch.tensor([mark[3] for mark in marks])[:, None]
        self.sideways = torch.tensor([mark[4] for mark in marks])
        self.moved = torch.zeros(len(marks), 3, requires_grad=True)

    def of(self, joints: Tensor) -> Tensor:
        """The points of joints [N, 21, 3]."""
        a, b = joints[:, self.first], joints[:, self.second]
        along = b - a
        # A point at a joint moves with the bone that ends there.
        parents = [max(k - 1, 0) if k % 4 != 1 else 0 for k in self.first]
        still = along.norm(dim=-1, keepdim=True) < 1e-3
        along = torch.where(still, a - joints[:, parents] + 1e-3, along)
        palm = palm_rotation(joints)
        across = palm[:, None, :, 0].expand_as(along)
        frames = frame_of(along.flatten(0, 1), across.flatten(0, 1)).unflatten(0, along.shape[:2])
        moved = self.moved + torch.nn.functional.pad(self.sideways[:, None], (0, 2))
        return a + self.share * (b - a) + torch.einsum("njik,jk->nji", frames, moved)


class Nearest(NamedTuple):
    """The ``latents`` [N, 29] nearest to poses, and how far their points are off, [N] in mm."""

    latents: Tensor
    error_mm: Tensor


def fitted(
    latent: RigLatent, landmarks: Landmarks, points: Tensor, *, learn_places: bool
) -> Nearest:
    """The nearest hands to ``points`` [N, J, 3] of mm, by the mean distance of the points."""
    best = Nearest(torch.zeros(len(points), latent.size), torch.full((len(points),), torch.inf))
    with torch.no_grad():
        centre = points.mean(dim=1)
    for start in range(STARTS if not learn_places else 1):
        z = torch.zeros(len(points), latent.size)
        size = latent.vae.code_size
        z[:, size : size + 6] = _first_rotation(points, landmarks, start)
        z[:, -3:] = centre / UNIT_MM
        z.requires_grad_(True)
        variables = [{"params": [z], "lr": RATE}]
        if learn_places:
            variables.append({"params": [landmarks.moved], "lr": 0.3})
        optimizer = torch.optim.Adam(variables)
        for step in range(STEPS):
            for group, rate in zip(optimizer.param_groups, (RATE, 0.3), strict=False):
                group["lr"] = rate * min(1.0, 2.0 * (1 - step / STEPS))
            found = landmarks.of(latent.decode(z)[:, :JOINT_COUNT])
            squared = (found - points).pow(2).sum(dim=-1).mean(dim=1)
            prior = POINT_SD_MM**2 / points.shape[1]
            loss = (squared + prior * z[:, :size].pow(2).sum(dim=1)).sum()
            loss = loss + 0.02 * len(points) * landmarks.moved.pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            found = landmarks.of(latent.decode(z)[:, :JOINT_COUNT])
            error = (found - points).norm(dim=-1).mean(dim=1)
            nearer = error < best.error_mm
            best.latents[nearer], best.error_mm[nearer] = z[nearer], error[nearer]
    return best


def nearest_hands(
    latent: RigLatent, folder: Path, count: int, seed: int
) -> Iterator[tuple[str, Nearest]]:
    """``count`` poses of each person of the sets in ``folder``: who, and the hands nearest to them.

    Where the set's points lie on a hand is learned from ``count`` other poses of the person.

    Raises:
        InvalidInputError: if the data cannot be read.
    """
    rng = np.random.default_rng(seed)
    for name, annotation in SETS.items():
        joints = read_joints(folder, annotation)
        for number, (first, last) in enumerate(annotation.subjects, 1):
            chosen = rng.choice(np.arange(first, last), 2 * count, replace=False)
            points = torch.from_numpy(joints[chosen].astype(np.float32))
            landmarks = Landmarks(annotation)
            fitted(latent, landmarks, points[:count], learn_places=True)
            landmarks.moved.requires_grad_(False)
            found = fitted(latent, landmarks, points[count:], learn_places=False)
            yield f"{name}, person {number}", found


def _first_rotation(points: Tensor, landmarks: Landmarks, start: int) -> Tensor:
    """First two columns of a rotation by the points that lie on the palm, turned for later
    starts."""
    first = np.array(landmarks.first)

    def lowest(finger: int) -> Tensor:
        """The finger's point nearest to its base."""
        on_it = np.flatnonzero((first > 4 * finger) & (first <= 4 * finger + 4))
        return points[:, int(on_it[first[on_it].argmin()])]

    little, index, middle = lowest(4), lowest(1), lowest(2)
    root = points[:, np.flatnonzero(first == 0)].mean(dim=1)
    rotation = frame_of(middle - root, index - little)
    angle = torch.tensor(start * 2 * np.pi / STARTS)
    c, s = torch.cos(angle), torch.sin(angle)
    one, zero = torch.ones(()), torch.zeros(())
    turn = torch.stack([c, zero, s, zero, one, zero, -s, zero, c]).view(3, 3)
    turned: Tensor = (rotation @ turn)[:, :, :2].transpose(1, 2).flatten(1)
    return turned


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training real-poses``."""
    parser.add_argument("--pose-vae", type=Path, required=True, help="checkpoint file")
    parser.add_argument("--preset", default="crossing")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="folder with nyu/, icvl/")
    add_frames(parser, 300, "measured poses a person")


def run(options: argparse.Namespace) -> None:
    """Measure how near hands of the latent space come to real poses; prints a table.

    Raises:
        InvalidInputError: if the data cannot be read or the preset has no rig.
        ModelError: if the checkpoint does not fit the preset.
    """
    latent = load_rig_latent(load_preset(options.preset), options.pose_vae)
    lines = ["| poses | frames | mean mm | median mm | 95% under mm |", "|---|---|---|---|---|"]
    for who, nearest in nearest_hands(latent, options.data, options.frames, options.seed):
        error = nearest.error_mm
        figures = f"{error.mean():.2f} | {error.median():.2f} | {error.quantile(0.95):.2f}"
        lines.append(f"| {who} | {len(error)} | {figures} |")
    sys.stdout.write("\n".join(lines) + "\n")
