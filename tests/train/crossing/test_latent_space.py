"""The latent space's directions: independent, the strongest first, named by what they do."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.assets import asset_path
from engine.latent.space import SPACE_FILE, LatentSpace
from engine.model_files import MANIFEST
from training.__main__ import main
from training.crossing.hand_measures import MEASURES, measured
from training.crossing.latent_space import encoded, groups, named, principal, real_codes
from training.crossing.networks import build_vae, load_vae
from training.crossing.poses import PoseBatchSampler
from training.crossing.preset import load_preset
from training.models.pose_vae import Articulation, RigPoseVAE
from training.models.rig import Rig

WEIGHTS = asset_path("models", "pose_decoder.safetensors")


@pytest.fixture(scope="module")
def vae() -> RigPoseVAE:
    vae = build_vae(load_preset("crossing"))
    assert isinstance(vae, RigPoseVAE)
    load_vae(vae, WEIGHTS)
    return vae.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def codes(vae: RigPoseVAE) -> torch.Tensor:
    return encoded(vae, PoseBatchSampler().points(np.random.default_rng(5), 3000))


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The command's output, beside what it belongs to."""
    shutil.copy(asset_path("models", MANIFEST), tmp_path / MANIFEST)
    options = ["--poses", "3000", "--decoded", "300", "--output", str(tmp_path / SPACE_FILE)]
    assert main(["latent-space", *options]) == 0
    return tmp_path


def test_the_command_writes_a_space_that_the_program_loads(made: Path) -> None:
    space, shipped = LatentSpace.load(made), LatentSpace.load()
    assert space.directions[0].name == shipped.directions[0].name == "fist"
    first, known = space.directions[0].vector, shipped.directions[0].vector
    cosine = first @ known / np.linalg.norm(first) / np.linalg.norm(known)
    assert cosine > 0.7
    named_ones = [d.name for d in space.directions if not d.name.startswith("shape")]
    assert len(named_ones) >= 8


def test_the_same_seed_gives_the_same_file(made: Path) -> None:
    before = (made / SPACE_FILE).read_bytes()
    options = ["--poses", "3000", "--decoded", "300", "--output", str(made / SPACE_FILE)]
    assert main(["latent-space", *options]) == 0
    assert (made / SPACE_FILE).read_bytes() == before


def test_a_folder_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none").write_text("a file")
    target = tmp_path / "none" / SPACE_FILE
    options = ["--poses", "300", "--decoded", "50", "--output", str(target)]
    assert main(["latent-space", *options]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_directions_span_the_population_and_fall_in_effect(
    vae: RigPoseVAE, codes: torch.Tensor
) -> None:
    vectors, effects = principal(codes, vae, 300)
    covariance = np.cov(codes.double().numpy().T)
    np.testing.assert_allclose(vectors @ vectors.T, covariance, atol=1e-9)
    assert (np.diff(effects) <= 0).all()
    # Nothing moves the points more than the first does: not any of many directions of one sd.
    ways = np.random.default_rng(0).standard_normal((20, 50))
    steps = (vectors @ (ways / np.linalg.norm(ways, axis=0))).T
    for step in torch.from_numpy(np.concatenate([steps, vectors[:, :1].T])).float():
        moved = [vae.articulate(codes[:300] + side * step).points for side in (-0.01, 0.01)]
        rms = float(((moved[1] - moved[0]) / 0.02).pow(2).sum(dim=-1).mean().sqrt())
        # The hand's own frame and the palm's differ little.
        assert rms <= effects[0] * 1.05


def test_directions_alike_are_grouped() -> None:
    assert groups(np.array([20.0, 10.0, 9.0, 8.5, 3.0, 0.0])) == [
        range(1),
        range(1, 4),
        range(4, 5),
        range(5, 6),
    ]


def test_turned_directions_are_found_again_and_named() -> None:
    """Two measures hidden in two directions of equal effect, mixed by a turn of 40 degrees."""
    rng = np.random.default_rng(0)
    hidden = rng.standard_normal((5000, 3))
    measures = rng.standard_normal((5000, len(MEASURES)))
    measures[:, 4] = -hidden[:, 1] + 0.3 * measures[:, 4]
    measures[:, 7] = hidden[:, 2] + 0.5 * measures[:, 7]
    c, s = np.cos(0.7), np.sin(0.7)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    found = named(turn, np.array([9.0, 2.0, 1.9]), hidden, measures)
    assert [name for name, _ in found.names] == ["", MEASURES[4].name, MEASURES[7].name]
    np.testing.assert_allclose(np.abs(found.vectors[0]), [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found.vectors[1], [0, -1, 0], atol=0.05)
    np.testing.assert_allclose(found.vectors[2], [0, 0, 1], atol=0.05)


@pytest.mark.parametrize(
    ("name", "angles_deg"),
    [
        ("fist", {f"{f}_pip_flexion": 60 for f in ("index", "middle", "ring", "little")}),
        ("index finger out", {f"{f}_pip_flexion": 60 for f in ("middle", "ring", "little")}),
        ("middle finger out", {f"{f}_mcp_flexion": 60 for f in ("index", "ring", "little")}),
        ("little finger in", {"little_pip_flexion": 60}),
        ("horns", {f"{f}_pip_flexion": 60 for f in ("middle", "ring")}),
        ("hooked fingers", {f"{f}_pip_flexion": 60 for f in ("index", "middle")}),
        ("spread", {"index_mcp_abduction": 20, "little_mcp_abduction": -20}),
        ("gap index to middle", {"index_mcp_abduction": 20, "middle_mcp_abduction": -10}),
        ("thumb across", {"thumb_cmc_flexion": 40}),
        ("thumb bend", {"thumb_ip_flexion": 40}),
        ("wrist bend", {"wrist_flexion": 40}),
        ("middle bend", {"middle_dip_flexion": 40}),
    ],
)
def test_a_measure_grows_with_what_it_is_named_for(name: str, angles_deg: dict[str, float]) -> None:
    from engine.simulation.angles import ANGLE_COUNT, ANGLE_INDEX

    angles = torch.zeros(2, ANGLE_COUNT)
    for angle, degrees in angles_deg.items():
        angles[1, ANGLE_INDEX[angle]] = np.deg2rad(degrees)
    rig = Rig()
    shape = torch.zeros(2, rig.n_shape)
    hands = measured(Articulation(angles, shape, rig(angles, shape)))
    place = [measure.name for measure in MEASURES].index(name)
    assert hands[1, place] > hands[0, place] + 0.1
    sizes = [measure.name for measure in MEASURES].index("hand size")
    assert hands[1, sizes] == pytest.approx(hands[0, sizes], abs=1e-3)


def test_real_poses_are_taken_in(
    vae: RigPoseVAE, benchmarks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two poses of each of four people; sought for a moment only, the hands are rough."""
    monkeypatch.setattr("training.crossing.real_poses.STEPS", 30)
    codes = real_codes(vae, benchmarks, 2, seed=0)
    assert codes.shape == (8, 20)
    assert codes.isfinite().all() and float(codes.abs().max()) < 8.0
    assert float(codes.std(dim=0).max()) > 0.1
