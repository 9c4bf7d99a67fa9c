"""Measures cameras that are known to work, for `main.py check-camera`:
``python -m tests.bench.cameras FILE`` writes their normals to FILE.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from engine.jobs.camera_check import CameraCheck, CameraReport, check_source
from engine.jobs.camera_verdict import MEASURES, CameraNormals, Kind
from engine.output import write_text
from engine.simulation.sensors import SENSORS
from engine.sources import open_source
from engine.sources.base import DepthSource
from engine.sources.synthetic import SyntheticCamera
from engine.tracking.calibration import Calibration
from engine.tracking.config import TrackingSettings
from engine.tracking.generate import DepthGenerator
from engine.tracking.pipeline import Pipeline
from engine.tracking.reconstruction import Reconstructor

RECORDINGS: Final = Path(__file__).resolve().parents[3] / "shared" / "recordings"
REAL: Final = ("sr305_hand", "tof_hands/P1", "tof_hands/P3", "tof_hands/P5")
SECONDS: Final = 4.0
LEAST_FOUND: Final = 0.75
"""Share of frames with a hand below which a take is of no camera that is known to work."""
COMMAND: Final = "python -m tests.bench.cameras assets/cameras/normals.json"
HOW: Final = (
    "Medians over the first {seconds:g} s of each source, one hand tracked as in the window "
    "(engine/jobs/camera_check.py); recordings of real cameras, and the synthetic camera with the "
    "model of each sensor. Takes in which a hand was found in less than {least:.0%} of the frames "
    "are left out. Measured with the networks shipped; made by: {command}"
)


def write_normals(path: Path, device: str = "CPU") -> None:
    """Measure every camera, print and write what was measured."""
    takes = []
    for name, source in _sources():
        pipeline = Pipeline.load(device=device)
        generator = DepthGenerator(device=device)
        nothing = CameraNormals({}, {}, ())
        check = CameraCheck(Reconstructor(generator, Calibration.load()), nothing)
        with closing(source):
            report = check_source(source, pipeline, check, TrackingSettings(), SECONDS)
        record = _record(name, report)
        if report.values["found"] >= LEAST_FOUND:
            takes.append(record)
        sys.stdout.write(f"{name}: {json.dumps(record['values'])}\n")
    how = HOW.format(seconds=SECONDS, least=LEAST_FOUND, command=COMMAND)
    write_text(path, json.dumps({"how": how, "cameras": takes}, indent=1) + "\n")


def _sources() -> Iterator[tuple[str, DepthSource]]:
    for name in REAL:
        if (RECORDINGS / name).exists():
            yield name, open_source(str(RECORDINGS / name))
    for sensor in SENSORS:
        yield f"synthetic {sensor}", SyntheticCamera(seed=0, sensor=sensor)


def _record(name: str, report: CameraReport) -> dict[str, object]:
    judged = [key for key, spec in MEASURES.items() if spec.kind is not Kind.FACT]
    values = {key: round(report.values[key], 4) for key in judged if key in report.values}
    return {"camera": name, "size": list(report.size), "frames": report.frames, "values": values}


if __name__ == "__main__":
    write_normals(Path(sys.argv[1]))
