"""The menu from which quantities are chosen, and the question for two joints."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.views.widgets import button_row
from engine.measure.catalogue import ANGLES, CURLS, PINCHES, WHOLE_HAND
from engine.measure.quantity import (
    Quantity,
    distance,
    joint_label,
    position,
    shown,
    uncertainty,
)
from engine.skeleton import FINGER_JOINTS, FINGERS, JOINT_NAMES

Toggle = Callable[[Quantity], object]
AXES = ("x", "y", "z", "range")


def fill_series(
    menu: QMenu, chosen: Collection[Quantity], toggle: Toggle, ask: Callable[[], object]
) -> None:
    """Offer every quantity; the chosen ones are ticked. ``ask`` lets two joints be named."""
    menu.clear()
    menu.setToolTipsVisible(True)
    _add(menu.addMenu("&Pinch"), PINCHES, chosen, toggle)
    _add(menu.addMenu("&Curl"), CURLS, chosen, toggle)
    angles = menu.addMenu("Finger &angles")
    for finger in FINGERS:
        of_finger = [angle for angle in ANGLES if angle.finger == finger]
        _add(angles.addMenu(shown(finger)), of_finger, chosen, toggle)
    _add(menu.addMenu("Whole &hand"), WHOLE_HAND, chosen, toggle)
    menu.addSeparator()
    places = menu.addMenu("&Joint position")
    errors = menu.addMenu("Joint &uncertainty")
    for title, joints in _by_finger():
        of_finger_menu = places.addMenu(title)
        for joint in joints:
            axes = [position(joint, axis) for axis in AXES]
            name = shown(joint_label(joint))
            _add(of_finger_menu.addMenu(name), axes, chosen, toggle)
        _add(errors.addMenu(title), [uncertainty(joint) for joint in joints], chosen, toggle)
    menu.addAction("&Distance between joints…", ask)


def _add(
    menu: QMenu, offered: Sequence[Quantity], chosen: Collection[Quantity], toggle: Toggle
) -> None:
    menu.setToolTipsVisible(True)
    for quantity in offered:
        action = menu.addAction(f"{quantity.name}  ({quantity.unit.value})")
        action.setCheckable(True)
        action.setChecked(quantity in chosen)
        action.setToolTip(quantity.about)
        action.triggered.connect(lambda _on=False, quantity=quantity: toggle(quantity))


def _by_finger() -> list[tuple[str, list[str]]]:
    of_fingers = [
        (shown(finger), [JOINT_NAMES[joint] for joint in joints])
        for finger, joints in FINGER_JOINTS.items()
    ]
    return [("Wrist", ["wrist"]), *of_fingers]


class JointPairDialog(QDialog):
    """Asks between which two joints the distance is wanted. GUI thread only."""

    chosen = Signal(object)
    """A ``Quantity``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Distance between joints")
        self.first, self.second = (self._box(name) for name in ("From", "To"))
        self.first.setCurrentIndex(JOINT_NAMES.index("thumb_tip"))
        self.second.setCurrentIndex(JOINT_NAMES.index("index_tip"))
        form = QFormLayout()
        form.addRow("&From", self.first)
        form.addRow("&To", self.second)
        self.add = QPushButton("Add")
        self.add.setObjectName("primary")
        self.add.setDefault(True)
        cancel = QPushButton("Cancel")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(14)
        column.addLayout(form)
        column.addLayout(button_row(cancel, self.add))
        self.add.clicked.connect(self._choose)
        cancel.clicked.connect(self.reject)
        self._check()

    def _box(self, name: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(f"{name} joint")
        for joint in JOINT_NAMES:
            box.addItem(shown(joint_label(joint)), joint)
        box.currentIndexChanged.connect(self._check)
        return box

    def _check(self) -> None:
        if hasattr(self, "add"):
            self.add.setEnabled(self.first.currentData() != self.second.currentData())

    def _choose(self) -> None:
        self.chosen.emit(distance(self.first.currentData(), self.second.currentData()))
        self.accept()
