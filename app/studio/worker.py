"""The studio's one thread: everything that takes a network.

studio --request()--> Mailbox (newest wins) --> thread: decode, generate, question
studio <--pictures-- Mailbox (newest wins) <--
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.request_thread import RequestThread
from app.state.scene import Scene
from app.studio.axes import Axis
from app.studio.latent_models import LatentModels
from app.studio.virtual_camera import latent_scene
from engine.camera import FloatArray
from engine.errors import CrossingHandsError, InvalidInputError
from engine.mailbox import Mailbox
from engine.tracking.crop_coordinates import camera_to_crop_mm
from engine.tracking.generate import LatentHand
from engine.tracking.reconstruction import Reconstruction, compare
from engine.types import HandCrop, TrackedHand

CLOUD: Final = 12
"""Skeletons drawn from the posterior."""


@dataclass(frozen=True, slots=True, eq=False)
class JointTarget:
    """Put ``joint`` at ``target_mm`` [3] (mm, camera frame); ``locked`` axes stay."""

    joint: int
    target_mm: FloatArray
    locked: frozenset[Axis]


@dataclass(frozen=True, slots=True, eq=False)
class LatentRequest:
    """What to draw: a latent [29] in the place of ``crop``.

    ``seed`` asks for a random hand instead, ``joint_target`` for one with a joint elsewhere;
    ``observed`` is the hand it is compared with; ``cloud`` says whether to draw from the posterior.
    ``number`` tells requests apart.
    """

    number: int
    latent: FloatArray
    crop: HandCrop
    seed: int | None = None
    joint_target: JointTarget | None = None
    observed: TrackedHand | None = None
    cloud: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LatentPicture:
    """What a request looks like. ``latent`` is the one drawn: solved for, random or as requested.

    ``depth`` [128, 128] is normalised depth, None without a generator; ``reconstruction`` says how
    well it explains the seen hand, None without one of them; times in ms.
    """

    request: LatentRequest
    latent: FloatArray
    hand: LatentHand
    depth: FloatArray | None
    reconstruction: Reconstruction | None
    scene: Scene
    decode_ms: float
    generate_ms: float


class LatentWorker(RequestThread[LatentRequest, LatentPicture]):
    """Loads the networks and answers requests, the newest first; older ones are forgotten.

    All methods, properties and mailboxes may be used from any thread; the networks are used by
    this object's thread alone.
    """

    def __init__(self, load: Callable[[], LatentModels]) -> None:
        super().__init__("latent-studio")
        self.notices: Mailbox[str] = Mailbox()  # why a request has no picture, in words
        self._load = load
        self._models: LatentModels | None = None
        self._outdated = threading.Event()

    @property
    def models(self) -> LatentModels | None:
        """The loaded networks, for what is not a network in them; None until they are there."""
        return self._models

    def reload(self) -> None:
        """Have the networks loaded anew before the next request is answered. The directions that
        are steered along stay those of the first ones."""
        self._outdated.set()

    def _run(self) -> None:
        try:
            models = self._models = self._load()
            gc.freeze()  # as when the first networks were loaded (Application)
            while not self._requests.closed:
                request = self._requests.take(timeout_s=None)
                if request is None:
                    continue
                if self._outdated.is_set():
                    self._outdated.clear()
                    models = self._models = self._load()
                self._answer(models, request)
        except CrossingHandsError as error:
            self._failure = str(error)
        except Exception as error:  # noqa: BLE001 - the top of a thread: shown to the user
            self._failure = f"Something unexpected went wrong: {type(error).__name__}: {error}"

    def _answer(self, models: LatentModels, request: LatentRequest) -> None:
        try:
            self.pictures.put(draw(models, request))
        except InvalidInputError as error:
            self.notices.put(str(error))


def draw(models: LatentModels, request: LatentRequest) -> LatentPicture:
    """What ``request`` looks like; takes some ms."""
    latent = _requested_latent(models, request)
    begun = time.perf_counter()
    hand = models.hand(latent)
    decoded = time.perf_counter()
    depth = models.depth(latent, request.crop.perspective)
    generated = time.perf_counter()
    seen = request.observed
    samples = models.cloud(seen, CLOUD) if request.cloud and seen is not None else None
    shown = depth if seen is None else seen.crop.image
    reconstruction = None
    if seen is not None and depth is not None:
        reconstruction = compare(request.crop, depth, seen, models.calibration)
    return LatentPicture(
        request=request,
        latent=latent,
        hand=hand,
        depth=depth,
        reconstruction=reconstruction,
        scene=latent_scene(request.crop, hand.joints_mm, shown, samples),
        decode_ms=(decoded - begun) * 1000.0,
        generate_ms=(generated - decoded) * 1000.0,
    )


def _requested_latent(models: LatentModels, request: LatentRequest) -> FloatArray:
    if request.joint_target is not None:
        target = camera_to_crop_mm(request.crop, request.joint_target.target_mm)
        return models.move_joint(
            request.latent, request.joint_target.joint, target, request.joint_target.locked
        )
    return request.latent if request.seed is None else models.random(request.seed)
