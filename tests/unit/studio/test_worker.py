"""The studio's thread: what requests look like, the newest first, troubles in words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from app.studio.virtual_camera import VIRTUAL_CROP
from app.studio.worker import CLOUD, JointTarget, LatentPicture, LatentRequest, LatentWorker, draw
from engine.camera import FloatArray
from engine.errors import InvalidInputError, ModelError
from engine.skeleton import Handedness
from engine.tracking.crop_coordinates import camera_to_crop_mm, crop_mm_to_camera
from tests.fakes import make_hand
from tests.fakes_latent import FakeModels, fake_space, with_latent

WAIT_S = 10.0


@pytest.fixture
def latent() -> FloatArray:
    return fake_space().neutral()


@pytest.fixture
def start() -> Iterator[Callable[[Callable[[], FakeModels]], LatentWorker]]:
    started: list[LatentWorker] = []

    def begin(load: Callable[[], FakeModels]) -> LatentWorker:
        worker = LatentWorker(load)
        worker.start()
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.close()


def picture_of(worker: LatentWorker) -> LatentPicture:
    picture = worker.pictures.take(timeout_s=WAIT_S)
    assert picture is not None
    return picture


def test_a_request_becomes_a_picture(
    start: Callable[..., LatentWorker], latent: FloatArray
) -> None:
    worker = start(FakeModels)
    worker.request(LatentRequest(3, latent, VIRTUAL_CROP))
    picture = picture_of(worker)
    assert picture.request.number == 3
    assert picture.depth is not None
    assert picture.reconstruction is None
    assert picture.scene.skeletons[0][:, 2].mean() == pytest.approx(450.0, abs=20.0)
    assert len(picture.scene.points) == 64 * 64
    assert worker.models is not None


def test_other_networks_are_loaded_when_they_are_asked_for(
    start: Callable[..., LatentWorker], latent: FloatArray
) -> None:
    loaded: list[FakeModels] = []

    def load() -> FakeModels:
        loaded.append(FakeModels())
        return loaded[-1]

    worker = start(load)
    for number, count in enumerate((1, 1, 2)):
        if count == 2:
            worker.reload()
        worker.request(LatentRequest(number, latent, VIRTUAL_CROP))
        assert picture_of(worker).request.number == number
        assert len(loaded) == count
        assert worker.models is loaded[-1]


def test_only_the_newest_request_is_drawn(
    start: Callable[..., LatentWorker], latent: FloatArray
) -> None:
    gate = threading.Semaphore(0)
    models = FakeModels(gate=gate)
    worker = start(lambda: models)
    for number in range(50):
        worker.request(LatentRequest(number, latent, VIRTUAL_CROP))
        time.sleep(0.001)
    for _ in range(3):
        gate.release()
    while picture_of(worker).request.number != 49:
        pass
    assert models.decoded <= 3


def test_missing_networks_are_told_in_words(start: Callable[..., LatentWorker]) -> None:
    def load() -> FakeModels:
        raise ModelError("latent_space.json is missing: reinstall the program")

    worker = start(load)
    deadline = time.monotonic() + WAIT_S
    while worker.failure is None and time.monotonic() < deadline:
        time.sleep(0.005)
    assert worker.failure == "latent_space.json is missing: reinstall the program"
    assert worker.models is None


def test_a_request_that_cannot_be_drawn_does_not_end_the_thread(
    start: Callable[..., LatentWorker], latent: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_hand(seed: int) -> FloatArray:
        raise InvalidInputError(f"seed {seed} gives no hand")

    models = FakeModels()
    monkeypatch.setattr(models, "random", no_hand)
    worker = start(lambda: models)
    worker.request(LatentRequest(0, latent, VIRTUAL_CROP, seed=4))
    assert worker.notices.take(timeout_s=WAIT_S) == "seed 4 gives no hand"
    worker.request(LatentRequest(1, latent, VIRTUAL_CROP))
    assert picture_of(worker).request.number == 1
    assert worker.failure is None


def test_a_worker_that_was_never_started_closes() -> None:
    LatentWorker(FakeModels).close()


def test_without_a_generator_there_is_a_skeleton_only(latent: FloatArray) -> None:
    seen = with_latent(make_hand(), latent)
    picture = draw(
        FakeModels(no_depth="no generator"), LatentRequest(0, latent, seen.crop, observed=seen)
    )
    assert picture.depth is None
    assert picture.reconstruction is None
    assert len(picture.scene.skeletons) == 1


def test_a_seen_hand_is_compared_and_its_cloud_drawn(latent: FloatArray) -> None:
    seen = with_latent(make_hand(), latent)
    request = LatentRequest(0, latent, seen.crop, observed=seen, cloud=True)
    picture = draw(FakeModels(), request)
    assert picture.reconstruction is not None
    assert 0.0 <= picture.reconstruction.health <= 1.0
    assert len(picture.scene.samples) == CLOUD
    assert not draw(FakeModels(), LatentRequest(0, latent, seen.crop, observed=seen)).scene.samples


def test_a_seed_and_a_reach_give_other_latents(latent: FloatArray) -> None:
    models = FakeModels()
    random = draw(models, LatentRequest(0, latent, VIRTUAL_CROP, seed=7))
    assert np.array_equal(random.latent, models.random(7))
    target = np.array([10.0, 20.0, 430.0], np.float32)
    reached = draw(
        models,
        LatentRequest(0, latent, VIRTUAL_CROP, joint_target=JointTarget(8, target, frozenset())),
    )
    assert np.allclose(reached.scene.skeletons[0][8], target, atol=1e-3)


@pytest.mark.parametrize("side", list(Handedness))
def test_the_stage_is_left_as_it_was_entered(side: Handedness) -> None:
    crop = make_hand(handedness=side, centre_mm=(60.0, -40.0, 500.0)).crop
    points = np.random.default_rng(0).normal(size=(21, 3)).astype(np.float32) * 50.0
    assert np.allclose(camera_to_crop_mm(crop, crop_mm_to_camera(crop, points)), points, atol=1e-3)
