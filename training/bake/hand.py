"""Bakes ``assets/hand/hand.npz``: the right hand and forearm with shape, joints and skinning.

``python -m training.bake.hand --output assets/hand/hand.npz --preview FOLDER``
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.bake import anatomy, source
from training.bake.files import write_manifest, write_npz
from training.bake.pictures import preview_hand
from training.bake.source import Array
from training.bake.straighten import rotation_axes, straightened

HAND_LENGTH_MM = (185.0, 13.0)
"""Mean and standard deviation of wrist to middle finger tip over adults."""

COMPONENTS = 20
WEIGHTS_PER_VERTEX = 6


def main(arguments: list[str] | None = None) -> None:
    """Command line: sample, bake, check, write, draw."""
    parser = argparse.ArgumentParser(prog="python -m training.bake.hand", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("assets/hand/hand.npz"))
    parser.add_argument("--preview", type=Path, help="folder for pictures of the result")
    parser.add_argument("--samples", type=int, default=1000, help="hands behind the shape basis")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    rig = source.sample_right_arms(source.load_body(), options.samples, options.seed)
    arrays = bake(rig)
    report = check(arrays)
    write_npz(options.output, arrays)
    command = f"python -m training.bake.hand --samples {options.samples} --seed {options.seed}"
    write_manifest(options.output, command, report)
    sys.stdout.write(
        segment_table(arrays["joints"].astype(np.float64)) + "\n" + json.dumps(report) + "\n"
    )
    if options.preview:
        preview_hand(arrays, options.preview)


def bake(rig: source.Rig) -> dict[str, NDArray[np.generic]]:
    """All arrays of the file from sampled arms, the first of which is the average one."""
    frames = [anatomy.provisional_frame(rig, n) for n in range(len(rig.vertices))]
    posed = np.stack([(v - o) @ r.T for v, (r, o) in zip(rig.vertices, frames, strict=True)])
    rotation, origin = frames[0]
    heads = (rig.heads[0] - origin) @ rotation.T
    joints = anatomy.anatomical_joints(rig, posed[0], heads)
    weights = anatomy.bone_weights(rig, posed[0], joints)
    regressor = anatomy.joint_regressor(posed[0], joints)
    rim = boundary_loop(rig.faces)
    flat = [
        straightened(vertices, regressor @ vertices, vertices[rim].mean(0), weights)
        for vertices in posed
    ]
    hands = np.stack([np.vstack([v, e, j]) for v, j, e in flat])
    hands = rescaled(hands)
    importance = np.where(np.append(weights[:, 0] > 0.5, [True] + [False] * 21), 0.3, 1.0)
    mean, basis = shape_basis(hands, importance)
    count = len(rig.weights) + 1
    weights = np.vstack([weights, np.eye(17)[:1]])
    faces = np.vstack([rig.faces, capped(rim, count - 1)])
    order = np.argsort(-weights, axis=1)[:, :WEIGHTS_PER_VERTEX]
    kept = np.take_along_axis(weights, order, axis=1)
    kept /= kept.sum(1, keepdims=True)
    return {
        "vertices": mean[:count].astype(np.float32),
        "faces": faces.astype(np.int32),
        "joints": mean[count:].astype(np.float32),
        "elbow": mean[count - 1].astype(np.float32),
        "shape_basis": basis[:, :count].astype(np.float16),
        "joint_basis": basis[:, count:].astype(np.float32),
        "weight_bones": order.astype(np.uint8),
        "weights": kept.astype(np.float32),
        "bone_of_vertex": weights.argmax(1).astype(np.uint8),
        "axes": rotation_axes(mean[:count], mean[count:], weights).astype(np.float32),
    }


def rescaled(hands: Array) -> Array:
    """Hands [N, P, 3] scaled so that their lengths spread as ``HAND_LENGTH_MM`` says.

    The source's own spread is an accident of how its parameters are drawn.
    """
    length = hands[:, -9, 1] + anatomy.TIP_INSIDE_MM
    mean, deviation = HAND_LENGTH_MM
    wanted = mean + deviation * (length - length.mean()) / length.std()
    return hands * (wanted / length)[:, None, None]


def shape_basis(hands: Array, importance: Array) -> tuple[Array, Array]:
    """Mean [P, 3] and principal components [S, P, 3] in mm per standard deviation.

    ``importance`` [P] weighs the points: the forearm is large and matters less than the hand.
    """
    mean = hands.mean(0)
    offsets = (hands - mean).reshape(len(hands), -1)
    scores = np.linalg.svd(offsets * np.repeat(importance, 3), full_matrices=False)[0]
    scores = scores[:, :COMPONENTS] * np.sqrt(len(hands) - 1)
    return mean, (scores.T @ offsets / (len(hands) - 1)).reshape(COMPONENTS, *mean.shape)


def boundary_loop(faces: NDArray[np.int64]) -> list[int]:
    """The vertices around the cut at the elbow, in the order of the adjoining faces."""
    edges = {(int(a), int(b)) for f in faces for a, b in zip(f, np.roll(f, -1), strict=True)}
    after = {a: b for a, b in edges if (b, a) not in edges}
    loop = [next(iter(after))]
    while after[loop[-1]] != loop[0]:
        loop.append(after[loop[-1]])
    if len(loop) != len(after):
        raise ValueError("the cut at the elbow is not one loop")
    return loop


def capped(loop: list[int], centre: int) -> list[list[int]]:
    """Triangles that close the cut with a vertex in its middle."""
    return [[b, a, centre] for a, b in zip(loop, np.roll(loop, -1), strict=True)]


def check(arrays: dict[str, NDArray[np.generic]]) -> dict[str, object]:
    """Facts for the manifest; raises ValueError where the mesh is inside out or not right."""
    vertices = arrays["vertices"].astype(np.float64)
    corners = vertices[arrays["faces"]]
    volume = np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    if volume <= 0:
        raise ValueError("the mesh is inside out")
    if arrays["joints"][3, 0] <= arrays["joints"][19, 0]:
        raise ValueError("the thumb is not on the +x side: not a right hand")
    rng = np.random.default_rng(1)
    tips = arrays["joints"][12, 1] + rng.standard_normal((4000, COMPONENTS)) @ (
        arrays["joint_basis"][:, 12, 1].astype(np.float64)
    )
    return {
        "vertices": len(vertices),
        "faces": len(corners),
        "shape_components": COMPONENTS,
        "hand_length_mm_mean": round(float(tips.mean()) + anatomy.TIP_INSIDE_MM, 1),
        "hand_length_mm_sd": round(float(tips.std()), 1),
        "volume_cm3": round(float(volume) / 1000, 1),
    }


def segment_table(joints: NDArray[np.floating]) -> str:
    """The segments of the average hand beside the published bone lengths, in mm."""
    rows = ["finger   wrist-base  segments (published bone)"]
    for f, (finger, bones) in enumerate(anatomy.BONE_LENGTHS_MM.items()):
        chain = joints[1 + 4 * f : 5 + 4 * f]
        lengths = np.linalg.norm(np.diff(chain, axis=0), axis=1)
        published = bones if f == 0 else bones[1:]
        text = "  ".join(f"{a:5.1f} ({b:4.1f})" for a, b in zip(lengths, published, strict=True))
        rows.append(f"{finger:8s} {np.linalg.norm(chain[0] - joints[0]):7.1f}     {text}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
