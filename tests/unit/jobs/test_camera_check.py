"""Will it work with my camera? Measured on what it shows, judged beside cameras that work."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import main
from engine.camera import Camera
from engine.errors import ModelError, SourceError
from engine.jobs.camera_check import CameraCheck, CameraReport, check_run
from engine.jobs.camera_verdict import (
    MEASURES,
    CameraNormals,
    Kind,
    Outlook,
    Standing,
    judge,
    measure_rows,
)
from engine.mailbox import BoundedQueue
from engine.measure.depth_quality import depth_quality, flying_share, holes_on_hand, noise_mm
from engine.types import Frame, FrameResult
from tests.fakes import make_hand, make_result

CAMERA = Camera(160, 120, 150.0, 150.0, 79.5, 59.5, fps=30.0, name="test camera")
NORMALS = CameraNormals.load()


def wall(at_mm: float = 450.0, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """A slanted plane that fills the image, with noise from pixel to pixel."""
    slope = np.linspace(-20.0, 20.0, CAMERA.width, dtype=np.float32)
    depth = at_mm + slope[None].repeat(CAMERA.height, axis=0)
    depth += np.random.default_rng(seed).normal(0.0, noise, depth.shape).astype(np.float32)
    return depth


def report(depth: np.ndarray, *, hand: bool = True, period_ms: float = 1000 / 30) -> CameraReport:
    """The report of ten frames that show ``depth`` and a hand."""
    check = CameraCheck(lambda _: None, NORMALS)
    found = (make_hand(),) if hand else ()
    for index in range(10):
        frame = Frame(depth, index * period_ms, index, CAMERA)
        check.add(make_result(frame, *found))
    return check.report("a.db3", "its clock changes once")


@pytest.mark.parametrize("noise", [0.3, 1.0, 2.0])
def test_noise_is_measured_in_mm(noise: float) -> None:
    assert noise_mm(wall(noise=noise), 450.0) == pytest.approx(noise, rel=0.06)


def test_very_much_noise_is_more_than_much() -> None:
    assert noise_mm(wall(noise=6.0), 450.0) > noise_mm(wall(noise=3.0), 450.0) > 2.0


def test_slopes_and_edges_are_no_noise() -> None:
    assert noise_mm(wall(), 450.0) < 0.01
    stepped = wall()
    stepped[:, 80:] += 400.0
    assert noise_mm(stepped, 450.0) < 0.01
    assert np.isnan(noise_mm(wall(900.0), 450.0))


def test_pixels_between_two_surfaces_fly() -> None:
    clean = wall()
    clean[:, 80:] += 400.0
    assert flying_share(clean) == 0.0
    smeared = clean.copy()
    smeared[:, 80] = 0.5 * (smeared[:, 79] + smeared[:, 81])
    assert flying_share(smeared) > 0.3
    assert np.isnan(flying_share(wall()))


def test_holes_and_range_of_an_image() -> None:
    depth = wall()
    depth[:30] = 0.0
    quality = depth_quality(depth, 450.0)
    assert quality.holes == pytest.approx(0.25)
    assert 429.0 < quality.nearest_mm < 432.0
    assert 468.0 < quality.farthest_mm < 471.0
    nothing = depth_quality(np.zeros((120, 160), np.float32))
    assert nothing.holes == 1.0
    assert np.isnan(nothing.nearest_mm)


def test_holes_on_the_hand() -> None:
    joints = make_hand().joints_mm
    assert holes_on_hand(wall(), CAMERA, joints) == 0.0
    depth = wall()
    depth[:, :80] = 0.0
    assert 0.2 < holes_on_hand(depth, CAMERA, joints) < 0.9
    assert np.isnan(holes_on_hand(depth, CAMERA, joints + np.float32(2000.0)))


def test_a_report_says_what_was_measured() -> None:
    found = report(wall(noise=0.5), period_ms=1000 / 60)
    values = found.values
    assert (found.name, found.size, found.frames) == ("a.db3", (160, 120), 10)
    assert values["fps"] == pytest.approx(60.0)
    assert values["found"] == 1.0
    assert values["hand_mm"] == pytest.approx(make_hand().joints_mm[:, 2].mean(), abs=0.1)
    assert values["noise_mm"] == pytest.approx(0.5, rel=0.1)
    assert values["confidence"] == pytest.approx(0.9)
    assert set(values) <= set(MEASURES)
    assert found.notice == "its clock changes once"


def test_no_frame_is_told() -> None:
    with pytest.raises(SourceError, match="has no frames"):
        CameraCheck(lambda _: None, NORMALS).report("a.db3")


def test_a_hand_that_is_not_there_and_depth_that_is_none() -> None:
    nobody = report(wall(), hand=False)
    assert nobody.verdict.outlook is Outlook.UNKNOWN
    assert "Show one open hand" in nobody.verdict.help
    dark = report(np.zeros((120, 160), np.float32), hand=False)
    assert dark.verdict.outlook is Outlook.UNKNOWN
    assert "without any depth" in dark.verdict.help
    tiny = report(wall() / 100.0, hand=False)
    assert "depth unit" in tiny.verdict.help


# -- the verdict -------------------------------------------------------------------------------

GOOD = {
    "fps": 30.0,
    "hand_mm": 450.0,
    "px_per_cm": 10.0,
    "noise_mm": 0.3,
    "hand_holes": 0.0,
    "flying": 0.1,
    "palm_mm": 92.0,
    "found": 1.0,
    "confidence": 0.988,
    "expected_error_mm": 8.0,
    "explained": 0.75,
}


def test_a_camera_like_those_that_work_is_good() -> None:
    verdict = judge(GOOD, (), NORMALS)
    assert (verdict.outlook, verdict.bad, verdict.help) == (Outlook.GOOD, (), "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fps", 8.0),
        ("hand_mm", 1500.0),
        ("hand_mm", 120.0),
        ("px_per_cm", 1.5),
        ("noise_mm", 6.0),
        ("hand_holes", 0.7),
        ("palm_mm", 20.0),
    ],
)
def test_the_one_thing_that_helps_most_is_that_of_the_worst_cause(name: str, value: float) -> None:
    verdict = judge(GOOD | {name: value, "explained": 0.44}, (), NORMALS)
    assert verdict.outlook is Outlook.LIMITED
    assert verdict.bad[0] == name
    assert verdict.help == MEASURES[name].help
    assert verdict.help


def test_networks_that_do_not_fit_are_adapted() -> None:
    verdict = judge(GOOD | {"explained": 0.1}, (), NORMALS)
    assert verdict.outlook is Outlook.BAD
    assert "training adapt" in verdict.help
    rare = judge(GOOD | {"found": 0.1}, (), NORMALS)
    assert rare.outlook is Outlook.BAD
    assert "Show one open hand" in rare.help


def test_what_is_not_measured_is_not_judged() -> None:
    assert NORMALS.standing("noise_mm", float("nan")) is Standing.UNJUDGED
    assert NORMALS.standing("unit_mm", 1.0) is Standing.UNJUDGED
    assert NORMALS.standing("fps", 30.0) is Standing.NORMAL
    assert NORMALS.standing("noise_mm", 2.5) is Standing.WEAK
    assert NORMALS.standing("noise_mm", 25.0) is Standing.POOR
    assert judge({"found": 1.0}, (), NORMALS).outlook is Outlook.GOOD


def test_every_measure_has_words() -> None:
    rows = measure_rows(GOOD | {"unit_mm": 0.125, "lens_shift_px": 3.2}, NORMALS)
    texts = {row.title: (row.value, row.normal) for row in rows}
    assert texts["depth unit"] == ("0.125 mm", "")
    assert texts["frame rate"] == ("30.0 fps", "from 15.0 fps on")
    assert texts["frames with a hand"][0] == "100 %"
    assert texts["noise at the hand's distance"][1].startswith("up to ")
    causes = [spec for spec in MEASURES.values() if spec.help]
    assert len(causes) >= 6
    assert all(spec.kind is not Kind.FACT for spec in causes)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cameras": [{"camera": "a"}]}'])
def test_damaged_normals_are_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "normals.json"
    path.write_text(content)
    with pytest.raises(ModelError, match=r"normals\.json is damaged"):
        CameraNormals.load(path)


# -- a run, and the command --------------------------------------------------------------------


class Run:
    """Gives what a test puts in to whoever listens."""

    def __init__(self, results: list[FrameResult]) -> None:
        self.results = results

    def listen(self, queue: BoundedQueue[FrameResult]) -> None:
        threading.Thread(target=lambda: [queue.put(each) for each in self.results]).start()


def test_a_run_is_watched_as_long_as_it_plays() -> None:
    frame = Frame(wall(), 0.0, 0, CAMERA)
    results = [
        make_result(replace(frame, index=n, timestamp_ms=33.3 * n), make_hand()) for n in range(6)
    ]
    check = CameraCheck(lambda _: None, NORMALS)
    check_run(Run(results), check, frames=4)
    assert check.frames == 4
    short = CameraCheck(lambda _: None, NORMALS)
    check_run(Run(results), short, wait_s=0.3)
    assert short.frames == 6
    with pytest.raises(SourceError, match="let the source play"):
        check_run(Run([]), CameraCheck(lambda _: None, NORMALS), wait_s=0.3)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("nowhere.bag",), "nowhere.bag"),
        (("synthetic", "--seconds", "0"), "seconds must be positive"),
        (("synthetic", "--device", "abacus"), "device must be"),
        (("synthetic", "--models", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_checked_is_one_line_and_exit_2(
    arguments: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["check-camera", *arguments]) == 2
    said = capsys.readouterr()
    line = said.err.splitlines()[-1].rpartition("\r")[2]
    assert line.startswith("error: ")
    assert part in line
    assert said.out == ""


def test_a_real_recording_is_like_those_that_work(
    recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["check-camera", str(recordings / "sr305_hand"), "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)
    assert fields["values"]["found"] == 1.0
    assert 500.0 < fields["values"]["hand_mm"] < 700.0
    assert fields["values"]["unit_mm"] == 0.125
    assert fields["bad"] == ["fps"]  # it was recorded with five frames a second
    assert fields["outlook"] == "limited"
    assert main.main(["check-camera", str(recordings / "d435_room.bag")]) == 0
    said = capsys.readouterr().out
    assert "No hand was seen" in said
    assert "What would help most: Show one open hand" in said
