"""The detector's image and the decoding of its maps (the network itself: test_models)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from engine.assets import asset_path
from engine.camera import Camera
from engine.model_files import MANIFEST, file_hash
from engine.skeleton import Handedness
from engine.tracking.detect import (
    CELL_PX,
    FOCAL_PX,
    MAX_SIZE,
    OLDER_CONTRACT,
    Detector,
    DetectorConfig,
    decode,
    detector_camera,
    detector_image,
    on_surface,
)
from engine.types import Frame, HandRegion

SR305 = Camera(640, 480, 476.0, 476.0, 313.7, 242.8)


@pytest.mark.parametrize(
    "camera",
    [
        SR305,
        Camera(848, 480, 425.0, 425.0, 424.0, 240.0),
        Camera(1280, 720, 640.0, 640.0, 640.0, 360.0),
        Camera(16, 16, 15.0, 15.0, 7.5, 7.5),
        Camera(1280, 720, 20.0, 20.0, 640.0, 360.0),
    ],
)
def test_every_camera_becomes_one_focal_length_at_a_bounded_size(camera: Camera) -> None:
    low = detector_camera(camera)
    assert (low.fx, low.fy) == (FOCAL_PX, FOCAL_PX)
    assert low.width % 32 == 0 and low.height % 32 == 0
    assert 32 <= low.width <= MAX_SIZE and 32 <= low.height <= MAX_SIZE


def test_the_image_holds_inverse_and_plain_depth_where_the_camera_sees_it() -> None:
    depth = np.zeros((480, 640), np.float32)
    point = np.array([60.0, -30.0, 500.0])
    u, v = (int(round(float(x))) for x in SR305.project(point))
    depth[v - 6 : v + 7, u - 6 : u + 7] = 500.0
    low = detector_camera(SR305)
    image = detector_image(depth, SR305, low)
    low_u, low_v = (int(round(float(x))) for x in low.project(point))
    assert image[0, low_v, low_u] == pytest.approx(150.0 / 500.0, rel=1e-3)
    assert image[1, low_v, low_u] == pytest.approx(500.0 / 1500.0, rel=1e-3)
    assert image[0, 0, 0] == 0.0
    assert image[1, 0, 0] == 1.0


def maps(rows: int = 20, columns: int = 24) -> tuple[np.ndarray, np.ndarray]:
    heat = np.full((2, rows, columns), -8.0, np.float32)
    offset = np.zeros((3, rows, columns), np.float32)
    offset[2] = np.log(0.6)
    return heat, offset


def test_a_peak_becomes_a_region_at_its_place_depth_and_side() -> None:
    low = detector_camera(SR305)
    heat, offset = maps()
    heat[1, 7, 9] = 3.0
    offset[0, 7, 9] = 0.25
    (region,) = decode(heat, offset, low, 2, DetectorConfig())
    u, v = low.project(region.centre_mm)
    assert u == pytest.approx((9 + 0.5 + 0.25) * CELL_PX - 0.5, abs=1e-2)
    assert v == pytest.approx((7 + 0.5) * CELL_PX - 0.5, abs=1e-2)
    assert region.centre_mm[2] == pytest.approx(600.0, rel=1e-4)
    assert region.handedness is Handedness.LEFT
    assert region.score > 0.9


def test_the_side_is_what_the_whole_image_says_and_no_evidence_without_that() -> None:
    low = detector_camera(SR305)
    heat, offset = maps()
    heat[1, 7, 9] = 3.0
    side = np.full(heat.shape[1:], -4.0, np.float32)
    side[7, 9] = 1.5
    (told,) = decode(heat, offset, low, 2, DetectorConfig(), side)
    assert (told.handedness, told.side_log_odds) == (Handedness.RIGHT, 1.5)
    (guessed,) = decode(heat, offset, low, 2, DetectorConfig())
    assert (guessed.handedness, guessed.side_log_odds) == (Handedness.LEFT, 0.0)
    assert told.score == guessed.score


def test_a_detector_of_before_says_nothing_of_sides(tmp_path: Path) -> None:
    for path in asset_path("models").glob("detector.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    entry = json.loads((asset_path("models") / MANIFEST).read_text())["detector"]
    older = without_side(tmp_path / "detector.xml")
    manifest = {"detector": entry | {"contract": OLDER_CONTRACT, "sha256": older}}
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    depth = np.full((480, 640), 1200.0, np.float32)
    depth[120:330, 250:380] = 500.0
    frame = Frame(depth, 0.0, 0, SR305)
    config = DetectorConfig(threshold=0.0)
    now, before = (Detector(config, directory=d)(frame, 3) for d in (None, tmp_path))
    assert [r.score for r in now] == pytest.approx([r.score for r in before], abs=1e-3)
    assert any(r.side_log_odds > 0.0 for r in now)
    assert all(r.side_log_odds == 0.0 for r in before)


def without_side(path: Path) -> dict[str, str]:
    """Take the output ``side`` from the network at ``path``; returns its files' hashes."""
    core = ov.Core()
    model = core.read_model(path)
    kept = [port for port in model.outputs if "side" not in port.get_names()]
    ov.save_model(ov.Model(kept, model.get_parameters()), path.with_name("older.xml"))
    del model
    for suffix in (".xml", ".bin"):
        path.with_name("older.xml").with_suffix(suffix).replace(path.with_suffix(suffix))
    return {f.name: file_hash(f) for f in (path, path.with_suffix(".bin"))}


def test_cells_of_one_hand_are_merged_and_two_hands_kept_apart() -> None:
    low = detector_camera(SR305)
    heat, offset = maps()
    heat[0, 7, 4] = heat[0, 7, 5] = 2.0
    heat[1, 8, 18] = 1.0
    regions = decode(heat, offset, low, 4, DetectorConfig())
    assert [r.handedness for r in regions] == [Handedness.RIGHT, Handedness.LEFT]
    assert len(decode(heat, offset, low, 1, DetectorConfig())) == 1


def test_an_empty_map_has_no_hands() -> None:
    assert decode(*maps(), detector_camera(SR305), 2, DetectorConfig()) == ()


def test_the_centre_is_put_behind_the_surface_the_network_means() -> None:
    low = detector_camera(SR305)
    config = DetectorConfig()
    inverse = np.full((low.height, low.width), 150.0 / 1200.0, np.float32)
    point = low.unproject(np.array([90.0, 70.0]), np.array(520.0))
    inverse[60:81, 80:101] = 150.0 / 500.0
    region = HandRegion(point, Handedness.RIGHT, 0.9, 0.9)
    moved = on_surface(region, inverse, low, config)
    assert moved.centre_mm[2] == pytest.approx(500.0 + config.inside_mm, rel=1e-4)
    np.testing.assert_allclose(low.project(moved.centre_mm), [90.0, 70.0], atol=1e-3)
    assert len(moved.others_mm) == 0
    nothing = on_surface(region, np.zeros_like(inverse), low, config)
    np.testing.assert_array_equal(nothing.centre_mm, point)


def test_a_hand_behind_something_nearer_is_among_the_other_depths() -> None:
    low = detector_camera(SR305)
    config = DetectorConfig()
    inverse = np.zeros((low.height, low.width), np.float32)
    inverse[60:81, 80:101] = 150.0 / 560.0
    inverse[60:81, 88:101] = 150.0 / 470.0
    point = low.unproject(np.array([90.0, 70.0]), np.array(515.0))
    moved = on_surface(HandRegion(point, Handedness.RIGHT, 0.9, 0.9), inverse, low, config)
    depths = [moved.centre_mm[2], *moved.others_mm[:, 2]]
    wanted = [470.0 + config.inside_mm, 515.0, 560.0 + config.inside_mm]
    np.testing.assert_allclose(depths, wanted, rtol=1e-4)
    np.testing.assert_allclose(low.project(moved.others_mm), [[90.0, 70.0]] * 2, atol=1e-3)
