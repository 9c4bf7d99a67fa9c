"""The colour camera beside a depth camera, and its images.

Colour is for people: it is shown, recorded and exported, no stage of tracking looks at it. So its
images stay as they were taken, and the hands are projected into them through the colour lens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray, Intrinsics
from engine.distortion import Distortion, DistortionModel, distortion_of
from engine.errors import FrameError, InvalidInputError

ColourPixels = NDArray[np.uint8]
"""[H, W, 3]: red, green, blue."""


@dataclass(frozen=True, slots=True, eq=False)
class ColourCamera(Intrinsics):
    """A colour camera with its lens and its place beside the depth camera.

    ``model`` and ``coeffs`` are the lens's distortion (``engine.distortion``); a point p of the
    depth camera's frame is at ``R_colour_from_depth`` [3, 3] p + ``t_colour_from_depth_mm`` [3] in
    the colour camera's. ``notice`` is a sentence about what is not known
    of it, so that hands may lie beside their images.

    Raises:
        InvalidInputError: if a size, a focal length or the place is impossible.
    """

    model: str = ""
    coeffs: tuple[float, ...] = ()
    R_colour_from_depth: FloatArray = field(default_factory=lambda: np.eye(3, dtype=np.float32))
    t_colour_from_depth_mm: FloatArray = field(default_factory=lambda: np.zeros(3, np.float32))
    notice: str = ""
    _distortion: Distortion | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        Camera(self.width, self.height, self.fx, self.fy, self.cx, self.cy)
        for name, shape in (("R_colour_from_depth", (3, 3)), ("t_colour_from_depth_mm", (3,))):
            values = np.array(getattr(self, name), dtype=np.float32)
            if values.shape != shape or not np.isfinite(values).all():
                raise InvalidInputError("the place of the colour camera is impossible")
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        try:
            object.__setattr__(self, "_distortion", _projecting(self.model, self.coeffs))
        except ValueError as error:
            text = f"the distortion of the colour lens ({self.model}) is left out: {error}"
            object.__setattr__(self, "notice", "; ".join(filter(None, (self.notice, text))))

    def project(self, points_mm: NDArray[np.floating]) -> FloatArray:
        """Project points [..., 3] (mm, depth camera's frame) to pixels [..., 2] of the colour
        image; NaN for what the lens cannot see."""
        points = np.asarray(points_mm, dtype=np.float64)
        points = points @ self.R_colour_from_depth.T.astype(np.float64)
        points = points + self.t_colour_from_depth_mm
        z = np.where(points[..., 2] > 0.0, points[..., 2], np.nan)
        x, y = points[..., 0] / z, points[..., 1] / z
        if self._distortion is not None:
            x, y = self._distortion.apply(x, y)
        return np.stack([x * self.fx + self.cx, y * self.fy + self.cy], axis=-1).astype(np.float32)


def _projecting(model: str, coeffs: tuple[float, ...]) -> Distortion | None:
    """The distortion by which rays become pixels of a colour image.

    What the SDK calls the inverse model it projects by the formula of the modified one
    (librealsense ``rsutil.h``), and its own alignment of depth and colour rests on that.
    """
    found = distortion_of(model, coeffs)
    if found is not None and found.model is DistortionModel.INVERSE_BROWN_CONRADY:
        return replace(found, model=DistortionModel.MODIFIED_BROWN_CONRADY)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class ColourImage:
    """A colour image that is decoded when somebody wants to see it, so that it costs nothing else.

    Any thread may ask, several times; each time it is decoded anew.
    """

    camera: ColourCamera
    load: Callable[[], ColourPixels]

    def pixels(self) -> ColourPixels:
        """The image [H, W, 3], red, green, blue; read-only.

        Raises:
            FrameError: if it is damaged or of another size than its camera's.
            SourceError: if the recording is closed or gone.
        """
        found = self.load()
        expected = (self.camera.height, self.camera.width, 3)
        if found.shape != expected:
            raise FrameError(
                f"a colour image is {found.shape[1]}x{found.shape[0]}, "
                f"its camera says {expected[1]}x{expected[0]}"
            )
        pixels = np.ascontiguousarray(found)
        if pixels.flags.writeable:
            pixels = pixels.view()
            pixels.setflags(write=False)
        return pixels
