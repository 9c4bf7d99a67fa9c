"""The contact sheets: one picture a sheet, none of them empty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.camera import Camera
from training import contact_sheets
from training.__main__ import main


def test_sheets_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_sheets, "TILE", (64, 48))
    assert main(["sheets", "--output", str(tmp_path), "--seed", "1"]) == 0
    pictures = {path.stem: np.asarray(Image.open(path)) for path in tmp_path.glob("*.png")}
    expected = {"hands", "gestures", "sensors", "crops", "scenes_0_hands", "scenes_1_hands"}
    assert expected < set(pictures)
    assert all(picture.max() > 100 for picture in pictures.values())


def test_relief_is_bright_where_a_surface_faces_the_camera() -> None:
    camera = Camera(40, 30, 50.0, 50.0, 19.5, 14.5)
    flat, steep = np.full((30, 40), 500.0, np.float32), np.zeros((30, 40), np.float32)
    steep[:] = 500.0 + 60.0 * np.arange(40)
    bright = contact_sheets.shaded(flat, camera)[10:20, 10:30].mean()
    assert bright > contact_sheets.shaded(steep, camera)[10:20, 10:30].mean() + 50
    assert not contact_sheets.shaded(np.zeros((30, 40), np.float32), camera).any()
