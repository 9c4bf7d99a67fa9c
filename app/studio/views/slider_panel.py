"""All sliders in a list that scrolls, in groups that fold."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.studio.axes import Axis, AxisInfo, Group
from app.studio.views.slider_row import LOCK_SIZE, LockPixmaps, SliderRow
from app.style.icons import pixmap
from app.style.theme import Theme
from app.views.widgets import set_up_scroll_area

FOLDED: Final = (Group.RAW,)
UNITS: Final = {
    Group.DIRECTION: "in standard deviations",
    Group.ROTATION: "degrees",
    Group.ROOT: "mm",
    Group.RAW: "",
}


class SliderPanel(QScrollArea):
    """Sliders for every axis. GUI thread only; its signals name the axis."""

    moved = Signal(object, float)
    drag_started = Signal()
    drag_finished = Signal()
    reset_requested = Signal(object)
    lock_requested = Signal(object, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_up_scroll_area(self, "sliderPanel", "Sliders of the latent")
        self._theme = theme
        self._locks = _lock_pixmaps(theme, self.devicePixelRatioF())
        self.groups: dict[Group, SliderGroup] = {}
        self.rows: dict[Axis, SliderRow] = {}
        self._list = QWidget()
        self._list.setObjectName("sliderList")
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 4, 4, 10)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        self.setWidget(self._list)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide enough for names, grooves and values."""
        return QSize(376, 400)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Still usable."""
        return QSize(248, 160)

    def set_axes(self, infos: tuple[AxisInfo, ...]) -> None:
        """Make the sliders, once the axes are known."""
        for group in Group:
            members = tuple(info for info in infos if info.axis.group is group)
            section = SliderGroup(group, members, self._theme, self._locks)
            section.fold(group in FOLDED)
            self.groups[group] = section
            self._column.insertWidget(self._column.count() - 1, section)
            for row in section.rows:
                self._connect(row)
                self.rows[row.info.axis] = row

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._locks = _lock_pixmaps(theme, self.devicePixelRatioF())
        for row in self.rows.values():
            row.set_theme(theme, self._locks)

    def show_values(self, values: dict[Axis, float], spreads: dict[Axis, float]) -> None:
        """Stand at ``values``, with bands of ``spreads`` where there are any."""
        for axis, row in self.rows.items():
            row.show_value(values[axis], spreads.get(axis, 0.0))

    def show_locked(self, locked: frozenset[Axis]) -> None:
        """Close these locks, open the others."""
        for axis, row in self.rows.items():
            row.show_locked(axis in locked)

    def _connect(self, row: SliderRow) -> None:
        axis = row.info.axis
        row.moved.connect(lambda value: self.moved.emit(axis, value))
        row.sliderPressed.connect(self.drag_started)
        row.sliderReleased.connect(self.drag_finished)
        row.reset_requested.connect(lambda: self.reset_requested.emit(axis))
        row.lock_requested.connect(lambda locked: self.lock_requested.emit(axis, locked))


class SliderGroup(QWidget):
    """Sliders under a head line that folds them. GUI thread only."""

    def __init__(
        self, group: Group, infos: tuple[AxisInfo, ...], theme: Theme, locks: LockPixmaps
    ) -> None:
        super().__init__()
        self._head = QToolButton()
        self._head.setObjectName("groupHead")
        self._head.setText(group.value)
        self._head.setAccessibleName(group.value)
        self._head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head.setCheckable(True)
        self._head.clicked.connect(lambda unfolded: self.fold(not unfolded))
        unit = QLabel(UNITS[group])
        unit.setObjectName("muted")
        head = QHBoxLayout()
        head.setContentsMargins(4, 8, 10, 0)
        head.addWidget(self._head)
        head.addStretch(1)
        head.addWidget(unit)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        self.rows = tuple(SliderRow(info, theme, locks) for info in infos)
        for row in self.rows:
            body.addWidget(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._body)
        self.fold(False)

    @property
    def folded(self) -> bool:
        """Whether only the head line is shown."""
        return self._body.isHidden()

    def fold(self, folded: bool) -> None:
        """Hide the sliders, or show them again."""
        self._body.setHidden(folded)
        self._head.setChecked(not folded)
        self._head.setArrowType(Qt.ArrowType.RightArrow if folded else Qt.ArrowType.DownArrow)
        self._head.setToolTip("Show these sliders" if folded else "Hide these sliders")


def _lock_pixmaps(theme: Theme, ratio: float) -> LockPixmaps:
    """The two locks in the theme's colours; drawn once, as each drawing takes a millisecond."""
    drawn = []
    for name, colour in (("lock", theme.accent), ("unlock", theme.muted)):
        image = pixmap(name, colour, round(LOCK_SIZE * ratio))
        image.setDevicePixelRatio(ratio)
        drawn.append(image)
    return LockPixmaps(*drawn)
