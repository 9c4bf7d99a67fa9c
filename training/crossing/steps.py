"""The two steps that the joint training takes in turn (paper, section 3.4 and algorithm 1).

The discriminator learns posterior, smoothness and real from generated; the generator learns to
reconstruct, to be smooth and to be taken for real, with gradients through the discriminator.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.skeleton import JOINT_COUNT
from training.crossing.latent import PaperLatent, known_points
from training.crossing.losses import (
    HALF_MM,
    dense_loss,
    joint_distance,
    matching_loss,
    posterior_loss,
    real_loss,
    reconstruction_loss,
    smoothness_loss,
)
from training.crossing.networks import Networks, batch_statistics, mixed
from training.crossing.preset import JointConfig
from training.models.depth_gan import Judgement, crop_coordinates, metric_points
from training.player import Batch, frozen


class Latents(NamedTuple):
    """Latents of a chunk: of its ``labelled`` crops and ``random`` ones [16, size]."""

    labelled: Tensor
    random: Tensor


class JointSteps:
    """The losses of both players on one chunk.

    ``teacher`` (to be set) is the moving average of the discriminator; it sees unlabelled crops
    with the statistics of the chunk, since its own are measured only when it is saved.
    """

    teacher: nn.Module

    def __init__(self, networks: Networks, config: JointConfig) -> None:
        self._networks, self._config = networks, config

    def discriminator(self, module: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """L_D; ``module`` is the discriminator."""
        config, weights = self._config, self._config.weights
        ramp = self._ramp(batch)
        taught = self._teach(batch)
        latents = self._latents(batch, taught)
        perspective = batch["perspective"]
        images, perspectives = [batch["image"]], [perspective]
        if config.uses_generator:
            with torch.no_grad(), batch_statistics(self._networks.generator) as generator:
                made = generator(
                    torch.cat([latents.random, latents.labelled]), torch.cat([perspective] * 2)
                )
            images.append(made)
            perspectives += [perspective] * 2
        if taught is not None:
            images.append(batch["told_image"])
            perspectives.append(batch["told_perspective"])
        judged = _parts(module(torch.cat(images), torch.cat(perspectives)), len(perspective))
        real = judged.pop(0)
        losses = {"posterior": self._pose(real, latents.labelled, perspective, batch["points"])}
        total = losses["posterior"]
        random, remade = (judged.pop(0), judged.pop(0)) if config.uses_generator else (None, None)
        told = judged.pop(0) if judged else None
        if weights.synthesised and random is not None:
            losses["synthesised"] = self._pose(random, latents.random, perspective, None)
            total = total + weights.synthesised * ramp * losses["synthesised"]
        if weights.smoothness and random is not None and remade is not None:
            losses["smoothness"] = self._smoothness(real, random, remade, latents)
            total = total + weights.smoothness * losses["smoothness"]
        if weights.gan and random is not None:
            seen = real.real if told is None else torch.cat([real.real, told.real])
            losses["gan"] = real_loss(seen, random.real)
            total = total + weights.gan * losses["gan"]
        if weights.consistency and told is not None and taught is not None:
            losses["consistency"] = self._agreement(told, taught, batch)
            total = total + weights.consistency * ramp * losses["consistency"]
        return {"total": total, **losses}

    def generator(self, module: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """L_G; ``module`` is the generator with Ali."""
        config, weights = self._config, self._config.weights
        latents = self._latents(batch, self._teach(batch))
        perspective = batch["perspective"]
        made = module(torch.cat([latents.labelled, latents.random]), torch.cat([perspective] * 2))
        remade = made[: len(perspective)]
        losses = {"reconstruction": reconstruction_loss(remade, batch["image"], config.clip)}
        total = weights.reconstruction * losses["reconstruction"]
        observed = [batch["image"]] + [batch[k] for k in ("seen_image",) if k in batch]
        shown = torch.cat([made, *observed])
        perspectives = [perspective] * 3
        perspectives += [batch["seen_perspective"]] if len(observed) == 2 else []
        discriminator = self._networks.discriminator
        with frozen(discriminator), batch_statistics(discriminator):
            judged = _parts(discriminator(shown, torch.cat(perspectives)), len(perspective))
        again, invented, real = judged[:3]
        if weights.matching:
            features = torch.cat([j.features for j in judged[2:]])
            losses["matching"] = matching_loss(invented.features, features)
            total = total + weights.matching * losses["matching"]
        if weights.adversarial:
            losses["adversarial"] = torch.nn.functional.softplus(-invented.real).mean()
            total = total + weights.adversarial * losses["adversarial"]
        if weights.smoothness:
            losses["smoothness"] = self._smoothness(real, invented, again, latents)
            total = total + weights.smoothness * losses["smoothness"]
        if weights.latent:
            asked = self._pose(invented, latents.random, perspective, None)
            losses["latent"] = asked + self._pose(again, latents.labelled, perspective, None)
            total = total + weights.latent * losses["latent"]
        return {"total": total, **losses}

    def _ramp(self, batch: Batch) -> float:
        """Share of full weight that what is not labelled has at this step."""
        steps = self._config.ramp_steps
        return 1.0 if steps == 0 else min(1.0, float(batch["step"]) / steps)

    @torch.no_grad()
    def _teach(self, batch: Batch) -> Judgement | None:
        """The teacher's view of the unlabelled crops."""
        if "seen_image" not in batch:
            return None
        with batch_statistics(self.teacher) as teacher:
            return teacher(batch["seen_image"], batch["seen_perspective"])

    @torch.no_grad()
    def _latents(self, batch: Batch, taught: Judgement | None) -> Latents:
        latent = self._networks.latent
        labelled = latent.encode(batch["points"])
        known = labelled if taught is None else torch.cat([labelled, taught.latent])
        return Latents(labelled, mixed(batch["mix"][:, : len(known)], known, latent))

    def _pose(
        self, judged: Judgement, truth: Tensor, perspective: Tensor, points: Tensor | None
    ) -> Tensor:
        """L_pos of crops whose latents are ``truth``, and the dense head's loss beside it."""
        latent, weights = self._networks.latent, self._config.weights
        marked = None if points is None else known_points(points[:, :JOINT_COUNT])
        loss = weights.posterior * posterior_loss(latent, judged.latent, truth, marked).mean()
        if weights.dense and judged.joints is not None:
            known = latent.decode(truth) if points is None else points
            loss = loss + weights.dense * dense_loss(judged, known, perspective).mean()
        return loss

    @staticmethod
    def _smoothness(
        real: Judgement, random: Judgement, remade: Judgement, latents: Latents
    ) -> Tensor:
        difference = latents.random - latents.labelled
        apart = smoothness_loss(random.embedding, real.embedding, difference)
        return apart + smoothness_loss(remade.embedding, real.embedding, None)

    def _agreement(self, told: Judgement, taught: Judgement, batch: Batch) -> Tensor:
        """The pupil must see in its view what the teacher saw in another one."""
        latent = self._networks.latent
        if taught.joints is None or told.joints is None or isinstance(latent, PaperLatent):
            joints = latent.decode(taught.latent)[:, :JOINT_COUNT]
        else:
            joints = metric_points(taught.joints, batch["seen_perspective"])
        joints = joints @ batch["turn"].transpose(1, 2) + batch["shift"].unsqueeze(1)
        found = latent.decode(told.latent)[:, :JOINT_COUNT]
        loss = joint_distance(found / HALF_MM, joints / HALF_MM)
        if told.joints is not None:
            wanted = crop_coordinates(joints, batch["told_perspective"])
            loss = loss + joint_distance(told.joints, wanted)
        return loss.mean()


def _parts(judged: Judgement, size: int) -> list[Judgement]:
    """A judgement of several groups of crops in parts of ``size``."""
    fields = [None if part is None else part.split(size) for part in judged]
    count = len(judged.real) // size
    return [Judgement(*(None if f is None else f[k] for f in fields)) for k in range(count)]
