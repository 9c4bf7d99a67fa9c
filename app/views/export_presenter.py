"""Asks where an export goes and shows how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QProgressDialog, QWidget

from app.state.jobs import JobProgress
from app.state.window_state import WindowState
from engine.export.names import possible_outputs

KINDS: Final = {
    "Joints, CSV (*.csv)": ".csv",
    "Joints, JSON lines (*.jsonl)": ".jsonl",
    "Skeleton motion, BVH (*.bvh)": ".bvh",
    "Joints for ROS 2 (*.mcap)": ".mcap",
    "Joints as rotations, NumPy (*.npz)": ".npz",
    "Recording without images (*.pose)": ".pose",
    "Depth images, a new folder of PNGs (*)": "",
    "RealSense recording (*.db3)": ".db3",
    "Film with skeletons, MP4 (*.mp4)": ".mp4",
    "Pictures with skeletons, a new folder of PNGs (*)": "",
}
DRAWN: Final = tuple(kind for kind in KINDS if "skeletons" in kind)


class ExportPresenter(QObject):
    """The export's file dialogue and its progress. GUI thread only."""

    export_requested = Signal(Path, bool)
    """A file or folder, and whether it is one of pictures with the hands drawn."""
    cancel_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._target = Path()
        self._kind = next(iter(KINDS))
        self.progress: QProgressDialog | None = None

    def ask(self, state: WindowState) -> None:
        """Ask where what lies between the marks shall go; nothing while an export runs."""
        chosen = state.marked
        if self.progress is not None or chosen is None or state.session is None:
            return
        spec = Path(state.session.spec).absolute()
        proposed = spec.with_name(f"{spec.stem}_{chosen.first}-{chosen.last}{KINDS[self._kind]}")
        path, kind = QFileDialog.getSaveFileName(
            self._parent,
            f"Export frames {chosen.first} to {chosen.last}",
            str(proposed),
            ";;".join(KINDS),
            self._kind,
        )
        if path:
            self._kind = kind if kind in KINDS else self._kind
            target = with_suffix(Path(path), KINDS[self._kind])
            others = [each for each in possible_outputs(target) if each != Path(path)]
            if all(self._may_replace(each) for each in others):
                self._target = target
                self.export_requested.emit(target, self._kind in DRAWN)

    def _may_replace(self, target: Path) -> bool:
        """Ask about a file that the dialogue could not, as its name came to be after it."""
        try:
            if not target.exists():
                return True
        except OSError:
            return True  # the export says why nothing can be written there
        answer = QMessageBox.question(
            self._parent, "Export", f"{target.name} exists already. Replace it?"
        )
        return answer == QMessageBox.StandardButton.Yes

    def show_progress(self, progress: JobProgress) -> None:
        """How far the export is."""
        if self.progress is None:
            self.progress = self._make_progress(self._target)
        if self.progress.wasCanceled():
            return
        self.progress.setMaximum(progress.total)
        # At its maximum the dialogue would close itself; the file is not complete yet.
        self.progress.setValue(min(progress.done, progress.total - 1))

    def hide_progress(self) -> None:
        """The export has ended."""
        if self.progress is not None:
            self.progress.hide()
            self.progress.deleteLater()
            self.progress = None

    def _make_progress(self, target: Path) -> QProgressDialog:
        box = QProgressDialog(f"Writing {target.name}", "Cancel", 0, 1, self._parent)
        box.setWindowTitle("Export")
        box.setWindowModality(Qt.WindowModality.NonModal)
        box.setAutoReset(False)
        box.setAutoClose(False)
        box.setMinimumDuration(0)
        box.setMinimumWidth(360)
        box.canceled.connect(self.cancel_requested)
        box.show()
        return box


def with_suffix(path: Path, suffix: str) -> Path:
    """The path that was typed, with the chosen kind's ending where it has none of the kinds'."""
    if path.suffix and path.suffix.lower() in KINDS.values():
        return path
    return Path(f"{path}{suffix}")
