"""Every key and what it does, made from the menus, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMenuBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

MOUSE: Final = (
    ("Turn the 3D view", "Drag"),
    ("Move the 3D view", "Right drag"),
    ("Zoom the 3D view", "Wheel"),
    ("First 3D viewpoint", "Double click"),
    ("Depth under the pointer", "Point at the depth image"),
    ("Move and zoom a paused plot", "Drag, wheel"),
    ("Open a recording", "Drop it on the window"),
)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """``group`` is the menu it stands in; ``keys`` as the system writes them."""

    group: str
    text: str
    keys: str


def shortcuts(bar: QMenuBar) -> tuple[Shortcut, ...]:
    """Every action of the menus that has a key, in their order."""
    found: list[Shortcut] = []
    for action in bar.actions():
        menu = action.menu()
        if isinstance(menu, QMenu):
            title = _plain(action.text())
            found += [Shortcut(title, text, keys) for text, keys in _with_keys(menu)]
    return tuple(found)


def _with_keys(menu: QMenu, before: str = "") -> Iterator[tuple[str, str]]:
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from _with_keys(inner, f"{before}{_plain(action.text())}: ")
        elif action.shortcuts():
            native = QKeySequence.SequenceFormat.NativeText
            keys = "  or  ".join(key.toString(native) for key in action.shortcuts())
            yield f"{before}{_plain(action.text())}", keys


def _plain(text: str) -> str:
    return text.replace("&", "").rstrip("…")


class ShortcutsDialog(QDialog):
    """Lists them, with a field to search in. Does not wait. GUI thread only."""

    def __init__(self, bar: QMenuBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and mouse")
        self.setAccessibleName("Keys and mouse")
        self.resize(520, 620)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search for a word or a key")
        self.search.setAccessibleName("Search")
        self.list = QTreeWidget()
        self.list.setObjectName("shortcuts")
        self.list.setAccessibleName("Shortcuts")
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(14)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self._groups: list[QTreeWidgetItem] = []
        self._fill(shortcuts(bar))
        self.search.textChanged.connect(self._filter)

    def shown(self) -> tuple[tuple[str, str], ...]:
        """What is listed and not filtered out."""
        return tuple((row.text(0), row.text(1)) for row in self._rows() if not row.isHidden())

    def _fill(self, keys: tuple[Shortcut, ...]) -> None:
        groups: dict[str, QTreeWidgetItem] = {}
        rows = [(one.group, one.text, one.keys) for one in keys]
        rows += [("Mouse", text, how) for text, how in MOUSE]
        for title, text, how in rows:
            if title not in groups:
                groups[title] = QTreeWidgetItem(self.list, [title])
                font = groups[title].font(0)
                font.setBold(True)
                groups[title].setFont(0, font)
                groups[title].setFlags(Qt.ItemFlag.ItemIsEnabled)
                self._groups.append(groups[title])
            QTreeWidgetItem(groups[title], [text, how])
        self.list.expandAll()

    def _rows(self) -> Iterator[QTreeWidgetItem]:
        for group in self._groups:
            yield from _children(group)

    def _filter(self, words: str) -> None:
        for group in self._groups:
            rows = _children(group)
            for row in rows:
                text = f"{group.text(0)} {row.text(0)} {row.text(1)}".lower()
                row.setHidden(not all(word in text for word in words.lower().split()))
            group.setHidden(all(row.isHidden() for row in rows))


def _children(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [row for k in range(group.childCount()) if (row := group.child(k)) is not None]
