"""A camera that is unplugged and plugged in many times while it is recorded and streamed."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from engine.recording.recorder import Recorder
from engine.run.runner import Runner
from engine.sources import open_source, realsense_camera
from engine.sources.reconnecting_camera import ReconnectingCamera
from engine.stream.address import Address
from engine.stream.output import StreamKind
from engine.stream.streamer import Streamer
from tests.fakes import FakePipeline, make_hand
from tests.recordings import make_frames
from tests.reliability.usage import Growth, Usage
from tests.runner_helpers import PATIENCE_S, wait_for
from tests.sdk_cameras import Bus, SoftwareCamera

SETTLED: Final = 20
"""Cycles after which memory, threads and files are noted for the first time."""
MAX_GROWTH_MB: Final = 80.0
"""The recording's database keeps up to 64 MB of its pages."""
SILENT_SHARE: Final = 0.2
"""Of cycles in which the camera stays attached but sends nothing."""


@dataclass(frozen=True, slots=True)
class Unplugged:
    """What came of ``cycles``: ``read`` frames, of which ``recorded`` were written, ``dropped`` did
    not fit into the queue, and ``played`` are in the recording; ``heard`` by a stream's client;
    ``back_s`` the longest until frames came again; whether the process has grown.
    """

    cycles: int
    read: int
    recorded: int
    dropped: int
    played: int
    heard: int
    back_s: float
    growth: Growth

    @property
    def kept(self) -> bool:
        """Whether nothing was lost without being counted, and nothing grew."""
        whole = self.recorded == self.played and self.recorded + self.dropped == self.read
        return whole and not self.growth and self.heard > self.cycles

    def text(self) -> str:
        """The figures in lines."""
        written = f"{self.recorded} recorded, {self.dropped} dropped and counted"
        lines = [
            f"{self.cycles} cycles; {self.read} frames read, {written}, {self.played} play",
            f"a stream's client heard {self.heard} results",
            f"frames came again after at most {self.back_s:.2f} s",
            self.growth.text(),
        ]
        return "\n".join(lines)


class _Plug:
    """A bus and a thread that sends frames to whatever is plugged in."""

    def __init__(self, sdk: Any) -> None:
        self._sdk = sdk
        self.bus = Bus(sdk, SoftwareCamera(sdk))
        self.silent = False
        self._ending = threading.Event()
        self._frames = make_frames(4)
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def pull(self) -> None:
        """Unplug it."""
        self.bus.cameras = []

    def put_in(self) -> None:
        """Plug it in."""
        self.bus.cameras = [SoftwareCamera(self._sdk)]

    def close(self) -> None:
        """Send nothing more."""
        self._ending.set()
        self._thread.join()

    def _send(self) -> None:
        number = 0
        while not self._ending.wait(1.0 / 60.0):
            for camera in [] if self.silent else list(self.bus.cameras):
                number += 1
                try:
                    camera.send(self._frames[number % len(self._frames)])
                except RuntimeError:
                    continue  # it is not open yet, or no more


def unplug(cycles: int, seed: int) -> Unplugged:
    """Record to a ``.db3`` and stream while a camera is pulled out and put in ``cycles`` times."""
    import pyrealsense2

    with (
        tempfile.TemporaryDirectory(prefix="unplugged-") as folder,
        patch.object(realsense_camera, "_CHECK_AFTER_S", 0.02),
        patch.object(realsense_camera, "_SILENCE_S", 0.15),
        closing(_Plug(pyrealsense2)) as plug,
        closing(Streamer()) as streamer,
    ):
        source = ReconnectingCamera(plug.bus, retry_s=0.01, back_s=0.05)
        runner: Runner[int] = Runner(source, FakePipeline(make_hand()))
        target = Path(folder) / "a.db3"
        recorder = Recorder(target, source.camera, runner)
        streamer.follow(runner)
        address = streamer.switch_on(StreamKind.WEBSOCKET, Address("127.0.0.1", 0))
        with _listening(address) as heard:
            runner.start()
            try:
                settled, back_s = _cycle(cycles, Random(seed), plug, source, runner)
                end = Usage.now()
                plug.close()
                time.sleep(0.2)  # no frame is on its way when the recording ends
                ended = recorder.stop()
            finally:
                runner.stop()
            streamer.close()
        read = runner.snapshot().frames_in
        if ended.error:
            raise RuntimeError(ended.error)

        played, growth = _played(target), Growth(settled, end, MAX_GROWTH_MB)
    return Unplugged(cycles, read, ended.frames, ended.dropped, played, len(heard), back_s, growth)


def _cycle(
    cycles: int, random: Random, plug: _Plug, source: ReconnectingCamera, runner: Runner[int]
) -> tuple[Usage, float]:
    """Pull and put in; returns what was held after some cycles and the longest wait for frames."""
    settled, longest_s = Usage.now(), 0.0
    for number in range(cycles):
        _wait_for_frames(runner)
        time.sleep(random.uniform(0.0, 0.1))
        if random.random() < SILENT_SHARE:
            plug.silent = True
            wait_for(lambda: not source.connection.state.delivering)
            plug.silent = False
        else:
            plug.pull()
            wait_for(lambda: not source.connection.state.delivering)
            time.sleep(random.uniform(0.0, 0.1))
            plug.put_in()
        began_s = time.monotonic()
        _wait_for_frames(runner)
        longest_s = max(longest_s, time.monotonic() - began_s)
        if number == min(SETTLED, cycles // 2):
            settled = Usage.now()
    return settled, longest_s


def _wait_for_frames(runner: Runner[int]) -> None:
    before = runner.snapshot().frames_in
    wait_for(lambda: runner.snapshot().frames_in > before + 2)


@contextmanager
def _listening(address: Address) -> Iterator[list[str]]:
    """A stream's client in a thread, which ends with the stream; what it heard."""
    heard: list[str] = []
    with connect(f"ws://{address}") as client:

        def listen() -> None:
            try:
                heard.extend(str(text)[:20] for text in client)
            except ConnectionClosed:
                return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield heard
        thread.join(PATIENCE_S)


def _played(path: Path) -> int:
    frames = 0
    with closing(open_source(str(path))) as source:
        while source.read() is not None:
            frames += 1
    return frames
