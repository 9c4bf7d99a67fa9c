"""Bone lengths of synthetic people whom nothing was fitted on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.assets import asset_path
from engine.errors import CancelledError
from engine.simulation.model import HandModel
from engine.simulation.proportions import with_free_bones
from training import __main__ as training_main
from training.adaptation.bone_command import BoneScore, score
from training.adaptation.bone_lengths import mean_bones, person_bones
from training.adaptation.bone_people import PersonSampler
from training.adaptation.folder import live_network
from training.models.live import LiveDiscriminator

PEOPLE, FRAMES = 6, 16


@pytest.fixture(scope="module")
def network() -> LiveDiscriminator:
    return live_network(asset_path("models"))


def test_bones_of_people_are_found_and_serve_their_joints(network: LiveDiscriminator) -> None:
    sampler = PersonSampler(with_free_bones(HandModel.load()))
    people = sampler.people((5, 1), PEOPLE, FRAMES)
    mean = BoneScore(*np.mean([score(network, person) for person in people], axis=0))
    assert mean.found < 0.058  # measured: 5.2%, the mean hand scaled 6.1%
    assert mean.found < mean.scaled
    assert mean.fitted_mm < 0.975 * mean.drawn_mm  # 8.78 and 9.13 mm


def test_a_persons_size_is_found(network: LiveDiscriminator) -> None:
    sampler = PersonSampler(HandModel.load())
    for person in sampler.people((5, 2), 3, FRAMES):
        found = person_bones(network, person.hands)
        assert found.sum() == pytest.approx(person.bones_mm.sum(), rel=0.06)


def test_people_differ_and_are_the_same_again() -> None:
    sampler = PersonSampler(HandModel.load())
    first, second = sampler.people((5, 3), 2, 2)
    again = next(sampler.people((5, 3), 1, 2))
    np.testing.assert_array_equal(first.bones_mm, again.bones_mm)
    np.testing.assert_array_equal(first.hands[1].depth, again.hands[1].depth)
    assert np.abs(first.bones_mm / second.bones_mm - 1.0).max() > 0.02
    assert first.bones_mm.sum() == pytest.approx(mean_bones().sum(), rel=0.25)


def test_measuring_can_be_ended(network: LiveDiscriminator) -> None:
    person = next(PersonSampler(HandModel.load()).people((5, 4), 1, 2))
    with pytest.raises(CancelledError):
        person_bones(network, person.hands, lambda _done, _total: False)


def test_the_command_says_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert training_main.main(["bones", "--people", "1", "--frames", "3"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("hand: bones off by ")
    assert out.count("\n") == 1


def test_a_hand_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert training_main.main(["bones", "--hands", str(tmp_path)]) == 2
    assert "holds no hand" in capsys.readouterr().err
