"""Presets: both shipped ones load; whatever is wrong with a file is one error that names it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.errors import InvalidInputError
from training.crossing.networks import build
from training.crossing.preset import FOLDER, load_preset, with_weights
from training.crossing.stage import STAGES, scheduled, stage_config
from training.models.sizes import enlarged


@pytest.mark.parametrize(
    "name", ["crossing", "crossing64", "paper", "paper64", "paper_nyu", "paper_icvl"]
)
def test_shipped_presets_load(name: str) -> None:
    preset = load_preset(name)
    assert preset.name == name
    kind, _, joints = name.removesuffix("64").partition("_")
    assert (preset.kind, preset.joints) == (kind, joints or "hand")
    assert load_preset(FOLDER / f"{name}.toml") == preset
    for stage in STAGES:
        config = stage_config(preset, stage).loop(seed=3, steps=7)
        assert (config.seed, config.steps) == (3, 7)
    assert preset.joint.uses_generator


def test_the_paper_s_preset_has_the_paper_s_numbers() -> None:
    preset = load_preset("paper")
    assert (preset.pose_vae.code_size, preset.pose_vae.hidden) == (20, 40)
    assert preset.pose_vae.noise_sd == 0.05
    assert preset.pose_vae_stage.rate == preset.depth_gan_stage.rate == 3e-4
    assert (preset.joint_stage.rate, preset.joint_stage.beta1) == (1e-3, 0.5)
    assert (preset.joint.clip, preset.joint.mixed, preset.joint.generator_every) == (1.0, 5, 1)
    assert [stage_config(preset, stage).epochs for stage in STAGES] == [201, 1001, 21, 80]
    for stage in STAGES[1:]:
        config = stage_config(preset, stage)
        assert config.loop(0, 7).norm_batch == config.batch  # statistics of whole batches
    # What the paper does not have is off.
    weights = preset.joint.weights
    assert (weights.synthesised, weights.consistency, weights.refit) == (0.0, 0.0, 0.0)
    assert (weights.adversarial, weights.latent, preset.joint.prior) == (0.0, 0.0, 0.0)
    assert not preset.joint.uses_teacher


def test_epochs_are_of_the_data_given(tmp_path: Path) -> None:
    preset = scheduled(load_preset("paper"), "depth-gan", 960)
    assert preset.depth_gan_stage.steps == 1001 * 10
    assert scheduled(preset, "depth-gan", 5) == preset
    path = tmp_path / "mine.toml"
    path.write_text('based_on = "paper"\n[depth_gan_stage]\nsteps = 40\n')
    assert load_preset(path).depth_gan_stage.in_steps(960).steps == 40
    path.write_text('based_on = "crossing"\n[joint_stage]\nepochs = 2\n')
    assert load_preset(path).joint_stage.in_steps(320).steps == 20
    path.write_text('based_on = "crossing"\njoints = "nyu"\n')
    with pytest.raises(InvalidInputError, match="kind crossing cannot learn joints nyu"):
        load_preset(path)


def test_a_preset_says_only_what_it_does_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('based_on = "crossing64"\n[joint.weights]\nrefit = 0.5\n')
    preset, base = load_preset(path), load_preset("crossing")
    assert (preset.resolution, base.resolution) == (64, 128)
    assert preset.joint.weights.refit == 0.5
    assert preset.joint.prior == base.joint.prior
    assert preset.joint_stage.rate == base.joint_stage.rate
    for text, said in (("none", "no preset none"), ("../presets/loop", "no preset")):
        path.write_text(f'based_on = "{text}"\n')
        with pytest.raises(InvalidInputError, match=said):
            load_preset(path)


@pytest.mark.parametrize("kind", ["crossing", "paper"])
def test_networks_of_a_lower_resolution_speak_the_same_language(kind: str) -> None:
    networks = build(load_preset(f"{kind}64"))
    full = build(load_preset(kind))
    image, perspective = torch.rand(2, 1, 128, 128), torch.full((2,), 0.3)
    judged, known = (n.discriminator(image, perspective) for n in (networks, full))
    assert judged.latent.shape == known.latent.shape
    drawn = networks.generator(judged.latent, perspective)
    assert drawn.shape == (2, 1, 64, 64)
    again, shown = (networks.discriminator(i, perspective) for i in (drawn, enlarged(drawn)))
    assert torch.equal(again.latent, shown.latent)


def test_weights_can_be_changed() -> None:
    preset = load_preset("crossing")
    plain = with_weights(preset, gan=0.0, smoothness=0.0, synthesised=0.0, refit=0.0)
    assert not plain.joint.uses_generator
    assert plain.joint.weights.posterior == preset.joint.weights.posterior
    assert preset.joint.weights.gan > 0


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("hidden = 256", "hiden = 256", r"unknown field pose_vae\.hiden"),
        ("hidden = 256", 'hidden = "256"', r"pose_vae\.hidden must be int, not '256'"),
        ("hidden = 256", "hidden = 256.0", r"pose_vae\.hidden must be int, not 256\.0"),
        ("hidden = 256", "hidden = true", r"pose_vae\.hidden must be int, not True"),
        ("rate = 2e-3", "rate = [2e-3]", r"pose_vae_stage\.rate must be float"),
        ('kind = "crossing"', 'kind = "other"', "kind must be paper or crossing, not 'other'"),
        ('kind = "crossing"', "", "missing .*'kind'"),
        ('"reconstruction"', '"luck"', "pretraining must be adversarial or reconstruction"),
        (
            'kind = "crossing"',
            'kind = "crossing"\njoints = "all"',
            "joints must be hand, nyu, icvl",
        ),
        ('kind = "crossing"', 'kind = "crossing"\nweak = 3', "Cannot overwrite|cannot be read"),
        ('kind = "crossing"', 'kind = "crossing"\nstages = {}', "unknown field stages"),
        ("[pose_vae]", "[[pose_vae]]", "pose_vae must be a table"),
        ("[pose_vae]", "[pose_vae", "cannot be read"),
        ("steps = 12000", "", "pose_vae_stage: either steps or epochs must be given"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = (FOLDER / "crossing.toml").read_text()
    assert before in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(InvalidInputError, match=said) as caught:
        load_preset(path)
    assert "mine.toml" in str(caught.value)


def test_a_preset_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"no preset best: shipped .*crossing64"):
        load_preset("best")
    with pytest.raises(InvalidInputError, match=r"no preset .*none\.toml"):
        load_preset(tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InvalidInputError, match=r"folder\.toml: it cannot be read"):
        load_preset(tmp_path / "folder.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInputError, match=r"bytes\.toml: it cannot be read"):
        load_preset(tmp_path / "bytes.toml")


def test_an_integer_will_do_for_a_number(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = (FOLDER / "crossing.toml").read_text().replace("anneal = 0.6", "anneal = 1", 1)
    path.write_text(text)
    assert load_preset(path).pose_vae_stage.anneal == 1.0
