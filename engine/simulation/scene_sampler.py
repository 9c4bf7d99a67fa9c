"""Random scenes: hands before people, walls, desks and clutter; and scenes without a hand.

Shares and sizes are estimates of what stands before a desk camera, widened where a detector must
not be surprised; none is fitted to data. Left and right hands are equally frequent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.simulation.camera_use import (
    PERSON_SHARES,
    CameraUse,
    bend_wrist,
    draw_orientation,
    draw_use,
)
from engine.simulation.hand_family import HandFamily
from engine.simulation.handless import scene_without_hands
from engine.simulation.held import add_held
from engine.simulation.mesh_buffer import MeshBuffer, add_mesh, mesh_buffer
from engine.simulation.model import HandModel
from engine.simulation.person import CHEST_MM, FACE_MM, sample_person
from engine.simulation.props import drawn
from engine.simulation.sampler import PoseSampler
from engine.simulation.scene import Scene, SceneHand
from engine.simulation.surroundings import (
    Arm,
    Extent,
    Lens,
    add_arm,
    add_clutter,
    add_decoys,
    add_hanging_arm,
    clearance,
    extent_of,
    lens_of,
    sample_desk_below,
    sample_planes,
    upright,
)
from engine.skeleton import Handedness

OWN_SHARE: Final = 0.5
"""Share of the scenes that show the first model's hand where there are others."""
TOUCHING_SHARE: Final = 0.22
"""Share of the people who hold the hand 5-60 mm before their own face or chest."""
HELD_SHARE: Final = 0.2
BESIDE_SHARE: Final = 0.12
"""Share of the hands beside which there is something that is taken for a hand, no nearer than
``NEAREST_MM``."""
NEAREST_MM: Final = 150.0
BORDER_SHARE: Final = 0.25
"""Share of the hands that may be cut by the image's border."""
BULGE: Final = (0.9, 0.35)
"""Mean and spread of ``HandModel.pose``'s ``bulge`` over people."""
UPPER_ARM_MM: Final = (285.0, 20.0)
CROSSED_SHARE: Final = 0.1
"""Share of the pairs of hands that change places."""
_MIRROR: Final = np.diag([-1.0, 1.0, 1.0])


class SceneSampler:
    """Draws scenes; read-only after construction, so threads may share it (not the generators).

    Args:
        model: the hand shown, or shown in ``OWN_SHARE`` of the scenes where there are ``others``.
        poses: its poses, if not the usual ones.
        others: hands of other origins, each in an equal part of the other scenes.
    """

    def __init__(
        self,
        model: HandModel,
        poses: PoseSampler | None = None,
        others: Sequence[HandModel] = (),
    ) -> None:
        self.model = model
        own = HandFamily.of(model, poses)
        self._families = (own, *(HandFamily.of(other) for other in others))

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
            anchor = self._place(rng, camera, 350.0, 1.3 * far_mm)
            return scene_without_hands(rng, camera, anchor, near_mm)
        use, family = draw_use(rng), self._draw_family(rng)
        centre = self._place(rng, camera, near_mm, far_mm)
        first = self._sample_hand(rng, family, use, centre)
        shown = (first,) if hands == 1 else (first, self._second_hand(rng, use, first))
        return self.compose(rng, camera, shown, use)

    def compose(
        self,
        rng: np.random.Generator,
        camera: Camera,
        hands: tuple[SceneHand, ...],
        use: CameraUse = CameraUse.FRONT,
    ) -> Scene:
        """A random world around one or two given hands (of one person)."""
        family = self.family_of(hands[0])
        arms = [family.arm(hand) for hand in hands]
        whole = [hand.posed.vertices_mm for hand in hands]
        vertices = whole[0] if len(whole) == 1 else np.concatenate(whole)
        points = np.concatenate([each.take(family.skin, axis=0) for each in whole])
        skin, lens, buffer = extent_of(points), lens_of(camera), mesh_buffer()
        shoulders: dict[Handedness, FloatArray] = {}
        bodies = 0
        if not arms[0].from_camera and rng.random() < PERSON_SHARES[use]:
            shoulders, bodies = self._add_person(rng, lens, arms, skin, buffer)
        self._add_arms(rng, arms, shoulders, buffer)
        if rng.random() < HELD_SHARE:
            hand = hands[0]
            add_held(rng, buffer, hand.posed.joints_mm, hand.R_camera_from_hand)
        add_clutter(rng, buffer, lens, skin, 4)
        if rng.random() < BESIDE_SHARE:
            add_decoys(rng, buffer, lens, skin, NEAREST_MM, 1)
        behind = vertices if rng.random() < 0.7 else points
        if use is CameraUse.ABOVE:
            planes = sample_desk_below(rng, behind)
        else:
            planes = sample_planes(rng, behind, buffer.vertices[:bodies])
        return Scene(hands, *buffer.mesh(), planes)

    def pose(
        self,
        angles: FloatArray,
        shape: FloatArray,
        R_camera_from_hand: FloatArray,
        t_camera_from_hand: FloatArray,
        handedness: Handedness,
    ) -> SceneHand:
        """A hand of ``model`` for a scene, from its parameters (those of ``HandModel.pose``)."""
        placed = (R_camera_from_hand, t_camera_from_hand)
        return self._pose(self.model, angles, shape, *placed, handedness)

    def family_of(self, hand: SceneHand) -> HandFamily:
        """The family that a hand of this sampler belongs to."""
        return next(family for family in self._families if family.model is hand.model)

    @staticmethod
    def _pose(
        model: HandModel,
        angles: FloatArray,
        shape: FloatArray,
        R_camera_from_hand: FloatArray,
        t_camera_from_hand: FloatArray,
        handedness: Handedness,
        bulge: float = 0.0,
    ) -> SceneHand:
        R = np.asarray(R_camera_from_hand, np.float32)
        t = np.asarray(t_camera_from_hand, np.float32)
        posed = model.pose(angles, shape, R, t, handedness, bulge)
        return SceneHand(model, angles, shape, R, t, handedness, posed)

    def _sample_hand(
        self,
        rng: np.random.Generator,
        family: HandFamily,
        use: CameraUse,
        centre_mm: FloatArray,
        handedness: Handedness | None = None,
        shape: FloatArray | None = None,
    ) -> SceneHand:
        if handedness is None:
            handedness = Handedness.RIGHT if rng.random() < 0.5 else Handedness.LEFT
        if shape is None:
            shape = self._draw_shape(rng, family.model)
        R = draw_orientation(rng, use)
        if handedness is Handedness.LEFT:
            R = _MIRROR @ R @ _MIRROR
        angles, model = family.poses.sample(rng), family.model
        bend_wrist(rng, use, angles)
        joints = model.pose_joints(angles, shape, R, np.zeros(3, np.float32), handedness)
        # A person's bulge is as much their own as the shape is: part of it decides.
        bulge = max(0.2, float(BULGE[0] + BULGE[1] * shape[-1]))
        at = centre_mm - joints.mean(axis=0)
        return self._pose(model, angles, shape, R, at, handedness, bulge)

    def _draw_family(self, rng: np.random.Generator) -> HandFamily:
        """The origin of a scene's hands."""
        own, *others = self._families
        if not others or rng.random() < OWN_SHARE:
            return own
        return others[int(rng.integers(len(others)))]

    def _draw_shape(self, rng: np.random.Generator, model: HandModel) -> FloatArray:
        """The shape [S] of another person's hand."""
        return rng.standard_normal(model.n_shape).astype(np.float32)

    def _second_hand(self, rng: np.random.Generator, use: CameraUse, first: SceneHand) -> SceneHand:
        """The other hand of the same person, beside the first one."""
        family = self.family_of(first)
        arm = family.arm(first)
        from_camera = arm.from_camera
        aside = -_to_the_owners_right(arm, use) * rng.uniform(140, 380)
        if (first.handedness is Handedness.LEFT) != (rng.random() < CROSSED_SHARE):
            aside = -aside
        centre = first.posed.joints_mm.mean(axis=0) + aside + drawn(rng, 0.0, 70.0, 60.0)
        centre[2] = max(centre[2], 160.0)
        for _ in range(6):
            hand = self._sample_hand(rng, family, use, centre, first.handedness.other, first.shape)
            if family.arm(hand).from_camera == from_camera:
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

    def _add_arms(
        self,
        rng: np.random.Generator,
        arms: list[Arm],
        shoulders: dict[Handedness, FloatArray],
        buffer: MeshBuffer,
    ) -> None:
        """Forearms on from where the hands' skin ends, and upper arms to the ``shoulders``."""
        for arm in arms:
            shoulder = shoulders.get(arm.handedness)
            add_arm(rng, buffer, arm.elbow, arm.wrist, arm.radius, shoulder)

    def _add_person(
        self,
        rng: np.random.Generator,
        lens: Lens,
        arms: list[Arm],
        skin: Extent,
        buffer: MeshBuffer,
    ) -> tuple[dict[Handedness, FloatArray], int]:
        """Put a person behind the hands into an empty buffer.

        Returns the shoulders [3] that the hands' arms reach and how many vertices the body has.
        """
        person = sample_person(rng)
        R, arm = upright(rng), arms[0]
        if rng.random() < TOUCHING_SHARE:
            spot, spread = (FACE_MM, 35.0) if rng.random() < 0.5 else (CHEST_MM, 80.0)
            origin = skin.mean - R @ spot + drawn(rng, spread, spread, 1.0)
            gap, least = rng.uniform(5.0, 60.0), -math.inf
        else:
            side = 1.0 if arm.handedness is Handedness.RIGHT else -1.0
            way = np.array([0.25 * side, -0.75, 0.75]) + drawn(rng, 0.35, 0.35, 0.35)
            way *= rng.normal(*UPPER_ARM_MM) / math.sqrt(way @ way)
            origin = arm.elbow + way - R @ person.shoulder(arm.handedness)
            gap, least = rng.uniform(20.0, 120.0), 0.0
        add_mesh(buffer, person.vertices, person.faces, person.parts, R, origin)
        body = buffer.vertices[: len(person.vertices)]
        shift = max(clearance(body, skin, gap), least)
        origin[2] += shift
        body[:, 2] += shift
        shoulders = {which: R @ person.shoulder(which) + origin for which in Handedness}
        bodies = len(body)
        for which in set(Handedness) - {arm.handedness for arm in arms}:
            if add_hanging_arm(rng, buffer, lens, shoulders[which], person.arm_r):
                bodies = int(buffer.used[0])
        return shoulders, bodies


def _to_the_owners_right(arm: Arm, use: CameraUse) -> NDArray[np.float64]:
    """Which way [3] in the image is right for whose ``arm`` it is.

    A person before the camera has it on the image's left, whoever looks along their own arm on its
    right; a camera above a desk sees the arm from any side, and its owner behind it.
    """
    if use is CameraUse.ABOVE:
        along = (arm.wrist - arm.elbow) * (1.0, 1.0, 0.0)
        length = math.sqrt(float(along @ along))
        if length > 60.0:
            return np.array([-along[1], along[0], 0.0]) / length
    own_eyes = use in (CameraUse.EYES, CameraUse.ABOVE) or arm.from_camera
    return np.array([1.0 if own_eyes else -1.0, 0.0, 0.0])
