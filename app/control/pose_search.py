"""Searches recordings without images for a pose, and opens them where it is. No widgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.control.context import ControllerContext
from app.state.pose_search import PoseSearchState
from app.state.store import StateStore
from engine.types import FrameResult, TrackedHand

if TYPE_CHECKING:
    from engine.pose_files.search import PoseMatch

    Found = tuple[list[PoseMatch], list[str]]

NO_HAND: Final = "No hand is shown: show one, or choose a pose by its name."


class PoseSearchController:
    """One search at a time. GUI thread only. ``store`` holds what was found."""

    def __init__(self, context: ControllerContext) -> None:
        self.store: StateStore[PoseSearchState] = StateStore(PoseSearchState())
        self._backend, self._tasks = context.backend, context.tasks
        self._hand: TrackedHand | None = None

    def on_result(self, result: FrameResult) -> None:
        """Note the hand that is shown."""
        self._hand = result.hands[0] if result.hands else None

    def search(self, folder: Path, name: str, within_deg: float) -> None:
        """Look in ``folder`` for a pose by its ``name``; empty is that of the hand shown."""
        state = self.store.state
        if state.searching:
            return
        pose = name or self._hand
        if pose is None:
            self.store.update(replace(state, notice=NO_HAND))
            return
        self.store.update(PoseSearchState(folder, searching=True))
        self._tasks.submit(
            lambda: self._backend.search_poses(folder, pose, within_deg),
            self._found,
            lambda text: self.store.update(PoseSearchState(folder, notice=text)),
        )

    def _found(self, found: Found) -> None:
        matches, notices = found
        state = replace(self.store.state, searching=False, notice="; ".join(notices))
        self.store.update(replace(state, matches=tuple(matches)))
