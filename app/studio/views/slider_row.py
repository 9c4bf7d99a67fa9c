"""One slider: lock, name, groove and value in a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from app.studio.axes import AxisInfo
from app.style.theme import Theme
from app.views.timeline import tabular

HEIGHT: Final = 26
LOCK_WIDTH: Final = 26.0
NAME_SHARE: Final = 0.57
VALUE_WIDTH: Final = 54.0
GROOVE_HEIGHT: Final = 4.0
HANDLE_RADIUS: Final = 6.0
LOCK_SIZE: Final = 14
STEPS: Final = 600
"""Steps from one end of a slider to the other."""
UNSEEN: Final = 1e-4
"""Changes by less than this share of the whole way are not shown."""
KEYS: Final = frozenset(
    getattr(Qt.Key, f"Key_{name}")
    for name in ("Left", "Right", "Up", "Down", "Home", "End", "PageUp", "PageDown", "L", "0")
)
"""What the slider does itself, before the window's shortcuts."""


@dataclass(frozen=True, slots=True)
class LockPixmaps:
    """The lock, closed and open."""

    closed: QPixmap
    open: QPixmap


class SliderRow(QAbstractSlider):
    """A slider over one axis of the latent. GUI thread only.

    ``moved`` reports only what the user does. Keys: arrows, Page, Home and End move it, 0 resets,
    L locks; a double click resets.
    """

    moved = Signal(float)
    reset_requested = Signal()
    lock_requested = Signal(bool)

    def __init__(
        self, info: AxisInfo, theme: Theme, locks: LockPixmaps, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.info = info
        self._theme = theme
        self._locks = locks
        self._shown = 0.0
        self._spread = 0.0
        self._locked = False
        self._over = False
        self._showing = False
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 60)
        self.setPageStep(STEPS // 12)
        self.setAccessibleName(info.name)
        self.setToolTip(f"<b>{info.name}</b><br>{info.about.replace(chr(10), '<br>')}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFont(tabular(self.font()))
        self.valueChanged.connect(self._emit_moved)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """One line."""
        return QSize(340, HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a short name and a short groove."""
        return QSize(220, HEIGHT)

    @property
    def shown(self) -> float:
        """The value shown, in the axis's unit."""
        return self._shown

    @property
    def locked(self) -> bool:
        """Whether the lock is closed."""
        return self._locked

    @property
    def text(self) -> str:
        """The value as it is written."""
        rounded = round(self._shown, self.info.decimals) + 0.0  # no minus before a zero
        return f"{rounded:+.{self.info.decimals}f}{self.info.unit}".replace("-", "−")

    def set_theme(self, theme: Theme, locks: LockPixmaps) -> None:
        """Use the colours of another theme."""
        self._theme, self._locks = theme, locks
        self.update()

    def show_value(self, value: float, spread: float = 0.0) -> None:
        """Stand at ``value``, with a band of ``spread`` to either side; both in its unit."""
        change = max(abs(value - self._shown), abs(spread - self._spread))
        if change < UNSEEN * self._range:
            return
        self._shown, self._spread = value, spread
        if self.isVisible():
            self._move_handle()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Take over what was set while the row was hidden."""
        self._move_handle()
        super().showEvent(event)

    def _move_handle(self) -> None:
        if not self.isSliderDown():
            self._showing = True
            self.setValue(round((self._shown - self.info.low) / self._range * STEPS))
            self._showing = False
        self.update()

    def show_locked(self, locked: bool) -> None:
        """Close or open the lock."""
        if locked != self._locked:
            self._locked = locked
            self.update()

    # -- commands ----------------------------------------------------------------------------

    @property
    def _range(self) -> float:
        return self.info.high - self.info.low

    def _emit_moved(self, step: int) -> None:
        if not self._showing:
            self.moved.emit(self.info.low + step / STEPS * self._range)

    def _groove(self) -> QRectF:
        left = LOCK_WIDTH + (self.width() - LOCK_WIDTH - VALUE_WIDTH) * NAME_SHARE + HANDLE_RADIUS
        right = self.width() - VALUE_WIDTH - HANDLE_RADIUS
        top = (self.height() - GROOVE_HEIGHT) / 2
        return QRectF(left, top, max(right - left, 1.0), GROOVE_HEIGHT)

    def _x(self, value: float) -> float:
        groove, info = self._groove(), self.info
        share = (min(max(value, info.low), info.high) - info.low) / self._range
        return groove.left() + share * groove.width()

    def _move_to(self, x: float) -> None:
        groove = self._groove()
        self.setValue(round((x - groove.left()) / groove.width() * STEPS))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take the handle, or turn the lock."""
        groove, x = self._groove(), event.position().x()
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if x < LOCK_WIDTH:
            self.lock_requested.emit(not self._locked)
        elif groove.left() - HANDLE_RADIUS <= x <= groove.right() + HANDLE_RADIUS:
            self.setSliderDown(True)
            if abs(x - self._x(self._shown)) > HANDLE_RADIUS:
                self._move_to(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Drag the handle."""
        if self.isSliderDown():
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let it go."""
        if self.isSliderDown():
            self.setSliderDown(False)
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Back to where it began."""
        if event.position().x() >= LOCK_WIDTH:
            self.reset_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """The wheel scrolls the list."""
        event.ignore()

    def event(self, event: QEvent) -> bool:
        """Keep the keys of a slider from the window's shortcuts."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in KEYS
            and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Up and down go to other sliders; 0 resets, L locks."""
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
            case Qt.Key.Key_0:
                self.reset_requested.emit()
            case Qt.Key.Key_L:
                self.lock_requested.emit(not self._locked)
            case _:
                super().keyPressEvent(event)

    def enterEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Show the open lock while the pointer is here."""
        self._over = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Hide it."""
        self._over = False
        self.update()

    # -- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw lock, name, groove and value."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_lock(painter)
            self._paint_text(painter)
            self._paint_groove(painter)

    def _paint_lock(self, painter: QPainter) -> None:
        if not (self._locked or self._over or self.hasFocus()):
            return
        place = QPointF((LOCK_WIDTH - LOCK_SIZE) / 2, (self.height() - LOCK_SIZE) / 2)
        painter.drawPixmap(place, self._locks.closed if self._locked else self._locks.open)

    def _paint_text(self, painter: QPainter) -> None:
        groove, metrics = self._groove(), QFontMetricsF(self.font())
        left, height = LOCK_WIDTH, float(self.height())
        right = groove.left() - HANDLE_RADIUS - 8
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(self._theme.muted))
        if self.info.detail:
            detail = metrics.horizontalAdvance(self.info.detail)
            area = QRectF(right - detail, 0, detail, height)
            painter.drawText(area, middle, self.info.detail)
            right -= detail + 8
        painter.setPen(QColor(self._theme.muted if self._locked else self._theme.text))
        name = metrics.elidedText(self.info.name, Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRectF(left, 0, right - left, height), middle, name)
        value = QRectF(self.width() - VALUE_WIDTH, 0, VALUE_WIDTH - 10, height)
        painter.drawText(value, middle | Qt.AlignmentFlag.AlignRight, self.text)

    def _paint_groove(self, painter: QPainter) -> None:
        groove, theme = self._groove(), self._theme
        colour = QColor(theme.muted if self._locked else theme.accent)
        zero, here = self._x(0.0), self._x(self._shown)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.hover))
        painter.drawRoundedRect(groove, GROOVE_HEIGHT / 2, GROOVE_HEIGHT / 2)
        painter.setBrush(QColor(theme.border))
        painter.drawRect(QRectF(zero - 0.75, groove.top() - 3, 1.5, groove.height() + 6))
        if self._spread > 0.0:
            low, high = self._x(self._shown - self._spread), self._x(self._shown + self._spread)
            faint = QColor(colour)
            faint.setAlpha(70)
            painter.setBrush(faint)
            painter.drawRoundedRect(QRectF(low, groove.top() - 4, high - low, 12), 6, 6)
        painter.setBrush(colour)
        painter.drawRoundedRect(
            QRectF(min(zero, here), groove.top(), abs(here - zero), groove.height()), 2, 2
        )
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.text), 1.6))
        radius = HANDLE_RADIUS + (1.0 if self.isSliderDown() else 0.0)
        painter.drawEllipse(QPointF(here, groove.center().y()), radius, radius)
