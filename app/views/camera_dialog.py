"""The attached cameras in a list, with size, rate and preset to choose."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from app.state.session import CamerasFound
from app.views.tables import plain_table, set_rows
from app.views.widgets import button_row, lay_out_dialog, paragraph
from engine.sources.camera_choice import CameraChoice, DepthMode, preset_key
from engine.sources.realsense_devices import CameraInfo
from engine.sources.reconnecting_camera import in_cm, shortcomings

COLUMNS: Final = ("Model", "Serial number", "USB", "Firmware")
USUAL_FPS: Final = 30
LOOKING: Final = "Looking for cameras…"
FOR_HANDS: Final = "for hands"
"""What is said beside the best mode and the preset that is taken where nothing is chosen."""


class CameraDialog(QDialog):
    """Lists what is plugged in. GUI thread only."""

    open_requested = Signal(object)
    """A ``CameraChoice``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Cameras")
        self.setMinimumSize(620, 430)
        self._found = CamerasFound()
        self._infos: tuple[CameraInfo, ...] = ()
        self.table = plain_table(COLUMNS, "Attached cameras")
        self.size_box, self.rate_box, self.preset_box = QComboBox(), QComboBox(), QComboBox()
        self.hint = paragraph(muted=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.open_button, close = QPushButton("Open"), QPushButton("Close")
        self.open_button.setObjectName("primary")
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self.accept)
        close.clicked.connect(self.reject)
        self._lay_out(close)
        self.table.itemSelectionChanged.connect(self._show_camera)
        self.table.itemDoubleClicked.connect(self.accept)
        self.size_box.currentIndexChanged.connect(self._show_rates)
        self.show_cameras(self._found)

    def show_cameras(self, found: CamerasFound) -> None:
        """List these; what was chosen stays chosen while its camera is there."""
        self._found = found
        infos = tuple(choice.camera for choice in found.choices if choice.camera is not None)
        if not infos:
            self._infos = ()
            self.table.setRowCount(0)
            self._offer(None)
            words = found.why_none or LOOKING
            self.hint.setText(words[:1].upper() + words[1:])
        if infos == self._infos:
            return
        chosen = self.chosen
        self._infos = infos
        self.table.blockSignals(True)
        texts = [(info.name, info.serial, info.usb, info.firmware) for info in infos]
        set_rows(self.table, [[text or "–" for text in row] for row in texts])
        self.table.blockSignals(False)
        serials = [info.serial for info in infos]
        kept = chosen is not None and chosen.serial in serials
        self.table.selectRow(serials.index(chosen.serial) if kept and chosen else 0)
        self._show_camera()

    @property
    def chosen(self) -> CameraInfo | None:
        """The camera that is selected."""
        row = self.table.currentRow()
        return self._infos[row] if 0 <= row < len(self._infos) else None

    @property
    def choice(self) -> CameraChoice | None:
        """How the selected camera is to be opened."""
        info, mode = self.chosen, self.rate_box.currentData()
        if info is None or mode is None:
            return None
        preset = self.preset_box.currentData() or ""
        return CameraChoice(info.serial, DepthMode.parse(mode), preset)

    def accept(self) -> None:
        """Open the camera."""
        choice = self.choice
        if choice is not None:
            super().accept()
            self.open_requested.emit(choice)

    # -- inside ------------------------------------------------------------------------------

    def _lay_out(self, close: QPushButton) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(9)
        form.setHorizontalSpacing(16)
        named = {"&Size": self.size_box, "&Rate": self.rate_box, "&Preset": self.preset_box}
        for name, box in named.items():
            box.setAccessibleName(name.replace("&", ""))
            box.setMinimumHeight(30)
            label = QLabel(name)
            label.setMinimumHeight(30)
            label.setBuddy(box)
            form.addRow(label, box)
        buttons = button_row(close, self.open_button)
        lay_out_dialog(self, self.table, form, self.hint, buttons, tall=self.table)

    def _show_camera(self) -> None:
        info = self.chosen
        self._offer(info)
        if info is None:
            return
        spec = next(c.spec for c in self._found.choices if c.camera == info)
        last = CameraChoice.parse(spec)
        mode = last.mode or info.best_mode
        if mode is not None:
            self.size_box.setCurrentIndex(self.size_box.findData(_size(mode)))
            self._show_rates()
            self.rate_box.setCurrentIndex(self.rate_box.findData(str(mode)))
        self.preset_box.setCurrentIndex(max(self.preset_box.findData(last.preset), 0))

    def _offer(self, info: CameraInfo | None) -> None:
        """Fill the boxes with what ``info`` has."""
        for box in (self.size_box, self.rate_box, self.preset_box):
            box.blockSignals(True)
            box.clear()
            box.setEnabled(info is not None)
        if info is not None:
            best = info.best_mode
            for mode in sorted({mode.size: mode for mode in info.modes}.values(), reverse=True):
                mark = f"   {FOR_HANDS}" if best is not None and best.size == mode.size else ""
                self.size_box.addItem(f"{mode.width} × {mode.height}{mark}", _size(mode))
            self.preset_box.addItem(f"The one {FOR_HANDS}, if there is one", "")
            for name in info.presets:
                self.preset_box.addItem(name, preset_key(name))
            self.preset_box.setEnabled(bool(info.presets))
        for box in (self.size_box, self.rate_box, self.preset_box):
            box.blockSignals(False)
        self.open_button.setEnabled(info is not None and bool(info.modes))

    def _show_rates(self) -> None:
        info, size = self.chosen, self.size_box.currentData()
        if info is None or size is None:
            return
        fps = self._fps()
        modes = [mode for mode in info.modes if _size(mode) == size]
        self.rate_box.clear()
        for mode in modes:
            self.rate_box.addItem(f"{mode.fps} fps", str(mode))
        chosen = min(modes, key=lambda mode: abs(mode.fps - fps))
        self.rate_box.setCurrentIndex(self.rate_box.findData(str(chosen)))
        nearest = (info.nearest_mm or {}).get(chosen.size)
        words = [f"At this size it measures from {in_cm(nearest)} on."] if nearest else []
        self.hint.setText(" ".join([*words, *shortcomings(info)]))

    def _fps(self) -> int:
        """The rate that is chosen, or the usual one."""
        mode = self.rate_box.currentData()
        return USUAL_FPS if mode is None else DepthMode.parse(mode).fps


def _size(mode: DepthMode) -> str:
    """A size as it is kept in the box."""
    return f"{mode.width}x{mode.height}"
