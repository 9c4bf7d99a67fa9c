"""The baked hand: proportions, sides, signs of the angles, and what damaged files are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.assets import asset_path
from engine.errors import InvalidInputError, ModelError
from engine.simulation.angles import ANGLE_INDEX, ANGLE_NAMES, LOWER_RAD, UPPER_RAD
from engine.simulation.joints import JOINTS_FROM_PIVOTS, PIVOTS_FROM_JOINTS
from engine.simulation.kinematics import BONE_NAMES
from engine.simulation.model import HandModel, PosedHand
from engine.skeleton import BONES, FINGER_JOINTS, FINGERS, Handedness

UPRIGHT = np.eye(3, dtype=np.float32)
ORIGIN = np.zeros(3, np.float32)


@pytest.fixture(scope="module")
def model() -> HandModel:
    return HandModel.load()


def pose(model: HandModel, side: Handedness = Handedness.RIGHT, /, **degrees: float) -> PosedHand:
    angles = np.zeros(24, np.float32)
    for name, value in degrees.items():
        angles[ANGLE_INDEX[name]] = np.deg2rad(value)
    return model.pose(angles, np.zeros(model.n_shape), UPRIGHT, ORIGIN, side)


def random_poses(count: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.uniform(LOWER_RAD, UPPER_RAD, (count, 24)).astype(np.float32)


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = np.moveaxis(vertices[faces].astype(np.float64), 1, 0)
    return float(np.einsum("fi,fi->", a, np.cross(b, c)) / 6)


def test_zero_angles_give_the_rest_pose(model: HandModel) -> None:
    hand = pose(model)
    np.testing.assert_allclose(hand.joints_mm, JOINTS_FROM_PIVOTS @ model.joints, atol=1e-3)
    np.testing.assert_allclose(hand.vertices_mm, model.vertices, atol=1e-2)


def test_joints_lie_nearer_to_the_elbow_than_their_pivots(model: HandModel) -> None:
    moved = pose(model).joints_mm - model.joints
    knuckles = [FINGER_JOINTS[finger][0] for finger in FINGERS]
    assert (moved[[0, *knuckles], 1] < -3.5).all() and (moved[:, 1] < 1e-3).all()
    assert np.linalg.norm(moved, axis=1).max() < 9.5
    np.testing.assert_allclose(moved[[4, 8, 12, 16, 20]], 0.0, atol=1e-3)
    np.testing.assert_allclose(PIVOTS_FROM_JOINTS @ pose(model).joints_mm, model.joints, atol=1e-3)


def test_rest_pose_is_flat_with_straight_parallel_fingers(model: HandModel) -> None:
    for finger in FINGERS[1:]:
        chain = model.joints[list(FINGER_JOINTS[finger])]
        np.testing.assert_allclose(np.diff(chain, axis=0)[:, [0, 2]], 0.0, atol=1e-2)
    assert model.joints[FINGER_JOINTS["thumb"][3], 0] > model.joints[FINGER_JOINTS["little"][3], 0]
    np.testing.assert_allclose(model.joints[9, [0, 2]], 0.0, atol=1e-2)


def test_bone_lengths_stay_constant_under_posing(model: HandModel) -> None:
    parents, children = np.array(BONES).T
    rest = np.linalg.norm(model.joints[children] - model.joints[parents], axis=1)
    for angles in random_poses(20):
        joints = model.pose_joints(angles, np.zeros(model.n_shape), UPRIGHT, ORIGIN)
        pivots = PIVOTS_FROM_JOINTS @ joints
        posed = np.linalg.norm(pivots[children] - pivots[parents], axis=1)
        np.testing.assert_allclose(posed, rest, rtol=1e-4)


def test_joints_are_where_the_skin_is(model: HandModel) -> None:
    for angles in random_poses(10):
        hand = model.pose(angles, np.zeros(model.n_shape), UPRIGHT, ORIGIN)
        gaps = np.linalg.norm(hand.vertices_mm[None] - hand.joints_mm[:, None], axis=2).min(1)
        assert gaps[[4, 8, 12, 16, 20]].max() < 8.0
        assert gaps.max() < 25.0


def test_joints_lie_inside_the_flat_hand(model: HandModel) -> None:
    corners = model.vertices[model.faces].astype(np.float64)
    for joint in pose(model).joints_mm.astype(np.float64):
        a, b, c = np.moveaxis(corners - joint, 1, 0)
        la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
        above = np.einsum("fi,fi->f", a, np.cross(b, c))
        below = la * lb * lc
        below += np.einsum("fi,fi->f", a, b) * lc
        below += np.einsum("fi,fi->f", b, c) * la + np.einsum("fi,fi->f", a, c) * lb
        turns = np.arctan2(above, below).sum() / (2 * np.pi)
        assert turns == pytest.approx(1.0, abs=0.05)


def test_proportions_agree_with_published_bones(model: HandModel) -> None:
    published = {"thumb": (46, 32), "index": (40, 22), "middle": (45, 26), "ring": (41, 26)}
    joints = pose(model).joints_mm
    for finger, bones in published.items():
        chain = joints[list(FINGER_JOINTS[finger])]
        lengths = np.linalg.norm(np.diff(chain, axis=0), axis=1)[:2]
        np.testing.assert_allclose(lengths, bones, atol=6.5)
    length = joints[12, 1] - joints[0, 1] + 2.0
    assert 0.45 < np.linalg.norm(joints[9] - joints[0]) / length < 0.5


def test_hand_lengths_of_random_shapes_are_those_of_adults(model: HandModel) -> None:
    rng = np.random.default_rng(0)
    tips = [model.rest_joints(s)[12, 1] for s in rng.standard_normal((3000, model.n_shape))]
    lengths = np.array(tips) + 2.0
    assert lengths.mean() == pytest.approx(185.0, abs=2.0)
    assert lengths.std() == pytest.approx(13.0, abs=1.5)
    assert lengths.min() > 130.0


@pytest.mark.parametrize("finger", FINGERS[1:])
@pytest.mark.parametrize("part", ["mcp", "pip", "dip"])
def test_finger_flexion_moves_the_tip_towards_the_palm(
    model: HandModel, finger: str, part: str
) -> None:
    tip = FINGER_JOINTS[finger][3]
    moved = pose(model, **{f"{finger}_{part}_flexion": 30.0}).joints_mm[tip] - model.joints[tip]
    assert moved[2] > 5.0
    assert abs(moved[0]) < 1.0


@pytest.mark.parametrize("finger", FINGERS[1:])
def test_finger_abduction_moves_the_tip_towards_the_thumb(model: HandModel, finger: str) -> None:
    tip = FINGER_JOINTS[finger][3]
    moved = pose(model, **{f"{finger}_mcp_abduction": 15.0}).joints_mm[tip] - model.joints[tip]
    assert moved[0] > 10.0
    assert abs(moved[2]) < 1.0


def test_thumb_angles_have_their_signs(model: HandModel) -> None:
    tip, rest = 4, model.joints[4]
    assert (pose(model, thumb_cmc_flexion=20.0).joints_mm[tip] - rest)[0] < -10.0
    assert (pose(model, thumb_cmc_abduction=20.0).joints_mm[tip] - rest)[2] > 10.0
    assert (pose(model, thumb_mcp_flexion=30.0).joints_mm[tip] - rest)[0] < -8.0
    assert (pose(model, thumb_ip_flexion=30.0).joints_mm[tip] - rest)[0] < -4.0
    assert (pose(model, thumb_mcp_abduction=10.0).joints_mm[tip] - rest)[2] > 3.0
    np.testing.assert_allclose(pose(model, thumb_cmc_twist=30.0).joints_mm[tip], rest, atol=0.5)


def test_thumb_twist_turns_the_pad_towards_the_fingers(model: HandModel) -> None:
    """With the thumb in front of the palm, twist turns what IP flexion bends towards the palm."""

    def bend(twist: float) -> np.ndarray:
        front = {"thumb_cmc_abduction": 60.0, "thumb_cmc_twist": twist}
        straight = pose(model, **front).joints_mm[4]
        return pose(model, **front, thumb_ip_flexion=40.0).joints_mm[4] - straight

    assert bend(40.0)[2] < bend(0.0)[2] - 2.0


def test_wrist_moves_the_forearm_and_leaves_the_palm(model: HandModel) -> None:
    forearm = (model.bone_of_vertex == 0) & (model.vertices[:, 1] < -100.0)
    for name, axis in (("wrist_flexion", 2), ("wrist_deviation", 0)):
        hand = pose(model, **{name: 20.0})
        moved = hand.vertices_mm - model.vertices
        assert moved[forearm, axis].mean() > 20.0
        np.testing.assert_allclose(hand.joints_mm, pose(model).joints_mm, atol=1e-3)


def test_left_hand_is_the_mirror_of_the_right_before_it_is_placed(model: HandModel) -> None:
    angles = random_poses(1)[0]
    shape = np.full(model.n_shape, 0.5)
    turn = np.array([[0, -1, 0], [0, 0, -1], [1, 0, 0]], np.float32)
    shift = np.array([10.0, -20.0, 400.0])
    right = model.pose(angles, shape, UPRIGHT, ORIGIN)
    left = model.pose(angles, shape, turn, shift, Handedness.LEFT)
    for ours, theirs in (
        (left.vertices_mm, right.vertices_mm),
        (left.joints_mm, right.joints_mm),
    ):
        np.testing.assert_allclose(ours, (theirs * [-1, 1, 1]) @ turn.T + shift, atol=2e-3)
    only = model.pose_joints(angles, shape, turn, shift, Handedness.LEFT)
    np.testing.assert_allclose(only, left.joints_mm, atol=1e-3)


def test_faces_point_outward_on_both_sides(model: HandModel) -> None:
    right = pose(model)
    left = pose(model, Handedness.LEFT)
    edges = np.sort(model.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    assert volume(right.vertices_mm, model.faces_of(Handedness.RIGHT)) > 5e5
    assert volume(left.vertices_mm, model.faces_of(Handedness.LEFT)) > 5e5


def test_weights_are_normalised_and_sorted(model: HandModel) -> None:
    np.testing.assert_allclose(model.weights.sum(1), 1.0, atol=1e-5)
    assert (np.diff(model.weights, axis=1) <= 0).all()
    np.testing.assert_array_equal(model.weight_bones[:, 0], model.bone_of_vertex)
    assert set(model.bone_of_vertex.tolist()) == set(range(len(BONE_NAMES)))


def test_axes_are_unit_vectors(model: HandModel) -> None:
    assert model.axes.shape == (len(ANGLE_NAMES), 3)
    np.testing.assert_allclose(np.linalg.norm(model.axes, axis=1), 1.0, atol=1e-5)


def test_arrays_are_not_writeable(model: HandModel) -> None:
    with pytest.raises(ValueError, match="read-only"):
        model.vertices[0] = 0.0


def test_wrong_number_of_angles_is_named(model: HandModel) -> None:
    with pytest.raises(InvalidInputError, match="angles"):
        model.pose(np.zeros(23), np.zeros(model.n_shape), UPRIGHT, ORIGIN)


def test_missing_model_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        HandModel.load(tmp_path / "none.npz")


@pytest.mark.parametrize("size", [0, 10, 5000])
def test_truncated_model_is_a_model_error(tmp_path: Path, size: int) -> None:
    path = tmp_path / "hand.npz"
    path.write_bytes(asset_path("hand", "hand.npz").read_bytes()[:size])
    with pytest.raises(ModelError, match="damaged"):
        HandModel.load(path)


def test_overwritten_bytes_are_a_model_error(tmp_path: Path) -> None:
    data = bytearray(asset_path("hand", "hand.npz").read_bytes())
    data[20_000:21_000] = bytes(1000)
    path = tmp_path / "hand.npz"
    path.write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        HandModel.load(path)


@pytest.mark.parametrize("name", ["joints", "axes", "weights", "shape_basis"])
def test_model_with_odd_arrays_is_a_model_error(tmp_path: Path, name: str) -> None:
    with np.load(asset_path("hand", "hand.npz")) as file:
        arrays = {key: file[key] for key in file.files}
    path = tmp_path / "hand.npz"
    for changed in (arrays[name][:, :-1], np.full_like(arrays[name], np.nan), None):
        odd = {key: value for key, value in arrays.items() if key != name}
        np.savez(path, **odd, **({} if changed is None else {name: changed}))
        with pytest.raises(ModelError, match="damaged"):
            HandModel.load(path)


def test_faces_beyond_the_last_vertex_are_a_model_error(tmp_path: Path) -> None:
    with np.load(asset_path("hand", "hand.npz")) as file:
        arrays = {key: file[key] for key in file.files}
    path = tmp_path / "hand.npz"
    np.savez(path, **{**arrays, "faces": arrays["faces"] + 1})
    with pytest.raises(ModelError, match="faces"):
        HandModel.load(path)
