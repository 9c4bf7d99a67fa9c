"""One adaptation from recordings to a profile: follow, label, learn, prove."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from engine.errors import InvalidInputError
from engine.tracking.detect import Detector
from engine.tracking.estimate import Precision
from engine.tracking.pipeline import Pipeline
from training.adaptation.batches import AdaptationSampler
from training.adaptation.bone_lengths import person_bones
from training.adaptation.conclude import LearnedNetworks, Stages, conclude
from training.adaptation.folder import averaged
from training.adaptation.hands import RecordedHand, RecordedPlace
from training.adaptation.losses import AdaptationLosses
from training.adaptation.network import held_statistics
from training.adaptation.plan import (
    AdaptationPlan,
    Progressed,
    check_output,
    identity,
    read_progressed,
    write_progressed,
)
from training.adaptation.proof import Proof
from training.adaptation.recordings import gather
from training.adaptation.redraw import RedrawConfig, Teacher
from training.adaptation.teacher import (
    MIDDLE_FINGER,
    PseudoLabels,
    hand_size,
    read_labels,
    spread_indices,
    teach,
    write_labels,
)
from training.crossing.posterior import shipped_networks
from training.crossing.preset import load_preset
from training.learning.batches import joined
from training.learning.config import LoopConfig
from training.learning.learner import Learner
from training.learning.loop import Loop
from training.learning.workers import CHUNK
from training.models.latent import RigLatent

PROOF_SHARE: Final = 0.25
"""Of the minutes, kept for labelling again, export and proof."""
MIN_STEPS: Final = 40
TIMED_STEPS: Final = 3


def adapt(plan: AdaptationPlan, stages: Stages, *, resume: bool = False) -> Proof:
    """Adapt networks to recordings; the profile is in ``plan.output`` if the proof holds, the
    report in any case.

    Raises:
        InvalidInputError: if the recordings or the output do not serve.
        SourceError: if a recording cannot be read.
        ModelError: if networks cannot be loaded or learning fails.
        CancelledError: if a progress ends the work; it can be resumed.
    """
    start = time.monotonic()
    check_output(plan, resume=resume)
    pipeline = Pipeline.load(directory=plan.base, precision=Precision.F16)
    detector = Detector(directory=plan.base)
    hands = gather(plan.recordings, pipeline, detector, plan.tracking, stages("follow hands"))
    chosen = spread_indices(len(hands.training), plan.config.max_hands)
    training = [hands.training[k] for k in chosen]
    work = _Work(plan, training, hands.places, stages)
    settled = read_progressed(plan) if resume else work.settle(start)
    labels = work.learn(settled)
    learned = LearnedNetworks(
        averaged(work.learner.average),
        settled,
        len(training),
        (time.monotonic() - start) / 60.0,
        hand_length_mm(labels),
    )
    return conclude(plan, hands, learned, stages)


class _Work:
    """The learning part; the student is ``network``, used by one thread."""

    def __init__(
        self,
        plan: AdaptationPlan,
        hands: Sequence[RecordedHand],
        places: Sequence[RecordedPlace],
        stages: Stages,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.hands, self.places, self.stages = plan, hands, places, stages
        self.networks = shipped_networks(load_preset("crossing"), plan.base)
        assert isinstance(self.networks.latent, RigLatent)
        self.space = self.networks.latent
        space = copy.deepcopy(self.space).to(plan.device)
        losses = AdaptationLosses(space, plan.config.recorded)
        self.learner = Learner(held_statistics(self.networks.discriminator), losses)

    def settle(self, start: float) -> Progressed:
        """Find the person's size, label the hands once, and see how many steps there is time for.

        Raises:
            InvalidInputError: if there is time for too few.
        """
        plan = self.plan
        hashes, base = identity(plan)
        network = self.networks.discriminator
        size = hand_size(self._teacher(network), self.hands)
        bones = person_bones(network, self.hands, self.stages("measure bones"))
        labels = self._label(0, size)
        steps = plan.steps or self._steps_in_time(start, labels)
        lengths = tuple(round(float(length), 1) for length in bones)
        settled = Progressed(steps, size, hashes, base, plan.seed, lengths)
        write_progressed(plan, settled)
        return settled

    def _steps_in_time(self, start: float, labels: PseudoLabels) -> int:
        spent = time.monotonic() - start
        seconds = 60.0 * self.plan.minutes
        steps = int(((1.0 - PROOF_SHARE) * seconds - spent) / self._step_seconds(labels))
        if steps < MIN_STEPS:
            raise InvalidInputError(
                f"--minutes {self.plan.minutes:g} is too short for these recordings here: there is "
                f"time for {max(steps, 0)} steps of learning, {MIN_STEPS} are the least"
            )
        return steps

    def _step_seconds(self, labels: PseudoLabels) -> float:
        """Seconds that a step takes, measured on a copy of the student."""
        learner = Learner(copy.deepcopy(self.learner.model), self.learner.loss_of)
        loop = Loop(
            [learner],
            self._loop_config(1),
            self.plan.work,
            sample_chunk=_no_chunk,
            device=self.plan.device,
            precision="auto",
        )
        sampler = self._sampler(labels)
        count = self.plan.config.batch // CHUNK
        for step in range(TIMED_STEPS + 1):
            if step == 1:
                begun = time.monotonic()
            batch = joined([sampler.chunk(step * count + k) for k in range(count)], loop.device)
            learner.step(learner.model, [batch], 0.0, step)
        return (time.monotonic() - begun) / TIMED_STEPS

    def learn(self, settled: Progressed) -> PseudoLabels:
        """Learn in rounds, from the last checkpoint on; the labels of the last round."""
        plan, rounds = self.plan, self.plan.config.rounds
        loop = Loop(
            [self.learner],
            self._loop_config(settled.steps),
            plan.work,
            sample_chunk=_no_chunk,
            kind="adaptation",
            device=plan.device,
            precision="auto",
            progress=self.stages("learn"),
        )
        if loop.checkpoint_path.exists():
            loop.resume()
        ends = [settled.steps * (k + 1) // rounds for k in range(rounds)]
        for number, end in enumerate(ends):
            labels = self._label(number, settled.size)
            loop.sample_chunk = self._sampler(labels).chunk
            if loop.step < end:
                loop.run_until(end)
        return labels

    def _loop_config(self, steps: int) -> LoopConfig:
        config = self.plan.config
        return LoopConfig(
            steps=steps,
            batch=config.batch,
            norm_batch=config.batch,
            learning_rate=config.rate,
            weight_decay=0.0,
            warmup_steps=max(1, min(50, steps // 8)),
            anneal=0.5,
            average_steps=max(2, min(200, steps // 8)),
            seed=self.plan.seed,
            checkpoint_minutes=1.0,
        )

    def _label(self, number: int, size: float) -> PseudoLabels:
        """The labels of round ``number``: read, or made by the averaged student as it is now."""
        path = self.plan.work / f"labels-{number}.safetensors"
        if path.exists():
            return read_labels(path, len(self.hands))
        teacher = self._teacher(averaged(self.learner.average))
        config = RedrawConfig(steps=self.plan.config.redraw_steps)
        labels = teach(teacher, self.hands, size, config, self.stages("label"))
        self.plan.work.mkdir(parents=True, exist_ok=True)
        write_labels(path, labels)
        return labels

    def _teacher(self, network: nn.Module) -> Teacher:
        return Teacher(network, self.networks.generator, self.space)

    def _sampler(self, labels: PseudoLabels) -> AdaptationSampler:
        return AdaptationSampler(self.hands, labels, self.places)


def _no_chunk(seed: int) -> Any:
    raise AssertionError(f"no sampler was given for chunk {seed}")


def hand_length_mm(labels: PseudoLabels) -> float:
    """From the wrist to the middle finger's tip along the bones, median over the hands."""
    way = np.diff(labels.joints_mm[:, list(MIDDLE_FINGER)], axis=1)
    return float(np.median(np.linalg.norm(way, axis=-1).sum(axis=1)))
