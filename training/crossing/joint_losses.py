"""The two steps that the joint training takes in turn (paper, section 3.4 and algorithm 1).

The discriminator learns posterior, smoothness and real from generated; the generator learns to
reconstruct, to be smooth and to be taken for real, with gradients through the discriminator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

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
from training.crossing.networks import Networks, Output, batch_statistics
from training.crossing.preset import JointConfig
from training.learning.learner import parameters_frozen
from training.models.depth_gan import crop_coordinates, metric_points
from training.models.distances import HALF_MM, joint_distance
from training.models.latent import known_points

Groups = dict[str, CropImages]
"""Crops to be shown together: images and perspectives by what they are."""
Outputs = dict[str, Output]
"""What a discriminator says of each."""
Terms = dict[str, tuple[float, Callable[[], Tensor]]]
"""Losses by name, with their weights; one of weight 0 is never computed."""
KINDS_OF_REAL = ("real", "unlabelled")
KINDS_OF_DRAWN = ("random", "remade")


class Taught(NamedTuple):
    """How the teacher sees unlabelled crops: ``latent`` [N, size], and ``joints`` [N, 21, 3] of a
    dense head where there is one."""

    latent: Tensor
    joints: Tensor | None


class Latents(NamedTuple):
    """Latents of a batch: of its ``labelled`` crops [N, size], and ``random`` ones."""

    labelled: Tensor
    random: Tensor


class JointLosses:
    """The losses of both learners on one batch.

    ``teacher`` (to be set) is the moving average of the discriminator; it sees unlabelled crops
    with the statistics of the batch, since its own are measured only when it is saved.
    """

    teacher: nn.Module

    def __init__(self, networks: Networks, config: JointConfig) -> None:
        self._networks, self._config = networks, config
        self._taught: dict[int, tuple[UnlabelledViews, Taught]] = {}
        self._taught_step = -1

    def discriminator(self, module: nn.Module, batch: JointBatch, step: int) -> dict[str, Tensor]:
        """L_D; ``module`` is the discriminator."""
        config, weights = self._config, self._config.weights
        perspective, unlabelled = batch.perspective, batch.unlabelled
        if step < config.burn_in_steps:
            output = module(batch.image, perspective)
            latent = self._networks.latent.encode(batch.points)
            pose = self._pose(output, latent, perspective, batch.points)
            return _weighted({"posterior": (1.0, lambda: pose)})
        ramp = self._ramp(step)
        taught = self._taught_by_teacher(unlabelled, step)
        latents = self._latents(batch, taught)
        shown: Groups = {"real": CropImages(batch.image, perspective)}
        if unlabelled is not None and (weights.gan or weights.consistency or weights.refit):
            shown["unlabelled"] = unlabelled.student
        if config.uses_generator:
            with torch.no_grad(), batch_statistics(self._networks.generator) as generator:
                shown |= self._drawn(generator, latents, perspective)
        outputs = self._outputs_of(module, shown)
        asked = perspective[: len(latents.random)]
        terms: Terms = {
            "posterior": (
                1.0,
                lambda: self._pose(outputs["real"], latents.labelled, perspective, batch.points),
            )
        }
        if unlabelled is not None and taught is not None:
            terms["consistency"] = (
                weights.consistency * ramp,
                lambda: self._agreement(outputs["unlabelled"], taught, unlabelled),
            )
        if unlabelled is not None:
            terms["refit"] = (
                weights.refit * ramp,
                lambda: self._refit(outputs["unlabelled"], unlabelled.student),
            )
        terms |= {
            "synthesised": (
                weights.synthesised * ramp,
                lambda: self._pose(outputs["random"], latents.random, asked, None),
            ),
            "smoothness": (weights.smoothness, lambda: self._smoothness(outputs, latents)),
            "gan": (
                weights.gan,
                lambda: real_loss(
                    torch.cat([outputs[kind].real for kind in KINDS_OF_REAL if kind in outputs]),
                    torch.cat([outputs[kind].real for kind in KINDS_OF_DRAWN]),
                ),
            ),
        }
        return _weighted(terms)

    def generator(self, module: nn.Module, batch: JointBatch, step: int) -> dict[str, Tensor]:
        """L_G; ``module`` is the generator with Ali."""
        weights, discriminator = self._config.weights, self._networks.discriminator
        judged = weights.matching or weights.adversarial or weights.smoothness or weights.latent
        taught = self._taught_by_teacher(batch.unlabelled, step) if judged else None
        latents = self._latents(batch, taught)
        perspective = batch.perspective
        if not judged:
            made = module(latents.labelled, perspective)
            return _weighted(self._redrawn(made, batch.image))
        shown = self._drawn(module, latents, perspective)
        remade, asked = shown["remade"]
        count = len(remade)
        terms = self._redrawn(remade, batch.image[:count])
        shown["real"] = CropImages(batch.image, perspective)
        if batch.unlabelled is not None and weights.matching:
            shown["unlabelled"] = batch.unlabelled.teacher
        with parameters_frozen(discriminator), batch_statistics(discriminator):
            outputs = self._outputs_of(discriminator, shown)
            drawn = [outputs[kind] for kind in KINDS_OF_DRAWN]
            known = (latents.random, latents.labelled[:count])
            terms |= {
                "matching": (
                    weights.matching,
                    lambda: matching_loss(
                        torch.cat([each.features for each in drawn]),
                        torch.cat([outputs[k].features for k in KINDS_OF_REAL if k in outputs]),
                    ),
                ),
                "adversarial": (
                    weights.adversarial,
                    lambda: functional.softplus(-torch.cat([each.real for each in drawn])).mean(),
                ),
                "smoothness": (weights.smoothness, lambda: self._smoothness(outputs, latents)),
                "latent": (
                    weights.latent,
                    lambda: sum(
                        (self._pose(o, z, asked, None) for o, z in zip(drawn, known, strict=True)),
                        torch.zeros(()),
                    ),
                ),
            }
            # The heads of the paper's discriminator compute here, in the mode that is set.
            return _weighted(terms)

    def _redrawn(self, made: Tensor, observed: Tensor) -> Terms:
        weight = self._config.weights.reconstruction
        return {"reconstruction": (weight, lambda: self._reconstruction(made, observed))}

    def _drawn(self, generator: nn.Module, latents: Latents, perspective: Tensor) -> Groups:
        """Crops drawn from random latents and from the first labelled ones."""
        count = len(latents.random)
        asked = perspective[:count]
        wanted = torch.cat([latents.random, latents.labelled[:count]])
        made = generator(wanted, torch.cat([asked, asked]), sizes=self._apart([count, count]))
        random, remade = made.chunk(2)
        return {"random": CropImages(random, asked), "remade": CropImages(remade, asked)}

    def _outputs_of(self, module: nn.Module, shown: Groups) -> Outputs:
        """What is said of each group, all of which go through the network at once."""
        images, perspectives = zip(*shown.values(), strict=True)
        sizes = [len(image) for image in images]
        together = module(torch.cat(images), torch.cat(perspectives), self._apart(sizes))
        return dict(zip(shown, together.split(sizes), strict=True))

    def _apart(self, sizes: list[int]) -> list[int] | None:
        """What is normalised apart: groups of ``sizes``, or nothing."""
        return sizes if self._config.apart else None

    def _ramp(self, step: int) -> float:
        """Share of full weight that what is not labelled has at this step."""
        steps, done = self._config.ramp_steps, step - self._config.burn_in_steps
        return 1.0 if steps == 0 else min(1.0, done / steps)

    @torch.no_grad()
    def _taught_by_teacher(self, unlabelled: UnlabelledViews | None, step: int) -> Taught | None:
        """How the teacher sees the unlabelled crops; once a step, for both learners."""
        if unlabelled is None or not self._config.uses_teacher:
            return None
        if step != self._taught_step:
            self._taught, self._taught_step = {}, step
        if id(unlabelled) not in self._taught:
            with batch_statistics(self.teacher) as teacher:
                output = teacher(*unlabelled.teacher)
                self._taught[id(unlabelled)] = unlabelled, Taught(output.latent, output.joints)
        return self._taught[id(unlabelled)][1]

    @torch.no_grad()
    def _latents(self, batch: JointBatch, taught: Taught | None) -> Latents:
        latent, config = self._networks.latent, self._config
        code_size = latent.vae.code_size
        noise = config.code_noise * batch.normal[:, :code_size] if config.code_noise else None
        labelled = latent.encode(batch.points, noise)
        known = labelled
        if taught is not None and config.mix_unlabelled:
            known = torch.cat([labelled, taught.latent])
        count = round(config.generated * len(labelled))
        random = latent.mix(batch.mix.weights(len(known))[:count], known)
        # The prior knows more poses than a batch shows, but not from where they are looked at.
        invented = round(config.prior * count)
        turned = known[len(known) - invented :, code_size:]
        random[:invented] = torch.cat([batch.normal[:invented, :code_size], turned], dim=1)
        return Latents(labelled, random)

    def _pose(
        self,
        output: Output,
        truth: Tensor,
        perspective: Tensor,
        points: Tensor | None,
    ) -> Tensor:
        """L_pos of crops whose latents are ``truth``, and the dense head's loss beside it."""
        latent, weights = self._networks.latent, self._config.weights
        marked = None if points is None else known_points(points[:, : latent.joint_set.joints])
        loss = weights.posterior * latent.posterior_loss(output.latent, truth, marked).mean()
        if output.log_sd is not None:
            spread = spread_loss(output.latent, output.log_sd, truth)
            loss = loss + SPREAD_WEIGHT * spread.mean()
        if weights.dense and output.joints is not None:
            known = latent.decode(truth) if points is None else points
            loss = loss + weights.dense * dense_loss(output, known, perspective).mean()
        return loss

    @staticmethod
    def _smoothness(outputs: Outputs, latents: Latents) -> Tensor:
        count = len(latents.random)
        real = outputs["real"].embedding[:count]
        difference = latents.random - latents.labelled[:count]
        apart = smoothness_loss(outputs["random"].embedding, real, difference)
        return apart + smoothness_loss(outputs["remade"].embedding, real, None)

    def _refit(self, student: Output, observed: CropImages) -> Tensor:
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
        student: Output,
        taught: Taught,
        views: UnlabelledViews,
    ) -> Tensor:
        """The student must see in its view what the teacher saw in another one."""
        latent = self._networks.latent
        count = latent.joint_set.joints
        if taught.joints is None or student.joints is None:
            joints = latent.decode(taught.latent)[:, :count]
        else:
            joints = metric_points(taught.joints, views.teacher.perspective)
        joints = joints @ views.turn.transpose(1, 2) + views.shift.unsqueeze(1)
        found = latent.decode(student.latent)[:, :count]
        loss = joint_distance(found / HALF_MM, joints / HALF_MM)
        if student.joints is not None:
            wanted = crop_coordinates(joints, views.student.perspective)
            loss = loss + joint_distance(student.joints, wanted)
        return loss.mean()


def _weighted(terms: Terms) -> dict[str, Tensor]:
    """The losses with their weighted sum; those of weight 0 are left out."""
    kept = {name: term() for name, (weight, term) in terms.items() if weight}
    total = sum((terms[name][0] * loss for name, loss in kept.items()), torch.zeros(()))
    return {"total": total, **kept}
