"""How lenses bend rays: the models of the RealSense SDK and of ROS.

A ray through (x, y, 1) is seen at a distorted place (x', y'); both are in units of the focal
length, from the optical axis. With r2 = x^2 + y^2 and f(r2) the radial factor:

- Brown-Conrady (``plumb_bob``): k1 k2 p1 p2 k3, f = 1 + k1 r2 + k2 r2^2 + k3 r2^3;
  x' = x f + 2 p1 x y + p2 (r2 + 2 x^2), y' = y f + 2 p2 x y + p1 (r2 + 2 y^2).
- modified Brown-Conrady: the same, the terms with p1 and p2 of x f and y f in place of x and y.
- inverse Brown-Conrady: the formula of Brown-Conrady, but from (x', y') to (x, y).
- rational (``rational_polynomial``): k1 k2 p1 p2 k3 k4 k5 k6 [s1 s2 s3 s4], the factor divided by
  1 + k4 r2 + k5 r2^2 + k6 r2^3, s1 r2 + s2 r2^2 added to x' and s3 r2 + s4 r2^2 to y' (OpenCV).
- F-Theta: w; r' = atan(2 r tan(w / 2)) / w.
- Kannala-Brandt (``equidistant``): k1 k2 k3 k4; with t = atan(r),
  r' = t (1 + k1 t^2 + k2 t^4 + k3 t^6 + k4 t^8).

Sources: librealsense ``rsutil.h`` and its documentation of ``rs2_distortion``, which calls the
inverse model the one that undistorts; OpenCV, camera calibration and fisheye models.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FloatPair = tuple[Array, Array]

_NONE: Final = ("", "none", "pinhole", "rectified", "undistorted")
_NEWTON_STEPS: Final = 5
_DIFFERENCE: Final = 1e-5
_CONVERGED: Final = 1e-5
_RADII: Final = np.linspace(0.0, 4.0, 801)
"""Distances from the axis at which it is looked whether a lens still sees farther out."""


class DistortionModel(Enum):
    """A formula, see above."""

    BROWN_CONRADY = "Brown-Conrady"
    MODIFIED_BROWN_CONRADY = "modified Brown-Conrady"
    INVERSE_BROWN_CONRADY = "inverse Brown-Conrady"
    RATIONAL = "rational"
    F_THETA = "F-Theta"
    KANNALA_BRANDT = "Kannala-Brandt"


_NUMBERS: Final = {
    DistortionModel.RATIONAL: 12,
    DistortionModel.F_THETA: 1,
    DistortionModel.KANNALA_BRANDT: 4,
}
"""How many coefficients a formula takes if not those of Brown-Conrady."""
_BROWN_NUMBERS: Final = 5
_MODELS: Final = {
    "brownconrady": DistortionModel.BROWN_CONRADY,
    "plumbbob": DistortionModel.BROWN_CONRADY,
    "radtan": DistortionModel.BROWN_CONRADY,
    "radialtangential": DistortionModel.BROWN_CONRADY,
    "opencv": DistortionModel.BROWN_CONRADY,
    "modifiedbrownconrady": DistortionModel.MODIFIED_BROWN_CONRADY,
    "inversebrownconrady": DistortionModel.INVERSE_BROWN_CONRADY,
    "rationalpolynomial": DistortionModel.RATIONAL,
    "rational": DistortionModel.RATIONAL,
    "thinprism": DistortionModel.RATIONAL,
    "ftheta": DistortionModel.F_THETA,
    "fov": DistortionModel.F_THETA,
    "kannalabrandt4": DistortionModel.KANNALA_BRANDT,
    "kannalabrandt": DistortionModel.KANNALA_BRANDT,
    "equidistant": DistortionModel.KANNALA_BRANDT,
    "equi": DistortionModel.KANNALA_BRANDT,
    "fisheye": DistortionModel.KANNALA_BRANDT,
    "opencvfisheye": DistortionModel.KANNALA_BRANDT,
}


@dataclass(frozen=True, slots=True)
class Distortion:
    """A model with its coefficients, as many as it takes."""

    model: DistortionModel
    coeffs: tuple[float, ...]

    def apply(self, x: Array, y: Array) -> FloatPair:
        """Where rays through (x, y, 1) are seen; NaN for rays that the lens cannot see."""
        with np.errstate(all="ignore"):
            if self.model is DistortionModel.INVERSE_BROWN_CONRADY:
                return self._inverse(x, y)
            seen_x, seen_y = self._formula(x, y)
            beyond = np.hypot(x, y) > self._reach()
        return np.where(beyond, np.nan, seen_x), np.where(beyond, np.nan, seen_y)

    def _formula(self, x: Array, y: Array) -> FloatPair:
        r2 = x * x + y * y
        if self.model in (DistortionModel.F_THETA, DistortionModel.KANNALA_BRANDT):
            factor = _angular_factor(self, np.sqrt(r2))
            return x * factor, y * factor
        k1, k2, p1, p2, k3, *more = self.coeffs
        factor = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
        prism_x, prism_y = 0.0 * r2, 0.0 * r2
        if more:
            k4, k5, k6, s1, s2, s3, s4 = more
            factor = factor / (1.0 + r2 * (k4 + r2 * (k5 + r2 * k6)))
            prism_x, prism_y = r2 * (s1 + r2 * s2), r2 * (s3 + r2 * s4)
        far_x, far_y = x * factor, y * factor
        if self.model is DistortionModel.MODIFIED_BROWN_CONRADY:
            x, y = far_x, far_y
        return (
            far_x + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x) + prism_x,
            far_y + 2.0 * p2 * x * y + p1 * (r2 + 2.0 * y * y) + prism_y,
        )

    def _inverse(self, x: Array, y: Array) -> FloatPair:
        """The place from which the formula leads to (x, y), by Newton's method."""
        u, v, h = x.copy(), y.copy(), _DIFFERENCE
        for _ in range(_NEWTON_STEPS):
            (at_x, at_y), (right_x, right_y) = self._formula(u, v), self._formula(u + h, v)
            below_x, below_y = self._formula(u, v + h)
            xu, yu, xv, yv = right_x - at_x, right_y - at_y, below_x - at_x, below_y - at_y
            miss_x, miss_y, area = x - at_x, y - at_y, xu * yv - xv * yu
            u = u + h * (miss_x * yv - miss_y * xv) / area
            v = v + h * (miss_y * xu - miss_x * yu) / area
        found_x, found_y = self._formula(u, v)
        wrong = ~(np.hypot(found_x - x, found_y - y) < _CONVERGED)
        wrong |= np.hypot(u, v) > self._reach()
        return np.where(wrong, np.nan, u), np.where(wrong, np.nan, v)

    def _reach(self) -> float:
        """How far from the axis the formula leads farther out; beyond, it describes no lens."""
        seen, _ = self._formula(_RADII, np.zeros_like(_RADII))
        back = np.flatnonzero(~(np.diff(seen) > 0.0))
        return float(_RADII[back[0]]) if len(back) else np.inf


def distortion_of(model: str, coeffs: tuple[float, ...]) -> Distortion | None:
    """The distortion called ``model``; None where there is none.

    Raises:
        ValueError: if the model is not known, or its numbers cannot be used.
    """
    name = "".join(filter(str.isalnum, model.lower().removeprefix("distortion.")))
    if not any(coeffs) or name in _NONE:
        return None
    found = _MODELS.get(name)
    if found is None:
        raise ValueError("its model is not known")
    if found is DistortionModel.BROWN_CONRADY and len(coeffs) > _BROWN_NUMBERS:
        found = DistortionModel.RATIONAL
    count = _NUMBERS.get(found, _BROWN_NUMBERS)
    if not np.isfinite(coeffs).all() or any(coeffs[count:]):
        raise ValueError("its numbers cannot be used")
    if found is DistortionModel.F_THETA and not abs(coeffs[0]) < np.pi:
        raise ValueError("its angle is impossible")
    return Distortion(found, (*coeffs, *(0.0,) * count)[:count])


def _angular_factor(distortion: Distortion, r: Array) -> Array:
    """R' / r where a formula goes by the angle between ray and axis."""
    r = np.maximum(r, 1e-9)
    if distortion.model is DistortionModel.F_THETA:
        (w,) = distortion.coeffs
        return np.arctan(2.0 * r * np.tan(w / 2.0)) / w / r
    k1, k2, k3, k4 = distortion.coeffs
    angle = np.arctan(r)
    a2 = angle * angle
    return angle * (1.0 + a2 * (k1 + a2 * (k2 + a2 * (k3 + a2 * k4)))) / r
