"""Find hands in a full frame with a small network on a low-resolution image.

Every camera's frame is resampled to one focal length, so the network sees a hand at a given
distance at the same size whatever the camera.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.inference import ModelEntry, Network, model_entry
from engine.skeleton import Handedness
from engine.types import Frame, HandRegion

OLDER_CONTRACT: Final = (
    "detector/1: image [1,2,H,W] at focal 144 px -> heat [1,2,h,w], offset [1,3,h,w]"
)
"""Of detectors that say nothing of sides."""
CONTRACT: Final = (
    "detector/2: image [1,2,H,W] at focal 144 px -> heat [1,2,h,w], offset [1,3,h,w], "
    "side [1,1,h,w]"
)
FOCAL_PX: Final = 144.0
"""Focal length of the network's image: a hand at 60 cm is about 43 pixels long."""
CELL_PX: Final = 8
SIZE_STEP: Final = 32
MAX_SIZE: Final = 320
NEAR_MM: Final = 150.0
FAR_MM: Final = 1500.0


def detector_camera(camera: Camera) -> Camera:
    """The network's camera for frames of ``camera``: focal length 144 px, sides multiples of 32.

    A few border pixels are cut off rather than a whole step of 32 added.
    """
    sizes = []
    for pixels, focal in ((camera.width, camera.fx), (camera.height, camera.fy)):
        wanted = pixels * FOCAL_PX / focal
        steps = int(np.ceil((wanted - 6) / SIZE_STEP))
        sizes.append(int(np.clip(steps * SIZE_STEP, SIZE_STEP, MAX_SIZE)))
    width, height = sizes
    centre_u = (camera.cx - 0.5 * (camera.width - 1)) * FOCAL_PX / camera.fx
    centre_v = (camera.cy - 0.5 * (camera.height - 1)) * FOCAL_PX / camera.fy
    return Camera(
        width,
        height,
        FOCAL_PX,
        FOCAL_PX,
        0.5 * (width - 1) + centre_u,
        0.5 * (height - 1) + centre_v,
        name=camera.name,
    )


@njit(cache=True, nogil=True, fastmath=True)
def _resample(depth, ratio_u, ratio_v, cx, cy, low_cx, low_cy, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    height, width = depth.shape
    for i in range(out.shape[1]):
        v = int(np.floor((i - low_cy) * ratio_v + cy + 0.5))
        for j in range(out.shape[2]):
            u = int(np.floor((j - low_cx) * ratio_u + cx + 0.5))
            z = 0.0
            if 0 <= u < width and 0 <= v < height:
                z = depth[v, u]
            if z > 30.0:
                out[0, i, j] = min(1.5, NEAR_MM / z)
                out[1, i, j] = min(1.0, z / FAR_MM)
            else:
                out[0, i, j] = 0.0
                out[1, i, j] = 1.0


def detector_image(depth_mm: FloatArray, camera: Camera, low: Camera) -> FloatArray:
    """The network's input [2, H, W] for a depth image [H0, W0] (mm, 0 = no measurement).

    Channel 0 is 150 mm / z (0 where nothing was measured), channel 1 is z / 1500 mm, at most 1
    (and 1 where nothing was measured). ``low`` is ``detector_camera(camera)``.
    """
    out = np.empty((2, low.height, low.width), np.float32)
    depth = np.ascontiguousarray(depth_mm, dtype=np.float32)
    ratio_u, ratio_v = camera.fx / low.fx, camera.fy / low.fy
    _resample(depth, ratio_u, ratio_v, camera.cx, camera.cy, low.cx, low.cy, out)
    return out


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """``threshold``: least probability of a hand centre to be reported; ``separation_mm``: two
    centres nearer than this are one hand. The network's depth, wrong by ``depth_sd`` of itself,
    tells which surface within ``reach_mm`` of the centre is the hand's; the centre is put
    ``inside_mm`` behind that. Where something crosses the view before the hand, that surface is
    the wrong one: other depths named are at least ``apart_mm`` from each other and at most
    ``behind_mm`` behind the first.
    """

    threshold: float = 0.1
    separation_mm: float = 90.0
    reach_mm: float = 40.0
    depth_sd: float = 0.12
    inside_mm: float = 14.0
    apart_mm: float = 30.0
    behind_mm: float = 300.0


def detector_entry(directory: Path | None = None) -> ModelEntry:
    """The manifest's entry of the detector, of this contract or the older one.

    Raises:
        ModelError: as ``model_entry``.
    """
    older = (OLDER_CONTRACT,)
    return model_entry("detector", contract=CONTRACT, directory=directory, older=older)


class Detector:
    """The shipped hand detector. One thread at a time may call it."""

    def __init__(
        self,
        config: DetectorConfig | None = None,
        *,
        device: str = "CPU",
        directory: Path | None = None,
        threads: int | None = None,
    ) -> None:
        """Load the shipped network, or the one in ``directory``, on an OpenVINO ``device``;
        ``threads`` is that of ``Network``.

        Raises:
            ModelError: if the model is missing, damaged or cannot run on the device.
        """
        self.config = config or DetectorConfig()
        self._entry = detector_entry(directory)
        self._device, self._threads = device, threads
        self._networks: dict[tuple[int, int], Network] = {}

    def prepare(self, camera: Camera) -> None:
        """Compile for this camera's frame size, so that its first frame does not wait."""
        self._network(detector_camera(camera))

    def _network(self, low: Camera) -> Network:
        size = (low.height, low.width)
        if size not in self._networks:
            shape = (1, 2, *size)
            self._networks[size] = Network(
                self._entry, shape, device=self._device, threads=self._threads
            )
        return self._networks[size]

    def __call__(self, frame: Frame, max_hands: int) -> tuple[HandRegion, ...]:
        """At most ``max_hands`` hands in ``frame``, the likeliest first."""
        low = detector_camera(frame.camera)
        image = detector_image(frame.depth_mm, frame.camera, low)
        output = self._network(low)(image[None])
        heat, offset = output["heat"][0], output["offset"][0]
        side = output["side"][0, 0] if "side" in output else None
        regions = decode(heat, offset, low, max_hands, self.config, side)
        return tuple(on_surface(region, image[0], low, self.config) for region in regions)


def decode(
    heat: NDArray[np.float32],
    offset: NDArray[np.float32],
    low: Camera,
    max_hands: int,
    config: DetectorConfig,
    side: NDArray[np.float32] | None = None,
) -> tuple[HandRegion, ...]:
    """Peaks of ``heat`` [2, h, w] (logits) with ``offset`` [3, h, w] (cells, cells, log m) and
    ``side`` [h, w] (log odds of a right hand; None: the heat alone guesses, which is no evidence).
    """
    p = 1.0 / (1.0 + np.exp(-heat.astype(np.float64)))
    either = 1.0 - (1.0 - p[0]) * (1.0 - p[1])
    regions: list[HandRegion] = []
    for flat in np.argsort(either, axis=None)[::-1][:32]:
        row, column = divmod(int(flat), either.shape[1])
        score = float(either[row, column])
        if score < config.threshold or len(regions) == max_hands:
            break
        du, dv, log_m = offset[:, row, column]
        u = (column + 0.5 + float(du)) * CELL_PX - 0.5
        v = (row + 0.5 + float(dv)) * CELL_PX - 0.5
        z = 1000.0 * float(np.exp(np.clip(log_m, -3.0, 1.0)))
        centre = low.unproject(np.array([u, v]), np.array(z))
        if any(np.linalg.norm(centre - r.centre_mm) < config.separation_mm for r in regions):
            continue
        right = float(p[0, row, column] - p[1, row, column])
        log_odds = 0.0
        if side is not None:
            right = log_odds = float(side[row, column])
        handedness = Handedness.RIGHT if right >= 0.0 else Handedness.LEFT
        regions.append(HandRegion(centre, handedness, abs(log_odds), score))
    return tuple(regions)


def on_surface(
    region: HandRegion, inverse: FloatArray, low: Camera, config: DetectorConfig
) -> HandRegion:
    """Put a region's centre behind the surface it was seen on; name other depths it may have.

    ``inverse`` [H, W] is 150 mm / z as in ``detector_image``. The network knows which surface is
    the hand, but not its depth as well as the camera does.
    """
    uv = low.project(region.centre_mm)
    z = float(region.centre_mm[2])
    reach = max(2.0, config.reach_mm * low.fx / z)
    top, left = max(int(uv[1] - reach), 0), max(int(uv[0] - reach), 0)
    window = inverse[top : int(uv[1] + reach) + 2, left : int(uv[0] + reach) + 2]
    rows, columns = np.nonzero((window > 0.0) & (window < 1.5))
    if len(rows) < 3:
        return region
    seen = NEAR_MM / window[rows, columns]
    distance = np.hypot(rows + top - uv[1], columns + left - uv[0]) / reach
    aside = np.exp(-2.0 * distance**2)
    surface = _middle(seen, aside * np.exp(-0.5 * (np.log(seen / z) / config.depth_sd) ** 2))
    if surface is None:
        return region
    gap = seen - surface
    behind = _middle(seen, aside * ((gap > config.apart_mm) & (gap < config.behind_mm)))
    depths = [surface + config.inside_mm]
    for other in (z, None if behind is None else behind + config.inside_mm):
        if other is not None and all(abs(other - known) >= config.apart_mm for known in depths):
            depths.append(other)
    centres = [low.unproject(uv, np.array(depth)) for depth in depths]
    others = np.array(centres[1:], np.float32).reshape(-1, 3)
    return replace(region, centre_mm=centres[0], others_mm=others)


def _middle(values: FloatArray, weights: FloatArray) -> float | None:
    """The median of ``values`` with ``weights``; None if hardly any have weight."""
    if weights.sum() < 0.5:
        return None
    order = np.argsort(values)
    middle = np.searchsorted(np.cumsum(weights[order]), 0.5 * weights.sum())
    return float(values[order[middle]])
