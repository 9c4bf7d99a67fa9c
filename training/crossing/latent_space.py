"""The principal directions of the latent space, named by what they do to a hand.

A code's own axes mean nothing: the pose VAE leaves their order and mixture open. With C the
covariance of the codes of the population and M the mean of J^T J, where J tells how the hand's
points move with the code, the eigenvectors of C^1/2 M C^1/2 are the directions that are independent
in the population and move the points most: the principal components of the points' movement.
Directions of nearly equal effect are known only up to a turn among them; they are turned so that
each lines up with something that people have a word for.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.assets import asset_path
from engine.errors import ExportError
from engine.latent.space import SPACE_CONTRACT, SPACE_FILE
from engine.model_files import weights_hash
from engine.output import write_text
from engine.skeleton import JOINT_COUNT
from engine.tracking.generate import POSE_CONTRACT
from training.crossing.hand_measures import MEASURES, measured
from training.crossing.networks import load_rig_latent
from training.crossing.poses import PoseBatchSampler
from training.crossing.preset import load_preset
from training.crossing.real_poses import nearest_hands
from training.models.latent import RigLatent
from training.models.palm import palm_rotation, root_of
from training.models.pose_vae import UNIT_MM, RigPoseVAE, palm_points
from training.models.rig import joints_of, pivots_of

Array = NDArray[np.float64]

ALIKE: Final = 1.16
"""Directions whose effects follow each other by less than this factor are turned together."""
NAMED: Final = 0.5
"""Least correlation with a measure that gives a direction its name."""
DECODED_AT_ONCE: Final = 2000


class Found(NamedTuple):
    """``vectors`` [K, 20] of one standard deviation each, and what each is called."""

    vectors: Array
    names: tuple[tuple[str, str], ...]


def encoded(vae: RigPoseVAE, points: Tensor, *, forearm: bool = True) -> Tensor:
    """Codes [N, 20] of points [N, 22, 3] in mm, any rotation; the ``forearm``'s may be unknown."""
    pivots = pivots_of(points)
    inside = (pivots - root_of(pivots)) @ palm_rotation(pivots) / UNIT_MM
    known = torch.ones(inside.shape[:2])
    known[:, -1] = float(forearm)
    return vae.encode(inside, known).mean


def real_codes(vae: RigPoseVAE, folder: Path, count: int, seed: int) -> Tensor:
    """Codes of ``count`` poses of each person of the real sets in ``folder``.

    Raises:
        InvalidInputError: if the data cannot be read.
    """
    latent = RigLatent(vae)
    codes = []
    for _, nearest in nearest_hands(latent, folder, count, seed):
        codes.append(encoded(vae, latent.decode(nearest.latents), forearm=False))
    return torch.cat(codes)


def principal(codes: Tensor, vae: RigPoseVAE, decoded: int) -> tuple[Array, Array]:
    """Directions [20, K], the strongest first, and how far each moves a point, mm.

    The movement is averaged over the hands of the first ``decoded`` codes.
    """

    def points(code: Tensor) -> Tensor:
        return palm_points(vae.articulate(code[None]))[0].flatten()

    jacobian = torch.func.vmap(torch.func.jacfwd(points))(codes[:decoded]).double().numpy()
    moved = np.einsum("nij,nik->jk", jacobian, jacobian) / (len(jacobian) * jacobian.shape[1] / 3)
    variances, axes = np.linalg.eigh(np.cov(codes.double().numpy().T))
    root = (axes * np.sqrt(variances.clip(min=0.0))) @ axes.T
    squares, turns = np.linalg.eigh(root @ moved @ root)
    return (root @ turns)[:, ::-1], np.sqrt(squares[::-1].clip(min=0.0))


def groups(effects: Array) -> list[range]:
    """Runs of directions whose ``effects``, falling, follow each other closely."""
    falls = effects[:-1] > ALIKE * np.maximum(effects[1:], 1e-9)
    starts = [0, *(np.flatnonzero(falls) + 1).tolist()]
    ends = [*starts[1:], len(effects)]
    return [range(first, last) for first, last in zip(starts, ends, strict=True)]


def named(vectors: Array, effects: Array, codes: Array, measures: Array) -> Found:
    """Turn ``vectors`` [20, K] within their groups to line up with ``measures`` [N, M] of hands.

    Greedily: the measure that some direction of a group follows best claims that direction.
    """
    centred = codes - codes.mean(axis=0)
    coordinates = np.linalg.solve(vectors, centred.T).T
    scaled = (measures - measures.mean(axis=0)) / measures.std(axis=0)
    correlation = coordinates.T @ scaled / len(codes)
    out, names = [], []
    free = np.ones(measures.shape[1], bool)
    for group in groups(effects):
        members, shares = vectors[:, group], correlation[group].copy()
        for _ in group:
            strength = np.linalg.norm(shares, axis=0) * free
            best = int(strength.argmax())
            if strength[best] < NAMED:
                break
            way = shares[:, best] / np.linalg.norm(shares[:, best])
            out.append(members @ way)
            names.append((MEASURES[best].name, MEASURES[best].about))
            free[best] = False
            # What is left of the group is perpendicular to what was taken.
            rest = np.linalg.svd(way[None])[2][1:].T
            members, shares = members @ rest, rest.T @ shares
        out += list(members.T)
        names += [("", "")] * members.shape[1]
    return Found(np.array(out), tuple(names))


@torch.no_grad()
def effects_mm(codes: Tensor, vectors: Array, vae: RigPoseVAE) -> Array:
    """How far a point moves on average [K] when a code goes one whole ``vectors`` [K, 20] on."""
    means = []
    for vector in torch.from_numpy(vectors).float():
        ends = [palm_points(vae.articulate(codes + side * vector)) for side in (-0.5, 0.5)]
        means.append(float((ends[1] - ends[0]).norm(dim=-1).mean()))
    return np.array(means)


def space_of(codes: Tensor, vae: RigPoseVAE, decoded: int) -> dict[str, Any]:
    """The space of a population's ``codes`` [N, 20]: mean, centre and directions, as stored."""
    flat = codes.double().numpy()
    vectors, strengths = principal(codes, vae, decoded)
    with torch.no_grad():
        parts = [vae.articulate(part) for part in codes.split(DECODED_AT_ONCE)]
        hands = np.concatenate([measured(part) for part in parts])
        middle = palm_points(vae.articulate(codes.mean(dim=0, keepdim=True)))
        mean = joints_of(middle)[0, :JOINT_COUNT]
    found = named(vectors, strengths, flat, hands)
    effects = effects_mm(codes[:decoded], found.vectors, vae)
    directions = []
    for place, k in enumerate(np.argsort(-effects, kind="stable"), 1):
        name, about = found.names[k]
        directions.append(
            {
                "name": name or f"shape {place}",
                "about": about or "a mixture that no one word tells",
                "mm": round(float(effects[k]), 3),
                "vector": [round(float(x), 6) for x in found.vectors[k]],
            }
        )
    return {
        "mean": [round(float(x), 6) for x in flat.mean(axis=0)],
        "centre_mm": [round(float(x), 3) for x in mean.mean(dim=0)],
        "directions": directions,
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training latent-space``."""
    default = asset_path("models", "pose_decoder.safetensors")
    parser.add_argument("--pose-vae", type=Path, default=default, help="weights of the pose VAE")
    parser.add_argument("--preset", default="crossing")
    parser.add_argument("--output", type=Path, default=asset_path("models", SPACE_FILE))
    parser.add_argument("--poses", type=int, default=20_000, help="sampled poses")
    parser.add_argument("--real", type=Path, metavar="FOLDER", help="with nyu/, icvl/: real poses")
    parser.add_argument("--frames", type=int, default=300, help="real poses a person")
    parser.add_argument("--decoded", type=int, default=2000, help="poses moved to see effects")
    parser.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace) -> None:
    """Find and name the latent space's principal directions; writes a JSON file.

    Raises:
        InvalidInputError: if the preset's latent space has no rig, or real poses cannot be read.
        ModelError: if the weights do not fit the preset.
        ExportError: if the file cannot be written, or no manifest lies beside the weights.
    """
    vae = load_rig_latent(load_preset(options.preset), options.pose_vae).vae
    rng = np.random.default_rng(options.seed)
    codes = encoded(vae, PoseBatchSampler().points(rng, options.poses))
    made = f"{options.poses} poses of engine/simulation/sampler.py, seed {options.seed}"
    if options.real is not None:
        real = real_codes(vae, options.real, options.frames, options.seed)
        # Both count alike, however many there are.
        codes = torch.cat([codes, real.repeat(max(1, round(len(codes) / len(real))), 1)])
        made += f", and {len(real)} real ones of NYU's and ICVL's test sets"
    order = torch.from_numpy(rng.permutation(len(codes)))
    space = space_of(codes[order], vae, options.decoded)
    try:
        weights = weights_hash(options.pose_vae.parent, "pose_decoder")
        record = {
            "contract": SPACE_CONTRACT,
            "pose_decoder": POSE_CONTRACT,
            "pose_weights": weights,
            "made": made,
            **space,
        }
        write_text(options.output, json.dumps(record, indent=1) + "\n")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExportError(f"cannot write {options.output}: {error!r}") from error
