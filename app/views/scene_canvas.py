"""Draws a scene with OpenGL 3.3 into memory, without a window; see ``scene_process`` for where.

Pixels come out as Qt wants them, BGRA and the top row first: shaders write colours in that order,
and the projection turns the picture upside down, as OpenGL reads it from the bottom.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.views.orbit import focal_px
from app.views.scene_lines import grid_lines, halo_lines, sample_lines
from app.views.scene_process import FAR_MM, NEAR_MM, PictureRequest
from app.views.skeleton_mesh import mesh_colours, mesh_triangles, mesh_vertices
from engine.camera import FloatArray

SAMPLES: Final = 4
"""Of each pixel, so that edges are smooth."""
OPENGL: Final = 330

_FLAT_VERTEX: Final = """
#version 330
uniform mat4 projection;
in vec3 place;
in vec3 colour;
out vec3 shade;
void main() {
    gl_Position = projection * vec4(place, 1.0);
    shade = colour;
}
"""
_LIT_VERTEX: Final = """
#version 330
uniform mat4 projection;
uniform mat3 turn;
in vec3 place;
in vec3 normal;
in vec3 colour;
out vec3 shade;
// Light comes from the eye and from above it.
const vec3 ABOVE = vec3(0.0, -0.8, -0.6);
void main() {
    gl_Position = projection * vec4(place, 1.0);
    vec3 n = normalize(turn * normal);
    float light = 0.55 + 0.3 * max(-n.z, 0.0) + 0.25 * max(dot(n, ABOVE), 0.0);
    shade = min(colour * light, 1.0);
}
"""
_FRAGMENT: Final = """
#version 330
in vec3 shade;
out vec4 pixel;
void main() {
    pixel = vec4(shade.bgr, 1.0);
}
"""


class SceneCanvas:
    """Draws pictures; all calls come from the thread that made it.

    Raises:
        RuntimeError: if the machine offers no OpenGL 3.3.
    """

    def __init__(self) -> None:
        self._context = _open_context()
        self._context.enable_only(moderngl.DEPTH_TEST)
        self._flat = self._context.program(_FLAT_VERTEX, _FRAGMENT)
        self._lit = self._context.program(_LIT_VERTEX, _FRAGMENT)
        self._targets: dict[float, _Target] = {}

    def picture(self, request: PictureRequest) -> bytearray:
        """Pixels [height, width, 4] uint8 (BGRA) of the scene; the next picture overwrites them."""
        target = self._target(request)
        target.drawn.use()
        style = request.style
        target.drawn.clear(*style.background[::-1], 1.0)
        transform = _projection(style.width, style.height) @ request.T_view_from_camera
        # OpenGL reads matrices by columns.
        self._flat["projection"].write(transform.T.astype("f4").tobytes())
        self._lit["projection"].write(transform.T.astype("f4").tobytes())
        self._lit["turn"].write(request.T_view_from_camera[:3, :3].T.astype("f4").tobytes())
        self._context.point_size = request.style.point_size
        self._draw_flat(*grid_lines(request), moderngl.LINES)
        self._draw_flat(request.scene.points, request.scene.colours, moderngl.POINTS)
        for joints in request.scene.skeletons:
            self._draw_skeleton(joints)
        self._draw_flat(*sample_lines(request), moderngl.LINES)
        self._draw_flat(*halo_lines(request), moderngl.LINES)
        return target.read(self._context)

    def close(self) -> None:
        """Let go of the graphics card."""
        self._context.release()

    def _target(self, request: PictureRequest) -> _Target:
        """One for each scale; made anew for another size."""
        style = request.style
        size = (style.width, style.height)
        target = self._targets.get(style.scale)
        if target is None or target.size != size:
            if target is not None:
                target.release()
            target = self._targets[style.scale] = _Target(self._context, size)
        return target

    def _draw_flat(
        self, places: NDArray[np.floating], colours: NDArray[np.floating], mode: int
    ) -> None:
        if len(places):
            self._draw(self._flat, np.hstack([places, colours]), "3f 3f", mode=mode)

    def _draw_skeleton(self, joints: FloatArray) -> None:
        vertices = np.hstack([*mesh_vertices(joints), mesh_colours()])
        self._draw(self._lit, vertices, "3f 3f 3f", mesh_triangles())

    def _draw(
        self,
        program: Any,
        vertices: NDArray[np.floating],
        layout: str,
        triangles: NDArray[np.int32] | None = None,
        mode: int = moderngl.TRIANGLES,
    ) -> None:
        context = self._context
        names = ("place", "colour") if layout.count(" ") == 1 else ("place", "normal", "colour")
        buffer = context.buffer(vertices.astype("f4").tobytes())
        indices = None if triangles is None else context.buffer(triangles.tobytes())
        array = context.vertex_array(program, [(buffer, layout, *names)], index_buffer=indices)
        array.render(mode)
        for used in (array, buffer, indices):
            if used is not None:
                used.release()


class _Target:
    """What is drawn into, several samples a pixel, and what is read."""

    def __init__(self, context: Any, size: tuple[int, int]) -> None:
        self.size = size
        samples = min(SAMPLES, context.max_samples)
        self._parts = (
            context.renderbuffer(size, 4, samples=samples),
            context.depth_renderbuffer(size, samples=samples),
            context.renderbuffer(size, 4),
        )
        colour, depth, plain = self._parts
        self.drawn = context.framebuffer([colour], depth)
        self._plain = context.framebuffer([plain])
        self._pixels = bytearray(size[0] * size[1] * 4)

    def read(self, context: Any) -> bytearray:
        """The pixels."""
        context.copy_framebuffer(self._plain, self.drawn)
        self._plain.read_into(self._pixels, components=4)
        return self._pixels

    def release(self) -> None:
        """Free the memory."""
        for part in (self.drawn, self._plain, *self._parts):
            part.release()


def _open_context() -> Any:
    """OpenGL without a window; on Linux without a display, too, where EGL is there."""
    reasons = []
    backends: tuple[dict[str, Any], ...] = ({},)
    if sys.platform.startswith("linux"):
        backends = ({"backend": "egl"}, {})
    for options in backends:
        try:
            return moderngl.create_context(require=OPENGL, standalone=True, **options)
        except Exception as error:  # noqa: BLE001 - the library raises no narrower one
            reasons.append(str(error))
    raise RuntimeError(f"no graphics context could be opened ({'; '.join(reasons)})")


def _projection(width: int, height: int) -> NDArray[np.float64]:
    """From the view frame (mm; x right, y down, z forward) to OpenGL's cube, upside down."""
    focal = focal_px(height)
    reach = FAR_MM - NEAR_MM
    projection = np.zeros((4, 4))
    projection[0, 0], projection[1, 1] = 2.0 * focal / width, 2.0 * focal / height
    projection[2, 2:] = (FAR_MM + NEAR_MM) / reach, -2.0 * FAR_MM * NEAR_MM / reach
    projection[3, 2] = 1.0
    return projection
