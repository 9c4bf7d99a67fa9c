"""Joints as ``dex-retargeting`` takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.adapters.retarget import T_camera_from_wrist, reference_vectors_m, wrist_joints_m
from engine.measure.hand import palm_axes
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.skeleton import Handedness

OPERATOR_TO_MANO = {
    Handedness.RIGHT: np.array([[0, 0, -1], [-1, 0, 0], [0, 1, 0]]),
    Handedness.LEFT: np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]]),
}
"""The constants of the library's own hand detector."""


def joints_of(side: Handedness, seed: int = 0, pose: str = "grasp_sphere") -> NDArray[np.float64]:
    model = HandModel.load()
    turn = Rotation.random(rng=np.random.default_rng(seed)).as_matrix()
    shape, at = np.zeros(model.n_shape), np.array([40.0, -20.0, 480.0])
    joints = model.pose_joints(gesture_angles(pose), shape, turn, at, side)
    return np.asarray(joints, np.float64)


def by_fitting_a_plane(joints_mm: NDArray[np.float64], side: Handedness) -> NDArray[np.float64]:
    """The same as the library's detector computes it: a plane through three joints, by SVD."""
    seen = (joints_mm - joints_mm[0]) / 1000.0
    wrist, index, middle = seen[[0, 5, 9]]
    _, _, ways = np.linalg.svd(seen[[0, 5, 9]] - seen[[0, 5, 9]].mean(axis=0))
    normal = ways[2]
    back = wrist - middle
    back = back - (back @ normal) * normal
    back /= np.linalg.norm(back)
    if np.cross(back, normal) @ (index - middle) < 0:
        normal = -normal
    frame = np.stack([back, normal, np.cross(back, normal)], axis=1)
    return np.asarray(seen @ frame @ OPERATOR_TO_MANO[side])


@pytest.mark.parametrize("side", list(Handedness))
@pytest.mark.parametrize("seed", range(5))
def test_joints_are_those_of_the_librarys_detector(side: Handedness, seed: int) -> None:
    joints = joints_of(side, seed)
    np.testing.assert_allclose(
        wrist_joints_m(joints, side), by_fitting_a_plane(joints, side), atol=1e-9
    )


@pytest.mark.parametrize("side", list(Handedness))
def test_axes_lead_to_the_fingers_and_out_of_the_palm(side: Handedness) -> None:
    joints = joints_of(side)
    pose = T_camera_from_wrist(joints, side)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1.0)
    np.testing.assert_allclose(pose[:3, 3], joints[0] / 1000.0)
    _, along, out = palm_axes(joints, side)
    assert pose[:3, 2] @ along == pytest.approx(1.0)
    assert pose[:3, 0] @ out > 0.9
    seen = wrist_joints_m(joints, side)
    assert seen[9, 2] > 0.05
    assert (seen[5, 1] > seen[17, 1]) == (side is Handedness.RIGHT)


ROBOT = """<robot name="two_fingers">
  <link name="palm"/>
  {joints}
</robot>"""
JOINT = """
  <joint name="{name}" type="revolute">
    <parent link="{parent}"/><child link="{child}"/>
    <origin xyz="{place}"/><axis xyz="0 1 0"/>
    <limit lower="0" upper="2" effort="1" velocity="1"/>
  </joint>
  <link name="{child}"/>"""
TIP = """
  <joint name="{child}_fixed" type="fixed">
    <parent link="{parent}"/><child link="{child}"/><origin xyz="{place}"/>
  </joint>
  <link name="{child}"/>"""


def robot_urdf() -> str:
    """Index and middle finger of three hinges about y, along z, which fold towards x: a right hand
    in the library's axes."""
    parts = []
    for finger, across in (("index", 0.02), ("middle", 0.0)):
        links = ["palm", *(f"{finger}_{k}" for k in range(3))]
        places = (f"0 {across} 0.09", "0 0 0.042", "0 0 0.026")
        for k, place in enumerate(places):
            fields = {"parent": links[k], "child": links[k + 1], "place": place}
            parts.append(JOINT.format(name=f"{finger}_joint_{k}", **fields))
        parts.append(TIP.format(parent=links[3], child=f"{finger}_tip", place="0 0 0.02"))
    return ROBOT.format(joints="".join(parts))


def test_a_robots_hand_opens_and_closes_as_the_hand_does(tmp_path: Path) -> None:
    config = pytest.importorskip("dex_retargeting.retargeting_config", exc_type=ImportError)
    urdf = tmp_path / "robot.urdf"
    urdf.write_text(robot_urdf())
    fields = {
        "type": "vector",
        "urdf_path": str(urdf),
        "target_joint_names": None,
        "target_origin_link_names": ["palm", "palm"],
        "target_task_link_names": ["index_tip", "middle_tip"],
        "scaling_factor": 1.0,
        "target_link_human_indices": np.array([[0, 0], [8, 12]]),
        "low_pass_alpha": 1.0,
    }
    robot = config.RetargetingConfig.from_dict(fields).build()
    indices = robot.optimizer.target_link_human_indices
    bends = {}
    for pose in ("flat_together", "fist_tight", "point"):
        joints = joints_of(Handedness.RIGHT, pose=pose)
        for _ in range(5):
            found = robot.retarget(reference_vectors_m(joints, Handedness.RIGHT, indices))
        angles = dict(zip(robot.joint_names, np.degrees(found), strict=True))
        bends[pose] = [
            sum(angles[f"{finger}_joint_{k}"] for k in range(3)) for finger in ("index", "middle")
        ]
    assert max(bends["flat_together"]) < 60.0
    assert min(bends["fist_tight"]) > 150.0
    assert bends["point"][0] < 60.0 < 150.0 < bends["point"][1]


def test_vectors_and_places_are_what_the_optimiser_asks_for() -> None:
    joints = joints_of(Handedness.RIGHT)
    seen = wrist_joints_m(joints, Handedness.RIGHT)
    pairs = np.array([[0, 4], [8, 12]])
    vectors = reference_vectors_m(joints, Handedness.RIGHT, pairs)
    np.testing.assert_allclose(vectors, [seen[8] - seen[0], seen[12] - seen[4]])
    places = reference_vectors_m(joints, Handedness.RIGHT, np.array([4, 8]))
    np.testing.assert_allclose(places, seen[[4, 8]])
