"""What stands around a hand: its arm, a person's other arm, clutter, walls and desks.

Compiled, because it is drawn anew for every scene; solids go into a ``MeshBuffer``. Points and
vectors are [3] in mm, camera frame; a lens is (width, height, fx, fy, cx, cy) in pixels.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.camera import Camera
from engine.simulation.decoys import add_decoy
from engine.simulation.mesh_buffer import MeshBuffer, add_capsule, add_cylinder, add_ellipsoid
from engine.simulation.props import add_thing, drawn
from engine.simulation.render import Part
from engine.simulation.scene import SceneHand
from engine.simulation.solids import turned

Array = NDArray[Any]
Lens = tuple[float, float, float, float, float, float]

SLEEVE_SHARE: Final = 0.5
TO_WRIST_SHARE: Final = 0.45
"""Share of the sleeves that end at the wrist."""
WALL_SHARE, DESK_SHARE = 0.5, 0.25
FRONT_SHARE: Final = 0.12
"""Share of the things that may stand between camera and hand."""
_BODY, _ARM, _WALL, _DESK = int(Part.BODY), int(Part.ARM), int(Part.WALL), int(Part.DESK)


def lens_of(camera: Camera) -> Lens:
    """A camera as compiled code takes it."""
    size = float(camera.width), float(camera.height)
    return *size, camera.fx, camera.fy, camera.cx, camera.cy


class Extent(NamedTuple):
    """Mean, least and greatest coordinates [3] of points and their greatest distance to the mean;
    ``reach`` is negative if there are no points."""

    mean: Array
    low: Array
    high: Array
    reach: float


NOTHING: Final = Extent(np.zeros(3), np.zeros(3), np.zeros(3), -1.0)


@njit(cache=True, nogil=True)
def extent_of(points: Array) -> Extent:
    """The extent of points [N, 3]; N > 0."""
    mean, low, high = np.zeros(3), np.full(3, np.inf), np.full(3, -np.inf)
    for n in range(len(points)):
        for k in range(3):
            value = float(points[n, k])
            mean[k] += value
            low[k], high[k] = min(low[k], value), max(high[k], value)
    mean /= len(points)
    reach = 0.0
    for n in range(len(points)):
        x, y, z = points[n, 0] - mean[0], points[n, 1] - mean[1], points[n, 2] - mean[2]
        reach = max(reach, x * x + y * y + z * z)
    return Extent(mean, low, high, np.sqrt(reach))


@njit(cache=True, nogil=True)
def _ring(vertices: Array, cut: Array) -> tuple[Array, float]:
    """Middle [3] and mean radius of the vertices ``cut``."""
    middle, radius = np.zeros(3), 0.0
    for index in cut:
        for k in range(3):
            middle[k] += vertices[index, k]
    middle /= len(cut)
    for index in cut:
        spoke = vertices[index] - middle
        radius += np.sqrt((spoke * spoke).sum())
    return middle, radius / len(cut)


class Arm:
    """Where a posed hand's forearm ends: elbow [3], radius there, direction from the wrist."""

    def __init__(self, hand: SceneHand, cut: Array) -> None:
        self.elbow, self.radius = _ring(hand.posed.vertices_mm, cut)
        self.wrist = hand.posed.joints_mm[0].astype(np.float64)
        self.handedness = hand.handedness

    @property
    def from_camera(self) -> bool:
        """True if the arm comes from the camera's side, as in a first-person view."""
        return bool(self.elbow[2] < self.wrist[2] - 40.0)


@njit(cache=True, nogil=True)
def upright(rng: np.random.Generator) -> Array:
    """The rotation of a person who more or less faces the camera."""
    angles = drawn(rng, 9.0, 20.0, 5.0)
    return turned(angles[0] + 4.0, angles[1], angles[2])


@njit(cache=True, nogil=True)
def clearance(body: Array, skin: Extent, gap: float) -> float:
    """How far back a body [V, 3] must move to leave ``gap`` mm behind a hand it overlaps."""
    nearest = np.inf
    for v in range(len(body)):
        x, y = body[v, 0], body[v, 1]
        beside = x <= skin.low[0] - 60.0 or x >= skin.high[0] + 60.0
        if not beside and skin.low[1] - 60.0 < y < skin.high[1] + 60.0:
            nearest = min(nearest, float(body[v, 2]))
    return skin.high[2] + gap - nearest if nearest < np.inf else 0.0


@njit(cache=True, nogil=True)
def add_hanging_arm(
    rng: np.random.Generator, buffer: MeshBuffer, lens: Lens, shoulder: Array, arm_r: float
) -> bool:
    """An arm whose hand is out of view, so that no stump is seen; else none below the sleeve.

    Returns whether the arm was left out and the shoulder alone closes the body.
    """
    way = np.array([1.0 if shoulder[0] > 0 else -1.0, 1.0, 0.0])
    way[0] *= rng.uniform(0.05, 0.4)
    way[2] = rng.normal(0, 0.15)
    end = shoulder + way * 900.0
    v = end[1] / max(end[2], 1e-6) * lens[3] + lens[5]
    if v < lens[1] + 10 or shoulder[2] < 100.0 or end[2] < 100.0:
        identity = np.eye(3, dtype=np.float32)
        add_ellipsoid(buffer, shoulder, identity, np.full(3, 1.25 * arm_r), _BODY)
        return True
    add_capsule(buffer, shoulder, end, arm_r, 0.85 * arm_r, _ARM)
    return False


@njit(cache=True, nogil=True)
def add_arm(
    rng: np.random.Generator,
    buffer: MeshBuffer,
    elbow: Array,
    wrist: Array,
    radius: float,
    shoulder: Array | None,
) -> None:
    """The upper arm from a hand's elbow, to the shoulder or out of view, and perhaps a sleeve."""
    thick = radius * rng.uniform(1.05, 1.4)
    way = elbow - wrist
    if shoulder is None:
        way = way / np.sqrt((way * way).sum()) + drawn(rng, 0.35, 0.35, 0.35)
        way[1] += 0.25
        end = elbow + 800.0 * way
    else:
        end = shoulder
    add_capsule(buffer, elbow, end, thick, max(thick, rng.uniform(45, 60)), _ARM)
    if rng.random() < SLEEVE_SHARE:
        share = rng.uniform(0.85, 1.0) if rng.random() < TO_WRIST_SHARE else rng.uniform(0.1, 0.85)
        cuff = elbow + share * (wrist - elbow)
        wide = (1 - 0.28 * share) * radius + rng.uniform(2, 14)
        add_cylinder(buffer, elbow, cuff, thick, wide, _ARM)


@njit(cache=True, nogil=True)
def add_clutter(
    rng: np.random.Generator, buffer: MeshBuffer, lens: Lens, skin: Extent, max_things: int
) -> None:
    """Some things in view, most of them behind or beside the hand if there is one."""
    if skin.reach >= 0.0 and rng.random() < 0.35:
        return
    centre = np.empty(3)
    for _ in range(rng.integers(1, max_things + 1)):
        for _ in range(3):
            z = rng.uniform(0.0, 1.0) ** 0.7 * 1400.0 + 250.0
            centre[0] = (rng.random() * lens[0] - lens[4]) / lens[2] * z
            centre[1] = (rng.random() * lens[1] - lens[5]) / lens[3] * z
            centre[2] = z
            vertices, faces = buffer.used[0], buffer.used[1]
            radius = add_thing(rng, buffer, centre, np.exp(rng.normal(0, 0.25)))
            if z - radius > 120.0 and (
                skin.reach < 0.0 or _is_clear(centre, radius, skin, rng.random() < FRONT_SHARE)
            ):
                break
            buffer.used[0], buffer.used[1] = vertices, faces


@njit(cache=True, nogil=True)
def add_decoys(
    rng: np.random.Generator,
    buffer: MeshBuffer,
    lens: Lens,
    skin: Extent,
    near_mm: float,
    count: int,
) -> None:
    """``count`` things that are taken for hands, in view from ``near_mm`` on, behind or beside the
    hand if there is one."""
    centre = np.empty(3)
    for _ in range(count):
        for _ in range(3):
            z = near_mm * np.exp(rng.uniform(0.0, np.log(1400.0 / near_mm)))
            centre[0] = (rng.uniform(0.1, 0.9) * lens[0] - lens[4]) / lens[2] * z
            centre[1] = (rng.uniform(0.1, 0.9) * lens[1] - lens[5]) / lens[3] * z
            centre[2] = z
            vertices, faces = buffer.used[0], buffer.used[1]
            radius = add_decoy(rng, buffer, centre)
            free = z - 0.6 * radius > 60.0
            if free and (skin.reach < 0.0 or _is_clear(centre, radius, skin, False)):
                break
            buffer.used[0], buffer.used[1] = vertices, faces


@njit(cache=True, nogil=True)
def _is_clear(centre: Array, radius: float, skin: Extent, front: bool) -> bool:
    """True if a ball is behind or beside the hand, or before it but hides only a part of it."""
    if centre[2] - radius > skin.high[2]:
        return True
    middle = skin.mean
    across = centre[0] / centre[2] - middle[0] / middle[2]
    angle = np.hypot(across, centre[1] / centre[2] - middle[1] / middle[2])
    covered = radius / (centre[2] - radius)
    if front and centre[2] + radius < skin.low[2]:
        return bool(angle > covered)
    return bool(angle > covered + 0.8 * skin.reach / middle[2])


@njit(cache=True, nogil=True)
def sample_planes(rng: np.random.Generator, skin: Array, solid: Array) -> Array:
    """A wall behind the points ``skin`` [N, 3] and ``solid`` [M, 3] and a desk behind ``skin``,
    each in some scenes; [P, 7]."""
    planes, count = np.empty((2, 7), np.float32), 0
    if rng.random() < WALL_SHARE:
        normal = np.array([rng.normal(0, 0.2), rng.normal(0, 0.2), -1.0])
        gap = np.exp(rng.uniform(np.log(15.0), np.log(1500.0)))
        _put_plane(planes[count], _WALL, normal, skin, solid, gap)
        count += 1
    if rng.random() < DESK_SHARE:
        tilt = np.deg2rad(rng.uniform(2, 70))
        normal = np.array([rng.normal(0, 0.08), -np.cos(tilt), -np.sin(tilt)])
        gap = np.exp(rng.uniform(np.log(4.0), np.log(300.0)))
        _put_plane(planes[count], _DESK, normal, skin, solid[:0], gap)
        count += 1
    return planes[:count]


@njit(cache=True, nogil=True)
def sample_desk_below(rng: np.random.Generator, skin: Array) -> Array:
    """The desk that a camera above it sees behind the points ``skin`` [N, 3]; [1, 7]."""
    planes = np.empty((1, 7), np.float32)
    tilt = np.deg2rad(rng.normal(80.0, 12.0))
    normal = np.array([rng.normal(0, 0.12), -np.cos(tilt), -np.sin(tilt)])
    gap = np.exp(rng.uniform(np.log(2.0), np.log(250.0)))
    _put_plane(planes[0], _DESK, normal, skin, skin[:0], gap)
    return planes


@njit(cache=True, nogil=True)
def _put_plane(
    plane: Array, part: int, normal: Array, first: Array, second: Array, gap_mm: float
) -> None:
    """The plane across ``normal`` that lies ``gap_mm`` behind two sets of points [N, 3]."""
    normal /= np.sqrt((normal * normal).sum())
    nearest = min(_least(first, normal), _least(second, normal))
    plane[0], plane[1:4], plane[4:7] = part, normal * (nearest - gap_mm), normal


@njit(cache=True, nogil=True)
def _least(points: Array, normal: Array) -> float:
    least = np.inf
    for n in range(len(points)):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        least = min(least, normal[0] * x + normal[1] * y + normal[2] * z)
    return least
