"""Contact sheets: what the networks are trained on, and real frames beside it, to be looked at.

``python -m training sheets --output FOLDER`` writes one PNG a sheet.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.camera import Camera, FloatArray
from engine.output import replacing
from engine.pictures.palette import depth_ramp
from engine.simulation.gestures import GESTURES, gesture_angles
from engine.simulation.model import HandModel
from engine.simulation.proportions import load_hands
from engine.simulation.render import rasterize
from engine.simulation.sampler import PoseSampler
from engine.simulation.scene import Scene, face_parts, render
from engine.simulation.scene_sampler import SceneSampler
from engine.simulation.sensors import SENSORS, DepthSensor, sense
from engine.simulation.solids import turned
from engine.tracking.crop_kernel import OUTSIDE
from training.arguments import add_hands
from training.crops.crop_sampler import CropSampler

Picture = NDArray[np.uint8]
"""An sRGB picture [H, W, 3]."""

TILE: tuple[int, int] = (320, 240)
DEPTH_SPAN_MM = 1000.0
"""From the nearest to the farthest colour."""
_PALM = np.diag([1.0, -1.0, -1.0])


def colourised(depth_mm: FloatArray) -> Picture:
    """Depth [H, W] (mm) as colours from the nearest on; black where there is nothing."""
    seen = depth_mm > 0
    nearest = float(np.percentile(depth_mm[seen], 1)) if seen.any() else 0.0
    place = 1.0 - (depth_mm - nearest) / DEPTH_SPAN_MM
    picture = depth_ramp(np.clip(place, 0.0, 1.0))
    picture[~seen] = 0
    return picture


def shaded(depth_mm: FloatArray, camera: Camera) -> Picture:
    """Depth as a grey relief lit from the camera."""
    v, u = np.mgrid[: camera.height, : camera.width]
    points = camera.unproject(np.stack([u, v], axis=-1), depth_mm)
    normal = np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0))
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    light = 40.0 + 200.0 * np.abs(normal[..., 2])
    grey = np.where(depth_mm > 0, light, 0.0).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def sheet(pictures: Sequence[Picture], columns: int, size: tuple[int, int] = TILE) -> Picture:
    """Pictures of any size in rows of ``columns``, each fitted into ``size`` (width, height)."""
    tiles = [np.asarray(Image.fromarray(p).resize(size, Image.Resampling.BOX)) for p in pictures]
    blank = np.zeros_like(tiles[0])
    tiles += [blank] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.vstack(rows)


def hand_picture(
    model: HandModel, angles: FloatArray, shape: FloatArray, turn: FloatArray
) -> Picture:
    """One shaded hand, palm towards the camera but for ``turn`` [3, 3]."""
    camera = Camera(200, 200, 330.0, 330.0, 99.5, 99.5)
    R = turn @ _PALM
    centre = model.pose_joints(angles, shape, R, np.zeros(3, np.float32)).mean(axis=0)
    posed = model.pose(angles, shape, R, np.array([0.0, 0.0, 420.0]) - centre)
    depth, labels = np.zeros((200, 200), np.float32), np.zeros((200, 200), np.uint8)
    lens = (camera.fx, camera.fy, camera.cx, camera.cy)
    rasterize(depth, labels, posed.vertices_mm, model.faces, face_parts(model, True), *lens)
    return shaded(depth, camera)


def hands_sheet(model: HandModel, rng: np.random.Generator) -> Picture:
    """Random poses and shapes."""
    poses = PoseSampler(model)
    pictures = [
        hand_picture(
            model,
            poses.sample(rng),
            rng.standard_normal(model.n_shape).astype(np.float32),
            turned(*rng.normal(0.0, (20.0, 35.0, 15.0))),
        )
        for _ in range(40)
    ]
    return sheet(pictures, 8, (200, 200))


def gestures_sheet(model: HandModel) -> Picture:
    """Every named gesture, a little from the side."""
    average, turn = np.zeros(model.n_shape, np.float32), turned(10.0, -20.0, 0.0)
    return sheet(
        [hand_picture(model, gesture_angles(name), average, turn) for name in GESTURES],
        8,
        (200, 200),
    )


def seen_by(scene: Scene, sensor: DepthSensor, rng: np.random.Generator) -> Picture:
    """A scene as a sensor delivers it."""
    image = render(scene, sensor.camera)
    return colourised(sense(sensor, image.depth_mm, sensor.camera.fx, rng, 0, image.labels))


def sensors_sheet(scenes: SceneSampler, rng: np.random.Generator) -> Picture:
    """The same scenes through every sensor, a column each."""
    pictures = []
    for _ in range(4):
        scene = scenes.sample(rng, SENSORS["D435"].camera, 1, 450.0, 650.0)
        pictures += [
            seen_by(scene, sensor, rng) for sensor in SENSORS.values() if sensor.name != "D435_VGA"
        ]
    return sheet(pictures, len(SENSORS) - 1)


def scenes_sheet(scenes: SceneSampler, rng: np.random.Generator, hands: int) -> Picture:
    """Random scenes through random sensors."""
    names = [name for name in SENSORS if name != "IDEAL"]
    pictures = []
    for k in range(30):
        sensor = SENSORS[names[k % len(names)]].randomised(rng)
        near = max(220.0, sensor.near_mm + 60.0)
        scene = scenes.sample(rng, sensor.camera, hands, near, 900.0)
        pictures.append(seen_by(scene, sensor, rng))
    return sheet(pictures, 6)


def crops_sheet(crops: CropSampler, seed: int) -> Picture:
    """What the estimator is trained on: near is bright, beyond the image is grey."""
    images = np.concatenate([crops.chunk(seed + k).image.numpy()[:, 0] for k in range(6)])
    grey = np.where(images >= OUTSIDE, 60.0, 110.0 * (1.0 - images) + 20.0 * (images < 1.0))
    pictures = np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=-1)
    return sheet(list(pictures), 12, (128, 128))


def real_sheet(scenes: SceneSampler, rng: np.random.Generator, recordings: Path) -> Picture:
    """Real SR305 frames above synthetic ones of the same camera."""
    from engine.sources.folder import FolderSource

    source = FolderSource(recordings / "sr305_hand")
    pictures: list[Picture] = []
    while len(pictures) < 10 and (frame := source.read()) is not None:
        pictures.append(colourised(frame.depth_mm))
    source.close()
    sensor = replace(SENSORS["SR305"], camera=source.camera)
    while len(pictures) < 20:
        scene = scenes.sample(rng, sensor.camera, 1, 520.0, 640.0)
        pictures.append(seen_by(scene, sensor, rng))
    return sheet(pictures, 5)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of ``python -m training sheets``."""
    parser.add_argument("--output", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--seed", type=int, default=0)
    add_hands(parser)
    parser.add_argument("--recordings", type=Path, help="folder of real recordings, if any")


def run(options: argparse.Namespace) -> None:
    """Write contact sheets of hands, sensors and scenes, real frames beside them, into a folder."""
    model = HandModel.load()
    others = load_hands(options.hands)
    scenes, rng = SceneSampler(model, others=others), np.random.default_rng(options.seed)
    sheets = {
        "hands": hands_sheet(model, rng),
        **{f"hands_{k}": hands_sheet(other, rng) for k, other in enumerate(others, 1)},
        "gestures": gestures_sheet(model),
        "crops": crops_sheet(CropSampler(scenes), options.seed),
        "sensors": sensors_sheet(scenes, rng),
        **{f"scenes_{n}_hands": scenes_sheet(scenes, rng, n) for n in (0, 1, 2)},
    }
    if options.recordings is not None:
        sheets["real_above_synthetic"] = real_sheet(scenes, rng, options.recordings)
    for name, picture in sheets.items():
        with replacing(options.output / f"{name}.png") as partial:
            Image.fromarray(picture).save(partial)
