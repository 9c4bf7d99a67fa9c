"""A small take of a synthetic hand, recorded once, and few chunks for batch statistics."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.camera import Camera
from engine.recording.record import FolderRecorder
from engine.sources.synthetic import SyntheticCamera
from training.learning import loop as training_loop

CAMERA = Camera(320, 240, 290.0, 290.0, 159.5, 119.5, fps=10.0, name="small", serial="42")
FRAMES = 90


def record_take(
    folder: Path, frames: int = FRAMES, *, seed: int = 3, camera: Camera = CAMERA
) -> Path:
    """A recording of a synthetic hand before a small camera."""
    source = SyntheticCamera(seed=seed, sensor="KINECT_V1", camera=camera, fps=10.0)
    with FolderRecorder(folder, source.camera) as recorder:
        for _ in range(frames):
            frame = source.read()
            assert frame is not None
            recorder.write(frame)
    return folder


@pytest.fixture(scope="session")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """9 seconds of one person's hand."""
    return record_take(tmp_path_factory.mktemp("takes") / "mine")


@pytest.fixture(autouse=True)
def _few_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loop, "STATISTICS_CHUNKS", 1)
