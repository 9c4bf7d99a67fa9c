"""What stands around a hand: its arm, a person's other arm, clutter, walls and desks."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.camera import Camera, FloatArray
from engine.hand import props
from engine.hand.person import Person
from engine.hand.render import Part
from engine.hand.scene import SceneHand
from engine.hand.solids import capsule, cylinder, ellipsoid, turned

SLEEVE_SHARE: Final = 0.45
WALL_SHARE, DESK_SHARE = 0.5, 0.25
FRONT_SHARE: Final = 0.12
"""Share of the things that may stand between camera and hand."""


class Arm:
    """Where a posed hand's forearm ends: elbow [3], radius there, direction from the wrist."""

    def __init__(self, hand: SceneHand, cut: np.ndarray) -> None:
        ring = hand.posed.vertices_mm[cut]
        self.elbow = ring.mean(axis=0)
        self.radius = float(np.linalg.norm(ring - self.elbow, axis=1).mean())
        self.wrist = hand.posed.joints_mm[0]
        self.handedness = hand.handedness

    @property
    def from_camera(self) -> bool:
        """True if the arm comes from the camera's side, as in a first-person view."""
        return bool(self.elbow[2] < self.wrist[2] - 40.0)


def upright(rng: np.random.Generator) -> FloatArray:
    """The rotation of a person who more or less faces the camera."""
    angles = rng.normal([4, 0, 0], [9, 20, 5])
    return turned(*angles)


def clearance(body: FloatArray, skin: FloatArray, gap: float) -> float:
    """How far back a body must move to leave ``gap`` mm behind the hand where they overlap."""
    low, high = skin[:, :2].min(axis=0) - 60.0, skin[:, :2].max(axis=0) + 60.0
    inside = np.all((body[:, :2] > low) & (body[:, :2] < high), axis=1)
    if not inside.any():
        return 0.0
    return float(skin[:, 2].max() + gap - body[inside, 2].min())


def add_hanging_arm(
    rng: np.random.Generator,
    camera: Camera,
    shoulder: FloatArray,
    person: Person,
    parts: list[props.Labelled],
) -> None:
    """An arm whose hand is out of view, so that no stump is seen; else none below the sleeve."""
    outward = 1.0 if shoulder[0] > 0 else -1.0
    way = np.array([outward * rng.uniform(0.05, 0.4), 1.0, rng.normal(0, 0.15)])
    end = shoulder + way * 900.0
    _, v = camera.project(end)
    if v < camera.height + 10 or shoulder[2] < 100.0 or end[2] < 100.0:
        radii = np.full(3, 1.25 * person.arm_r)  # the shoulder alone closes the body
        parts.append((ellipsoid(shoulder, turned(0.0, 0.0, 0.0), radii), Part.BODY))
        return
    parts.append((capsule(shoulder, end, person.arm_r, 0.85 * person.arm_r), Part.ARM))


def add_arm(
    rng: np.random.Generator,
    arm: Arm,
    shoulder: FloatArray | None,
    parts: list[props.Labelled],
) -> None:
    """The upper arm from a hand's elbow, to the shoulder or out of view, and perhaps a sleeve."""
    thick = arm.radius * rng.uniform(1.05, 1.4)
    if shoulder is None:
        way = (arm.elbow - arm.wrist) / np.linalg.norm(arm.elbow - arm.wrist)
        way = way + rng.normal(0, 0.35, 3) + [0, 0.25, 0]
        shoulder = arm.elbow + 800.0 * way
    end_r = max(thick, rng.uniform(45, 60))
    parts.append((capsule(arm.elbow, shoulder, thick, end_r), Part.ARM))
    if rng.random() < SLEEVE_SHARE:
        share = rng.uniform(0.1, 0.85)
        cuff = arm.elbow + share * (arm.wrist - arm.elbow)
        wide = (1 - 0.28 * share) * arm.radius + rng.uniform(2, 14)
        parts.append((cylinder(arm.elbow, cuff, thick, wide), Part.ARM))


def add_clutter(
    rng: np.random.Generator,
    camera: Camera,
    skin: FloatArray | None,
    parts: list[props.Labelled],
    most: int,
) -> None:
    """Some things in view, most of them behind or beside the hand [N, 3] if there is one."""
    if skin is not None and rng.random() < 0.35:
        return
    for _ in range(int(rng.integers(1, most + 1))):
        for _ in range(3):
            z = rng.uniform(0.0, 1.0) ** 0.7 * 1400.0 + 250.0
            uv = rng.random(2) * (camera.width, camera.height)
            centre = camera.unproject(uv, np.asarray(z))
            meshes, radius = props.thing(centre, np.exp(rng.normal(0, 0.25)), rng)
            if centre[2] - radius > 120.0 and (
                skin is None or _is_clear(centre, radius, skin, rng.random() < FRONT_SHARE)
            ):
                parts += meshes
                break


def _is_clear(centre: FloatArray, radius: float, skin: FloatArray, front: bool) -> bool:
    """True if a ball is behind or beside the hand, or before it but hides only a part of it."""
    middle = skin.mean(axis=0)
    if centre[2] - radius > skin[:, 2].max():
        return True
    reach = float(np.linalg.norm(skin - middle, axis=1).max())
    angle = float(np.linalg.norm(centre[:2] / centre[2] - middle[:2] / middle[2]))
    covered = radius / (centre[2] - radius)
    if front and centre[2] + radius < skin[:, 2].min():
        return angle > covered
    return angle > covered + 0.8 * reach / middle[2]


def sample_planes(
    rng: np.random.Generator, skin: FloatArray, solid: list[FloatArray]
) -> FloatArray:
    """A wall and a desk, each in some scenes, behind all the points given (mm); [P, 7]."""
    planes = []
    if rng.random() < WALL_SHARE:
        tilt = rng.normal(0, 0.2, 2)
        gap = np.exp(rng.uniform(np.log(15.0), np.log(1500.0)))
        points = np.concatenate([skin, *solid])
        planes.append(_plane(Part.WALL, np.array([tilt[0], tilt[1], -1.0]), points, gap))
    if rng.random() < DESK_SHARE:
        tilt, roll = np.deg2rad(rng.uniform(2, 70)), rng.normal(0, 0.08)
        normal = np.array([roll, -np.cos(tilt), -np.sin(tilt)])
        gap = np.exp(rng.uniform(np.log(4.0), np.log(300.0)))
        planes.append(_plane(Part.DESK, normal, skin, gap))
    return np.array(planes, np.float32).reshape(-1, 7)


def _plane(part: Part, normal: FloatArray, points: FloatArray, gap_mm: float) -> FloatArray:
    """The plane across ``normal`` that lies ``gap_mm`` behind the points [N, 3]."""
    normal = normal / np.linalg.norm(normal)
    offset = float((points @ normal).min()) - gap_mm
    return np.concatenate([[float(part)], normal * offset, normal])
