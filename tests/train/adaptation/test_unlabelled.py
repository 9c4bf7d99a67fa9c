"""Real frames without labels: who is read, what is no hand, and what comes out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.assets import asset_path
from engine.errors import InvalidInputError
from engine.progress import go_on
from engine.recording.record import FolderRecorder
from engine.skeleton import Handedness
from engine.sources.synthetic import SyntheticCamera
from engine.tracking.detect import Detector
from engine.tracking.pipeline import Pipeline, check_networks
from engine.types import Frame
from tests.train.adaptation.conftest import CAMERA
from training.adaptation import unlabelled
from training.adaptation.encoded import EncodedEstimator
from training.adaptation.real_frames import LEARNED_PART, hands_of, places_without_hands
from training.adaptation.unlabelled import UnlabelledPlan, learn_unlabelled
from training.crossing.posterior import shipped_networks
from training.crossing.preset import load_preset
from training.datasets.kinect_crops import KINECT_FOCAL_PX
from training.learning.checkpoint import load_tensors
from training.models.latent import RigLatent
from training.models.live import LiveDiscriminator
from training.models.saved_estimator import load_estimator

MODELS = asset_path("models")


def empty_room(folder: Path, frames: int = 3) -> Path:
    with FolderRecorder(folder, CAMERA) as recorder:
        for k in range(frames):
            room = np.full((CAMERA.height, CAMERA.width), 900.0, np.float32)
            room[100:140, 100:180] = 600.0
            recorder.write(Frame(room, 100.0 * k, k, CAMERA))
    return folder


def letters(folder: Path, count: int = 4) -> Path:
    """Crops of a synthetic left hand before a Kinect, as two letters."""
    focal = dataclasses.replace(CAMERA, fx=KINECT_FOCAL_PX, fy=KINECT_FOCAL_PX)
    source = SyntheticCamera(3, "KINECT_V1", focal, 10.0, handedness=Handedness.LEFT)
    for index in range(2 * count):
        frame = source.read()
        assert frame is not None
        centre = source.truth(index).joints_mm.mean(axis=0)
        u, v = (round(float(x)) for x in focal.project(centre))
        part = frame.depth_mm[max(v - 90, 0) : v + 90, max(u - 90, 0) : u + 90]
        near = np.where(part < centre[2] + 120.0, part, 0.0).astype(np.uint16)
        path = folder / "ab"[index % 2] / f"depth_{index:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(near).save(path)
    return folder


@pytest.fixture(scope="module")
def seen() -> EncodedEstimator:
    networks = shipped_networks(load_preset("crossing"))
    assert isinstance(networks.latent, RigLatent)
    assert isinstance(networks.discriminator, LiveDiscriminator)
    return EncodedEstimator(networks.discriminator.estimator, networks.latent)


def test_latents_are_those_of_the_joints(seen: EncodedEstimator) -> None:
    networks = shipped_networks(load_preset("crossing"))
    from training.crops.crop_sampler import TEST_SEED, CropConfig, CropSampler

    batch = CropSampler.load(config=CropConfig(nothing=0.0)).chunk(TEST_SEED + 7)
    with torch.no_grad():
        output = seen(batch.image, batch.perspective)
        theirs = networks.discriminator(batch.image, batch.perspective)
    torch.testing.assert_close(output.joints, theirs.joints)
    ours, wanted = (networks.latent.decode(each.latent) for each in (output, theirs))
    assert float((ours - wanted)[:, :21].norm(dim=-1).mean()) < 15.0


def test_letters_are_of_one_side_and_only_their_first_part_is_read(
    tmp_path: Path, seen: EncodedEstimator
) -> None:
    folder = letters(tmp_path / "letters")
    given = (Pipeline.load(), Detector(), seen, 100, go_on)
    hands, beside = hands_of(folder, 5, *given)
    assert len(hands) == 2 * round(LEARNED_PART * 4)
    assert beside == ()
    assert {hand.recording for hand in hands} == {5}
    assert len({hand.side for hand in hands}) == 1
    # None is taken for a neighbour of another.
    assert len({hand.track for hand in hands}) == len(hands)


def test_what_shows_no_hand_is_told(tmp_path: Path, seen: EncodedEstimator) -> None:
    given = (Pipeline.load(), Detector(), seen, 100, go_on)
    with pytest.raises(InvalidInputError, match="shows no hand"):
        hands_of(empty_room(tmp_path / "room"), 0, *given)


def test_places_come_from_every_frame(tmp_path: Path) -> None:
    room = empty_room(tmp_path / "room")
    places = list(places_without_hands([room], Detector(), 0, go_on))
    assert len(places) >= 3
    assert all(550.0 < place.centre_mm[2] < 1050.0 for place in places)


def small(take: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> UnlabelledPlan:
    monkeypatch.setattr(unlabelled, "BLEND_CROPS", 16)
    room = empty_room(folder / "room")
    return UnlabelledPlan(folder / "run", MODELS, None, (take,), (room,), steps=2, batch=16, most=6)


def test_networks_come_out_that_run(
    take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small(take, tmp_path, monkeypatch)
    folder = learn_unlabelled(plan)
    check_networks(folder)
    before, after = (
        load_tensors(each / "discriminator.safetensors")[0] for each in (MODELS, folder)
    )
    kernel = "average.estimator.trunk.stem.0.weight"
    assert not torch.equal(before[kernel], after[kernel])
    with pytest.raises(InvalidInputError, match="holds a run already"):
        learn_unlabelled(plan)


def test_an_estimator_comes_out_that_a_release_takes(
    take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small(take, tmp_path, monkeypatch)
    estimator = MODELS / "discriminator.safetensors"
    path = learn_unlabelled(dataclasses.replace(plan, estimator=estimator))
    assert path == plan.folder / "checkpoint.safetensors"
    before, after = (load_estimator(each).state_dict() for each in (estimator, path))
    assert not torch.equal(before["dense.weight"], after["dense.weight"])
    statistics = [name for name in before if name.endswith(("running_mean", "running_var"))]
    for name in statistics:
        torch.testing.assert_close(before[name], after[name], rtol=1e-5, atol=1e-6)
