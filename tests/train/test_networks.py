"""The networks learn: each overfits one batch; data are as stated; export keeps the numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import InvalidInputError, ModelError
from engine.inference import model_entry
from engine.simulation.sensors import SENSORS
from engine.skeleton import JOINT_COUNT
from engine.tracking.crop_coordinates import CROP_SIZE, CUBE_MM
from engine.tracking.crop_kernel import OUTSIDE
from engine.tracking.detect import CELL_PX
from engine.tracking.estimate import LEFT, NO_HAND, RIGHT
from training.crops.batches import EstimatorBatch
from training.crops.crop_sampler import TEST_SEED, CropSampler
from training.crops.sensor_windows import sensor_window
from training.learning.learner import Learner
from training.models.detector import Detection, HandDetector
from training.models.estimator import HandEstimator
from training.models.trunk import ResidualBlock, TrunkConfig
from training.shipping.export import ExportSpec, export
from training.supervised.frames import (
    DetectorFrameSampler,
    FrameConfig,
    add_speckles,
    with_mirror_images,
)
from training.supervised.losses import detector_loss, estimator_loss, side_loss
from training.supervised.tasks import MIRRORED_PART, estimator_losses, mirrored_too
from training.supervised.train import estimator_of

SMALL = TrunkConfig(stem=16, channels=(16, 32, 64), blocks=(1, 1, 1), fused=(16, 32, 32))


@pytest.fixture(scope="module")
def crops() -> EstimatorBatch:
    return CropSampler.load().chunk(TEST_SEED)


def test_the_same_seed_makes_the_same_crops_and_another_one_others(
    crops: EstimatorBatch,
) -> None:
    sampler = CropSampler.load()
    again, other = sampler.chunk(TEST_SEED), sampler.chunk(TEST_SEED + 1)
    for same, tensor in zip(again, crops, strict=True):
        torch.testing.assert_close(same, tensor, rtol=0, atol=0)
    assert not torch.equal(other.image, crops.image)


def test_crops_hold_what_their_targets_say(crops: EstimatorBatch) -> None:
    image = crops.image
    assert image.shape == (16, 1, CROP_SIZE, CROP_SIZE)
    assert float(image.min()) >= -1.0 and float(image[image != OUTSIDE].max()) <= 1.0
    assert set(crops.hand_class.tolist()) <= {RIGHT, LEFT, NO_HAND}
    on_something = []
    for picture, joints, hand_class in zip(
        image[:, 0], crops.joints, crops.hand_class, strict=True
    ):
        if hand_class != RIGHT:
            continue
        # The crop's centre is off by little, so the joints' mean lies near the middle.
        assert float(joints.mean(dim=0).norm()) * CUBE_MM / 2 < 120.0
        pixels = ((joints[:, :2] + 1) * CROP_SIZE / 2).long().clamp(0, CROP_SIZE - 1)
        on_something.append(int((picture[pixels[:, 1], pixels[:, 0]] < 1.0).sum()))
    # Hands may be cut by the image's edge.
    assert min(on_something) > 0
    assert np.mean(on_something) > 0.7 * JOINT_COUNT


def test_the_estimator_overfits_one_batch(crops: EstimatorBatch) -> None:
    torch.manual_seed(0)
    network = HandEstimator(SMALL)
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3)
    hands = crops.hand_class == RIGHT

    def error_mm() -> float:
        estimate = network(crops.image)
        gap = (estimate.joints - crops.joints)[hands].norm(dim=-1).mean()
        return float(gap.detach()) * CUBE_MM / 2

    before = error_mm()
    for _ in range(120):
        losses = estimator_loss(network(crops.image), crops.joints, crops.hand_class)
        optimizer.zero_grad()
        losses["total"].backward()
        optimizer.step()
    assert error_mm() < min(8.0, 0.2 * before)


def test_a_deeper_estimator_starts_as_the_shallower_one_it_goes_on_from(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shallow = HandEstimator(SMALL).eval()
    deep = HandEstimator(replace(SMALL, blocks=(1, 2, 3))).eval()
    tensors = {f"average.{name}": tensor for name, tensor in shallow.state_dict().items()}
    Learner(deep, estimator_losses).load_averages(tensors, tmp_path)
    image = torch.rand(2, 1, CROP_SIZE, CROP_SIZE) * 2 - 1
    for before, now in zip(shallow(image), deep(image), strict=True):
        assert torch.allclose(before, now, atol=1e-6)
    blocks = [module for module in deep.modules() if isinstance(module, ResidualBlock)]
    deep.train()(image).joints.square().sum().backward()
    for block in blocks:
        gradient = block.second[1].weight.grad
        assert gradient is not None and float(gradient.abs().sum()) > 0.0


def test_an_estimator_has_as_many_blocks_as_asked_for() -> None:
    stages = estimator_of([1, 3, 2]).trunk.stages
    assert [len(list(stage.children())) for stage in stages] == [1, 3, 2]
    with pytest.raises(InvalidInputError, match="each stage needs a block, not 2 0 1"):
        estimator_of([2, 0, 1])


def test_the_detector_overfits_one_batch() -> None:
    torch.manual_seed(0)
    batch = DetectorFrameSampler.load().chunk(TEST_SEED)
    small = TrunkConfig(
        inputs=2, stem=16, channels=(16, 32, 64), blocks=(1, 1, 1), fused=(16, 32, 32)
    )
    network = HandDetector(small)
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3)
    for _ in range(120):
        losses = detector_loss(network(batch.image), batch.heat, batch.offset, batch.mask)
        optimizer.zero_grad()
        losses["total"].backward()
        optimizer.step()
    heat = torch.sigmoid(network(batch.image).heat).detach()
    centres = batch.heat > 0.99
    assert float(heat[centres].mean()) > 0.7
    assert float(heat[batch.heat == 0].mean()) < 0.02
    is_right = network(batch.image).side[:, 0].detach() > 0.0
    for side, hand in enumerate(centres.unbind(1)):
        assert float((is_right[hand] == (side == 0)).float().mean()) > 0.9


def test_a_mirrored_frame_shows_the_other_hand_in_the_mirrored_place() -> None:
    batch = DetectorFrameSampler.load().chunk(TEST_SEED + 3)
    both = with_mirror_images(batch)
    count, columns = len(batch.image), batch.heat.shape[-1]
    assert torch.equal(both.image[:count], batch.image)
    assert torch.equal(both.image[count:].flip(-1), batch.image)
    cells = torch.nonzero(batch.heat > 0.99).tolist()
    assert cells
    for n, side, row, column in cells:
        there = (count + n, slice(None), row, columns - 1 - column)
        assert both.heat[count + n, 1 - side, row, columns - 1 - column] > 0.99
        mirrored = batch.offset[n, :, row, column] * torch.tensor([-1.0, 1.0, 1.0])
        assert torch.equal(both.offset[there], mirrored)
        assert both.mask[there] == 1.0


def test_the_side_is_learned_at_hands_alone() -> None:
    batch = DetectorFrameSampler.load().chunk(TEST_SEED + 3)
    zeros = torch.zeros_like(batch.mask)
    side = zeros.clone().requires_grad_()
    output = Detection(torch.zeros_like(batch.heat), torch.zeros_like(batch.offset), side)
    losses = detector_loss(output, batch.heat, batch.offset, batch.mask)
    losses["total"].backward()
    assert side.grad is not None
    assert torch.equal(side.grad != 0, batch.mask == 1)
    right = (batch.heat[:, :1] > batch.heat[:, 1:]) & (batch.mask == 1)
    assert torch.equal(side.grad < 0, right)


def test_detector_targets_point_at_the_hands() -> None:
    batch = DetectorFrameSampler.load().chunk(TEST_SEED + 2)
    assert batch.image.shape[2:] == tuple(CELL_PX * n for n in batch.heat.shape[2:])
    for heat, offset, mask in zip(batch.heat, batch.offset, batch.mask, strict=True):
        for _, row, column in torch.nonzero(heat > 0.99).tolist():
            assert mask[0, row, column] == 1.0
            assert offset[:2, row, column].abs().max() <= 0.51
            assert 0.1 < float(offset[2, row, column].exp()) < 1.5


def test_scenes_of_all_sizes_are_shown_as_far_away_as_they_are_large() -> None:
    sampler = DetectorFrameSampler.load()
    plain = DetectorFrameSampler(sampler.scenes, FrameConfig(size_sd=0.0)).chunk(TEST_SEED)
    sized = DetectorFrameSampler(sampler.scenes, FrameConfig(size_sd=0.2)).chunk(TEST_SEED)
    # The first frame's scene is the same; what follows draws from another state.
    assert torch.equal(plain.offset[0, :2], sized.offset[0, :2])
    both = (plain.image[0, 1] < 1.0) & (sized.image[0, 1] < 1.0) & (plain.image[0, 0] < 1.5)
    ratio = (plain.image[0, 0] / sized.image[0, 0])[both & (sized.image[0, 0] < 1.5)]
    hand = plain.mask[0, 0] > 0
    assert len(ratio) > 100 and hand.any()
    grown = (sized.offset[0, 2] - plain.offset[0, 2])[hand].exp()
    torch.testing.assert_close(ratio, grown[:1].expand_as(ratio), atol=2e-3, rtol=2e-3)
    assert abs(float(grown[0]) - 1.0) > 0.01


def test_speckles_are_seen_only_where_nothing_was_measured() -> None:
    depth = np.zeros((120, 160), np.float32)
    depth[40:80, 50:100] = 600.0
    before = depth.copy()
    add_speckles(np.random.default_rng(3), depth)
    assert np.array_equal(depth[before > 0], before[before > 0])
    strays = depth[(before == 0) & (depth > 0)]
    assert 5 < len(strays) < 0.4 * depth.size
    assert strays.min() > 100.0


SPEC = ExportSpec(
    "estimator", "test/1", {"image": (1, 1, 128, 128)}, ("joints", "log_sigma", "class")
)


def test_an_exported_network_gives_the_same_joints(tmp_path: Path, crops: EstimatorBatch) -> None:
    torch.manual_seed(0)
    network = HandEstimator(SMALL).eval()
    entry = export(network, SPEC, [crops.image[:4]], tmp_path, trained={}, measured={})
    assert entry["parity"]["joints"] * CUBE_MM / 2 < 0.5
    assert model_entry("estimator", contract="test/1", directory=tmp_path).path.exists()


def test_damaged_missing_and_foreign_models_are_refused(
    tmp_path: Path, crops: EstimatorBatch
) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json is missing"):
        model_entry("estimator", contract="test/1", directory=tmp_path)
    export(HandEstimator(SMALL), SPEC, [crops.image[:1]], tmp_path, trained={}, measured={})
    with pytest.raises(ModelError, match="there is no model 'generator'"):
        model_entry("generator", contract="test/1", directory=tmp_path)
    with pytest.raises(ModelError, match="this program needs 'test/2'"):
        model_entry("estimator", contract="test/2", directory=tmp_path)
    weights = tmp_path / "estimator.bin"
    data = bytearray(weights.read_bytes())
    data[100] ^= 1
    weights.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="damaged"):
        model_entry("estimator", contract="test/1", directory=tmp_path)


def test_parity_worse_than_allowed_is_refused(tmp_path: Path, crops: EstimatorBatch) -> None:
    network = HandEstimator(SMALL)
    strict = replace(SPEC, tolerance={"joints": 0.0})
    with pytest.raises(ModelError, match="differs from torch"):
        export(network, strict, [crops.image[:1]], tmp_path, trained={}, measured={})
    assert not (tmp_path / "manifest.json").exists()


def test_the_manifest_keeps_other_entries(tmp_path: Path, crops: EstimatorBatch) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"other": {"file": "x"}}))
    export(HandEstimator(SMALL), SPEC, [crops.image[:1]], tmp_path, trained={}, measured={})
    assert set(json.loads((tmp_path / "manifest.json").read_text())) == {"other", "estimator"}


def test_some_right_hands_are_shown_mirrored_as_left_ones() -> None:
    batch = CropSampler.load().chunk(TEST_SEED)
    images, joints, hand_class, chosen = mirrored_too(batch)
    count = len(batch.hand_class)
    assert len(chosen) == count // MIRRORED_PART
    assert (batch.hand_class[chosen] == RIGHT).all()
    assert (hand_class[count:] == LEFT).all()
    assert torch.equal(images[count:].flip(-1), batch.image[chosen])
    assert not joints[count:].any()


def test_the_side_loss_falls_with_the_antisymmetric_logit() -> None:
    right, left = torch.tensor([[2.0, 0.0, 0.0]]), torch.tensor([[0.0, 2.0, 0.0]])
    assert float(side_loss(right, right)) == pytest.approx(np.log(2.0))
    assert float(side_loss(right, left)) == pytest.approx(np.log1p(np.exp(-4.0)))


def test_a_cube_beside_the_camera_still_has_a_window() -> None:
    sensor = SENSORS["D435"]
    left, top, width, height = sensor_window(
        sensor, sensor.camera, np.array([1500.0, 0.0, 101.0]), 1.0
    )
    assert 0 <= left < left + width <= sensor.camera.width
    assert 0 <= top < top + height <= sensor.camera.height
