"""Colours: the depth table's order and the shared colours' completeness."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.palette import BONE_RGB, FINGER_RGB, JOINT_RGB, NO_DATA_RGB, depth_palette
from engine.skeleton import BONES, FINGERS, JOINT_COUNT


def _lightness(table: np.ndarray) -> np.ndarray:
    red, green, blue = (table >> shift & 0xFF for shift in (16, 8, 0))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_near_is_light_and_warm_far_is_dark_and_cool() -> None:
    table = depth_palette(200.0, 2_000.0)
    assert table.shape == (65_536,)
    assert table.dtype == np.uint32
    assert np.all(np.diff(_lightness(table[200:2_000])) <= 1.5)
    near, far = int(table[200]), int(table[2_000])
    assert (near >> 16 & 0xFF) > (near & 0xFF)
    assert (far >> 16 & 0xFF) < (far & 0xFF)
    assert table[1] == table[200]
    assert table[60_000] == table[2_000]
    assert int(table[0]) == 0xFF000000 | NO_DATA_RGB[0] << 16 | NO_DATA_RGB[1] << 8 | NO_DATA_RGB[2]


@pytest.mark.parametrize("limits", [(0.0, 100.0), (500.0, 500.0), (600.0, 500.0)])
def test_a_range_must_be_a_range(limits: tuple[float, float]) -> None:
    with pytest.raises(InvalidInputError, match="depth range"):
        depth_palette(*limits)


def test_every_joint_and_bone_has_its_fingers_colour() -> None:
    assert tuple(FINGER_RGB) == FINGERS
    assert len(set(FINGER_RGB.values())) == len(FINGERS)
    assert len(JOINT_RGB) == JOINT_COUNT
    assert [BONE_RGB[k] for k in range(len(BONES))] == [JOINT_RGB[child] for _, child in BONES]
