"""What is drawn over the pictures: one frozen value, which toggles make and views follow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overlays:
    """Whether skeletons, boxes with labels, and how unsure each joint is are drawn, and whether
    everything is shown as in a mirror."""

    skeleton: bool = True
    box: bool = True
    uncertainty: bool = False
    mirrored: bool = False
