"""The depth map of a latent, compared with what the camera saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.camera import Camera
from engine.skeleton import JOINT_COUNT, Handedness
from engine.tracking.calibration import Calibration
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CUBE_MM, crop_mm_to_camera, uvd_to_camera
from engine.tracking.crop_kernel import OUTSIDE
from engine.tracking.generate import DepthGenerator, PoseDecoder
from engine.tracking.reconstruction import Reconstructor, cloud, compare
from engine.types import HandCrop, HandPose, TrackedHand

CAMERA = Camera(160, 120, 150.0, 150.0, 79.5, 59.5)

CALIBRATION = Calibration.load()


def crop_of(mirrored: bool = False) -> HandCrop:
    depth = np.zeros((120, 160), np.float32)
    depth[40:80, 60:100] = 410.0
    return cut_crop(depth, CAMERA, np.array([20.0, -15.0, 400.0]), mirrored=mirrored)


def hand_of(sigma_mm: float = 6.0, side_score: float = 1.0) -> TrackedHand:
    return TrackedHand(0, pose_of(sigma_mm), crop_of(), side_score)


def pose_of(sigma_mm: float = 6.0) -> HandPose:
    joints = np.zeros((JOINT_COUNT, 3), np.float32)
    return HandPose(joints, np.full(JOINT_COUNT, sigma_mm, np.float32), 0.9, Handedness.RIGHT)


def test_a_picture_that_is_explained_differs_nowhere() -> None:
    crop = crop_of()
    reconstruction = compare(crop, crop.image, hand_of(), CALIBRATION)
    assert reconstruction.explained == 1.0
    assert np.nanmax(np.abs(reconstruction.difference_mm)) == 0.0
    assert np.isnan(reconstruction.difference_mm[crop.image > 0.99]).all()


def test_what_lies_beyond_the_image_is_neither_explained_nor_different() -> None:
    crop = crop_of()
    half = crop.image.copy()
    columns = np.flatnonzero((crop.image < 0.98).any(axis=0))
    half[:, columns[len(columns) // 2] :] = OUTSIDE
    cut = replace(crop, image=half)
    reconstruction = compare(cut, crop.image, hand_of(), CALIBRATION)
    assert reconstruction.explained == 1.0
    assert np.isnan(reconstruction.difference_mm[half == OUTSIDE]).all()


def test_what_is_seen_farther_away_is_positive() -> None:
    crop = crop_of()
    nearer = np.where(crop.image < 0.98, crop.image - 0.2, 1.0).astype(np.float32)
    reconstruction = compare(crop, nearer, hand_of(), CALIBRATION)
    assert reconstruction.explained == 0.0
    assert np.nanmedian(reconstruction.difference_mm) == pytest.approx(0.2 * CUBE_MM / 2, abs=0.1)


def test_health_falls_with_what_is_not_seen_and_with_doubt() -> None:
    crop = crop_of()
    well = compare(crop, crop.image, hand_of(), CALIBRATION).health
    elsewhere = np.roll(crop.image, 64, axis=0)
    assert compare(crop, elsewhere, hand_of(), CALIBRATION).health < well
    assert compare(crop, crop.image, hand_of(sigma_mm=60.0), CALIBRATION).health < 0.5 < well
    assert compare(crop, crop.image, hand_of(side_score=0.5), CALIBRATION).health < well


def test_a_latent_that_draws_nothing_explains_nothing() -> None:
    assert (
        compare(crop_of(), np.ones((128, 128), np.float32), hand_of(), CALIBRATION).explained == 0.0
    )


@pytest.mark.parametrize("mirrored", [False, True])
def test_points_in_the_crop_go_where_its_coordinates_say(mirrored: bool) -> None:
    crop = crop_of(mirrored)
    uvd = np.array([[0.3, -0.2, 0.1], [0.0, 0.0, 0.0], [-0.5, 0.4, -0.3]], np.float32)
    growth = 1.0 + uvd[:, 2:] * crop.perspective
    points = 0.5 * CUBE_MM * np.concatenate([uvd[:, :2] * growth, uvd[:, 2:]], axis=1)
    np.testing.assert_allclose(crop_mm_to_camera(crop, points), uvd_to_camera(crop, uvd), atol=1e-2)


def test_a_pose_without_a_latent_has_no_reconstruction() -> None:
    hand = hand_of()
    assert Reconstructor(DepthGenerator(), CALIBRATION)(hand) is None
    assert len(cloud(PoseDecoder(), hand, 4)) == 0


def test_a_sure_posterior_has_a_narrow_cloud() -> None:
    latent = np.zeros(29, np.float32)
    latent[20], latent[24] = 1.0, 1.0

    def spread(sd: float) -> float:
        pose = replace(pose_of(), latent=latent, latent_sd=np.full(29, sd, np.float32))
        drawn = cloud(PoseDecoder(), TrackedHand(0, pose, crop_of()), 16)
        assert drawn.shape == (16, JOINT_COUNT, 3)
        return float(drawn.std(axis=0).mean())

    assert spread(0.01) < 1.0 < spread(0.5)
