"""A camera that exists only in the computer: a moving hand before a person, seen by a real sensor.

It needs no hardware and knows the truth, so demonstrations, tests and measurements run anywhere.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np

from engine.camera import Camera, FloatArray
from engine.colour import ColourCamera, ColourImage
from engine.errors import InvalidInputError, SourceError
from engine.simulation.model import HandModel, PosedHand
from engine.simulation.motion import HandMotion
from engine.simulation.person import Person, sample_person
from engine.simulation.props import thing
from engine.simulation.render import IndexArray, LabelArray, Part, draw_mesh
from engine.simulation.scene import GroundTruth, Scene, face_parts, render
from engine.simulation.sensors import SENSORS, SensorState
from engine.simulation.shading import shaded
from engine.simulation.solids import capsule, join, turned
from engine.skeleton import Handedness
from engine.types import Frame

_MIRROR: Final = np.diag([-1.0, 1.0, 1.0])
_PERSON_MM: Final = (110.0, 10.0, 900.0)
"""The base of the person's neck for a right hand: behind and beside where the hand moves."""
_TURN_MM: Final = 120.0
"""How far the elbow must come before the wrist until the arm no longer reaches for the person."""


class SyntheticCamera:
    """An endless, seeded ``DepthSource``; every frame is delivered, none is ever late.

    Frame ``i`` shows the moment ``i / fps`` seconds after the start. The same arguments give the
    same frames. One thread reads and rewinds; ``close`` and ``truth`` may be called from any.

    Args:
        seed: names the movement, the person and the noise, not negative.
        sensor: a name in ``engine.simulation.sensors.SENSORS``.
        camera: intrinsics instead of the sensor's own.
        fps: frames a second.
        handedness: which hand moves.
        model: the hand; the shipped one if None.

    Raises:
        InvalidInputError: if the sensor is unknown or the seed or rate is out of range.
        ModelError: if the shipped hand is missing or damaged.
    """

    live: Final = False
    frame_count: Final = None
    notice: Final = None

    def __init__(
        self,
        seed: int = 0,
        sensor: str = "SR305",
        camera: Camera | None = None,
        fps: float = 30.0,
        handedness: Handedness = Handedness.RIGHT,
        model: HandModel | None = None,
    ) -> None:
        if sensor not in SENSORS:
            raise InvalidInputError(f"sensor {sensor!r} is unknown; choose from {sorted(SENSORS)}")
        if seed < 0:
            raise InvalidInputError(f"seed must not be negative, not {seed}")
        self.name = f"synthetic {sensor}"
        self._sensor, self._seed, self._handedness = SENSORS[sensor], seed, handedness
        seen_by = camera or self._sensor.camera
        self.camera = replace(seen_by, fps=fps, nearest_mm=self._sensor.near_mm)
        lens = (seen_by.width, seen_by.height, seen_by.fx, seen_by.fy, seen_by.cx, seen_by.cy)
        self._colour_camera = ColourCamera(*lens)
        self._model = HandModel.load() if model is None else model
        rng = np.random.default_rng((seed, 2))
        self._shape = rng.normal(0.0, 0.7, self._model.n_shape).astype(np.float32)
        self._motion = HandMotion(seed, self._model, self._sensor.near_mm)
        height = self._model.vertices[:, 1]
        self._cut = np.flatnonzero(height < height.min() + 12.0)
        self._person = sample_person(rng)
        self._still, self._shoulder = self._build_room(rng)
        self._closed, self._colour_shown, self._index = False, False, 0
        self._state = SensorState(self._sensor, self.camera, seed)
        self._posed = lru_cache(maxsize=4)(self._pose)
        # Compiled code is loaded now, not when the first frame is waited for.
        self.read()
        self.rewind()

    @property
    def ended(self) -> bool:
        """True only after ``close``."""
        return self._closed

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        """Return the next frame at once; None after ``close``."""
        if self._closed:
            return None
        index, self._index = self._index, self._index + 1
        depth, labels = self._draw(index)
        measured = self._state.sense(depth, labels)
        stamp_ms = index * 1000.0 / self.camera.fps
        colour = self._colour(index) if self._colour_shown else None
        return Frame(measured, stamp_ms, index, self.camera, colour)

    def show_colour(self, on: bool) -> None:
        """Let frames carry colour, drawn with one lamp, or no more; any thread may ask."""
        self._colour_shown = on

    def _colour(self, index: int) -> ColourImage:
        """The picture of a frame, drawn when somebody wants to see it."""
        return ColourImage(self._colour_camera, lambda: shaded(*self._draw(index), self.camera))

    def truth(self, index: int) -> GroundTruth:
        """The joints of frame ``index`` (not negative) and the hand's side."""
        return GroundTruth(self._posed(index).joints_mm, self._handedness)

    def labels(self, index: int) -> LabelArray:
        """What each pixel of frame ``index`` shows before noise: ``Part`` [H, W] uint8."""
        return self._draw(index)[1]

    def rewind(self) -> None:
        """Start again from frame 0.

        Raises:
            SourceError: if the source was closed.
        """
        if self._closed:
            raise SourceError(f"{self.name} is closed")
        self._index = 0
        self._state = SensorState(self._sensor, self.camera, self._seed)

    def close(self) -> None:
        """End the stream; may be called more than once."""
        self._closed = True

    @property
    def _side(self) -> float:
        return 1.0 if self._handedness is Handedness.RIGHT else -1.0

    def _pose(self, index: int) -> PosedHand:
        angles, R, t = self._motion.at(index / self.camera.fps)
        if self._handedness is Handedness.LEFT:
            R, t = _MIRROR @ R @ _MIRROR, _MIRROR @ t
        return self._model.pose(angles, self._shape, R, t, self._handedness)

    def _build_room(
        self, rng: np.random.Generator
    ) -> tuple[tuple[FloatArray, LabelArray], FloatArray]:
        """What never moves, drawn once: depth and labels; and the shoulder [3] of the arm."""
        side, person = self._side, self._person
        R = turned(*rng.normal(0.0, (4.0, 8.0, 2.0)))
        origin = np.array(_PERSON_MM) * (side, 1, 1) + rng.normal(0.0, 15.0, 3)
        parts = person.placed(R, origin)
        other = R @ person.shoulder(self._handedness.other) + origin
        hanging = other + np.array([60.0 * side, 900.0, 0.0])
        parts.append((capsule(other, hanging, person.arm_r, person.arm_r), Part.ARM))
        for _ in range(int(rng.integers(1, 4))):
            at = np.array([side * rng.uniform(250, 520), rng.uniform(-250, 350), 1150.0])
            parts += thing(at, 1.0, rng)[0]
        wall = [float(Part.WALL), 0.0, 0.0, rng.uniform(1450, 2200), *rng.normal(0, 0.1, 2), -1.0]
        planes = np.array([wall], np.float32)
        scene = Scene((), *join(parts), planes)
        seen = render(scene, self.camera)
        shoulder = R @ person.shoulder(self._handedness) + origin
        return (seen.depth_mm, seen.labels), shoulder.astype(np.float32)

    def _draw(self, index: int) -> tuple[FloatArray, LabelArray]:
        """The perfect image of frame ``index`` and its labels."""
        depth, labels = self._still[0].copy(), self._still[1].copy()
        posed, camera = self._posed(index), self.camera
        lens = (camera.fx, camera.fy, camera.cx, camera.cy)
        faces = self._model.faces_of(self._handedness)
        parts = face_parts(self._model, True)
        draw_mesh(depth, labels, posed.vertices_mm, faces, parts, *lens, True)
        arm = join([(self._upper_arm(posed, self._person), Part.ARM)])
        draw_mesh(depth, labels, *arm, *lens, True)
        return depth, labels

    def _upper_arm(self, posed: PosedHand, person: Person) -> tuple[FloatArray, IndexArray]:
        """From the elbow to the person's shoulder, or past the camera if the arm comes from there.

        Between the two the arm swings over, so that it never jumps.
        """
        ring = posed.vertices_mm[self._cut]
        elbow, wrist = ring.mean(axis=0), posed.joints_mm[0]
        radius = 1.15 * float(np.linalg.norm(ring - elbow, axis=1).mean())
        onward = elbow + 3.0 * (elbow - wrist)
        share = float(np.clip((wrist[2] - elbow[2]) / _TURN_MM, 0.0, 1.0))
        share = share * share * (3.0 - 2.0 * share)
        end = self._shoulder + share * (onward - self._shoulder)
        return capsule(elbow, end, radius, max(radius, person.arm_r))
