"""What the 3D view shows of a result, as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.scene import floor_grid, follow_target, hand_cloud
from app.views.orbit import Orbit
from app.views.skeleton_mesh import mesh_colours, mesh_triangles, mesh_vertices
from tests.fakes import make_hand, make_result
from tests.scenes import result_at


def test_the_cloud_holds_the_measured_points_of_the_cube() -> None:
    result = result_at()
    points, colours = hand_cloud(result.frame, result.hands[0])
    assert points.shape == colours.shape
    assert len(points) > 1000
    assert np.all(np.abs(points - (0.0, 0.0, 450.0)) <= 135.0 + 1e-3)
    assert np.allclose(points[:, 2], 470.0)


@pytest.mark.parametrize("centre", [(900.0, 0.0, 450.0), (0.0, 0.0, 30.0), (-150.0, 90.0, 400.0)])
def test_a_hand_at_the_images_edge_has_a_cloud(centre: tuple[float, float, float]) -> None:
    points, _ = hand_cloud(result_at().frame, make_hand(centre_mm=centre))
    assert points.ndim == 2


def test_rods_join_their_joints_and_triangles_face_outwards() -> None:
    joints = make_hand().pose.joints_mm
    vertices, normals = mesh_vertices(joints)
    triangles = mesh_triangles()
    assert len(vertices) == len(normals) == len(mesh_colours())
    assert triangles.max() == len(vertices) - 1
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), normals[triangles].mean(axis=1))
    assert np.all(facing > -1e-6)
    assert np.mean(facing > 1e-6) > 0.85


def test_no_turn_shows_what_the_depth_camera_sees() -> None:
    transform = Orbit(0.0, 0.0, 450.0).extrinsic(np.array([0.0, 0.0, 450.0], dtype=np.float32))
    assert np.allclose(transform, np.eye(4))


def test_the_orbit_keeps_its_target_in_the_middle() -> None:
    target = np.array([30.0, -20.0, 500.0], dtype=np.float32)
    orbit = Orbit().turned(120, -40).zoomed(3)
    seen = orbit.extrinsic(target) @ np.array([*target, 1.0])
    assert np.allclose(seen[:3], (0.0, 0.0, orbit.distance_mm), atol=1e-4)


def test_near_things_follow_the_pointer() -> None:
    target = np.array([0.0, 0.0, 500.0], dtype=np.float32)
    near = np.array([0.0, 0.0, 450.0, 1.0])
    still = Orbit(0.0, 0.0, 400.0)
    assert (still.turned(20, 0).extrinsic(target) @ near)[0] > 0
    assert (still.turned(0, 20).extrinsic(target) @ near)[1] > 0


def test_the_target_eases_after_a_moving_hand_and_jumps_to_another() -> None:
    first = follow_target(None, result_at(), 0.0)
    assert first is not None
    moved = follow_target(first, result_at((60.0, 0.0, 450.0)), 33.0)
    assert moved is not None
    assert 0.0 < moved[0] - first[0] < 30.0
    other = follow_target(first, result_at((600.0, 0.0, 450.0)), 33.0)
    assert other is not None
    assert other[0] - first[0] == pytest.approx(600.0, abs=1.0)
    assert follow_target(first, make_result(result_at().frame), 33.0) is first


def test_the_floor_does_not_move_with_the_hand() -> None:
    here, _ = floor_grid(np.array([0.0, 0.0, 450.0], dtype=np.float32))
    there, _ = floor_grid(np.array([13.0, 0.0, 462.0], dtype=np.float32))
    assert set(np.round(here[..., 0].ravel() % 50.0, 3)) == {0.0}
    assert set(np.round(there[..., 0].ravel() % 50.0, 3)) == {0.0}
