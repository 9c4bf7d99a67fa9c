"""What is edited in the studio: one hand's latent, its history, locks and keyframes.

Knows neither widgets nor networks. GUI thread only.

::

    FOLLOWING --freeze, or any edit--> EDITING --follow--> FOLLOWING
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.studio.axes import Axes, Axis
from app.studio.virtual_camera import VIRTUAL_CROP
from engine.camera import FloatArray
from engine.types import HandCrop, TrackedHand, frozen

UNDO_STEPS: Final = 200
KEYFRAMES_MAX: Final = 40
SAME: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class EditedHand:
    """A latent [29] and the seen hand it is compared with; None for one that was made up."""

    latent: FloatArray
    observed: TrackedHand | None = None

    @property
    def crop(self) -> HandCrop:
        """The cube that gives the hand its place."""
        return VIRTUAL_CROP if self.observed is None else self.observed.crop


class Document:
    """The edited hand. One gesture (a drag, a button) is one step of undo.

    Locked axes keep their value whatever else moves the hand; only their own slider moves them.
    """

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self._start = EditedHand(frozen(axes.neutral()))
        self._edited = self._start
        self._past: deque[EditedHand] = deque(maxlen=UNDO_STEPS)
        self._future: list[EditedHand] = []
        self._gesture: EditedHand | None = None
        self._following = False
        self._locked: frozenset[Axis] = frozenset()
        self._keyframes: tuple[FloatArray, ...] = ()

    # -- reading -----------------------------------------------------------------------------

    @property
    def edited(self) -> EditedHand:
        """The hand as it is now."""
        return self._edited

    @property
    def latent(self) -> FloatArray:
        """Its latent [29]."""
        return self._edited.latent

    @property
    def following(self) -> bool:
        """Whether the live hand moves the sliders."""
        return self._following

    @property
    def posterior_sd(self) -> FloatArray | None:
        """How sure the network is of the latent [29], one sd; None once the hand was edited."""
        seen = self._edited.observed
        if seen is None or seen.pose.latent is None:
            return None
        edited = np.abs(self.latent - seen.pose.latent).max() > SAME
        return seen.pose.latent_sd if self._following or not edited else None

    @property
    def locked(self) -> frozenset[Axis]:
        """The axes that keep their value."""
        return self._locked

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back."""
        return bool(self._future)

    @property
    def keyframes(self) -> tuple[FloatArray, ...]:
        """Latents [29] to walk through."""
        return self._keyframes

    # -- gestures ----------------------------------------------------------------------------

    def begin(self) -> None:
        """What follows, up to ``end``, is one step of undo; the live hand is let go."""
        self.freeze()
        if self._gesture is None:
            self._gesture = self._edited

    def end(self) -> None:
        """The gesture is done; one that changed nothing leaves no step."""
        before, self._gesture = self._gesture, None
        if before is not None and not _same(before, self._edited):
            self._past.append(before)
            self._future.clear()

    def undo(self) -> None:
        """Take the last gesture back."""
        self._go(self._past, self._future)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._go(self._future, self._past)

    def _go(self, source: MutableSequence[EditedHand], target: MutableSequence[EditedHand]) -> None:
        self.end()
        self.freeze()
        if source:
            target.append(self._edited)
            self._edited = source.pop()

    # -- edits -------------------------------------------------------------------------------

    def set_value(self, axis: Axis, value: float) -> None:
        """Move one axis, locked or not."""
        with self._step():
            moved = self.axes.with_value(self.latent, axis, value)
            others = self._locked - {axis}
            self._show(self.axes.with_locked(self.latent, moved, others), self._edited.observed)

    def reset(self, axis: Axis) -> None:
        """Put one axis where it began: as it was seen, or in the middle."""
        self.set_value(axis, self.axes.value(self._origin(), axis))

    def reset_all(self) -> None:
        """The hand as it was seen, or the neutral one; also locked axes."""
        with self._step():
            self._show(self._origin(), self._edited.observed)

    def set_pose(self, latent: NDArray[np.floating]) -> None:
        """The same hand in another pose, as by dragging a joint."""
        with self._step():
            self._show(
                self.axes.with_locked(self.latent, latent, self._locked), self._edited.observed
            )

    def replace(self, latent: NDArray[np.floating]) -> None:
        """Another hand (random, pasted, a keyframe), compared with none."""
        with self._step():
            self._show(self.axes.with_locked(self.latent, latent, self._locked), None)

    def set_locked(self, axis: Axis, locked: bool) -> None:
        """Hold an axis, or let it go."""
        self._locked = self._locked | {axis} if locked else self._locked - {axis}

    # -- the live hand -----------------------------------------------------------------------

    def follow(self) -> None:
        """Let the live hand move the sliders from now on; undo brings the edited hand back."""
        self.end()
        if not self._following:
            self._past.append(self._edited)
            self._future.clear()
        self._following = True

    def freeze(self) -> None:
        """Keep the hand as it is."""
        self._following = False

    def update_from(self, hand: TrackedHand) -> bool:
        """Take over a live hand's latent while following; False if nothing was taken over."""
        if not self._following or hand.pose.latent is None:
            return False
        self._show(self.axes.with_locked(self.latent, hand.pose.latent, self._locked), hand)
        return True

    # -- keyframes ---------------------------------------------------------------------------

    def add_keyframe(self) -> bool:
        """Remember the hand as the last keyframe; False if there are too many."""
        if len(self._keyframes) >= KEYFRAMES_MAX:
            return False
        self._keyframes += (self.latent,)
        return True

    def remove_keyframe(self, index: int) -> None:
        """Forget a keyframe; one that is not there does nothing."""
        if 0 <= index < len(self._keyframes):
            self._keyframes = self._keyframes[:index] + self._keyframes[index + 1 :]

    def go_to_keyframe(self, index: int) -> None:
        """Show a keyframe; one that is not there does nothing."""
        if 0 <= index < len(self._keyframes):
            self.replace(self._keyframes[index])

    # -- inside ------------------------------------------------------------------------------

    def _origin(self) -> FloatArray:
        seen = self._edited.observed
        latent = self._start.latent if seen is None else seen.pose.latent
        return self._start.latent if latent is None else latent

    def _show(self, latent: NDArray[np.floating], seen: TrackedHand | None) -> None:
        self._edited = EditedHand(frozen(np.array(latent, np.float32)), seen)

    @contextmanager
    def _step(self) -> Iterator[None]:
        """One step of undo, unless a gesture is going on already."""
        alone = self._gesture is None
        self.begin()
        try:
            yield
        finally:
            if alone:
                self.end()


def _same(a: EditedHand, b: EditedHand) -> bool:
    return a.observed is b.observed and bool(np.abs(a.latent - b.latent).max() < SAME)
