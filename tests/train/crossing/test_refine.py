"""Refinement lowers what it descends."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.errors import InvalidInputError
from training.crops.crop_dataset import CropDataset
from training.crossing import refine as refinement
from training.crossing.metrics import crops_of
from training.crossing.networks import build
from training.crossing.preset import load_preset
from training.crossing.refine import RefineConfig, refine


@pytest.mark.parametrize("objective", ["embedding", "depth"])
def test_refinement_lowers_what_it_descends(
    objective: str, vaes: dict[str, Path], labelled: CropDataset
) -> None:
    torch.manual_seed(0)
    networks = build(load_preset("crossing"), vaes["crossing"])
    networks.generator.eval()
    networks.discriminator.eval()
    crops = next(crops_of(labelled, 4))

    def gap(latent: torch.Tensor) -> float:
        with torch.no_grad():
            made = networks.generator(latent, crops.perspective)
            if objective == "depth":
                return float((made - crops.image).pow(2).clamp(max=RefineConfig().clip).mean())
            seen = networks.discriminator(crops.image, crops.perspective).embedding
            again = networks.discriminator(made, crops.perspective).embedding
            return float((again - seen).pow(2).sum(dim=1).mean())

    found = [
        refine(networks, crops.image, crops.perspective, RefineConfig(steps=n, objective=objective))
        for n in (0, 8)
    ]
    assert gap(found[1]) < gap(found[0])
    assert len(refinement.table(networks, labelled, 4, [0], 0.02)) == 4


@pytest.mark.parametrize("values", [{"objective": "luck"}, {"steps": -1}, {"rate": 0.0}])
def test_a_refinement_that_cannot_work_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        RefineConfig(**values)  # type: ignore[arg-type]
