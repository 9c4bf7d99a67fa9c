"""Pictures for the log: crops as observed, as drawn from their latents, and between two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor, nn

from engine.camera import FloatArray
from engine.pictures.palette import BONE_RGB
from engine.skeleton import BONES
from engine.tracking.crop_coordinates import CROP_SIZE
from training.crops.crop_dataset import CropDataset
from training.crossing.metrics import Crops, crops_of, device_of
from training.crossing.networks import Networks
from training.models.depth_gan import crop_coordinates
from training.models.joint_sets import JointSet
from training.models.latent import Latent
from training.models.sizes import enlarged

COLUMNS = 8
Picture = NDArray[np.uint8]
Draw = Callable[[Tensor, Tensor], Tensor]
"""Draws crops from latents and perspectives."""


def depth_picture(image: FloatArray) -> Picture:
    """A crop [128, 128] as grey [128, 128, 3]: near is light, nothing is black."""
    grey = np.where(image < 0.999, 215.0 - 90.0 * np.clip(image, -1, 1), 0.0)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def skeleton_picture(
    image: FloatArray, joints: FloatArray, bones: Sequence[tuple[int, int]] = BONES
) -> Picture:
    """A crop with ``bones`` between ``joints`` [J, 3] in normalised crop coordinates."""
    picture = Image.fromarray(depth_picture(image) // 2)
    draw = ImageDraw.Draw(picture)
    pixels = (joints[:, :2] + 1.0) * 0.5 * CROP_SIZE - 0.5
    for (a, b), colour in zip(bones, cycle(BONE_RGB), strict=False):
        draw.line([tuple(pixels[a]), tuple(pixels[b])], fill=tuple(colour), width=2)
    return np.asarray(picture)


@torch.no_grad()
def rows_of(latent: Latent, averages: Sequence[nn.Module], dataset: CropDataset) -> list[Picture]:
    """Rows of ``COLUMNS`` pictures: observed, with the posterior's pose, drawn from the true latent
    and from the posterior's, and a walk from the first crop's latent to the last one's."""
    crops = next(crops_of(dataset, COLUMNS, device_of(averages[0])))
    output = averages[0](crops.image, crops.perspective)
    rows = [
        _depth_row(crops.image),
        _skeleton_row(crops, latent.decode(output.latent), latent.joint_set),
    ]
    if len(averages) < 2:
        return rows
    truth = latent.encode(crops.points)
    rows += [_depth_row(averages[1](z, crops.perspective)) for z in (truth, output.latent)]
    return [*rows, *_walk(latent, averages[1], truth, crops.perspective.mean())]


@torch.no_grad()
def compared(runs: Sequence[Networks], dataset: CropDataset) -> Picture:
    """Rows of ``COLUMNS`` pictures: crops, the true poses, the posterior's of each of ``runs``, the
    hands that the last one draws from its posterior, and its walk between two true latents."""
    crops = next(crops_of(dataset, COLUMNS))
    joints = runs[0].latent.joint_set
    rows = [_depth_row(crops.image), _skeleton_row(crops, crops.points, joints)]
    for run in runs:
        found = run.discriminator(crops.image, crops.perspective).latent
        rows.append(_skeleton_row(crops, run.latent.decode(found), joints))
    last = runs[-1]
    rows.append(_depth_row(last.generator.hard_outline(found, crops.perspective)))
    truth = last.latent.encode(crops.points)
    rows += _walk(last.latent, last.generator.hard_outline, truth, crops.perspective.mean())
    return np.vstack(rows)


def _walk(latent: Latent, draw: Draw, ends: Tensor, perspective: Tensor) -> list[Picture]:
    """Pose and depth of ``COLUMNS`` steps on the line from the first latent of ``ends`` [N, size]
    to the last one."""
    share = torch.linspace(0, 1, COLUMNS, device=ends.device).unsqueeze(1)
    steps = latent.mix(torch.cat([1 - share, share], dim=1), ends[[0, -1]])
    asked = perspective.expand(COLUMNS)
    made = Crops(draw(steps, asked), asked, latent.decode(steps))
    return [_skeleton_row(made, made.points, latent.joint_set), _depth_row(made.image)]


def _depth_row(images: Tensor) -> Picture:
    """Images [N, 1, H, H] side by side."""
    return np.hstack([depth_picture(image) for image in enlarged(images)[:, 0].cpu().numpy()])


def _skeleton_row(crops: Crops, points: Tensor, joints: JointSet) -> Picture:
    """``crops`` at any resolution with the joints of ``points`` [N, P, 3] in mm."""
    uvd = crop_coordinates(points[:, : joints.joints], crops.perspective).cpu().numpy()
    images = enlarged(crops.image)[:, 0].cpu().numpy()
    drawn = zip(images, uvd, strict=True)
    return np.hstack([skeleton_picture(image, uv, joints.bones) for image, uv in drawn])


def joint_pictures(
    latent: Latent, averages: Sequence[nn.Module], tests: dict[str, CropDataset]
) -> dict[str, Tensor]:
    """A picture [3, H, W] a set of test crops, for TensorBoard."""
    pictures = {}
    for name, dataset in tests.items():
        sheet = np.vstack(rows_of(latent, averages, dataset))
        pictures[name] = torch.from_numpy(sheet).permute(2, 0, 1)
    return pictures
