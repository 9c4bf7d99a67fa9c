"""MediaPipe's hands on pictures from standard input: run by the interpreter that has MediaPipe.

It is a program of its own, without any import of ours. Input: for each picture height and width
(two little-endian 32-bit numbers) and its red, green and blue bytes. Output: a line of JSON first
with MediaPipe's version or an error, then one for each picture. A side is that of the owner, of
pictures that are not mirrored; ``uv`` are pixels, 0 the centre of the first one; ``world_mm`` are
about the hand's middle.
"""

from __future__ import annotations

import importlib
import json
import struct
import sys
import time
from typing import Any

import numpy as np

OTHER_SIDE = {"Left": "right", "Right": "left"}
"""MediaPipe takes pictures to be mirrored, as those of a camera that one looks into."""


def main() -> None:
    """Answer until the input ends. Arguments: complexity (0, 1), most hands, 1 for each alone."""
    complexity, hands, alone = (int(text) for text in sys.argv[1:4])
    try:
        mediapipe = importlib.import_module("mediapipe")
        solution = mediapipe.solutions.hands
    except Exception as error:  # noqa: BLE001 - told to who started this
        say({"error": f"{type(error).__name__}: {error}"})
        return
    with solution.Hands(
        static_image_mode=bool(alone), max_num_hands=hands, model_complexity=complexity
    ) as model:
        say({"version": mediapipe.__version__})
        while head := sys.stdin.buffer.read(8):
            height, width = struct.unpack("<II", head)
            content = sys.stdin.buffer.read(height * width * 3)
            picture = np.frombuffer(content, np.uint8).reshape(height, width, 3)
            start_s = time.perf_counter()
            found = model.process(picture)
            took_ms = 1000.0 * (time.perf_counter() - start_s)
            say({"ms": took_ms, "hands": list(described(found, width, height))})


def described(found: Any, width: int, height: int) -> Any:
    """Each hand found, in numbers."""
    if not found.multi_hand_landmarks:
        return
    for image, world, side in zip(
        found.multi_hand_landmarks,
        found.multi_hand_world_landmarks,
        found.multi_handedness,
        strict=True,
    ):
        yield {
            "side": OTHER_SIDE[side.classification[0].label],
            "uv": [[p.x * width - 0.5, p.y * height - 0.5] for p in image.landmark],
            "world_mm": [[1000.0 * p.x, 1000.0 * p.y, 1000.0 * p.z] for p in world.landmark],
        }


def say(line: object) -> None:
    """One line for who started this."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
