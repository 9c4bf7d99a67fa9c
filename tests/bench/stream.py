"""What streaming costs: the run's thread, the program's processor time, and the way to a client."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engine.stream.address import Address
from engine.stream.output import StreamKind
from engine.stream.streamer import Streamer
from engine.timing import StageStatistics, StageStats
from engine.types import FrameResult

FPS: Final = 90.0
WARM_UP: Final = 20
CLIENT: Final = """
import json, sys, time
from websockets.sync.client import connect
late = []
with connect(sys.argv[1]) as stream:
    for text in stream:
        now = time.time() * 1000.0
        message = json.loads(text)
        if message["type"] == "frame":
            late.append(now - message["timestamp_ms"])
print(json.dumps(late))
"""


@dataclass(frozen=True, slots=True)
class StreamCost:
    """Of ``clients``: time in the run's thread and age at the clients' (both in ms), processor
    time of the whole program in ms for each frame, and messages lost.
    """

    clients: int
    stages: tuple[StageStats, ...]
    cpu_ms: float
    lost: int


def measure(
    result: FrameResult, kind: StreamKind | None, clients: int = 0, frames: int = 300
) -> StreamCost:
    """Stream ``result`` again and again, at 90 fps, to clients in processes of their own.

    ``kind`` None streams nothing, for comparison.
    """
    streamer = Streamer()
    times = StageStatistics(window=frames * max(clients, 1))
    listeners: list[subprocess.Popen[str]] = []
    if kind is not None:
        port = 0 if kind is StreamKind.WEBSOCKET else 9
        address = streamer.switch_on(kind, Address("127.0.0.1", port))
        command = [sys.executable, "-c", CLIENT, f"ws://{address}"]
        listeners = [
            subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
            for _ in range(clients)
        ]
        while kind is StreamKind.WEBSOCKET and streamer.snapshot().clients < clients:
            time.sleep(0.01)
    due_s, cpu_s = time.monotonic(), 0.0
    for index in range(frames + WARM_UP):
        if index == WARM_UP:
            cpu_s = time.process_time()
        due_s += 1.0 / FPS
        time.sleep(max(0.0, due_s - time.monotonic()))
        stamped = replace(result, frame=replace(result.frame, timestamp_ms=time.time() * 1000.0))
        began_s = time.perf_counter()
        streamer.put(stamped)
        times.add({"in the run": (time.perf_counter() - began_s) * 1000.0})
    cpu_ms = (time.process_time() - cpu_s) * 1000.0 / frames
    lost = streamer.snapshot().lost
    streamer.close()
    for listener in listeners:
        heard, _ = listener.communicate(timeout=30.0)
        for late in json.loads(heard)[WARM_UP:]:
            times.add({"to a client": late})
    return StreamCost(clients, times.snapshot(), cpu_ms, lost)


def report(result: FrameResult, frames: int = 300) -> str:
    """A table of what streaming ``result`` costs."""
    cases = [(None, 0), (StreamKind.OSC, 0), *((StreamKind.WEBSOCKET, n) for n in (0, 1, 3))]
    lines = [f"{'':24}{'CPU ms/frame':>14}{'in the run ms':>15}{'age median':>12}{'p99':>8}  lost"]
    for kind, clients in cases:
        cost = measure(result, kind, clients, frames)
        times = {stage.name: stage for stage in cost.stages}
        age = times.get("to a client")
        name = "off" if kind is None else kind.value
        lines.append(
            f"{name + (f', {clients} clients' if kind is StreamKind.WEBSOCKET else ''):24}"
            f"{cost.cpu_ms:14.3f}{times['in the run'].median_ms:15.3f}"
            f"{age.median_ms if age else np.nan:12.2f}{age.p99_ms if age else np.nan:8.2f}"
            f"{cost.lost:6d}"
        )
    return "\n".join(lines)
