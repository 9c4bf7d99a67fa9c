"""Depth stream in, metric 3D hands out. Imports neither Qt nor torch (a contract run in CI).

::

    from engine import track

    for result in track("recording.db3"):
        for hand in result.hands:
            print(result.frame.index, hand.handedness, hand.joints_mm[8])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.caches import drop_damaged_kernels, keep_kernels_elsewhere, silence_telemetry

if TYPE_CHECKING:
    from engine.api import Camera, HandRotations, Tracker, hand_rotations, track

__all__ = ["Camera", "HandRotations", "Tracker", "hand_rotations", "track"]

# Before any module imports numba or OpenVINO, which look only once.
silence_telemetry()
cache_notice = keep_kernels_elsewhere()
"""One sentence about where compiled code is kept, empty if it is where it belongs."""
drop_damaged_kernels()


def __getattr__(name: str) -> Any:
    """Load the networks' runtime only for those who track, not for every import of a part."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from engine import api

    return getattr(api, name)
