"""Scenes without a hand: people without their hands, things, and what is taken for a hand."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.camera import Camera, FloatArray
from engine.simulation.mesh_buffer import add_mesh, mesh_buffer
from engine.simulation.person import sample_person
from engine.simulation.render import Part
from engine.simulation.scene import Scene
from engine.simulation.surroundings import (
    NOTHING,
    add_clutter,
    add_decoys,
    add_hanging_arm,
    lens_of,
    sample_planes,
    upright,
)
from engine.skeleton import Handedness

PERSON_SHARE: Final = 0.65
HOLES_SHARE: Final = 0.35
"""Share of the people whose heads are measured in patches."""
DECOY_SHARE: Final = 0.65
CLUTTER_SHARE: Final = 0.75


def scene_without_hands(
    rng: np.random.Generator, camera: Camera, anchor_mm: FloatArray, near_mm: float
) -> Scene:
    """A scene with a person, if any, about ``anchor_mm`` [3] and things from ``near_mm`` on."""
    buffer, lens = mesh_buffer(), lens_of(camera)
    if rng.random() < PERSON_SHARE:
        person, R = sample_person(rng), upright(rng)
        origin = anchor_mm + np.array([0.0, rng.normal(60, 80), 120.0])
        parts = person.parts.copy()
        if rng.random() < HOLES_SHARE:
            parts[parts == Part.HEAD] = Part.ROUGH
        add_mesh(buffer, person.vertices, person.faces, parts, R, origin)
        for side in Handedness:
            shoulder = R @ person.shoulder(side) + origin
            add_hanging_arm(rng, buffer, lens, shoulder, person.arm_r)
    if rng.random() < DECOY_SHARE:
        add_decoys(rng, buffer, lens, NOTHING, near_mm, int(rng.integers(1, 4)))
    if rng.random() < CLUTTER_SHARE:
        add_clutter(rng, buffer, lens, NOTHING, 7)
    solids = buffer.mesh()
    return Scene((), *solids, sample_planes(rng, anchor_mm[None], solids[0]))
