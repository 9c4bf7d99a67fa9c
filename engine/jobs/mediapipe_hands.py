"""MediaPipe's hands in a process of its own, by an interpreter that has MediaPipe.

MediaPipe needs other versions of libraries than the program and is not one of its packages.
"""

from __future__ import annotations

import json
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

import numpy as np

from engine.camera import FloatArray
from engine.colour import ColourPixels
from engine.errors import InvalidInputError, MissingExtraError
from engine.skeleton import Handedness

CHILD = Path(__file__).with_name("mediapipe_child.py")
HOW = (
    "its hand models come with the packages up to 0.10.21, which need Python 3.12 or older: "
    "'python3.11 -m venv mp && mp/bin/pip install mediapipe==0.10.21', then "
    "'--mediapipe-python mp/bin/python'"
)


@dataclass(frozen=True, slots=True, eq=False)
class MediaPipeHand:
    """``uv`` [21, 2] pixels of the colour image; ``world_mm`` [21, 3] about the hand's middle."""

    handedness: Handedness
    uv: FloatArray
    world_mm: FloatArray


class MediaPipe:
    """Answers one picture after another; one thread uses it. A context: its end ends the process.

    Args:
        python: the interpreter that has MediaPipe.
        complexity: of its landmark model, 0 (lite) or 1 (full).
        hands: the most it looks for.
        independent: each picture alone, without tracking.

    Raises:
        MissingExtraError: if there is no MediaPipe, or none with hand models.
        InvalidInputError: if the interpreter cannot be started.
    """

    def __init__(
        self, python: Path, *, complexity: int = 1, hands: int = 1, independent: bool = False
    ) -> None:
        words = [str(python), str(CHILD), str(complexity), str(hands), str(int(independent))]
        self._errors: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed with the process
        try:
            self._child = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
        except OSError as error:
            self._errors.close()
            raise InvalidInputError(f"{python} cannot be started: {error.strerror}") from error
        try:
            first = self._answer()
            if "error" in first:
                raise MissingExtraError(
                    f"{python} has no MediaPipe that finds hands ({first['error']}): {HOW}"
                )
        except BaseException:
            self.close()
            raise
        self.version = str(first["version"])

    def __call__(self, pixels: ColourPixels) -> tuple[tuple[MediaPipeHand, ...], float]:
        """The hands in a picture [H, W, 3], and how long it took in ms."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(struct.pack("<II", *pixels.shape[:2]))
            self._child.stdin.write(np.ascontiguousarray(pixels).tobytes())
            self._child.stdin.flush()
        except OSError as error:
            raise InvalidInputError(self._why_ended()) from error
        answer = self._answer()
        hands = tuple(
            MediaPipeHand(
                Handedness(hand["side"]),
                np.array(hand["uv"], np.float32),
                np.array(hand["world_mm"], np.float32),
            )
            for hand in answer["hands"]
        )
        return hands, float(answer["ms"])

    def close(self) -> None:
        """End the process."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            self._child.wait(5.0)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise InvalidInputError(self._why_ended())
        return found

    def _why_ended(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no reason given")
        return f"MediaPipe has ended by itself: {last[:200]}"
