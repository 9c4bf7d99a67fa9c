"""Plays the source that is shown: pause, steps, seeks, speed, what to repeat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from app.actions.commands import Command
from app.state.session import ReplaySession, Session
from app.state.settings_store import SettingsStore
from app.state.store import StateStore
from app.state.window_state import SPEEDS, Marks, Phase, WindowState
from engine.run.replay_control import PlayRange
from engine.types import FrameResult

JUMP_MS: Final = 1000.0


class PlaybackController:
    """Passes commands to the present run and keeps the state in step. Knows no widgets.

    Commands that do not suit the source do nothing. GUI thread only.
    """

    def __init__(self, store: StateStore[WindowState], settings: SettingsStore) -> None:
        self._store = store
        self._settings = settings
        self._shown = 0
        self._held = False
        self._commands: dict[Command, Callable[[], None]] = {
            Command.PAUSE: self.toggle_pause,
            Command.STEP: lambda: self.step(1),
            Command.STEP_BACK: lambda: self.step(-1),
            Command.JUMP: lambda: self.jump(JUMP_MS),
            Command.JUMP_BACK: lambda: self.jump(-JUMP_MS),
            Command.RESTART: self.restart,
            Command.TO_END: self.to_end,
            Command.FASTER: lambda: self._change_speed(1),
            Command.SLOWER: lambda: self._change_speed(-1),
            Command.NORMAL_SPEED: lambda: self.set_speed(1.0),
            Command.MARK_IN: self.mark_in,
            Command.MARK_OUT: self.mark_out,
            Command.CLEAR_MARKS: lambda: self._mark(Marks()),
            Command.LOOP: self.toggle_repeat,
        }

    @property
    def commands(self) -> Mapping[Command, Callable[[], None]]:
        """What to call for each command."""
        return self._commands

    def run(self, command: Command) -> None:
        """Do what a menu, button or key asks for."""
        self._commands[command]()

    @property
    def shown(self) -> int:
        """The number of the frame that is shown."""
        return self._shown

    # -- what happens ------------------------------------------------------------------------

    def on_opened(self, session: Session) -> None:
        """Another source plays from now on: at the chosen speed."""
        self._shown, self._held = 0, False
        if session.replay is not None:
            session.replay.run.set_speed(self._store.state.speed)
            session.replay.run.set_repeat(self._store.state.repeat)

    def on_result(self, result: FrameResult) -> None:
        """Note which frame is shown."""
        self._shown = result.frame.index

    # -- pause and where to ------------------------------------------------------------------

    def toggle_pause(self) -> None:
        """Pause, go on, or play an ended recording again."""
        state = self._store.state
        if state.session is None:
            return
        match state.phase:
            case Phase.RUNNING:
                state.session.run.pause()
                self._store.update(replace(self._store.state, phase=Phase.PAUSED))
            case Phase.PAUSED:
                state.session.run.resume()
                self._store.update(replace(self._store.state, phase=Phase.RUNNING))
            case Phase.ENDED:
                self.restart()

    def step(self, frames: int) -> None:
        """So many frames further (negative: back), and pause there."""
        state = self._store.state
        if not state.can_step or state.session is None:
            return
        if state.replay is not None:
            state.replay.run.step(frames)
            self._store.update(replace(self._store.state, phase=Phase.PAUSED))
        elif frames > 0:
            state.session.run.step_once()

    def seek(self, index: int) -> None:
        """To frame ``index``; a recording that plays goes on from there."""
        if self._store.state.can_seek and self._replay is not None:
            self._replay.run.seek(index)
            if self._store.state.phase is Phase.ENDED:
                self._store.update(replace(self._store.state, phase=Phase.PAUSED))

    def jump(self, ms: float) -> None:
        """So much further in time (negative: back), at least one frame."""
        replay = self._replay
        if replay is None:
            return
        timeline = replay.timeline_ms
        at = min(self._shown, replay.last_frame)
        # Half a millisecond of tolerance: stamps are often rounded.
        reached = int(np.searchsorted(timeline, timeline[at] + ms - 0.5))
        self.seek(max(reached, at + 1) if ms > 0 else min(reached, at - 1))

    def restart(self) -> None:
        """From the first frame; a paused recording shows it and stays paused."""
        state = self._store.state
        if state.session is not None and state.is_replay:
            state.session.run.restart()
            if state.phase is Phase.ENDED:
                self._store.update(replace(self._store.state, phase=Phase.RUNNING))

    def to_end(self) -> None:
        """The last frame, paused."""
        replay = self._replay
        if replay is not None and self._store.state.can_seek:
            replay.run.pause()
            self._store.update(replace(self._store.state, phase=Phase.PAUSED))
            replay.run.seek(replay.last_frame)

    def begin_scrub(self) -> None:
        """The slider is taken: stay where it is drawn to until it is let go."""
        if self._replay is not None and self._store.state.phase is Phase.RUNNING:
            self._held = True
            self._replay.run.pause()
            self._store.update(replace(self._store.state, phase=Phase.PAUSED))

    def end_scrub(self) -> None:
        """The slider is let go: a recording that played goes on."""
        held, self._held = self._held, False
        if held and self._replay is not None and self._store.state.phase is Phase.PAUSED:
            self._replay.run.go_on()
            self._store.update(replace(self._store.state, phase=Phase.RUNNING))

    # -- how ---------------------------------------------------------------------------------

    def set_speed(self, speed: float) -> None:
        """Times the recorded pace; also for recordings opened later."""
        self._store.update(replace(self._store.state, speed=speed))
        if self._replay is not None:
            self._replay.run.set_speed(speed)

    def set_repeat(self, repeat: bool) -> None:
        """Play again and again, or to the end; also for recordings opened later."""
        self._store.update(replace(self._store.state, repeat=repeat))
        if self._replay is not None:
            self._replay.run.set_repeat(repeat)

    def toggle_repeat(self) -> None:
        """Play again and again or to the end, and do the same at the next start."""
        repeat = not self._store.state.repeat
        self._settings.set_flag(Command.LOOP.name, repeat)
        self.set_repeat(repeat)

    def mark_in(self) -> None:
        """Repeat from the frame shown on."""
        last = self._store.state.marks.last
        self._mark(Marks(self._shown, None if last is not None and last < self._shown else last))

    def mark_out(self) -> None:
        """Repeat up to the frame shown."""
        first = self._store.state.marks.first
        self._mark(Marks(None if first is not None and first > self._shown else first, self._shown))

    def _mark(self, marks: Marks) -> None:
        replay = self._replay
        if replay is None:
            return
        last = replay.last_frame if marks.last is None else marks.last
        replay.run.set_range(PlayRange(marks.first or 0, last) if marks else None)
        self._store.update(replace(self._store.state, marks=marks))
        if marks:
            self.set_repeat(True)

    def _change_speed(self, by: int) -> None:
        speed = self._store.state.speed
        at = SPEEDS.index(speed) if speed in SPEEDS else SPEEDS.index(1.0)
        self.set_speed(SPEEDS[min(max(at + by, 0), len(SPEEDS) - 1)])

    @property
    def _replay(self) -> ReplaySession | None:
        return self._store.state.replay
