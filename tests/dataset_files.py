"""Writes small data sets of known hands in the formats of their authors, independently of readers.

Every image shows the depth of each joint at the pixel it projects to, and nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat

Array = NDArray[np.float64]

FINGER_X = (34.0, 12.0, -10.0, -32.0)
MSRA_GESTURES = (*"123456789", "I", "IP", "L", "MP", "RP", "T", "TIP", "Y")


def right_hands(count: int, distance_mm: float = 420.0, seed: int = 0) -> Array:
    """Right hands [count, 21, 3] in MediaPipe order, mm, x right, y down, z forward.

    The palm faces the camera, fingers up and bent towards it; each hand is elsewhere.
    """
    rng = np.random.default_rng(seed)
    hands = np.zeros((count, 21, 3))
    hands[:, 1:5] = [[30, 20, 0], [48, -5, -8], [58, -25, -18], [64, -42, -28]]
    for finger, x in enumerate(FINGER_X):
        first = 5 + 4 * finger
        hands[:, first : first + 4] = [[x, -60, 0], [x, -95, -12], [x, -110, -32], [x, -112, -55]]
    hands[:, 0] = (0.0, 28.0, 0.0)
    hands += rng.uniform(-25.0, 25.0, (count, 1, 3)) + np.array([0.0, 30.0, distance_mm])
    return hands + rng.uniform(-1.0, 1.0, hands.shape)


def mirrored(hands: Array) -> Array:
    """The same hands as left ones."""
    return hands * (-1.0, 1.0, 1.0)


def project(points: Array, fx: float, fy: float, cx: float, cy: float) -> Array:
    """Points [..., 3] as ``u v d``; y down."""
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([cx + fx * x / z, cy + fy * y / z, z], axis=-1)


def drawn(uvd: Array, width: int, height: int) -> Array:
    """An image [height, width] of the joints' depths, the nearest where two meet."""
    image: Array = np.zeros((height, width))
    for u, v, d in uvd[np.argsort(-uvd[:, 2])]:
        image[round(v), round(u)] = d
    return image


def nyu_points(hands: Array) -> Array:
    """36 points a hand; those that stand for no joint lie 3 mm beside one."""
    points = np.repeat(hands[:, :1], 36, axis=1) + np.array([0.0, -3.0, 0.0])
    for group, first in enumerate((17, 13, 9, 5)):
        mcp, pip, dip, tip = (hands[:, first + k] for k in range(4))
        for k, joint in enumerate((tip, dip, pip - 3.0, pip, mcp - 3.0, mcp)):
            points[:, 6 * group + k] = joint
    for k, thumb in enumerate((4, 3, 2, 2, 1, 1)):
        points[:, 24 + k] = hands[:, thumb] + (3.0 if k in (2, 4) else 0.0)
    points[:, 30] = hands[:, 0] - (15.0, 0.0, 0.0)
    points[:, 31] = hands[:, 0] + (15.0, 0.0, 0.0)
    return points


def write_nyu(root: Path, hands: Array, split: str = "test", views: int = 3) -> Path:
    """Views look at the same hands, each 40 mm farther than the one before."""
    folder = root / split
    folder.mkdir(parents=True)
    lens = (588.036865, 587.075073, 320.0, 240.0)
    seen = [nyu_points(hands) + np.array([0.0, 0.0, 40.0 * k]) for k in range(views)]
    uvd = np.stack([project(points, *lens) for points in seen])
    up = np.stack(seen) * (1.0, -1.0, 1.0)
    savemat(folder / "joint_data.mat", {"joint_uvd": uvd, "joint_xyz": up}, do_compression=True)
    for view in range(views):
        for number, joints in enumerate(uvd[view], start=1):
            depth = np.round(drawn(joints, 640, 480)).astype(np.uint16)
            packed = np.stack([np.zeros_like(depth), depth >> 8, depth & 255], axis=-1)
            path = folder / f"depth_{view + 1}_{number:07d}.png"
            Image.fromarray(packed.astype(np.uint8)).save(path, compress_level=1)
    return root


def icvl_points(hands: Array) -> Array:
    """The palm, then three points a digit of which the last is the tip."""
    palm = 0.4 * hands[:, :1] + 0.6 * hands[:, 9:10]
    digits = [
        np.stack([(h[0] + h[1]) / 2, (h[1] + h[2]) / 2, h[3]])
        for hand in hands
        for h in (hand[1 + 4 * k : 5 + 4 * k] for k in range(5))
    ]
    return np.concatenate([palm, np.reshape(digits, (len(hands), 15, 3))], axis=1)


def write_icvl(root: Path, hands: Array) -> Path:
    """Left hands: half of them in each test sequence; all of them for training, also turned."""
    points = icvl_points(mirrored(hands))
    uvd = project(points, 240.99, 240.96, 160.0, 120.0)
    names = [f"image_{k:04d}.png" for k in range(len(hands))]
    half = len(hands) // 2
    lists: dict[str, tuple[Sequence[str], Array]] = {
        "Testing/test_seq_1": ([f"test_seq_1/{n}" for n in names[:half]], uvd[:half]),
        "Testing/test_seq_2": ([f"test_seq_2/{n}" for n in names[half:]], uvd[half:]),
        "Training/labels": (
            [f"{folder}/{n}" for folder in ("201403121135", "22-5/201403121135") for n in names],
            np.concatenate([uvd, uvd]),
        ),
    }
    for label, (files, joints) in lists.items():
        part = root / label.partition("/")[0]
        lines = []
        for file, one in zip(files, joints, strict=True):
            path = part / "Depth" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            depth = np.round(drawn(one, 320, 240)).astype(np.uint16)
            Image.fromarray(np.where(depth > 0, depth, 32001).astype(np.uint16)).save(
                path, compress_level=1
            )
            lines.append(f"{file} " + " ".join(f"{x:.3f}" for x in one.ravel()) + " \n")
        (root / f"{label}.txt").write_text("".join(lines) + "\n")
    return root


def write_msra(root: Path, hands: Array, subjects: Sequence[str] = ("P0",)) -> Path:
    """The same hands in every gesture of each subject."""
    order = [0, *range(5, 21), 1, 2, 3, 4]
    raw = hands[:, order] * (1.0, -1.0, -1.0)
    for subject in subjects:
        for gesture in MSRA_GESTURES:
            folder = root / subject / gesture
            folder.mkdir(parents=True)
            lines = [" ".join(f"{x:.4f}" for x in joints.ravel()) for joints in raw]
            (folder / "joint.txt").write_text("\n".join([str(len(raw)), *lines]) + "\n")
            for number, joints in enumerate(raw):
                path = folder / f"{number:06d}_depth.bin"
                path.write_bytes(_msra_bin(joints))
    return root


def _msra_bin(joints: Array) -> bytes:
    x, y, z = joints.T
    uvd = np.stack([160.0 - 241.42 * x / z, 120.0 + 241.42 * y / z, -z], axis=-1)
    image = drawn(uvd, 320, 240)
    rows, columns = np.nonzero(image)
    left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    header = struct.pack("<6i", 320, 240, left, top, right, bottom)
    return header + image[top:bottom, left:right].astype("<f4").tobytes()


def write_hands17(root: Path, hands: Array) -> Path:
    """The same frames as training and as the challenge's."""
    order = [0, 1, 5, 9, 13, 17, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15, 16, 18, 19, 20]
    uvd = project(hands, 475.065948, 475.065857, 315.944855, 245.287079)
    marks, boxes = [], []
    for number, (joints, pixels) in enumerate(zip(hands, uvd, strict=True)):
        name = f"image_D{number + 1:08d}.png"
        marks.append(name + "".join(f"\t{x:.4f}" for x in joints[order].ravel()) + "\n")
        boxes.append(f"{name}\t100\t80\t300\t280\n")
        for part in ("training", "frame"):
            (root / part / "images").mkdir(parents=True, exist_ok=True)
            depth = np.round(drawn(pixels, 640, 480)).astype(np.uint16)
            Image.fromarray(depth).save(root / part / "images" / name, compress_level=1)
    (root / "training/Training_Annotation.txt").write_text("".join(marks))
    (root / "frame/BoundingBox.txt").write_text("".join(boxes))
    return root


WRITERS: dict[str, Callable[[Path, Array], Path]] = {
    "nyu": write_nyu,
    "icvl": write_icvl,
    "msra": write_msra,
    "hands17": write_hands17,
}
"""Data sets by name; MSRA's subject P0 and NYU's test split only."""

SPLITS = {"nyu": "test", "icvl": "test", "msra": "test", "hands17": "train"}
IMAGES = {
    "nyu": "test/depth_1_0000002.png",
    "icvl": "Testing/Depth/test_seq_2/image_0003.png",
    "msra": "P0/IP/000001_depth.bin",
    "hands17": "training/images/image_D00000002.png",
}
LABELS = {
    "nyu": "test/joint_data.mat",
    "icvl": "Testing/test_seq_2.txt",
    "msra": "P0/IP/joint.txt",
    "hands17": "training/Training_Annotation.txt",
}
PLACES = {"nyu": 1, "icvl": 3, "msra": 10 * 6 + 1, "hands17": 1}
"""What the small sets hold: a split, one of its images, its labels, and the image's place in it."""
