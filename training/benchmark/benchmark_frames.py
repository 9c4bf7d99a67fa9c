"""Frames of the benchmark: hands among people and things, as a sensor sees them.

People, walls and things are those of ``engine.simulation`` (only the hands and their arms must be
of another origin), but arranged here, so that another mixture in training does not change the
benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.simulation.mesh_buffer import (
    MeshBuffer,
    add_box,
    add_capsule,
    add_cylinder,
    add_ellipsoid,
    add_mesh,
    mesh_buffer,
)
from engine.simulation.person import CHEST_MM, FACE_MM, sample_person
from engine.simulation.render import LabelArray, Part, draw_mesh, draw_plane
from engine.simulation.sensors import sense
from engine.simulation.solids import turned as turned_by
from engine.simulation.surroundings import (
    NOTHING,
    add_clutter,
    add_hanging_arm,
    clearance,
    extent_of,
    lens_of,
    sample_planes,
    upright,
)
from engine.skeleton import Handedness
from engine.types import Frame, frozen
from training.benchmark.frame_specs import FrameSpec, Kind, in_image
from training.benchmark.implicit_hand import PosedHand
from training.benchmark.sphere_tracing import draw_implicit

PERSON_SHARE: Final = 0.75
SLEEVE_SHARE: Final = 0.25
_ARM, _BODY, _HELD = int(Part.ARM), int(Part.BODY), int(Part.HELD)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A hand in a frame: ``joints_mm`` [21, 3], its side, ``seen`` [21]: which joints lie in the
    image, and how many pixels show the hand without its forearm."""

    joints_mm: FloatArray
    handedness: Handedness
    seen: NDArray[np.bool_]
    pixels: int


@dataclass(frozen=True, slots=True, eq=False)
class BenchmarkFrame:
    """A frame with its truth."""

    frame: Frame
    kind: Kind
    sensor: str
    truths: tuple[Truth, ...]


def render_frame(
    spec: FrameSpec, rng: np.random.Generator, index: int, *, surrounded: bool = True
) -> BenchmarkFrame:
    """The frame that the spec's sensor takes: ``surrounded`` by random things, or by nothing."""
    camera = spec.sensor.camera
    depth = np.zeros((camera.height, camera.width), np.float32)
    labels = np.zeros(depth.shape, np.uint8)
    around = _handless(rng, camera) if not spec.hands else surroundings(rng, camera, spec)
    if surrounded:
        draw_surroundings(depth, labels, around, camera)
    for number, hand in enumerate(spec.hands):
        draw_implicit(depth, labels, hand.surface, camera, first=number == 0)
    return sensed(spec, depth, labels, rng, index)


def sensed(
    spec: FrameSpec, depth: FloatArray, labels: LabelArray, rng: np.random.Generator, index: int
) -> BenchmarkFrame:
    """What the spec's sensor makes of a perfect image [H, W] with its labels."""
    camera, sensor = spec.sensor.camera, spec.sensor
    measured = sense(sensor, depth, camera.fx, rng, 0, labels)
    truths = tuple(
        Truth(
            frozen(hand.joints_mm),
            hand.handedness,
            in_image(hand.joints_mm, camera),
            _pixels(labels, number),
        )
        for number, hand in enumerate(spec.hands)
    )
    frame = Frame(measured, index * 1000.0 / camera.fps, index, camera)
    return BenchmarkFrame(frame, spec.kind, sensor.name, truths)


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """Everything solid, as a mesh with a ``Part`` a face, and planes [P, 7]."""

    vertices: FloatArray
    faces: NDArray[np.int32]
    parts: LabelArray
    planes: FloatArray


def draw_surroundings(
    depth: FloatArray, labels: LabelArray, around: Surroundings, camera: Camera
) -> None:
    """Draw ``around`` into a z-buffer [H, W] and its labels."""
    lens = (camera.fx, camera.fy, camera.cx, camera.cy)
    for plane in around.planes:
        draw_plane(depth, labels, int(plane[0]), plane[1:4], plane[4:7], *lens)
    draw_mesh(depth, labels, around.vertices, around.faces, around.parts, *lens, True)


def skin_points(hand: PosedHand) -> FloatArray:
    """Points [N, 3] that span the hand's extent, without its forearm."""
    surface = hand.surface
    own = surface.bone > 0
    ends, radii = surface.ends[own].reshape(-1, 3), surface.radii[own].reshape(-1)
    steps = np.concatenate([np.eye(3), -np.eye(3)])
    return np.asarray((ends[:, None] + radii[:, None, None] * steps).reshape(-1, 3), np.float32)


def _pixels(labels: LabelArray, number: int) -> int:
    if number:
        return int((labels == Part.OTHER_HAND).sum())
    return int(((labels > Part.FOREARM) & (labels <= Part.LAST_BONE)).sum())


def surroundings(rng: np.random.Generator, camera: Camera, spec: FrameSpec) -> Surroundings:
    """People, arms, sleeves, held things, clutter and walls around the hands."""
    kind, buffer = spec.kind, mesh_buffer()
    points = np.concatenate([skin_points(hand) for hand in spec.hands])
    skin = extent_of(points)
    shoulders: dict[Handedness, FloatArray] = {}
    if kind is Kind.FACE or rng.random() < PERSON_SHARE:
        shoulders = _add_person(rng, camera, spec, points, buffer)
    bodies = int(buffer.used[0])
    sleeved = kind is Kind.SLEEVE
    for hand in spec.hands:
        sleeve = sleeved or rng.random() < SLEEVE_SHARE
        _add_arm(rng, buffer, hand, shoulders.get(hand.handedness), sleeve)
    if kind is Kind.HOLDING:
        _add_held(rng, buffer, spec.hands[0])
    add_clutter(rng, buffer, lens_of(camera), skin, 4)
    elbows = np.array([hand.elbow_mm for hand in spec.hands], np.float32)
    behind = np.concatenate([points, elbows + np.array([0, 0, 35], np.float32)])
    planes = sample_planes(rng, behind, buffer.vertices[:bodies])
    return Surroundings(*buffer.mesh(), planes)


def _add_person(
    rng: np.random.Generator,
    camera: Camera,
    spec: FrameSpec,
    points: FloatArray,
    buffer: MeshBuffer,
) -> dict[Handedness, FloatArray]:
    """The hands' owner, behind them; returns the shoulders [3]."""
    hand, person, R = spec.hands[0], sample_person(rng), upright(rng)
    middle, before = points.mean(axis=0), spec.kind is Kind.FACE
    spot = FACE_MM if before or rng.random() < 0.15 else CHEST_MM
    side = 1.0 if hand.handedness is Handedness.RIGHT else -1.0
    spread = (30.0, 40.0, 0.0) if before else (90.0, 110.0, 0.0)
    aside = np.array([0.0 if before else 130.0 * side, 0.0, 0.0])
    origin = middle - R @ spot + rng.normal(0.0, spread) + aside
    gap = rng.uniform(5.0, 60.0) if before else rng.uniform(30.0, 350.0)
    origin[2] += clearance(
        person.vertices @ R.T + origin.astype(np.float32), extent_of(points), gap
    )
    turn, shift = np.asarray(R, np.float32), np.asarray(origin, np.float32)
    add_mesh(buffer, person.vertices, person.faces, person.parts, turn, shift)
    shoulders = {which: turn @ person.shoulder(which) + shift for which in Handedness}
    for which in set(Handedness) - {each.handedness for each in spec.hands}:
        add_hanging_arm(rng, buffer, lens_of(camera), shoulders[which], person.arm_r)
    return shoulders


def _add_arm(
    rng: np.random.Generator,
    buffer: MeshBuffer,
    hand: PosedHand,
    shoulder: FloatArray | None,
    sleeved: bool,
) -> None:
    """The upper arm, and a sleeve that ends 10 to 110 mm before the wrist."""
    elbow, wrist = hand.elbow_mm, hand.joints_mm[0].astype(np.float64)
    if shoulder is None:
        way = (elbow - wrist) / np.linalg.norm(elbow - wrist) + rng.normal(0, 0.3, 3)
        way[1] += 0.25
        shoulder = (elbow + 700.0 * way).astype(np.float32)
    thick = float(hand.surface.radii[hand.surface.bone == 0].max()) * rng.uniform(1.0, 1.3)
    add_capsule(buffer, elbow, shoulder.astype(np.float64), thick, max(thick, 48.0), _ARM)
    if sleeved:
        bare = rng.uniform(10.0, 110.0)
        cuff = wrist + bare * (elbow - wrist) / np.linalg.norm(elbow - wrist)
        wide = (27.0 + 0.09 * bare) + rng.uniform(2.0, 16.0)
        add_cylinder(buffer, elbow, cuff, thick + 6.0, wide, _ARM)


def _add_held(rng: np.random.Generator, buffer: MeshBuffer, hand: PosedHand) -> None:
    """A pen, a box, a ball or a bottle between palm and fingertips."""
    joints = hand.joints_mm.astype(np.float64)
    knuckles, tips = joints[[5, 9, 13, 17]].mean(axis=0), joints[[8, 12, 16]].mean(axis=0)
    palm, pinch = 0.5 * (knuckles + joints[0]), 0.5 * (joints[4] + joints[8])
    across = joints[5] - joints[17]
    across /= np.linalg.norm(across)
    out = np.cross(across, knuckles - joints[0])
    out /= np.linalg.norm(out) * (1.0 if hand.handedness is Handedness.RIGHT else -1.0)
    grasp = 0.4 * palm + 0.3 * tips + 0.3 * pinch + 14.0 * out
    turn = turned_by(*rng.normal(0.0, 60.0, 3))
    kind = int(rng.integers(4))
    if kind == 0:
        way = rng.normal(0.0, 1.0, 3)
        way *= rng.uniform(60.0, 80.0) / np.linalg.norm(way)
        add_capsule(buffer, pinch - way, pinch + way, 4.5, 4.5, _HELD)
    elif kind == 1:
        size = np.array([rng.uniform(50, 90), rng.uniform(80, 150), rng.uniform(8, 40)])
        add_box(buffer, grasp, turn, size, _HELD)
    elif kind == 2:
        add_ellipsoid(buffer, grasp, turn, np.full(3, rng.uniform(20.0, 38.0)), _HELD)
    else:
        way = across + rng.normal(0.0, 0.25, 3)
        way *= rng.uniform(60.0, 120.0) / np.linalg.norm(way)
        r = rng.uniform(12.0, 34.0)
        add_cylinder(buffer, grasp - way, grasp + way, r, r, _HELD)


def _handless(rng: np.random.Generator, camera: Camera) -> Surroundings:
    """A desk, a room, a person whose hands are out of view, a forearm that ends at the edge."""
    buffer, lens = mesh_buffer(), lens_of(camera)
    anchor = np.array([[rng.normal(0, 150), rng.normal(40, 80), rng.uniform(450, 1000)]])
    if rng.random() < PERSON_SHARE:
        person, R = sample_person(rng), np.asarray(upright(rng), np.float32)
        shift = (anchor[0] + (0.0, rng.normal(60, 80), 100.0)).astype(np.float32)
        add_mesh(buffer, person.vertices, person.faces, person.parts, R, shift)
        for side in Handedness:
            shoulder = R @ person.shoulder(side) + shift
            add_hanging_arm(rng, buffer, lens, shoulder, person.arm_r)
    if rng.random() < 0.3:
        _add_passing_arm(rng, buffer, camera)
    add_clutter(rng, buffer, lens, NOTHING, 7)
    vertices, faces, parts = buffer.mesh()
    points = vertices if len(vertices) else anchor.astype(np.float32)
    return Surroundings(vertices, faces, parts, sample_planes(rng, points[:1], points))


def _add_passing_arm(rng: np.random.Generator, buffer: MeshBuffer, camera: Camera) -> None:
    """A forearm across the image whose hand is beyond its edge."""
    z, r = rng.uniform(300.0, 700.0), rng.uniform(28.0, 42.0)
    side = rng.choice((-1.0, 1.0))
    half = 0.5 * camera.width / camera.fx * z
    start = np.array([-side * (half + 300.0), rng.uniform(-0.2, 0.5) * z, z + rng.normal(0, 60)])
    end = np.array([side * (half + 120.0), rng.uniform(-0.4, 0.3) * z, z + rng.normal(0, 60)])
    add_capsule(buffer, start, end, 1.2 * r, r, _ARM)
