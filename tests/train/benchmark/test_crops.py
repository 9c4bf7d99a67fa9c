"""An estimator's weights scored on crops; labelled recordings that judge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.errors import InvalidInputError, ModelError
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from tests.recordings import write_folder
from training.benchmark.crop_scores import score
from training.benchmark.crops import CENTRE_SD_MM, CropSet, made_crops, millimetres, recorded_crops
from training.benchmark.labelled_frames import (
    FIST_BELOW,
    OPEN_ABOVE,
    LabelledRecording,
    extension,
    labelled_frames,
)
from training.benchmark.trembling import trembling_mm
from training.learning.checkpoint import save_tensors
from training.models.estimator import HandEstimator
from training.models.saved_estimator import load_estimator
from training.models.trunk import TrunkConfig


def write_labels(folder: Path, indices: list[int], joints: np.ndarray) -> None:
    frames = [{"index": k, "handedness": "right", "joints_mm": joints.tolist()} for k in indices]
    (folder / "labels.json").write_text(json.dumps({"frames": frames}))


def joints_at(z: float) -> np.ndarray:
    model, shape = HandModel.load(), np.zeros(HandModel.load().n_shape, np.float32)
    angles = gesture_angles("open_palm")
    return model.pose_joints(angles, shape, np.eye(3), np.array([0.0, -80.0, z]))


def test_fists_and_open_hands_are_told_apart_on_the_model() -> None:
    model = HandModel.load()
    shape = np.zeros(model.n_shape, np.float32)

    def stretched(gesture: str) -> float:
        joints = model.pose_joints(gesture_angles(gesture), shape, np.eye(3), np.zeros(3))
        return float(extension(joints))

    assert stretched("fist_thumb_over") < FIST_BELOW
    assert stretched("open_palm") > OPEN_ABOVE
    assert FIST_BELOW < stretched("claw") < OPEN_ABOVE


def test_labelled_frames_are_read_in_order_and_some_of_them_evenly(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "hand", 9)
    write_labels(folder, [6, 0, 2, 4, 8], joints_at(400.0))
    assert [each.frame.index for each in labelled_frames(folder)] == [0, 2, 4, 6, 8]
    assert [each.frame.index for each in labelled_frames(folder, 3)] == [0, 4, 8]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "cannot be read"),
        ('{"frames": [{"index": 0}]}', "joints_mm"),
        ('{"frames": [{"index": 0, "handedness": "right", "joints_mm": [[1, 2, 3]]}]}', "shape"),
        ('{"frames": []}', "no joints of any frame"),
    ],
)
def test_damaged_labels_are_named(tmp_path: Path, text: str, told: str) -> None:
    folder = write_folder(tmp_path / "hand", 2)
    (folder / "labels.json").write_text(text)
    with pytest.raises(InvalidInputError, match=told):
        labelled_frames(folder)


def test_crops_lie_around_the_labelled_hand(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "hand", 4)
    write_labels(folder, [0, 1, 2, 3], joints_at(400.0))
    recording = LabelledRecording("hand", "report", range(2, 3))
    crops = recorded_crops(folder.parent, recording, 10, 0)
    off = millimetres(crops.joints.mean(dim=1))
    assert len(crops.image) == 3, "a doubtful label is left out"
    assert crops.scored == tuple(range(1, 21)), "the label's wrist is another point"
    assert 0.0 < off.norm(dim=-1).max() < 5 * CENTRE_SD_MM


def test_drawn_crops_are_the_same_for_the_same_seed() -> None:
    model = HandModel.load()
    first, again, other = (made_crops("x", "select", model, 3, seed) for seed in (0, 0, 1))
    torch.testing.assert_close(first.image, again.image)
    assert not torch.equal(first.image, other.image)


def test_errors_and_sides_are_those_of_the_network() -> None:
    torch.manual_seed(0)
    network = HandEstimator(TrunkConfig(1, 8, (8, 8, 16), (1, 1, 1), (8, 8, 8)), 64).eval()
    image = torch.rand(5, 1, 128, 128) * 2 - 1
    with torch.no_grad():
        own, mirrored = network(image), network(image.flip(-1))
    shift = torch.tensor([0.1, 0.0, 0.0])
    extended, perspective = np.full(5, 0.5), torch.full((5,), 0.3)
    crops = CropSet("x", "report", image, own.joints + shift, (3, 4), extended, perspective)
    found = score(network, crops)
    logits = [seen.class_logits[:, 0] - seen.class_logits[:, 1] for seen in (own, mirrored)]
    assert found.mean_mm == pytest.approx(13.5, abs=1e-3)
    assert found.fists_mm == pytest.approx(13.5, abs=1e-3)
    assert np.isnan(found.open_mm)
    assert found.side == pytest.approx(float((logits[0] > logits[1]).float().mean()))
    assert 0.0 <= found.side_class <= 1.0


def plate(places: Sequence[tuple[int, int]]) -> CropSet:
    """Crops that show a square plate at these pixels and nothing else."""
    image = torch.ones(len(places), 1, 128, 128)
    for picture, (row, column) in zip(image[:, 0], places, strict=True):
        picture[row : row + 40, column : column + 40] = -0.1
    unknown = torch.zeros(len(places), 21, 3)
    perspective = torch.full((len(places),), 0.25)
    return CropSet("x", "report", image, unknown, (1,), np.ones(len(places)), perspective)


def middle_of_plate(image: Tensor) -> Tensor:
    """Joints [N, 21, 3], all in the middle of what a crop shows."""
    shown = (image[:, 0] < 0.999).float()
    total = shown.sum(dim=(1, 2))
    across = (torch.arange(128) + 0.5) / 64 - 1
    u = (shown * across).sum(dim=(1, 2)) / total
    v = (shown * across[:, None]).sum(dim=(1, 2)) / total
    depth = (shown * image[:, 0]).sum(dim=(1, 2)) / total
    return torch.stack([u, v, depth], dim=-1)[:, None].expand(-1, 21, -1)


def test_what_follows_the_hand_does_not_tremble_and_what_follows_the_crop_does() -> None:
    crops = plate([(44, 44), (30, 60)])
    # The crop is moved by 5 mm an axis, and turned.
    assert 5.0 < trembling_mm(lambda image: torch.zeros(len(image), 21, 3), crops) < 10.0
    assert trembling_mm(middle_of_plate, crops) < 0.7


def test_an_estimator_is_loaded_with_the_size_of_its_weights(tmp_path: Path) -> None:
    config = TrunkConfig(1, 16, (16, 24, 32), (2, 1, 3), (16, 8, 24))
    network = HandEstimator(config, 64).eval()
    weights = {f"average.{name}": tensor for name, tensor in network.state_dict().items()}
    save_tensors(tmp_path / "checkpoint.safetensors", weights, {})
    loaded = load_estimator(tmp_path)
    assert (loaded.trunk.config, loaded.resolution) == (config, 64)
    image = torch.rand(2, 1, 128, 128)
    torch.testing.assert_close(loaded(image).joints, network(image).joints)


def test_a_file_without_an_estimator_is_named(tmp_path: Path) -> None:
    save_tensors(tmp_path / "x.safetensors", {"average.a": torch.zeros(1)}, {})
    with pytest.raises(ModelError, match=r"x\.safetensors holds no estimator"):
        load_estimator(tmp_path / "x.safetensors")
