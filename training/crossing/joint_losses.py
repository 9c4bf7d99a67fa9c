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
from training.crops.batches import CropImages
from training.crossing.joint_batches import JointBatch, UnlabelledViews
from training.crossing.losses import (
    SPREAD_WEIGHT,
    dense_loss,
    matching_loss,
    real_loss,
    reconstruction_loss,
    smoothness_loss,
    spread_loss,
)
from training.crossing.networks import Networks, batch_statistics
from training.crossing.preset import JointConfig
from training.learning.learner import parameters_frozen
from training.models.depth_gan import DiscriminatorOutput, crop_coordinates, metric_points
from training.models.distances import HALF_MM, joint_distance
from training.models.latent import known_points

Groups = dict[str, CropImages]
"""Crops to be shown together: images and perspectives by what they are."""


class Latents(NamedTuple):
    """Latents of a chunk: of its ``labelled`` crops [16, size], and ``random`` ones."""

    labelled: Tensor
    random: Tensor


class JointLosses:
    """The losses of both learners on one chunk.

    ``teacher`` (to be set) is the moving average of the discriminator; it sees unlabelled crops
    with the statistics of the chunk, since its own are measured only when it is saved.
    """

    teacher: nn.Module

    def __init__(self, networks: Networks, config: JointConfig) -> None:
        self._networks, self._config = networks, config

    def discriminator(self, module: nn.Module, batch: JointBatch, step: int) -> dict[str, Tensor]:
        """L_D; ``module`` is the discriminator."""
        config, weights = self._config, self._config.weights
        perspective = batch.perspective
        if step < config.burn_in_steps:
            outputs = {"real": module(batch.image, perspective)}
            latent = self._networks.latent.encode(batch.points)
            pose = self._pose(outputs["real"], latent, perspective, batch.points)
            return _weighted({"posterior": pose}, {"posterior": 1.0})
        ramp = self._ramp(step)
        teacher_output = self._teacher_output(batch.unlabelled)
        latents = self._latents(batch, teacher_output)
        shown: Groups = {"real": CropImages(batch.image, perspective)}
        if batch.unlabelled is not None:
            shown["unlabelled"] = batch.unlabelled.student
        if config.uses_generator:
            with torch.no_grad(), batch_statistics(self._networks.generator) as generator:
                shown |= self._generated(generator, latents, perspective)
        outputs = _outputs_of(module, shown)
        real = outputs["real"]
        losses = {"posterior": self._pose(real, latents.labelled, perspective, batch.points)}
        parts = {"posterior": 1.0}
        if teacher_output is not None and batch.unlabelled is not None and weights.consistency:
            losses["consistency"] = self._agreement(
                outputs["unlabelled"], teacher_output, batch.unlabelled
            )
            parts["consistency"] = weights.consistency * ramp
        if teacher_output is not None and batch.unlabelled is not None and weights.refit:
            losses["refit"] = self._refit(outputs["unlabelled"], batch.unlabelled.student)
            parts["refit"] = weights.refit * ramp
        if config.uses_generator:
            random = outputs["random"]
            asked = perspective[: len(latents.random)]
            losses["synthesised"] = self._pose(random, latents.random, asked, None)
            losses["smoothness"] = self._smoothness(outputs, latents)
            observed = [outputs[name].real for name in ("real", "unlabelled") if name in outputs]
            losses["gan"] = real_loss(torch.cat(observed), random.real)
            parts |= {"synthesised": weights.synthesised * ramp}
            parts |= {"smoothness": weights.smoothness, "gan": weights.gan}
        return _weighted(losses, parts)

    def generator(self, module: nn.Module, batch: JointBatch, _: int) -> dict[str, Tensor]:
        """L_G; ``module`` is the generator with Ali."""
        weights = self._config.weights
        latents = self._latents(batch, self._teacher_output(batch.unlabelled))
        perspective = batch.perspective
        shown = self._generated(module, latents, perspective)
        remade, asked = shown["remade"]
        count = len(remade)
        observed = batch.image[:count]
        losses = {"reconstruction": self._reconstruction(remade, observed)}
        shown["real"] = CropImages(batch.image, perspective)
        if batch.unlabelled is not None:
            shown["unlabelled"] = batch.unlabelled.teacher
        discriminator = self._networks.discriminator
        with parameters_frozen(discriminator), batch_statistics(discriminator):
            outputs = _outputs_of(discriminator, shown)
        random = outputs["random"]
        features = [outputs[name].features for name in ("real", "unlabelled") if name in outputs]
        losses["matching"] = matching_loss(random.features, torch.cat(features))
        losses["adversarial"] = functional.softplus(-random.real).mean()
        losses["smoothness"] = self._smoothness(outputs, latents)
        found = self._pose(outputs["remade"], latents.labelled[:count], asked, None)
        losses["latent"] = found + self._pose(random, latents.random, asked, None)
        parts = {name: getattr(weights, name) for name in losses}
        return _weighted(losses, parts)

    def _generated(self, generator: nn.Module, latents: Latents, perspective: Tensor) -> Groups:
        """Crops drawn from random latents and from the first labelled ones."""
        count = len(latents.random)
        asked = perspective[:count]
        wanted = torch.cat([latents.random, latents.labelled[:count]])
        random, remade = generator(wanted, torch.cat([asked, asked])).chunk(2)
        return {"random": CropImages(random, asked), "remade": CropImages(remade, asked)}

    def _ramp(self, step: int) -> float:
        """Share of full weight that what is not labelled has at this step."""
        steps, done = self._config.ramp_steps, step - self._config.burn_in_steps
        return 1.0 if steps == 0 else min(1.0, done / steps)

    @torch.no_grad()
    def _teacher_output(self, unlabelled: UnlabelledViews | None) -> DiscriminatorOutput | None:
        """The teacher's view of the unlabelled crops."""
        if unlabelled is None:
            return None
        with batch_statistics(self.teacher) as teacher:
            return teacher(*unlabelled.teacher)

    @torch.no_grad()
    def _latents(self, batch: JointBatch, teacher_output: DiscriminatorOutput | None) -> Latents:
        latent, config = self._networks.latent, self._config
        labelled = latent.encode(batch.points)
        known = labelled if teacher_output is None else torch.cat([labelled, teacher_output.latent])
        random = latent.mix(batch.mix[: config.generated, : len(known)], known)
        # The prior knows more poses than a chunk shows, but not from where they are looked at.
        count, size = round(config.prior * len(random)), latent.vae.code_size
        turned = known[len(known) - count :, size:]
        random[:count] = torch.cat([batch.normal[:count, :size], turned], dim=1)
        return Latents(labelled, random)

    def _pose(
        self, output: DiscriminatorOutput, truth: Tensor, perspective: Tensor, points: Tensor | None
    ) -> Tensor:
        """L_pos of crops whose latents are ``truth``, and the dense head's loss beside it."""
        latent, weights = self._networks.latent, self._config.weights
        marked = None if points is None else known_points(points[:, :JOINT_COUNT])
        loss = weights.posterior * latent.posterior_loss(output.latent, truth, marked).mean()
        if output.log_sd is not None:
            spread = spread_loss(output.latent, output.log_sd, truth)
            loss = loss + SPREAD_WEIGHT * spread.mean()
        if weights.dense and output.joints is not None:
            known = latent.decode(truth) if points is None else points
            loss = loss + weights.dense * dense_loss(output, known, perspective).mean()
        return loss

    @staticmethod
    def _smoothness(outputs: dict[str, DiscriminatorOutput], latents: Latents) -> Tensor:
        count = len(latents.random)
        real = outputs["real"].embedding[:count]
        difference = latents.random - latents.labelled[:count]
        apart = smoothness_loss(outputs["random"].embedding, real, difference)
        return apart + smoothness_loss(outputs["remade"].embedding, real, None)

    def _refit(self, student: DiscriminatorOutput, observed: CropImages) -> Tensor:
        """The latent seen in an unlabelled crop, drawn again, must be that crop."""
        generator = self._networks.generator
        with parameters_frozen(generator), batch_statistics(generator):
            remade = generator(student.latent, observed.perspective)
        return self._reconstruction(remade, observed.image)

    def _reconstruction(self, made: Tensor, observed: Tensor) -> Tensor:
        config = self._config
        return reconstruction_loss(made, observed, clip=config.clip, absolute=config.absolute)

    def _agreement(
        self,
        student: DiscriminatorOutput,
        teacher_output: DiscriminatorOutput,
        views: UnlabelledViews,
    ) -> Tensor:
        """The student must see in its view what the teacher saw in another one."""
        latent = self._networks.latent
        if teacher_output.joints is None or student.joints is None:
            joints = latent.decode(teacher_output.latent)[:, :JOINT_COUNT]
        else:
            joints = metric_points(teacher_output.joints, views.teacher.perspective)
        joints = joints @ views.turn.transpose(1, 2) + views.shift.unsqueeze(1)
        found = latent.decode(student.latent)[:, :JOINT_COUNT]
        loss = joint_distance(found / HALF_MM, joints / HALF_MM)
        if student.joints is not None:
            wanted = crop_coordinates(joints, views.student.perspective)
            loss = loss + joint_distance(student.joints, wanted)
        return loss.mean()


def _outputs_of(module: nn.Module, shown: Groups) -> dict[str, DiscriminatorOutput]:
    """All groups at once, so that they share the statistics of the batch."""
    images, perspectives = zip(*shown.values(), strict=True)
    sizes = [len(image) for image in images]
    together = module(torch.cat(images), torch.cat(perspectives))
    fields = [None if part is None else part.split(sizes) for part in together]
    return {
        name: DiscriminatorOutput(*(None if field is None else field[k] for field in fields))
        for k, name in enumerate(shown)
    }


def _weighted(losses: dict[str, Tensor], weights: dict[str, float]) -> dict[str, Tensor]:
    """The losses with their weighted sum; those of weight 0 are left out."""
    kept = {name: loss for name, loss in losses.items() if weights[name]}
    total = sum((weights[name] * loss for name, loss in kept.items()), torch.zeros(()))
    return {"total": total, **kept}
