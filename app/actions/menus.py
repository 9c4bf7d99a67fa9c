"""Turns the data of ``table`` and ``menu_specs`` into actions, menus and a tool bar."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QToolButton, QWidget

from app.actions.commands import Command
from app.actions.menu_specs import (
    MENUS,
    NOT_A_RECORDING,
    PICTURE_VIEWS,
    RECORDING_ONLY,
    SIDES,
    SMOOTHINGS,
    TOOL_BAR,
    WITH_TEXT,
    MenuSpec,
    Slot,
)
from app.actions.spec import ActionSpec
from app.actions.table import ACTIONS
from app.state.window_state import Phase, WindowState
from app.style.icons import icon
from app.style.theme import Theme
from engine.tracking.config import TrackingSettings

Actions = dict[Command, QAction]
Slots = dict[Slot, Callable[[QMenu], object]]


def build_actions(owner: QWidget, run: Callable[[Command], object]) -> Actions:
    """An action for each spec; triggering one calls ``run`` with its command."""
    groups: dict[str, QActionGroup] = {}
    actions: Actions = {}
    for spec in ACTIONS:
        action = _action(owner, spec)
        action.triggered.connect(lambda _on=False, command=spec.command: run(command))
        if spec.group:
            groups.setdefault(spec.group, QActionGroup(owner)).addAction(action)
        actions[spec.command] = action
        owner.addAction(action)
    return actions


def _action(owner: QWidget, spec: ActionSpec) -> QAction:
    action = QAction(spec.text, owner)
    action.setCheckable(spec.checkable)
    # A menu shows either the icon or the check mark.
    action.setIconVisibleInMenu(not spec.checkable)
    keys = [QKeySequence(key) for key in spec.shortcuts]
    action.setShortcuts(list(dict.fromkeys(key for key in keys if not key.isEmpty())))
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setToolTip(_tool_tip(spec, action))
    return action


def tool_tip(command: Command, action: QAction) -> str:
    """What an action does and which keys ask for it."""
    return _tool_tip(next(spec for spec in ACTIONS if spec.command is command), action)


def _tool_tip(spec: ActionSpec, action: QAction) -> str:
    tip = spec.tip or spec.text.replace("&", "")
    keys = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()]
    return f"{tip} ({' or '.join(keys)})" if keys else tip


def show_playback(actions: Actions, state: WindowState, theme: Theme) -> None:
    """Let the playback actions offer what suits ``state``, and say why where they do not."""
    pause, running = actions[Command.PAUSE], state.phase is Phase.RUNNING
    pause.setText("&Pause" if running or not state.can_pause else "&Play")
    name = "pause" if running else "play"
    if pause.data() != f"{name} {theme.text}":  # drawing an icon takes milliseconds
        pause.setIcon(icon(name, theme.text, disabled=theme.border))
        pause.setData(f"{name} {theme.text}")
    pause.setEnabled(state.can_pause)
    actions[Command.LOOP].setChecked(state.repeat)
    _offer(actions, (Command.STEP,), state.can_step, reason=state.session and state.session.live)
    _offer(actions, (Command.RESTART,), state.is_replay, reason=bool(state.session))
    seekable = (*RECORDING_ONLY, Command.EXPORT_RANGE)
    _offer(actions, seekable, state.can_seek, reason=state.session and not state.replay)
    actions[Command.CLEAR_MARKS].setEnabled(bool(state.marks) and state.can_seek)


def show_tracking(actions: Actions, state: WindowState) -> None:
    """Tick how hands are followed."""
    actions[Command.TWO_HANDS].setChecked(state.tracking.hands > 1)
    for command, smoothing in SMOOTHINGS.items():
        actions[command].setChecked(smoothing is state.tracking.smoothing)
    for command, side in SIDES.items():
        actions[command].setChecked(side is state.tracking.side)


def show_picture_view(actions: Actions, state: WindowState) -> None:
    """Tick which pictures are shown."""
    for command, view in PICTURE_VIEWS.items():
        actions[command].setChecked(view is state.view)


def chosen_tracking(actions: Actions) -> TrackingSettings:
    """The tracking settings that are ticked."""
    smoothing = next(level for command, level in SMOOTHINGS.items() if actions[command].isChecked())
    side = next(side for command, side in SIDES.items() if actions[command].isChecked())
    return TrackingSettings(2 if actions[Command.TWO_HANDS].isChecked() else 1, smoothing, side)


def set_action_icons(actions: Actions, theme: Theme) -> None:
    """Give every action its icon in the colours of ``theme``."""
    for spec in ACTIONS:
        if spec.icon:
            actions[spec.command].setIcon(icon(spec.icon, theme.text, disabled=theme.border))
            actions[spec.command].setData(None)


def _offer(actions: Actions, commands: Collection[Command], on: bool, *, reason: object) -> None:
    """Switch actions on or off; where there is ``reason`` to, say that cameras cannot do this."""
    for spec in ACTIONS:
        if spec.command in commands:
            action, tip = actions[spec.command], spec.tip or spec.text.replace("&", "")
            action.setEnabled(on)
            why = not on and reason
            action.setToolTip(f"{tip} – {NOT_A_RECORDING}" if why else _tool_tip(spec, action))


def build_menus(bar: QMenuBar, actions: Actions, slots: Slots) -> None:
    """Fill the menu bar; ``slots`` fill the places that change."""
    for spec in MENUS:
        _fill(bar.addMenu(spec.title), spec, actions, slots)


def _fill(menu: QMenu, spec: MenuSpec, actions: Actions, slots: Slots) -> None:
    menu.setToolTipsVisible(True)
    for item in spec.items:
        if isinstance(item, MenuSpec):
            _fill(menu.addMenu(item.title), item, actions, slots)
        elif isinstance(item, Command):
            menu.addAction(actions[item])
        elif item is Slot.SEPARATOR:
            menu.addSeparator()
        else:
            slots[item](menu)


def build_tool_bar(
    owner: QWidget, actions: Actions, chooser: QWidget, recorder: QWidget
) -> QToolBar:
    """The tool bar, with the source chooser and the record button in their places."""
    bar = QToolBar("Tool bar", owner)
    bar.setObjectName("toolBar")
    bar.setMovable(False)
    bar.setFloatable(False)
    bar.setIconSize(QSize(20, 20))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for item in TOOL_BAR:
        if item is Slot.SOURCES:
            bar.addWidget(chooser)
        elif item is Slot.RECORD:
            bar.addWidget(recorder)
        elif isinstance(item, Command):
            bar.addAction(actions[item])
            button = bar.widgetForAction(actions[item])
            if item in WITH_TEXT and isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        else:
            bar.addSeparator()
    return bar
