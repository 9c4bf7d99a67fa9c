"""The Open3D side of the 3D view: one process of its own, whose main thread owns the visualiser.

Open3D holds the interpreter lock while it imports (0.2 s at a time), opens its window (0.2 s) and
takes a picture (20-40 ms). In a thread of the program it would stall the window and the tracker
alike; in a process it cannot, and where the visualiser needs the main thread (macOS) it has one.
A crash inside a graphics driver ends only this process.

Protocol over one pipe: the parent sends a ``PictureRequest``; the child answers each with a
``str`` (why there is no picture) or the raw pixels [height, width, 4] uint8 (BGRA). ``None`` or a
closed pipe ends the child.
"""

from __future__ import annotations

import os
import signal
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.state.scene import HALO_SIDES, Scene, faded, floor_grid, halo_rings
from app.views.orbit import focal_px
from app.views.skeleton_mesh import mesh_colours, mesh_triangles, mesh_vertices
from engine.camera import FloatArray
from engine.pictures.palette import BONE_RGB, JOINT_RGB
from engine.skeleton import BONES, JOINT_COUNT

NICENESS: Final = 5
"""A software renderer must not take the processor from the tracker."""
NEAR_MM: Final = 10.0
FAR_MM: Final = 6000.0


@dataclass(frozen=True, slots=True, eq=False)
class PictureRequest:
    """One picture to make: sizes in pixels, ``T_view_from_camera`` [4, 4] and target in mm,
    colours as RGB in [0, 1]."""

    scene: Scene
    width: int
    height: int
    T_view_from_camera: NDArray[np.float64]
    target_mm: FloatArray
    background: tuple[float, float, float]
    grid_colour: tuple[float, float, float]
    point_size: float
    scale: float
    halos: bool


def serve(connection: Connection) -> None:
    """Answer requests until told to end. Runs in the main thread of its own process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    stages = _Stages()
    try:
        while (request := connection.recv()) is not None:
            connection.send_bytes(stages.of(request).picture(request))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:  # noqa: BLE001 - the top of a process: the parent shows the reason
        connection.send_bytes(f"{type(error).__name__}: {error}".encode())
    finally:
        stages.close()


class _Stages:
    """One stage for each scale, since opening a window takes 0.2 s; made anew for another size."""

    def __init__(self) -> None:
        self._by_scale: dict[float, _Stage] = {}

    def of(self, request: PictureRequest) -> _Stage:
        """The stage on which ``request`` is drawn."""
        size = (request.width, request.height)
        stage = self._by_scale.pop(request.scale, None)
        if stage is not None and stage.size != size:
            stage.close()
            stage = None
        self._by_scale[request.scale] = stage = stage or _Stage(*size)
        return stage

    def close(self) -> None:
        """Destroy the windows."""
        while self._by_scale:
            self._by_scale.popitem()[1].close()


class _Stage:
    """One Open3D window and what stands in it. Once it is closed all references must go before the
    next is made, or that one stays blank."""

    def __init__(self, width: int, height: int) -> None:
        import open3d as o3d

        o3d.utility.set_verbosity_level(o3d.utility.VerbosityLevel.Error)
        self.size = (width, height)
        self._o3d = o3d
        self._visualizer = o3d.visualization.Visualizer()
        if not self._visualizer.create_window("3D", width, height, visible=False):
            raise RuntimeError("no graphics context could be opened")
        self._cloud = o3d.geometry.PointCloud()
        self._grid = o3d.geometry.LineSet()
        self._sample_lines = o3d.geometry.LineSet()
        self._halos = o3d.geometry.LineSet()
        self._meshes: list[Any] = []
        self._shown: set[int] = set()
        self._parameters = o3d.camera.PinholeCameraParameters()
        focal = focal_px(height)
        self._parameters.intrinsic = o3d.camera.PinholeCameraIntrinsic(
            width, height, focal, focal, width / 2 - 0.5, height / 2 - 0.5
        )
        self._rgb = np.empty((height, width, 3), dtype=np.uint8)
        self._pixels = np.full((height, width, 4), 255, dtype=np.uint8)

    def picture(self, request: PictureRequest) -> memoryview:
        """Pixels [H, W, 4] uint8 (BGRA) of the scene."""
        options = self._visualizer.get_render_option()
        options.background_color = np.array(request.background)
        options.point_size = request.point_size
        options.line_width = 1.0
        self._place_grid(request)
        self._place_cloud(request.scene)
        self._place_skeletons(request.scene)
        self._place_samples(request)
        self._place_halos(request)
        self._set_camera(request)
        shot = np.asarray(self._visualizer.capture_screen_float_buffer(do_render=True))
        # Two steps, one channel at a time in the second, take a fifth of the time of one.
        np.multiply(shot, 255.0, out=self._rgb, casting="unsafe")
        for channel in range(3):
            self._pixels[..., 2 - channel] = self._rgb[..., channel]
        return self._pixels.data.cast("B")

    def close(self) -> None:
        """Destroy the window."""
        self._visualizer.clear_geometries()
        self._visualizer.destroy_window()

    def _set_camera(self, request: PictureRequest) -> None:
        self._parameters.extrinsic = request.T_view_from_camera
        control = self._visualizer.get_view_control()
        control.set_constant_z_near(NEAR_MM)
        control.set_constant_z_far(FAR_MM)
        control.convert_from_pinhole_camera_parameters(self._parameters, allow_arbitrary=True)

    def _place_grid(self, request: PictureRequest) -> None:
        lines, strength = floor_grid(request.target_mm)
        background = np.array(request.background)
        colours = background + strength[:, None] * (np.array(request.grid_colour) - background)
        vector = self._o3d.utility
        self._grid.points = vector.Vector3dVector(lines.reshape(-1, 3))
        order = np.arange(2 * len(lines), dtype=np.int32).reshape(-1, 2)
        self._grid.lines = vector.Vector2iVector(order)
        self._grid.colors = vector.Vector3dVector(colours)
        self._show(self._grid, True)

    def _place_cloud(self, scene: Scene) -> None:
        if len(scene.points):
            vector = self._o3d.utility.Vector3dVector
            self._cloud.points = vector(scene.points.astype(np.float64))
            self._cloud.colors = vector(scene.colours.astype(np.float64))
        self._show(self._cloud, bool(len(scene.points)))

    def _place_skeletons(self, scene: Scene) -> None:
        while len(self._meshes) < len(scene.skeletons):
            self._meshes.append(self._new_mesh())
        vector = self._o3d.utility.Vector3dVector
        for k, mesh in enumerate(self._meshes):
            if k < len(scene.skeletons):
                vertices, normals = mesh_vertices(scene.skeletons[k])
                mesh.vertices, mesh.vertex_normals = vector(vertices), vector(normals)
            self._show(mesh, k < len(scene.skeletons))

    def _place_samples(self, request: PictureRequest) -> None:
        samples = request.scene.samples
        if samples:
            vector = self._o3d.utility
            colours = faded(np.array(BONE_RGB) / 255.0, np.array(request.background))
            self._sample_lines.points = vector.Vector3dVector(
                np.concatenate(samples).astype(np.float64)
            )
            bones = [np.array(BONES, np.int32) + JOINT_COUNT * k for k in range(len(samples))]
            self._sample_lines.lines = vector.Vector2iVector(np.concatenate(bones))
            self._sample_lines.colors = vector.Vector3dVector(np.tile(colours, (len(samples), 1)))
        self._show(self._sample_lines, bool(samples))

    def _place_halos(self, request: PictureRequest) -> None:
        rings = halo_rings(request.scene, request.T_view_from_camera[:3, :3])
        if request.halos and len(rings):
            vector = self._o3d.utility
            self._halos.points = vector.Vector3dVector(rings.reshape(-1, 3))
            order = np.arange(rings.size // 3, dtype=np.int32).reshape(-1, 2)
            self._halos.lines = vector.Vector2iVector(order)
            hands = len(rings) // JOINT_COUNT
            rgb = np.repeat(np.array(JOINT_RGB) / 255.0, HALO_SIDES, axis=0)
            colours = faded(rgb, np.array(request.background))
            self._halos.colors = vector.Vector3dVector(np.tile(colours, (hands, 1)))
        self._show(self._halos, request.halos and len(rings) > 0)

    def _new_mesh(self) -> Any:
        mesh = self._o3d.geometry.TriangleMesh()
        mesh.triangles = self._o3d.utility.Vector3iVector(mesh_triangles())
        mesh.vertex_colors = self._o3d.utility.Vector3dVector(mesh_colours())
        return mesh

    def _show(self, geometry: Any, visible: bool) -> None:
        if not visible:
            if id(geometry) in self._shown:
                self._shown.discard(id(geometry))
                self._visualizer.remove_geometry(geometry, reset_bounding_box=False)
        elif id(geometry) in self._shown:
            self._visualizer.update_geometry(geometry)
        else:
            # The first one sets the bounding box, without which the view control stays inert.
            first = not self._shown
            self._shown.add(id(geometry))
            self._visualizer.add_geometry(geometry, reset_bounding_box=first)
