"""Keyframes and the walk through them; knows no widgets. GUI thread only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.state.messages import MessageCenter
from app.state.store import Event
from app.studio.walk_player import WalkPlayer
from app.studio.worker import LatentPicture
from engine.errors import InvalidInputError
from engine.latent.walk import WalkKind

if TYPE_CHECKING:
    from app.studio.control.studio import StudioController


class KeyframeController:
    """Keeps keyframes and walks through them.

    ``added`` carries what a new keyframe looks like, ``removed`` its number, ``walked`` where the
    walk is, in keyframes from the first, and None once none is played.
    """

    def __init__(self, studio: StudioController, messages: MessageCenter) -> None:
        self.added: Event[LatentPicture | None] = Event()
        self.removed: Event[int] = Event()
        self.walked: Event[float | None] = Event()
        self._studio = studio
        self._messages = messages
        self._player = WalkPlayer()

    def add(self) -> None:
        """Remember the hand."""
        studio, document = self._studio, self._studio.document
        if document is None:
            return
        if document.add_keyframe():
            self.added.emit(studio.picture)
        else:
            self._messages.post("There are as many keyframes as can be kept.")
        studio.refresh()

    def remove(self, index: int) -> None:
        """Forget a keyframe."""
        self.stop()
        document = self._studio.document
        if document is not None and 0 <= index < len(document.keyframes):
            document.remove_keyframe(index)
            self.removed.emit(index)
            self._studio.refresh()

    def go_to(self, index: int) -> None:
        """Show a keyframe."""
        self.stop()
        if self._studio.document is not None:
            self._studio.cancel_pending()
            self._studio.document.go_to_keyframe(index)
            self._studio.refresh()

    def play(self, on: bool, kind: WalkKind) -> None:
        """Walk through the keyframes, again and again, or stand still."""
        self.stop()
        studio, document = self._studio, self._studio.document
        if on and document is not None:
            try:
                self._player.start(document.keyframes, kind)
            except InvalidInputError as error:
                self._messages.post(as_sentence(str(error)))
            else:
                studio.cancel_pending()
                document.begin()
                studio.store.update(replace(studio.store.state, playing=True))
        studio.refresh()

    def stop(self) -> None:
        """Stand still; the whole walk is one step of undo."""
        studio = self._studio
        if studio.store.state.playing and studio.document is not None:
            studio.document.end()
            studio.store.update(replace(studio.store.state, playing=False))
            self.walked.emit(None)

    def tick(self) -> None:
        """Take the next step of the walk."""
        studio = self._studio
        if studio.store.state.playing and studio.document is not None:
            latent, place = self._player.now()
            studio.document.replace(latent)
            self.walked.emit(place)
            studio.refresh()


def as_sentence(text: str) -> str:
    """An error's text as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."
