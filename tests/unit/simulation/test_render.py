"""Rendered depth against geometry worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.camera import Camera, FloatArray
from engine.simulation.mesh_buffer import (
    add_box,
    add_capsule,
    add_cylinder,
    add_ellipsoid,
    mesh_buffer,
)
from engine.simulation.model import HandModel
from engine.simulation.render import NEAR_MM, Part, draw_plane, rasterize
from engine.simulation.scene import face_parts
from engine.simulation.solids import Mesh, capsule, frame_along, turned

CAMERA = Camera(160, 120, 150.0, 140.0, 78.3, 61.7)
LENS = (CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy)
EYE = np.eye(3, dtype=np.float32)
POSE = (np.zeros(24, np.float32), np.zeros(20, np.float32), np.diag([1.0, -1.0, -1.0]))


def buffers() -> tuple[FloatArray, np.ndarray]:
    return np.zeros((120, 160), np.float32), np.zeros((120, 160), np.uint8)


def rays() -> FloatArray:
    v, u = np.mgrid[:120, :160]
    return CAMERA.unproject(np.stack([u, v], axis=-1), np.ones((120, 160)))


def signed_volume(mesh: Mesh) -> float:
    a, b, c = (mesh[0][mesh[1][:, i]].astype(np.float64) for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def solid(add: Callable[..., None], *arguments: object) -> Mesh:
    """The mesh that ``add`` puts into an empty buffer."""
    buffer = mesh_buffer()
    add(buffer, *arguments, int(Part.CLUTTER))
    vertices, faces, _ = buffer.mesh()
    return vertices, faces


def test_plane_depth_is_exact() -> None:
    depth, labels = buffers()
    point, normal = np.array([10.0, -20.0, 700.0]), np.array([0.3, -0.4, -1.0])
    draw_plane(depth, labels, Part.WALL, point, normal, *LENS)
    assert np.allclose(depth, (normal @ point) / (rays() @ normal), rtol=1e-4)
    assert (labels == Part.WALL).all()


def test_slanted_triangle_is_interpolated_perspectively() -> None:
    depth, labels = buffers()
    corners = np.array([[-200, -150, 300], [250, -140, 900], [-50, 300, 600]], np.float32)
    faces = np.array([[0, 1, 2]], np.int32)
    rasterize(depth, labels, corners, faces, 7, *LENS, cull_backfaces=False)
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    expected = (normal @ corners[0]) / (rays() @ normal)
    seen = depth > 0
    assert seen.sum() > 1000
    assert np.allclose(depth[seen], expected[seen], rtol=1e-3)


@pytest.mark.parametrize(
    "mesh",
    [
        solid(add_box, np.zeros(3), EYE, np.array([10.0, 20.0, 30.0])),
        capsule(np.zeros(3), np.array([3.0, 4.0, 50.0]), 10, 6),
        solid(add_capsule, np.zeros(3), np.array([3.0, 4.0, 50.0]), 10.0, 6.0),
        solid(add_cylinder, np.zeros(3), np.array([30.0, 4.0, -5.0]), 10.0, 6.0),
        solid(add_ellipsoid, np.zeros(3), turned(10, 20, 30), np.array([10.0, 20.0, 30.0])),
    ],
)
def test_solids_are_closed_and_wound_outward(mesh: Mesh) -> None:
    edges = np.concatenate([mesh[1][:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
    assert {(int(a), int(b)) for a, b in edges} == {(int(b), int(a)) for a, b in edges}
    assert signed_volume(mesh) > 0


@pytest.mark.parametrize("direction", [(1, 0, 0), (0, -2, 0), (0.1, 0.2, 3), (-5, 1, 1)])
def test_frame_along_is_a_rotation(direction: tuple[float, ...]) -> None:
    R = frame_along(np.array(direction))
    assert np.allclose(R @ R.T, EYE, atol=1e-5)
    assert np.linalg.det(R) == pytest.approx(1.0, abs=1e-5)
    assert np.allclose(R[:, 2], np.array(direction) / np.linalg.norm(direction), atol=1e-6)


def test_culling_keeps_the_front_of_a_solid() -> None:
    mesh = solid(add_box, np.array([0, 0, 400.0]), turned(20, 30, 10), np.array([90.0, 90, 90]))
    culled, both = buffers()[0], buffers()[0]
    rasterize(culled, buffers()[1], *mesh, 1, *LENS, cull_backfaces=True)
    rasterize(both, buffers()[1], *mesh, 1, *LENS, cull_backfaces=False)
    assert np.array_equal(culled, both)
    inside_out = (mesh[0], np.ascontiguousarray(mesh[1][:, ::-1]))
    flipped = buffers()[0]
    rasterize(flipped, buffers()[1], *inside_out, 1, *LENS, cull_backfaces=True)
    assert (flipped[both > 0] >= both[both > 0]).all()
    assert flipped.sum() > both.sum()


def test_triangles_are_clipped_at_the_near_plane() -> None:
    depth, labels = buffers()
    floor = np.array([[-900, 50, -500], [900, 50, -500], [0, 50, 4000]], np.float32)
    faces = np.array([[0, 1, 2]], np.int32)
    rasterize(depth, labels, floor, faces, 5, *LENS, cull_backfaces=False)
    seen = depth > 0
    assert seen[-1].any()
    assert depth[seen].min() >= NEAR_MM - 1e-3
    assert np.allclose(depth[seen], (50.0 / rays()[..., 1])[seen], rtol=1e-3)


def test_nearer_surface_wins_whatever_the_order() -> None:
    images = []
    for order in ((300.0, 500.0), (500.0, 300.0)):
        depth, labels = buffers()
        for z in order:
            point, normal = np.array([0.0, 0.0, z]), np.array([0.0, 0.0, -1.0])
            draw_plane(depth, labels, int(z / 100), point, normal, *LENS)
        images.append((depth, labels))
    assert np.array_equal(images[0][0], images[1][0])
    assert np.array_equal(images[0][1], images[1][1])
    assert images[0][1][62, 78] == 3


def test_window_is_a_part_of_the_whole_image() -> None:
    mesh = capsule(np.array([-40, 30, 400.0]), np.array([60, -30, 500.0]), 30, 20)
    whole, part = buffers()[0], np.zeros((50, 60), np.float32)
    rasterize(whole, buffers()[1], *mesh, 1, *LENS)
    shifted = (CAMERA.fx, CAMERA.fy, CAMERA.cx - 40, CAMERA.cy - 30)
    rasterize(part, np.zeros((50, 60), np.uint8), *mesh, 1, *shifted)
    assert np.allclose(part, whole[30:80, 40:100], atol=1e-3)


def test_hand_parts_lie_where_their_joints_project() -> None:
    model = HandModel.load()
    posed = model.pose(*POSE, np.array([0.0, 60.0, 450.0]))
    depth, labels = buffers()
    rasterize(depth, labels, posed.vertices_mm, model.faces, face_parts(model, True), *LENS)
    assert set(range(1, 18)) <= set(np.unique(labels).tolist())
    index_tip = CAMERA.project(posed.joints_mm[8]).round().astype(int)
    assert labels[index_tip[1], index_tip[0]] == Part.FOREARM + 7
    # The joint lies under the skin that is seen.
    assert 0 < posed.joints_mm[8, 2] - depth[index_tip[1], index_tip[0]] < 12
    # A right hand that shows its palm, fingers up, has its thumb on the image's right.
    assert CAMERA.project(posed.joints_mm[4])[0] > CAMERA.project(posed.joints_mm[20])[0]
