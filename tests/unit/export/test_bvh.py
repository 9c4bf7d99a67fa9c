"""BVH files: forward kinematics through the text gives the joints back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import ExportError
from engine.export.bvh import BvhWriter, bvh_text
from engine.simulation.model import HandModel
from engine.simulation.motion import HandMotion
from engine.skeleton import BONES, JOINT_NAMES, Handedness
from tests.fakes import make_frame, make_hand, make_result

Array = NDArray[np.float64]


def joints_mm(count: int, seed: int = 3) -> Array:
    """A moving hand in mm, camera frame [count, 21, 3], whose bones do not keep their lengths."""
    model = HandModel.load()
    motion = HandMotion(seed, model)
    shape = np.zeros(model.n_shape, np.float32)
    poses = [
        model.pose(angles, shape, R, t, Handedness.RIGHT).joints_mm
        for angles, R, t in map(motion.at, np.arange(count) / 10.0)
    ]
    noise = np.random.default_rng(0).normal(0.0, 2.0, (count, 21, 3))
    return np.array(poses, dtype=np.float64) + noise


def turn(axis: str, degrees: float) -> Array:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(
        {
            "X": [[1, 0, 0], [0, c, -s], [0, s, c]],
            "Y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
            "Z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
        }[axis]
    )


@dataclass
class Node:
    """A joint of the hierarchy; ``parent`` is an index, -1 for the root."""

    name: str
    parent: int
    offset: Array
    channels: list[str]


def hierarchy(text: str) -> list[Node]:
    nodes: list[Node] = []
    open_: list[int] = []
    for line in text.splitlines():
        word, *rest = line.split()
        if word in ("ROOT", "JOINT", "End"):
            nodes.append(Node(rest[0], open_[-1] if open_ else -1, np.zeros(3), []))
        elif word == "{":
            open_.append(len(nodes) - 1)
        elif word == "}":
            open_.pop()
        elif word == "OFFSET":
            nodes[-1].offset = np.array(rest, dtype=float)
        elif word == "CHANNELS":
            assert int(rest[0]) == len(rest) - 1
            nodes[-1].channels = rest[1:]
    return nodes


def placed(nodes: list[Node], row: str, *, at_rest: bool) -> dict[str, Array]:
    values = iter(float(word) for word in row.split())
    places: list[Array] = []
    turns: list[Array] = []
    for node in nodes:
        place, local = node.offset.copy(), np.eye(3)
        for channel in node.channels:
            value = next(values)
            if not at_rest and channel.endswith("position"):
                place["XYZ".index(channel[0])] = value
            elif not at_rest:
                local = local @ turn(channel[0], value)
        R, origin = np.eye(3), np.zeros(3)
        if node.parent >= 0:
            R, origin = turns[node.parent], places[node.parent]
        places.append(origin + R @ place)
        turns.append(R @ local)
    assert next(values, None) is None
    return {node.name: place for node, place in zip(nodes, places, strict=True)}


def played(text: str, *, at_rest: bool = False) -> tuple[list[dict[str, Array]], float]:
    """What a program reads: places by joint for every frame, and a frame's time in s.

    Channels of places stand for the offset, as in Blender; ``at_rest`` looks at offsets alone.
    """
    head, _, motion = text.partition("MOTION\n")
    nodes = hierarchy(head.removeprefix("HIERARCHY\n"))
    frames_line, time_line, *rows = motion.splitlines()
    assert int(frames_line.split()[1]) == len(rows)
    return [placed(nodes, row, at_rest=at_rest) for row in rows], float(time_line.split()[-1])


def back_mm(frame: dict[str, Array]) -> Array:
    """Joints in mm, camera frame."""
    return np.array([frame[name] for name in JOINT_NAMES]) * (1000.0, -1000.0, -1000.0)


def test_forward_kinematics_gives_the_joints_back() -> None:
    expected = joints_mm(40)
    frames, frame_s = played(bvh_text(expected, 1 / 30))
    assert frame_s == pytest.approx(1 / 30)
    found = np.array([back_mm(frame) for frame in frames])
    assert np.abs(found - expected).max() < 0.01  # mm


def test_at_rest_the_hand_is_as_large_and_its_fingers_are_straight() -> None:
    expected = joints_mm(40)
    (frame, *_), _ = played(bvh_text(expected, 1 / 30), at_rest=True)
    rest = np.array([frame[name] for name in JOINT_NAMES]) * 1000.0
    for parent, child in BONES:
        if parent == 0:
            continue  # these are means of places, which are shorter than means of lengths
        mean = np.linalg.norm(expected[:, child] - expected[:, parent], axis=1).mean()
        assert np.linalg.norm(rest[child] - rest[parent]) == pytest.approx(mean, abs=0.01)
    for base in (1, 5, 9, 13, 17):
        bones = np.diff(rest[base : base + 4], axis=0)
        bones /= np.linalg.norm(bones, axis=1, keepdims=True)
        np.testing.assert_allclose(bones @ bones.T, 1.0, atol=1e-3)


def test_a_hand_that_moves_as_a_whole_turns_at_the_wrist_only() -> None:
    (still,) = joints_mm(1)
    moved = [still @ turn("Y", 10.0 * k).T + (5.0 * k, 0.0, 0.0) for k in range(5)]
    text = bvh_text(np.array(moved), 1 / 30)
    rows = np.array([line.split() for line in text.splitlines()[-5:]], dtype=float)
    np.testing.assert_allclose(rows[:, 6:], rows[:1, 6:].repeat(5, axis=0), atol=2e-3)
    assert np.ptp(rows[:, :6], axis=0).max() > 1.0


@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_flat_and_collapsed_hands_have_numbers_too(flip: float) -> None:
    hand = np.array(make_hand().pose.joints_mm, dtype=np.float64)
    hand[8] = hand[7]  # two joints in one place
    hand[12] = hand[11] - flip * (hand[11] - hand[10])  # a bone that goes straight on or back
    frames, _ = played(bvh_text(np.array([hand, np.zeros((21, 3))]), 1 / 30))
    np.testing.assert_allclose(back_mm(frames[0]), hand, atol=0.01)
    np.testing.assert_allclose(back_mm(frames[1]), 0.0, atol=0.01)


def test_one_file_a_side_and_a_hand_not_seen_stays(tmp_path: Path) -> None:
    right = make_hand(1, centre_mm=(0.0, 0.0, 400.0))
    weaker = make_hand(2, score=0.2, centre_mm=(50.0, 0.0, 500.0))
    writer = BvhWriter(tmp_path / "new" / "a.bvh")
    for index, hands in enumerate([(), (right, weaker), ()]):
        writer.write(make_result(make_frame(index), *hands))
    writer.close()
    assert writer.written == (tmp_path / "new" / "a.bvh",)
    frames, frame_s = played(writer.written[0].read_text())
    assert frame_s == pytest.approx(1 / 30, abs=1e-6)
    for frame in frames:
        np.testing.assert_allclose(back_mm(frame), right.pose.joints_mm, atol=0.01)
    left = make_hand(3, handedness=Handedness.LEFT)
    writer = BvhWriter(tmp_path / "b.bvh")
    writer.write(make_result(make_frame(0), right, left))
    writer.close()
    assert {path.name for path in writer.written} == {"b_left.bvh", "b_right.bvh"}
    assert not (tmp_path / "b.bvh").exists()


def test_no_hand_and_no_place_are_errors(tmp_path: Path) -> None:
    writer = BvhWriter(tmp_path / "a.bvh")
    writer.write(make_result(make_frame(0)))
    with pytest.raises(ExportError, match="no hand"):
        writer.close()
    with pytest.raises(ExportError, match="folder"):
        BvhWriter(tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="cannot write"):
        BvhWriter(tmp_path / "file" / "a.bvh")


def test_work_that_is_broken_off_keeps_its_frames(tmp_path: Path) -> None:
    path = tmp_path / "a.bvh"
    path.write_text("an older one")
    with pytest.raises(KeyboardInterrupt) as stopped, BvhWriter(path) as writer:
        writer.write(make_result(make_frame(0), make_hand()))
        writer.write(make_result(make_frame(1), make_hand()))
        raise KeyboardInterrupt
    kept = tmp_path / "a.bvh.partial"
    assert stopped.value.__notes__ == [f"the frames so far are in {kept}"]
    assert len(played(kept.read_text())[0]) == 2
    assert path.read_text() == "an older one"
