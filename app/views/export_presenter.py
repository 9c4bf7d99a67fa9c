"""Asks where an export goes and shows how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QProgressDialog

from app.control.export import ExportController, marked
from app.state.window_state import Level, WindowState
from app.window.main_window import MainWindow
from engine.export.names import may_become

KINDS: Final = {
    "Joints, CSV (*.csv)": ".csv",
    "Joints, JSON lines (*.jsonl)": ".jsonl",
    "Skeleton motion, BVH (*.bvh)": ".bvh",
    "Depth images, a new folder of PNGs (*)": "",
    "RealSense recording (*.db3)": ".db3",
}


class ExportPresenter:
    """The export's file dialogue, its progress and its words. GUI thread only."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._export: ExportController | None = None
        self._kind = next(iter(KINDS))
        self.progress: QProgressDialog | None = None

    def bind(self, export: ExportController) -> None:
        """Send commands to ``export`` from now on."""
        self._export = export

    def ask(self, state: WindowState) -> None:
        """Ask where what lies between the marks shall go, and begin."""
        chosen = marked(state)
        if self._export is None or self._export.running or chosen is None or state.session is None:
            return
        spec = Path(state.session.spec).absolute()
        proposed = spec.with_name(f"{spec.stem}_{chosen.first}-{chosen.last}{KINDS[self._kind]}")
        path, kind = QFileDialog.getSaveFileName(
            self._window,
            f"Export frames {chosen.first} to {chosen.last}",
            str(proposed),
            ";;".join(KINDS),
            self._kind,
        )
        if path:
            self._kind = kind if kind in KINDS else self._kind
            target = with_suffix(Path(path), KINDS[self._kind])
            unasked = [each for each in may_become(target) if each != Path(path)]
            if all(self._may_replace(each) for each in unasked):
                self._export.start(target)

    def _may_replace(self, target: Path) -> bool:
        """Ask about a file that the dialogue could not, as its name came to be after it."""
        try:
            if not target.exists():
                return True
        except OSError:
            return True  # the export says why nothing can be written there
        answer = QMessageBox.question(
            self._window, "Export", f"{target.name} exists already. Replace it?"
        )
        return answer == QMessageBox.StandardButton.Yes

    def show_export(self, target: Path | None, done: int, total: int) -> None:
        """How far the export to ``target`` is; None when there is none."""
        if target is None:
            if self.progress is not None:
                self.progress.hide()
                self.progress.deleteLater()
                self.progress = None
            return
        if self.progress is None:
            self.progress = self._make_progress(target)
        if self.progress.wasCanceled():
            return
        self.progress.setMaximum(total)
        # At its maximum the dialogue would close itself; the file is not complete yet.
        self.progress.setValue(min(done, total - 1))

    def show_message(self, text: str, level: Level) -> None:
        """A sentence under the tool bar."""
        self._window.show_message(text, level)

    def _make_progress(self, target: Path) -> QProgressDialog:
        box = QProgressDialog(f"Writing {target.name}", "Cancel", 0, 1, self._window)
        box.setWindowTitle("Export")
        box.setWindowModality(Qt.WindowModality.NonModal)
        box.setAutoReset(False)
        box.setAutoClose(False)
        box.setMinimumDuration(0)
        box.setMinimumWidth(360)
        box.canceled.connect(self._cancel)
        box.show()
        return box

    def _cancel(self) -> None:
        if self._export is not None:
            self._export.cancel()


def with_suffix(path: Path, suffix: str) -> Path:
    """The path that was typed, with the chosen kind's ending where it has none of the kinds'."""
    if path.suffix and path.suffix.lower() in KINDS.values():
        return path
    return Path(f"{path}{suffix}")
