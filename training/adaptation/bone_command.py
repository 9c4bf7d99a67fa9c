"""The command ``bones``: how well a person's bone lengths are found, and what they are worth."""

from __future__ import annotations

import argparse
import sys
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from engine.bone_lengths import MIDDLE
from engine.camera import FloatArray
from engine.tracking.bones import fitted_joints
from engine.tracking.crop_coordinates import CUBE_MM
from training.adaptation.bone_lengths import mean_bones, person_bones
from training.adaptation.bone_people import PersonSampler, SyntheticPerson, families
from training.adaptation.crops import camera_joints, crop_images, estimated, expected_errors
from training.adaptation.folder import live_network
from training.arguments import add_hands, add_models
from training.learning.memory import keep_freed_memory


class BoneScore(NamedTuple):
    """Of one person: mean relative errors over the bones of the mean hand ``scaled`` to the true
    length and of those ``found``; mean joint errors in mm of single crops, as drawn and ``fitted``
    to the bones found."""

    scaled: float
    found: float
    drawn_mm: float
    fitted_mm: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training bones``."""
    parser.add_argument("--people", type=int, default=40, help="of each hand (40)")
    parser.add_argument("--frames", type=int, default=24, help="of each person (24)")
    parser.add_argument("--seed", type=int, default=17, help="of what is drawn (17)")
    parser.add_argument("--threads", type=int, default=1, help="torch threads")
    add_models(parser)
    add_hands(parser)


def run(options: argparse.Namespace) -> None:
    """Measure how well the bone lengths of synthetic people are found, beside the mean hand scaled
    to the right length, and how much nearer joints come that are moved to them."""
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    network = live_network(options.models)
    names = ["hand", *(folder.name for folder in options.hands)]
    for number, model in enumerate(families(options.hands)):
        drawn = PersonSampler(model).people((options.seed, number), options.people, options.frames)
        people = tqdm(drawn, total=options.people, unit="person", leave=False)
        mean = BoneScore(*np.mean([score(network, person) for person in people], axis=0))
        sys.stdout.write(
            f"{names[number]}: bones off by {mean.found:.1%} (mean hand, scaled: "
            f"{mean.scaled:.1%}); joints {mean.drawn_mm:.2f} to {mean.fitted_mm:.2f} mm\n"
        )


def score(network: nn.Module, person: SyntheticPerson) -> BoneScore:
    """How well the bones of ``person`` are found; the mean hand is scaled by the middle finger."""
    true, mean = person.bones_mm, mean_bones()
    scaled = mean * (true[MIDDLE].sum() / mean[MIDDLE].sum())
    found = person_bones(network, person.hands)
    crops = [hand.cut(cube_mm=CUBE_MM) for hand in person.hands]
    output = estimated(network, crop_images(crops))
    drawn, sigma = camera_joints(crops, output.joints), expected_errors(crops, output.log_sigma)
    fitted = [fitted_joints(*each, found) for each in zip(drawn, sigma, strict=True)]
    return BoneScore(
        _relative(scaled, true),
        _relative(found, true),
        _error_mm(drawn, person.joints_mm),
        _error_mm(np.stack(fitted), person.joints_mm),
    )


def _relative(lengths: FloatArray, true: FloatArray) -> float:
    return float(np.abs(lengths / true - 1.0).mean())


def _error_mm(joints: FloatArray, true: FloatArray) -> float:
    return float(np.linalg.norm(joints - true, axis=-1).mean())
