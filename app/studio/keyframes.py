"""Keyframes and the walk through them, as commands; knows no widgets. GUI thread only."""

from __future__ import annotations

from typing import Any, Protocol

from app.state.window_state import Level
from app.studio.document import Document
from app.studio.ports import StudioState, StudioView
from app.studio.walk_player import WalkPlayer
from app.studio.worker import LatentPicture
from engine.errors import InvalidInputError
from engine.latent.walk import WalkKind


class Desk(Protocol):
    """Where the studio's state is kept (``app.studio.controller``)."""

    view: StudioView

    @property
    def state(self) -> StudioState:
        """The state the page was told last."""
        ...

    @property
    def document(self) -> Document | None:
        """What is edited."""
        ...

    @property
    def picture(self) -> LatentPicture | None:
        """The picture shown last."""
        ...

    def tell(self, **changes: Any) -> None:
        """Change the state and tell the page."""
        ...

    def cancel_pending(self) -> None:
        """The user moves the hand now."""
        ...

    def changed(self) -> None:
        """Tell the page where everything stands and ask for a picture."""
        ...


class KeyframeController:
    """Keeps keyframes and walks through them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._player = WalkPlayer()

    def add(self) -> None:
        """Remember the hand."""
        desk, document = self._desk, self._desk.document
        if document is None:
            return
        if document.add_keyframe():
            desk.view.add_keyframe(desk.picture)
        else:
            desk.view.show_message("There are as many keyframes as can be kept.", Level.INFO)
        desk.changed()

    def remove(self, index: int) -> None:
        """Forget a keyframe."""
        self.stop()
        document = self._desk.document
        if document is not None and 0 <= index < len(document.keyframes):
            document.remove_keyframe(index)
            self._desk.view.remove_keyframe(index)
            self._desk.changed()

    def go_to(self, index: int) -> None:
        """Show a keyframe."""
        self.stop()
        if self._desk.document is not None:
            self._desk.cancel_pending()
            self._desk.document.go_to_keyframe(index)
            self._desk.changed()

    def play(self, on: bool, kind: WalkKind) -> None:
        """Walk through the keyframes, again and again, or stand still."""
        self.stop()
        desk, document = self._desk, self._desk.document
        if on and document is not None:
            try:
                self._player.start(document.keyframes, kind)
            except InvalidInputError as error:
                desk.view.show_message(in_words(str(error)), Level.INFO)
            else:
                desk.cancel_pending()
                document.begin()
                desk.tell(playing=True)
        desk.changed()

    def stop(self) -> None:
        """Stand still; the whole walk is one step of undo."""
        desk = self._desk
        if desk.state.playing and desk.document is not None:
            desk.document.end()
            desk.tell(playing=False)
            desk.view.show_walk(None)

    def tick(self) -> None:
        """Take the next step of the walk."""
        desk = self._desk
        if desk.state.playing and desk.document is not None:
            latent, place = self._player.now()
            desk.document.replace(latent)
            desk.view.show_walk(place)
            desk.changed()


def in_words(text: str) -> str:
    """An error's text as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."
