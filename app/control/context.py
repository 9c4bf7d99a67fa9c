"""What all controllers of the window work on."""

from __future__ import annotations

from dataclasses import dataclass

from app.backend import Backend
from app.control.tasks import TaskRunner
from app.state.messages import MessageCenter
from app.state.settings_store import SettingsStore
from app.state.store import StateStore
from app.state.window_state import WindowState


@dataclass(frozen=True, slots=True)
class ControllerContext:
    """The window's state, what it asks of the engine, slow calls, settings and messages."""

    store: StateStore[WindowState]
    backend: Backend
    tasks: TaskRunner
    settings: SettingsStore
    messages: MessageCenter
