"""Draws a scene with Open3D, the same picture as ``scene_canvas``; see ``scene_process`` for where.

Open3D draws into windows, which stay hidden. It holds the interpreter lock while it is imported and
while it draws, and it wants the main thread, which the process of the 3D view has for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.state.scene import Scene
from app.views.orbit import focal_px
from app.views.scene_lines import Lines, grid_lines, halo_lines, sample_lines
from app.views.scene_process import FAR_MM, NEAR_MM, PictureRequest
from app.views.skeleton_mesh import mesh_colours, mesh_triangles, mesh_vertices
from engine.extras import Extra, load_extra


class Open3dCanvas:
    """Draws pictures; all calls come from the thread that made it.

    There is one window for each scale, since opening one takes 0.2 s; it is made anew for another
    size.

    Raises:
        MissingExtraError: if Open3D is not installed or cannot be loaded.
    """

    def __init__(self) -> None:
        self._o3d: Any = load_extra(Extra.OPEN3D)
        self._o3d.utility.set_verbosity_level(self._o3d.utility.VerbosityLevel.Error)
        self._windows: dict[float, _Window] = {}

    def picture(self, request: PictureRequest) -> memoryview:
        """Pixels [height, width, 4] uint8 (BGRA) of the scene; the next picture overwrites them.

        Raises:
            RuntimeError: if there is no screen whose graphics Open3D can use.
        """
        size = (request.style.width, request.style.height)
        window = self._windows.pop(request.style.scale, None)
        if window is not None and window.size != size:
            window.close()
            window = None
        self._windows[request.style.scale] = window = window or _Window(self._o3d, *size)
        return window.picture(request)

    def close(self) -> None:
        """Destroy the windows."""
        while self._windows:
            self._windows.popitem()[1].close()


class _Window:
    """One window and what stands in it. Once it is closed all references must go before the next
    is made, or that one stays blank."""

    def __init__(self, o3d: Any, width: int, height: int) -> None:
        self.size = (width, height)
        self._o3d = o3d
        self._visualizer = o3d.visualization.Visualizer()
        if not self._visualizer.create_window("3D", width, height, visible=False):
            raise RuntimeError("no graphics context could be opened")
        self._cloud = o3d.geometry.PointCloud()
        self._lines = tuple(o3d.geometry.LineSet() for _ in range(3))
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
        options.background_color = np.array(request.style.background)
        options.point_size = request.style.point_size
        options.line_width = 1.0
        every = (grid_lines(request), sample_lines(request), halo_lines(request))
        for line_set, lines in zip(self._lines, every, strict=True):
            self._place_lines(line_set, lines)
        self._place_cloud(request.scene)
        self._place_skeletons(request.scene)
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

    def _place_lines(self, line_set: Any, lines: Lines) -> None:
        ends, colours = lines
        if len(ends):
            vector = self._o3d.utility
            order = np.arange(len(ends), dtype=np.int32).reshape(-1, 2)
            line_set.points = vector.Vector3dVector(ends.astype(np.float64))
            line_set.lines = vector.Vector2iVector(order)
            line_set.colors = vector.Vector3dVector(colours[::2])
        self._show(line_set, bool(len(ends)))

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
