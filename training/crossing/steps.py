"""The two steps that the joint training takes in turn (paper, section 3.4 and algorithm 1).

The discriminator learns posterior, smoothness and real from generated; the generator learns to
reconstruct, to be smooth and to be taken for real, with gradients through the discriminator.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.skeleton import JOINT_COUNT
from training.crossing.latent import PaperLatent, known_points
from training.crossing.losses import (
    HALF_MM,
    SPREAD_WEIGHT,
    dense_loss,
    joint_distance,
    matching_loss,
    posterior_loss,
    real_loss,
    reconstruction_loss,
    smoothness_loss,
    spread_loss,
)
from training.crossing.networks import Networks, batch_statistics, mixed
from training.crossing.preset import JointConfig
from training.learning.player import Batch, frozen
from training.models.depth_gan import Judgement, crop_coordinates, metric_points

Groups = dict[str, tuple[Tensor, Tensor]]
"""Crops to be judged together: images and perspectives by what they are."""


class Latents(NamedTuple):
    """Latents of a chunk: of its ``labelled`` crops [16, size], and ``random`` ones."""

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
        perspective = batch["perspective"]
        if int(batch["step"]) < config.burn_in_steps:
            judged = {"real": module(batch["image"], perspective)}
            latent = self._networks.latent.encode(batch["points"])
            pose = self._pose(judged["real"], latent, perspective, batch["points"])
            return _weighted({"posterior": pose}, {"posterior": 1.0})
        ramp = self._ramp(batch)
        taught = self._teach(batch)
        latents = self._latents(batch, taught)
        shown: Groups = {"real": (batch["image"], perspective)}
        if taught is not None:
            shown["told"] = (batch["told_image"], batch["told_perspective"])
        if config.uses_generator:
            with torch.no_grad(), batch_statistics(self._networks.generator) as generator:
                shown |= self._generated(generator, latents, perspective)
        judged = _judged(module, shown)
        real = judged["real"]
        losses = {"posterior": self._pose(real, latents.labelled, perspective, batch["points"])}
        parts = {"posterior": 1.0}
        if taught is not None and weights.consistency:
            losses["consistency"] = self._agreement(judged["told"], taught, batch)
            parts["consistency"] = weights.consistency * ramp
        if taught is not None and weights.refit:
            losses["refit"] = self._refit(judged["told"], batch)
            parts["refit"] = weights.refit * ramp
        if config.uses_generator:
            random = judged["random"]
            asked = perspective[: len(latents.random)]
            losses["synthesised"] = self._pose(random, latents.random, asked, None)
            losses["smoothness"] = self._smoothness(judged, latents)
            seen = torch.cat([judged[name].real for name in ("real", "told") if name in judged])
            losses["gan"] = real_loss(seen, random.real)
            parts |= {"synthesised": weights.synthesised * ramp}
            parts |= {"smoothness": weights.smoothness, "gan": weights.gan}
        return _weighted(losses, parts)

    def generator(self, module: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """L_G; ``module`` is the generator with Ali."""
        weights = self._config.weights
        latents = self._latents(batch, self._teach(batch))
        perspective = batch["perspective"]
        shown = self._generated(module, latents, perspective)
        remade, asked = shown["remade"]
        count = len(remade)
        observed = batch["image"][:count]
        losses = {"reconstruction": self._reconstruction(remade, observed)}
        shown["real"] = (batch["image"], perspective)
        if "seen_image" in batch:
            shown["told"] = (batch["seen_image"], batch["seen_perspective"])
        discriminator = self._networks.discriminator
        with frozen(discriminator), batch_statistics(discriminator):
            judged = _judged(discriminator, shown)
        random = judged["random"]
        features = [judged[name].features for name in ("real", "told") if name in judged]
        losses["matching"] = matching_loss(random.features, torch.cat(features))
        losses["adversarial"] = functional.softplus(-random.real).mean()
        losses["smoothness"] = self._smoothness(judged, latents)
        found = self._pose(judged["remade"], latents.labelled[:count], asked, None)
        losses["latent"] = found + self._pose(random, latents.random, asked, None)
        parts = {name: getattr(weights, name) for name in losses}
        return _weighted(losses, parts)

    def _generated(self, generator: nn.Module, latents: Latents, perspective: Tensor) -> Groups:
        """Crops drawn from random latents and from the first labelled ones."""
        count = len(latents.random)
        asked = perspective[:count]
        wanted = torch.cat([latents.random, latents.labelled[:count]])
        random, remade = generator(wanted, torch.cat([asked, asked])).chunk(2)
        return {"random": (random, asked), "remade": (remade, asked)}

    def _ramp(self, batch: Batch) -> float:
        """Share of full weight that what is not labelled has at this step."""
        steps, done = self._config.ramp_steps, float(batch["step"]) - self._config.burn_in_steps
        return 1.0 if steps == 0 else min(1.0, done / steps)

    @torch.no_grad()
    def _teach(self, batch: Batch) -> Judgement | None:
        """The teacher's view of the unlabelled crops."""
        if "seen_image" not in batch:
            return None
        with batch_statistics(self.teacher) as teacher:
            return teacher(batch["seen_image"], batch["seen_perspective"])

    @torch.no_grad()
    def _latents(self, batch: Batch, taught: Judgement | None) -> Latents:
        latent, config = self._networks.latent, self._config
        labelled = latent.encode(batch["points"])
        known = labelled if taught is None else torch.cat([labelled, taught.latent])
        random = mixed(batch["mix"][: config.generated, : len(known)], known, latent)
        # The prior knows more poses than a chunk shows, but not from where they are looked at.
        count, size = round(config.prior * len(random)), latent.vae.code_size
        turned = known[len(known) - count :, size:]
        random[:count] = torch.cat([batch["normal"][:count, :size], turned], dim=1)
        return Latents(labelled, random)

    def _pose(
        self, judged: Judgement, truth: Tensor, perspective: Tensor, points: Tensor | None
    ) -> Tensor:
        """L_pos of crops whose latents are ``truth``, and the dense head's loss beside it."""
        latent, weights = self._networks.latent, self._config.weights
        marked = None if points is None else known_points(points[:, :JOINT_COUNT])
        loss = weights.posterior * posterior_loss(latent, judged.latent, truth, marked).mean()
        if judged.log_sd is not None:
            spread = spread_loss(judged.latent, judged.log_sd, truth)
            loss = loss + SPREAD_WEIGHT * spread.mean()
        if weights.dense and judged.joints is not None:
            known = latent.decode(truth) if points is None else points
            loss = loss + weights.dense * dense_loss(judged, known, perspective).mean()
        return loss

    @staticmethod
    def _smoothness(judged: dict[str, Judgement], latents: Latents) -> Tensor:
        count = len(latents.random)
        real = judged["real"].embedding[:count]
        difference = latents.random - latents.labelled[:count]
        apart = smoothness_loss(judged["random"].embedding, real, difference)
        return apart + smoothness_loss(judged["remade"].embedding, real, None)

    def _refit(self, told: Judgement, batch: Batch) -> Tensor:
        """The latent seen in an unlabelled crop, drawn again, must be that crop."""
        generator = self._networks.generator
        with frozen(generator), batch_statistics(generator):
            remade = generator(told.latent, batch["told_perspective"])
        return self._reconstruction(remade, batch["told_image"])

    def _reconstruction(self, made: Tensor, observed: Tensor) -> Tensor:
        config = self._config
        return reconstruction_loss(made, observed, clip=config.clip, absolute=config.absolute)

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


def _judged(module: nn.Module, shown: Groups) -> dict[str, Judgement]:
    """All groups judged at once, so that they share the statistics of the batch."""
    images, perspectives = zip(*shown.values(), strict=True)
    sizes = [len(image) for image in images]
    together = module(torch.cat(images), torch.cat(perspectives))
    fields = [None if part is None else part.split(sizes) for part in together]
    return {
        name: Judgement(*(None if field is None else field[k] for field in fields))
        for k, name in enumerate(shown)
    }


def _weighted(losses: dict[str, Tensor], weights: dict[str, float]) -> dict[str, Tensor]:
    """The losses with their weighted sum; those of weight 0 are left out."""
    kept = {name: loss for name, loss in losses.items() if weights[name]}
    total = sum((weights[name] * loss for name, loss in kept.items()), torch.zeros(()))
    return {"total": total, **kept}
