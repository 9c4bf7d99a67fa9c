"""The inner loops of ``engine.tracking.smooth``, compiled by numba.

Three parts of a hand's movement are filtered: its ``place``, its ``turn`` and its ``shape``, the
joints about its place in a frame that turns with it. Units are mm, rad and s.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

PLACE, TURN, SHAPE = 0, 1, 2
"""The parts: rows of a kernel's settings; the first two are rows of its motions too."""
CUTOFF, GAIN, SPEED_CUTOFF, REST, SETTLE = 0, 1, 2, 3, 4
"""Columns of a kernel's settings."""
VELOCITY, SEEN, BEHIND = 0, 1, 2
"""Motions [3, 2, 3] of place and turn: the velocity that is foreseen, the velocity seen, and how
far what is shown is behind what is believed."""
LEAP_MM: Final = 60.0
LEAP_RAD: Final = 0.9
"""A hand this far from where it was foreseen has not moved there: another was taken for it."""
_ERROR_MM: Final = 7.0
_LEAST_MM: Final = 2.0
_MOST_MM: Final = 20.0
"""Expected errors are taken for at least and at most so much: no joint is believed for good, none
is left behind."""
_ITERATIONS: Final = 2
_STIFF_MM2: Final = 25.0
"""Keeps what has hardly any extent from being turned by noise."""


@njit(cache=True, nogil=True)
def filtered(joints, sigma, dt, place, shape, shown, speeds, motions, settings):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The next memory of a filter and the joints to show; whether the hand leapt, comes first.

    ``joints`` [21, 3] were seen with expected errors ``sigma`` [21], ``dt`` after the last ones.
    The memory is ``place`` [3], ``shape`` [21, 3] as believed and as ``shown``, its velocities
    ``speeds`` [21, 3], and ``motions`` [3, 2, 3]; ``settings`` [3, 5] are those of each part.
    """
    count = len(joints)
    trust, mean = np.empty(count), 0.0
    for i in range(count):
        expected = min(max(sigma[i], _LEAST_MM), _MOST_MM)
        trust[i] = (_ERROR_MM / expected) ** 2
        mean += expected / count
    motions = motions.astype(np.float64)
    ahead = rotation(motions[VELOCITY, TURN] * dt)
    foreseen = place + motions[VELOCITY, PLACE] * dt
    shape, shown, speeds = turned(ahead, shape), turned(ahead, shown), turned(ahead, speeds)
    R, found = fitted(shape, joints, trust)
    off = np.empty((2, 3))
    off[PLACE], off[TURN] = found - foreseen, rotation_vector(R)
    leapt = length(off[PLACE]) > LEAP_MM or length(off[TURN]) > LEAP_RAD
    gains = _motion(off, motions, (_ERROR_MM / mean) ** 2, dt, settings)
    _shape(joints, trust, dt, R, found, shape, shown, speeds, settings[SHAPE])
    place = foreseen + gains[PLACE] * off[PLACE]
    on = rotation(gains[TURN] * off[TURN])
    shape, shown, speeds = turned(on, shape), turned(on, shown), turned(on, speeds)
    back = rotation(-motions[BEHIND, TURN])
    _recentre(place, shape, shown, motions, back, trust)
    seen = turned(back, shown)
    for i in range(count):
        for x in range(3):
            seen[i, x] += place[x] - motions[BEHIND, PLACE, x]
    return leapt, place, shape, shown, speeds, motions, seen


@njit(cache=True, nogil=True)
def _motion(off, motions, trust, dt, settings):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move ``motions`` on by ``off`` [2, 3], how far place and turn are from where they were
    foreseen; the share [2] of it that is believed."""
    gains = np.empty(2)
    for part in range(2):
        own = settings[part]
        velocity, seen = motions[VELOCITY, part], motions[SEEN, part]
        behind = motions[BEHIND, part]
        share = blend(own[SPEED_CUTOFF], dt)
        for x in range(3):
            seen[x] += share * (off[part, x] / dt + velocity[x] - seen[x])
        cutoff = own[CUTOFF] * trust + own[GAIN] * max(length(seen) - own[REST], 0.0)
        gain, settled = blend(cutoff, dt), blend(own[SETTLE] * cutoff, dt)
        for x in range(3):
            step = velocity[x] * dt + gain * off[part, x]
            behind[x] = (1.0 - settled) * (behind[x] + step)
            velocity[x] += gain * gain * off[part, x] / dt
        gains[part] = gain
    return gains


@njit(cache=True, nogil=True)
def _shape(joints, trust, dt, R, found, shape, shown, speeds, own):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move the ``shape`` on to ``joints`` that a hand turned by ``R`` and at ``found`` has; the
    joints of a finger follow as quickly as all of it is seen to move."""
    share, moving = blend(own[SPEED_CUTOFF], dt), np.zeros(6)
    off = np.empty_like(shape)
    for i in range(len(shape)):
        energy = 0.0
        for x in range(3):
            here = 0.0
            for y in range(3):
                here += R[y, x] * (joints[i, y] - found[y])
            off[i, x] = here - shape[i, x]
            speeds[i, x] += share * (off[i, x] / dt - speeds[i, x])
            energy += speeds[i, x] ** 2
        finger = (i + 3) // 4
        moving[finger] += energy * trust[i] ** 2 / (1.0 if finger == 0 else 4.0)
    for i in range(len(shape)):
        speed = max(np.sqrt(moving[(i + 3) // 4]) - own[REST], 0.0)
        cutoff = own[CUTOFF] * trust[i] + own[GAIN] * speed
        gain, settled = blend(cutoff, dt), blend(own[SETTLE] * cutoff, dt)
        for x in range(3):
            shape[i, x] += gain * off[i, x]
            shown[i, x] += settled * (shape[i, x] - shown[i, x])


@njit(cache=True, nogil=True)
def _recentre(place, shape, shown, motions, back, trust):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Make the place the weighted mean of the joints again; what is shown stays."""
    centre = np.zeros(3)
    for i in range(len(shape)):
        for x in range(3):
            centre[x] += trust[i] * shape[i, x] / trust.sum()
    for x in range(3):
        turned_back = 0.0
        for y in range(3):
            turned_back += back[x, y] * centre[y]
        motions[BEHIND, PLACE, x] += centre[x] - turned_back
        place[x] += centre[x]
    for i in range(len(shape)):
        for x in range(3):
            shape[i, x] -= centre[x]
            shown[i, x] -= centre[x]


@njit(cache=True, nogil=True)
def fitted(shape, joints, weights):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The rotation [3, 3] and the place [3] that lay a ``shape`` [21, 3] on ``joints`` with the
    least weighted squares, by Gauss-Newton steps from no rotation."""
    total = weights.sum()
    middle, target = np.zeros(3), np.zeros(3)
    for i in range(len(shape)):
        for x in range(3):
            middle[x] += weights[i] * shape[i, x] / total
            target[x] += weights[i] * joints[i, x] / total
    R = np.eye(3)
    for _ in range(_ITERATIONS):
        xx = yy = zz = _STIFF_MM2 * total
        xy = xz = yz = a = b = c = 0.0
        for i in range(len(shape)):
            w = weights[i]
            p, q, r = shape[i, 0] - middle[0], shape[i, 1] - middle[1], shape[i, 2] - middle[2]
            u = R[0, 0] * p + R[0, 1] * q + R[0, 2] * r
            v = R[1, 0] * p + R[1, 1] * q + R[1, 2] * r
            s = R[2, 0] * p + R[2, 1] * q + R[2, 2] * r
            d, e, f = joints[i, 0] - target[0], joints[i, 1] - target[1], joints[i, 2] - target[2]
            a, b, c = a + w * (v * f - s * e), b + w * (s * d - u * f), c + w * (u * e - v * d)
            xx, yy, zz = (
                xx + w * (v * v + s * s),
                yy + w * (u * u + s * s),
                zz + w * (u * u + v * v),
            )
            xy, xz, yz = xy - w * u * v, xz - w * u * s, yz - w * v * s
        step = _solved(xx, yy, zz, xy, xz, yz, a, b, c)
        R = turned(rotation(step), R.T).T
    moved = np.empty(3)
    for x in range(3):
        moved[x] = target[x]
        for y in range(3):
            moved[x] -= R[x, y] * middle[y]
    return R, moved


@njit(cache=True, nogil=True)
def _solved(xx, yy, zz, xy, xz, yz, a, b, c):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The solution [3] of a symmetric system of three equations, by cofactors."""
    i, j, k = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    m, n, o = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    found = np.array((i * a + j * b + k * c, j * a + m * b + n * c, k * a + n * b + o * c))
    return found / (xx * i + xy * j + xz * k)


@njit(cache=True, nogil=True)
def rotation(vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Rodrigues' formula for the rotation [3, 3] about ``vector`` [3] by its length."""
    angle = length(vector)
    x, y, z = vector[0], vector[1], vector[2]
    if angle < 1e-6:
        s, k = 1.0, 0.5
    else:
        s, k = np.sin(angle) / angle, (1.0 - np.cos(angle)) / (angle * angle)
    R = np.empty((3, 3))
    R[0, 0], R[0, 1], R[0, 2] = 1.0 - k * (y * y + z * z), k * x * y - s * z, k * x * z + s * y
    R[1, 0], R[1, 1], R[1, 2] = k * x * y + s * z, 1.0 - k * (x * x + z * z), k * y * z - s * x
    R[2, 0], R[2, 1], R[2, 2] = k * x * z - s * y, k * y * z + s * x, 1.0 - k * (x * x + y * y)
    return R


@njit(cache=True, nogil=True)
def rotation_vector(R):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The axis [3] of a rotation [3, 3] of less than half a turn, as long as its angle."""
    twice = np.array((R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]))
    sine = 0.5 * length(twice)
    angle = np.arctan2(sine, 0.5 * (R[0, 0] + R[1, 1] + R[2, 2] - 1.0))
    return twice * (0.5 if sine < 1e-6 else 0.5 * angle / sine)


@njit(cache=True, nogil=True)
def turned(R, points):  # type: ignore[no-untyped-def]  # pragma: no cover
    """``points`` [N, 3] turned by ``R`` [3, 3], written out: products of small arrays are slow."""
    result = np.empty((len(points), 3))
    for i in range(len(points)):
        for x in range(3):
            result[i, x] = R[x, 0] * points[i, 0] + R[x, 1] * points[i, 1] + R[x, 2] * points[i, 2]
    return result


@njit(cache=True, nogil=True)
def length(vector):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The length of a vector [3]."""
    return np.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2)


@njit(cache=True, nogil=True)
def blend(cutoff_hz, dt):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The share of a new value that a filter with ``cutoff_hz`` takes on after ``dt``."""
    r = 2.0 * np.pi * cutoff_hz * dt
    return r / (r + 1.0)
