"""What the studio does on each command and with each result; knows no widgets.

GUI thread only. Every change of the document moves the sliders and asks the worker for a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Final

import numpy as np

from app.state.messages import MessageCenter
from app.state.store import Event, StateStore
from app.state.window_state import Level
from app.studio.axes import Axes, Axis
from app.studio.control.keyframes import KeyframeController, as_sentence
from app.studio.document import Document
from app.studio.state import EditSource, Readiness, SliderSetup, SliderValues, StudioState
from app.studio.worker import JointTarget, LatentPicture, LatentRequest, LatentWorker
from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.latent.text import from_text, to_text
from engine.tracking.crop_coordinates import camera_to_crop_mm
from engine.types import FrameResult, TrackedHand

CLOSE_ENOUGH_MM: Final = 1.0
TRIES: Final = 6
"""Times a joint that is held still is moved nearer to the pointer."""


class StudioController:
    """Edits the document, asks for pictures and follows the live hand while the page is shown.

    ``store`` holds what the page's buttons depend on; ``axes_ready`` happens once the networks are
    there, ``values_changed`` when sliders are to move, ``picture_drawn`` when the hand is drawn.
    """

    def __init__(self, worker: LatentWorker, messages: MessageCenter) -> None:
        self.store: StateStore[StudioState] = StateStore(StudioState())
        self.axes_ready: Event[SliderSetup] = Event()
        self.values_changed: Event[SliderValues] = Event()
        self.picture_drawn: Event[LatentPicture] = Event()
        self._worker = worker
        self._messages = messages
        self._document: Document | None = None
        self._active = self._started = False
        self._wants_follow = True
        self._numbers = count()
        self._hand: TrackedHand | None = None
        self._picture: LatentPicture | None = None
        self._seed: int | None = None
        self._joint_target: JointTarget | None = None
        self._tries = 0
        self.keyframes = KeyframeController(self, messages)

    @property
    def document(self) -> Document | None:
        """What is edited; None until the networks are loaded."""
        return self._document

    @property
    def picture(self) -> LatentPicture | None:
        """The picture shown last."""
        return self._picture

    # -- the page comes and goes -------------------------------------------------------------

    def activate(self) -> None:
        """The page is shown; the first time, the networks are loaded."""
        self._active = True
        if not self._started:
            self._started = True
            self._worker.start()
        self.refresh()

    def deactivate(self) -> None:
        """The page is hidden."""
        self.keyframes.stop()
        self._active = False

    def close(self) -> None:
        """End the thread."""
        self._active = False
        self._worker.close()

    # -- what the bridge brings --------------------------------------------------------------

    def on_result(self, result: FrameResult) -> None:
        """Follow the first hand of a new result."""
        self._hand = result.hands[0] if result.hands else None
        if not self._active or self._document is None:
            return
        self.store.update(replace(self.store.state, follow_blocker=self._find_follow_blocker()))
        if self._hand is None:
            return
        if self._wants_follow and not self.store.state.follow_blocker:
            self._wants_follow = False
            self._document.follow()
        if self._document.update_from(self._hand):
            self.refresh()

    def tick(self) -> None:
        """Take the newest picture; take the next step of the walk."""
        if not self._active:
            return
        if self._document is None:
            self._wait_for_models()
            return
        picture = self._worker.pictures.take()
        if picture is not None:
            self._on_picture(self._document, picture)
        notice = self._worker.notices.take()
        if notice is not None:
            self._seed = None
            self._messages.post(as_sentence(notice), Level.ERROR)
        if self._worker.failure is not None and self.store.state.readiness is Readiness.READY:
            self.store.update(
                replace(self.store.state, readiness=Readiness.FAILED, error=self._worker.failure)
            )
        self.keyframes.tick()

    # -- commands ----------------------------------------------------------------------------

    def begin_edit(self) -> None:
        """A slider was taken: up to ``end_edit`` is one step of undo."""
        self._edit(lambda document: document.begin())

    def end_edit(self) -> None:
        """The slider was let go."""
        self._edit(lambda document: document.end())

    def set_value(self, axis: Axis, value: float) -> None:
        """Move one axis."""
        self._edit(lambda document: document.set_value(axis, value))

    def reset(self, axis: Axis) -> None:
        """Put one axis where it began."""
        self._edit(lambda document: document.reset(axis))

    def reset_all(self) -> None:
        """The hand as it was seen, or the mean hand."""
        self._edit(lambda document: document.reset_all())

    def set_locked(self, axis: Axis, locked: bool) -> None:
        """Hold an axis, or let it go."""
        self._edit(lambda document: document.set_locked(axis, locked))

    def undo(self) -> None:
        """Take the last gesture back."""
        self._edit(lambda document: document.undo())

    def redo(self) -> None:
        """Do it again."""
        self._edit(lambda document: document.redo())

    def random(self, seed: int) -> None:
        """The random hand of ``seed``; it is shown as soon as it is found."""
        if self._document is not None:
            self.keyframes.stop()
            self._seed, self._wants_follow = seed, False
            self._document.freeze()
            self.store.update(replace(self.store.state, seed=seed))
            self.refresh()

    def follow(self, on: bool) -> None:
        """Let the live hand move the sliders, as soon as there is one, or keep it as it is."""
        wait = self.store.state.follow_blocker
        if on and wait:
            self._messages.post(f"{wait}.")
        self._edit(lambda document: document.follow() if on and not wait else document.freeze())
        self._wants_follow = on and bool(wait)

    def show_cloud(self, on: bool) -> None:
        """Draw from the posterior, or do not."""
        self.store.update(replace(self.store.state, cloud=on))
        self.refresh()

    def text(self) -> str:
        """The latent as text; empty before there is one."""
        return "" if self._document is None else to_text(self._document.latent)

    def paste(self, text: str) -> None:
        """Show the latent in ``text``; say what is wrong with it otherwise."""
        self._edit(lambda document: document.replace(from_text(text)))

    def drag_joint(self, joint: int, target_mm: FloatArray) -> None:
        """Put a joint at ``target_mm`` [3] (mm, camera frame), up to ``release_joint``."""
        document = self._document
        if document is None:
            return
        if self._joint_target is None:
            self.keyframes.stop()
            self._wants_follow = False
            document.begin()
        self._joint_target, self._tries = JointTarget(joint, target_mm, document.locked), 0
        self.refresh()

    def release_joint(self) -> None:
        """The joint was let go."""
        self._joint_target = None
        self.end_edit()

    # -- inside ------------------------------------------------------------------------------

    def _edit(self, change: Callable[[Document], object]) -> None:
        """Change the document by hand; a walk ends, a random hand not found yet is given up."""
        if self._document is None:
            return
        self.keyframes.stop()
        self.cancel_pending()
        try:
            change(self._document)
        except InvalidInputError as error:
            self._messages.post(as_sentence(str(error)), Level.ERROR)
        self.refresh()

    def cancel_pending(self) -> None:
        """The user moves the hand now: what was waited for comes too late."""
        self._seed, self._wants_follow = None, False

    def refresh(self) -> None:
        """Show where everything stands and ask for a picture."""
        document = self._document
        if document is None:
            return
        edited = document.edited
        self.store.update(
            replace(
                self.store.state,
                edit_source=self._edit_source_of(document),
                following=document.following,
                compared=edited.observed is not None,
                can_undo=document.can_undo,
                can_redo=document.can_redo,
                keyframes=len(document.keyframes),
                locked=document.locked,
            )
        )
        self._show_values(document)
        number, cloud = next(self._numbers), self.store.state.cloud
        seed, target = self._seed, self._joint_target
        self._worker.request(
            LatentRequest(number, edited.latent, edited.crop, seed, target, edited.observed, cloud)
        )

    def _show_values(self, document: Document) -> None:
        axes, sd = document.axes, document.posterior_sd
        values = axes.values(document.latent)
        self.values_changed.emit(SliderValues(values, {} if sd is None else axes.spreads(sd)))

    def _edit_source_of(self, document: Document) -> EditSource:
        if document.following:
            return EditSource.CAMERA
        return EditSource.JOINT if self._joint_target is not None else EditSource.USER

    def _find_follow_blocker(self) -> str:
        if self._hand is None:
            return "No hand is in view"
        if self._hand.pose.latent is None:
            return "The tracking network shipped with this program reads no latent"
        return ""

    def _wait_for_models(self) -> None:
        if self._worker.failure is not None:
            self.store.update(
                replace(self.store.state, readiness=Readiness.FAILED, error=self._worker.failure)
            )
        models = self._worker.models
        if models is not None:
            axes = Axes(models.space)
            self._document = Document(axes)
            self.axes_ready.emit(SliderSetup(axes.infos, models.no_depth))
            self.store.update(replace(self.store.state, readiness=Readiness.READY))
            self.refresh()

    def _on_picture(self, document: Document, picture: LatentPicture) -> None:
        self._picture = picture
        self.picture_drawn.emit(picture)
        request = picture.request
        if request.seed is not None and request.seed == self._seed:
            self._seed = None
            document.replace(picture.latent)
            self.refresh()
        elif request.joint_target is not None and self._joint_target is not None:
            document.set_pose(picture.latent)
            self._refine_joint(document, picture, request.joint_target)

    def _refine_joint(self, document: Document, picture: LatentPicture, aim: JointTarget) -> None:
        """Ask again while a joint that is held still has not come to the pointer."""
        target = camera_to_crop_mm(picture.request.crop, aim.target_mm)
        miss = float(np.linalg.norm(picture.hand.joints_mm[aim.joint] - target))
        self._tries += 1
        if aim is self._joint_target and (miss < CLOSE_ENOUGH_MM or self._tries > TRIES):
            self._show_values(document)
        else:
            self.refresh()
