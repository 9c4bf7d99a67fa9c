"""Places without a hand: on surfaces, away from whatever may be one, and what they teach."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from engine.camera import FloatArray
from engine.skeleton import Handedness
from engine.tracking.crop import cut_crop
from engine.tracking.estimate import NO_HAND, RIGHT
from engine.types import Frame, HandRegion
from tests.train.adaptation.conftest import CAMERA
from training.adaptation.batches import AdaptationSampler, StudentConfig
from training.adaptation.hands import RecordedHand, recorded_place
from training.adaptation.losses import AdaptationLosses, RecordedWeights
from training.adaptation.network import held_statistics
from training.adaptation.places import APART_MM, centres_of, place_beside
from training.adaptation.teacher import PseudoLabels
from training.crossing.posterior import shipped_networks
from training.crossing.preset import load_preset
from training.learning.workers import CHUNK
from training.models.latent import RigLatent

HAND_MM = np.array([0.0, 0.0, 500.0], np.float32)


def wall(z_mm: float = 700.0) -> Frame:
    """A wall, and something like a hand before it."""
    depth = np.full((CAMERA.height, CAMERA.width), z_mm, np.float32)
    depth[90:150, 130:190] = 500.0
    return Frame(depth, 0.0, 0, CAMERA)


def test_a_place_lies_on_a_surface_away_from_hands() -> None:
    rng = np.random.default_rng(0)
    found = [place_beside(wall(), [HAND_MM], rng) for _ in range(40)]
    places = [place for place in found if place is not None]
    assert len(places) > 20
    for place in places:
        assert np.linalg.norm(place.centre_mm - HAND_MM) > APART_MM
        assert 690.0 <= place.centre_mm[2] <= 740.0
        assert (place.cut().image < 1.0).any()


def test_no_place_where_nothing_is_or_everything_may_be_a_hand() -> None:
    rng = np.random.default_rng(0)
    empty = Frame(np.zeros((CAMERA.height, CAMERA.width), np.float32), 0.0, 0, CAMERA)
    assert place_beside(empty, [], rng) is None
    everywhere: list[FloatArray] = [
        np.array([x, y, 700.0], np.float32)
        for x in range(-400, 401, 150)
        for y in range(-300, 301, 150)
    ]
    assert place_beside(wall(), [*everywhere, HAND_MM], rng) is None


def test_every_depth_that_a_region_names_is_kept_away_from() -> None:
    others = np.array([[0.0, 0.0, 620.0], [0.0, 0.0, 40.0]], np.float32)
    region = HandRegion(HAND_MM, Handedness.RIGHT, 0.5, 0.3, others)
    assert [centre[2] for centre in centres_of([region])] == [500.0, 620.0]


def test_a_place_is_cut_as_the_frame_is() -> None:
    frame, centre = wall(), np.array([60.0, 20.0, 700.0], np.float32)
    whole = cut_crop(frame.depth_mm, CAMERA, centre, mirrored=False)
    np.testing.assert_allclose(recorded_place(frame, centre).cut().image, whole.image, atol=0.002)


def hand() -> RecordedHand:
    place = recorded_place(wall(), HAND_MM)
    return RecordedHand(place.depth, CAMERA, HAND_MM, Handedness.RIGHT, 0, 0, 0.0, 0)


def labels() -> PseudoLabels:
    return PseudoLabels(
        np.tile(HAND_MM, (1, 21, 1)),
        np.ones((1, 21), np.float32),
        np.zeros((1, 29), np.float32),
        np.ones(1, np.float32),
        1.0,
    )


def test_a_batch_shows_places_last_and_they_weigh_nothing() -> None:
    place = recorded_place(wall(), np.array([200.0, 0.0, 700.0], np.float32))
    recorded = AdaptationSampler([hand()], labels(), [place]).chunk(3).recorded
    count = CHUNK - StudentConfig().places
    assert recorded.hand_class.tolist() == [RIGHT] * count + [NO_HAND] * StudentConfig().places
    assert (recorded.weight[:count] == 1.0).all()
    assert (recorded.weight[count:] == 0.0).all()
    without = AdaptationSampler([hand()], labels()).chunk(3).recorded
    assert without.hand_class.tolist() == [RIGHT] * CHUNK


def losses(weights: RecordedWeights, seed: int) -> float:
    """The loss of recorded crops by the shipped networks."""
    networks = shipped_networks(load_preset("crossing"))
    assert isinstance(networks.latent, RigLatent)
    student = held_statistics(networks.discriminator)
    place = recorded_place(wall(), np.array([200.0, 0.0, 700.0], np.float32))
    batch = AdaptationSampler([hand()], labels(), [place]).chunk(seed)
    found = AdaptationLosses(networks.latent, weights)(student.train(), batch)
    return float((found["recorded"] + found.get("latent", 0.0)).detach())


def test_each_weight_teaches_something_of_its_own() -> None:
    none = RecordedWeights(joints=0.0, latent=0.0, hand=0.0, side=0.0, place=0.0)
    with torch.no_grad():
        assert losses(none, 3) == 0.0
        for name in ("joints", "latent", "hand", "side", "place"):
            assert losses(dataclasses.replace(none, **{name: 1.0}), 3) > 0.0, name
