"""Random scenes: hands before people, walls, desks and clutter; and scenes without a hand.

Shares and sizes are estimates of what stands before a desk camera, widened where a detector must
not be surprised; none is fitted to data. Left and right hands are equally frequent.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.camera import Camera, FloatArray
from engine.hand import props
from engine.hand.model import HandModel
from engine.hand.orientation import sample_orientations
from engine.hand.person import CHEST_MM, FACE_MM, Person, sample_person
from engine.hand.render import Part
from engine.hand.sampler import PoseSampler
from engine.hand.scene import Scene, SceneHand
from engine.hand.solids import capsule, cylinder, join, turned
from engine.skeleton import Handedness

PERSON_SHARE: Final = 0.65
TOUCHING_SHARE: Final = 0.22
"""Share of the people who hold the hand 5-60 mm before their own face or chest."""
SLEEVE_SHARE: Final = 0.45
HELD_SHARE: Final = 0.1
WALL_SHARE, DESK_SHARE = 0.5, 0.25
FRONT_SHARE: Final = 0.12
"""Share of the things that may stand between camera and hand."""
BORDER_SHARE: Final = 0.1
"""Share of the hands that may be cut by the image's border."""
UPPER_ARM_MM: Final = (285.0, 20.0)
_MIRROR: Final = np.diag([-1.0, 1.0, 1.0])


class _Arm:
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


class SceneSampler:
    """Draws scenes; read-only after construction, so threads may share it (not the generators)."""

    def __init__(self, model: HandModel, poses: PoseSampler | None = None) -> None:
        self.model = model
        self._poses = poses or PoseSampler(model)
        height = model.vertices[:, 1]
        self._cut = np.flatnonzero((model.bone_of_vertex == 0) & (height < height.min() + 12.0))
        self._skin = np.flatnonzero(model.bone_of_vertex > 0)

    def sample(
        self,
        rng: np.random.Generator,
        camera: Camera,
        hands: int = 1,
        near_mm: float = 180.0,
        far_mm: float = 900.0,
    ) -> Scene:
        """A scene with 0, 1 or 2 hands (of one person) before ``camera``.

        The (first) hand's mean joint lies ``near_mm`` to ``far_mm`` away.
        """
        if hands == 0:
            return self._without_hands(rng, camera, far_mm)
        first = self._sample_hand(rng, self._place(rng, camera, near_mm, far_mm))
        shown = (first,) if hands == 1 else (first, self._second_hand(rng, first))
        return self.compose(rng, camera, shown)

    def compose(
        self, rng: np.random.Generator, camera: Camera, hands: tuple[SceneHand, ...]
    ) -> Scene:
        """A random world around one or two given hands."""
        arms = [_Arm(hand, self._cut) for hand in hands]
        skin = np.concatenate([hand.posed.vertices_mm[self._skin] for hand in hands])
        parts: list[props.Labelled] = []
        shoulders: dict[Handedness, FloatArray] = {}
        if not arms[0].from_camera and rng.random() < PERSON_SHARE:
            shoulders = self._add_person(rng, camera, arms, skin, parts)
        for arm in arms:
            _add_arm(rng, arm, shoulders.get(arm.handedness), parts)
        if rng.random() < HELD_SHARE:
            hand = hands[0]
            parts += props.held(hand.posed.joints_mm, hand.R_camera_from_hand, rng)
        _add_clutter(rng, camera, skin, parts, most=4)
        whole = np.concatenate([hand.posed.vertices_mm for hand in hands])
        solid = [m[0] for m, part in parts if part in (Part.BODY, Part.HEAD)]
        planes = _sample_planes(rng, whole if rng.random() < 0.7 else skin, solid)
        return Scene(hands, *join(parts), planes, _NO_SPHERES)

    def pose(
        self,
        angles: FloatArray,
        shape: FloatArray,
        R_camera_from_hand: FloatArray,
        t_camera_from_hand: FloatArray,
        handedness: Handedness,
    ) -> SceneHand:
        """A hand for a scene from its parameters (those of ``HandModel.pose``)."""
        R = np.asarray(R_camera_from_hand, np.float32)
        t = np.asarray(t_camera_from_hand, np.float32)
        posed = self.model.pose(angles, shape, R, t, handedness)
        return SceneHand(angles, shape, R, t, handedness, posed)

    def _sample_hand(
        self,
        rng: np.random.Generator,
        centre_mm: FloatArray,
        handedness: Handedness | None = None,
        shape: FloatArray | None = None,
    ) -> SceneHand:
        if handedness is None:
            handedness = Handedness.RIGHT if rng.random() < 0.5 else Handedness.LEFT
        if shape is None:
            shape = rng.standard_normal(self.model.n_shape).astype(np.float32)
        R = sample_orientations(rng, 1)[0]
        if handedness is Handedness.LEFT:
            R = _MIRROR @ R @ _MIRROR
        angles = self._poses.sample(rng)
        joints = self.model.pose_joints(angles, shape, R, np.zeros(3, np.float32), handedness)
        return self.pose(angles, shape, R, centre_mm - joints.mean(axis=0), handedness)

    def _second_hand(self, rng: np.random.Generator, first: SceneHand) -> SceneHand:
        """The other hand of the same person, beside the first one."""
        from_camera = _Arm(first, self._cut).from_camera
        side = 1.0 if first.handedness is Handedness.RIGHT else -1.0
        if from_camera != (rng.random() < 0.1):  # first-person views and crossed arms
            side = -side
        step = np.array([side * rng.uniform(140, 380), rng.normal(0, 70), rng.normal(0, 60)])
        centre = first.posed.joints_mm.mean(axis=0) + step
        centre[2] = max(centre[2], 160.0)
        for _ in range(6):
            hand = self._sample_hand(rng, centre, first.handedness.other, first.shape)
            if _Arm(hand, self._cut).from_camera == from_camera:
                break
        return hand

    def _place(
        self, rng: np.random.Generator, camera: Camera, near_mm: float, far_mm: float
    ) -> FloatArray:
        """A point [3] in view, log-uniform in distance."""
        z = near_mm * (far_mm / near_mm) ** rng.random()
        size = np.array([camera.width, camera.height])
        margin = np.minimum(80.0 * np.array([camera.fx, camera.fy]) / z, 0.4 * size)
        if rng.random() < BORDER_SHARE:
            margin = np.zeros(2)
        uv = margin + rng.random(2) * (size - 1 - 2 * margin)
        return camera.unproject(uv, np.asarray(z))

    def _add_person(
        self,
        rng: np.random.Generator,
        camera: Camera,
        arms: list[_Arm],
        skin: FloatArray,
        parts: list[props.Labelled],
    ) -> dict[Handedness, FloatArray]:
        """Put a person behind the hands; returns the shoulders [3] that the hands' arms reach."""
        person = sample_person(rng)
        R, arm = _upright(rng), arms[0]
        if rng.random() < TOUCHING_SHARE:
            spot, spread = (FACE_MM, 35.0) if rng.random() < 0.5 else (CHEST_MM, 80.0)
            origin = skin.mean(axis=0) - R @ spot + rng.normal(0, [spread, spread, 1])
            gap = rng.uniform(5.0, 60.0)
            body = person.vertices @ R.T + origin.astype(np.float32)
            shift = _clearance(body, skin, gap)
        else:
            side = 1.0 if arm.handedness is Handedness.RIGHT else -1.0
            way = np.array([0.25 * side, -0.75, 0.75]) + rng.normal(0, 0.35, 3)
            way /= np.linalg.norm(way)
            origin = arm.elbow + way * rng.normal(*UPPER_ARM_MM)
            origin = origin - R @ person.shoulder(arm.handedness)
            body = person.vertices @ R.T + origin.astype(np.float32)
            shift = max(_clearance(body, skin, rng.uniform(20.0, 120.0)), 0.0)
        body[:, 2] += np.float32(shift)
        origin[2] += shift
        _add_body(person, body, parts)
        shoulders = {side: R @ person.shoulder(side) + origin for side in Handedness}
        used = {arm.handedness for arm in arms}
        for side in Handedness:
            if side not in used:
                _add_hanging_arm(rng, camera, shoulders[side], person, parts)
        return shoulders

    def _without_hands(self, rng: np.random.Generator, camera: Camera, far_mm: float) -> Scene:
        parts: list[props.Labelled] = []
        anchor = self._place(rng, camera, 350.0, 1.3 * far_mm)[None]
        if rng.random() < PERSON_SHARE:
            person, R = sample_person(rng), _upright(rng)
            origin = anchor[0] + [0, rng.normal(60, 80), 120]
            _add_body(person, person.vertices @ R.T + origin.astype(np.float32), parts)
            for side in Handedness:
                _add_hanging_arm(rng, camera, R @ person.shoulder(side) + origin, person, parts)
        _add_clutter(rng, camera, None, parts, most=7)
        solid = [mesh[0] for mesh, _ in parts]
        return Scene((), *join(parts), _sample_planes(rng, anchor, solid), _NO_SPHERES)


_NO_SPHERES: Final = np.zeros((0, 5), np.float32)


def _upright(rng: np.random.Generator) -> FloatArray:
    """The rotation of a person who more or less faces the camera."""
    angles = rng.normal([4, 0, 0], [9, 20, 5])
    return turned(*angles)


def _clearance(body: FloatArray, skin: FloatArray, gap: float) -> float:
    """How far back a body must move to leave ``gap`` mm behind the hand where they overlap."""
    low, high = skin[:, :2].min(axis=0) - 60.0, skin[:, :2].max(axis=0) + 60.0
    inside = np.all((body[:, :2] > low) & (body[:, :2] < high), axis=1)
    if not inside.any():
        return 0.0
    return float(skin[:, 2].max() + gap - body[inside, 2].min())


def _add_body(person: Person, vertices: FloatArray, parts: list[props.Labelled]) -> None:
    parts.append(((vertices, person.faces[person.parts == Part.BODY]), Part.BODY))
    parts.append(((vertices, person.faces[person.parts == Part.HEAD]), Part.HEAD))


def _add_hanging_arm(
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
        return
    parts.append((capsule(shoulder, end, person.arm_r, 0.85 * person.arm_r), Part.ARM))


def _add_arm(
    rng: np.random.Generator,
    arm: _Arm,
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


def _add_clutter(
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


def _sample_planes(
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
