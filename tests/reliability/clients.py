"""WebSocket clients that mean harm, a hundred at once, and one that only wants to listen."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from engine.stream.address import Address
from engine.stream.output import StreamKind
from engine.stream.streamer import Streamer
from tests.fakes import make_frame, make_hand, make_result

FPS: Final = 30.0
MAX_GROWTH_MB: Final = 100.0
LONGEST_GAP_S: Final = 1.0
ROOT: Final = Path(__file__).resolve().parent.parent.parent
BEHAVIOURS: Final = ("garbage", "huge", "silent", "deaf")
_PATIENCE_S: Final = 20.0
_HANDSHAKE: Final = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_LISTEN: Final = """
import json, sys, time
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
heard, longest, last = [], 0.0, None
with connect(sys.argv[1]) as stream:
    print("connected", flush=True)
    try:
        for text in stream:
            message, now = json.loads(text), time.monotonic()
            if message["type"] == "frame":
                longest = max(longest, now - (last or now))
                last = now
                heard.append(message["sequence"])
    except ConnectionClosed:
        pass
print(json.dumps([len(heard), longest]))
"""


@dataclass(frozen=True, slots=True)
class Attacked:
    """How streaming did under attack.

    ``sent`` results, of which the good client ``heard`` so many, with ``gap_s`` the longest time
    between two; ``attempts`` connections of the others; ``lost`` messages as counted; memory in MB
    before, at most and after; threads and file descriptors before and after; ``error`` as told.
    """

    sent: int
    heard: int
    gap_s: float
    attempts: int
    lost: int
    memory_mb: tuple[float, float, float]
    threads: tuple[int, int]
    files: tuple[int, int]
    error: str

    @property
    def kept(self) -> bool:
        """Whether the good client was served and nothing grew."""
        before, most, _ = self.memory_mb
        served = self.heard >= 0.9 * self.sent and self.gap_s <= LONGEST_GAP_S
        back = self.threads[0] >= self.threads[1] and self.files[0] >= self.files[1]
        return served and back and most - before <= MAX_GROWTH_MB and not self.error

    def text(self) -> str:
        """The figures in lines."""
        before, most, after = self.memory_mb
        gap_ms = 1000.0 * self.gap_s
        lines = [
            f"a good client heard {self.heard} of {self.sent} results; longest gap {gap_ms:.0f} ms",
            f"{self.attempts} connections of others; messages lost, counted: {self.lost}",
            f"memory {before:.0f} MB before, {most:.0f} at most, {after:.0f} after",
            f"threads {self.threads[0]} before, {self.threads[1]} after",
            f"files {self.files[0]} before, {self.files[1]} after",
        ]
        return "\n".join([*lines, f"error: {self.error}"] if self.error else lines)


def attack(count: int, seconds: float) -> Attacked:
    """Stream for ``seconds`` to one good client while ``count`` others misbehave."""
    process = psutil.Process()
    before = process.num_threads(), process.num_fds()
    streamer = Streamer()
    try:
        address = streamer.switch_on(StreamKind.WEBSOCKET, Address("127.0.0.1", 0))
        memory = [process.memory_info().rss / 1e6]
        with _listener(address) as listener:
            with _attackers(count, address) as attackers:
                sent = _stream(streamer, seconds, process, memory)
                # Its input ends, and with it the attack.
                attempts = int(attackers.communicate(timeout=_PATIENCE_S)[0])
            snapshot = streamer.snapshot()
            streamer.close()
            heard, gap_s = json.loads(listener.communicate(timeout=_PATIENCE_S)[0])
    finally:
        streamer.close()
    after = process.num_threads(), process.num_fds()
    return Attacked(
        sent=sent,
        heard=heard,
        gap_s=gap_s,
        attempts=attempts,
        lost=snapshot.lost,
        memory_mb=(memory[0], max(memory), process.memory_info().rss / 1e6),
        threads=(before[0], after[0]),
        files=(before[1], after[1]),
        error=snapshot.failure,
    )


def _stream(
    streamer: Streamer, seconds: float, process: psutil.Process, memory: list[float]
) -> int:
    """Send results at the pace of a camera; note the memory; returns how many were sent."""
    sent, start_s = 0, time.monotonic()
    while (due_s := sent / FPS) < seconds:
        time.sleep(max(0.0, start_s + due_s - time.monotonic()))
        streamer.put(make_result(make_frame(sent), make_hand()))
        sent += 1
        if sent % 10 == 0:
            memory.append(process.memory_info().rss / 1e6)
    return sent


@contextmanager
def _listener(address: Address) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _LISTEN, f"ws://{address}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "connected\n"
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()


@contextmanager
def _attackers(count: int, address: Address) -> Iterator[subprocess.Popen[str]]:
    """A process of ``count`` clients, which ends when its input does."""
    command = [sys.executable, "-m", "tests.reliability.clients"]
    with subprocess.Popen(
        [*command, address.host, str(address.port), str(count)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    ) as child:  # fmt: skip
        try:
            yield child
        finally:
            child.kill()


# -- in the attackers' process -----------------------------------------------------------------


class _Attacker:
    """Connects again and again and does one kind of harm."""

    def __init__(self, place: tuple[str, int], behaviour: str, ending: threading.Event) -> None:
        self._place, self._ending = place, ending
        self._harm = getattr(self, f"_{behaviour}")
        self.attempts = 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._ending.is_set():
            self.attempts += 1
            try:
                with socket.socket() as client:
                    client.settimeout(5.0)
                    # Little room, so that one who does not read soon stops the sender.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    client.connect(self._place)
                    self._harm(client)
            except OSError:
                pass
            self._ending.wait(0.05)

    def _garbage(self, client: socket.socket) -> None:
        while not self._ending.is_set():
            client.sendall(os.urandom(2048))
            self._ending.wait(0.01)

    def _huge(self, client: socket.socket) -> None:
        """A frame that is announced to be as long as can be, and begun."""
        self._shake_hands(client)
        client.sendall(b"\x82\xff" + (2**62).to_bytes(8, "big") + bytes(4))
        while not self._ending.is_set():
            client.sendall(bytes(1 << 20))

    def _silent(self, client: socket.socket) -> None:
        client.settimeout(0.5)
        while not self._ending.is_set():
            try:
                if not client.recv(4096):
                    return
            except TimeoutError:
                continue

    def _deaf(self, client: socket.socket) -> None:
        self._shake_hands(client)
        self._ending.wait()

    def _shake_hands(self, client: socket.socket) -> None:
        client.sendall(_HANDSHAKE)
        client.recv(12)


def _main() -> None:
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    ending = threading.Event()
    attackers = [
        _Attacker((host, port), BEHAVIOURS[number % len(BEHAVIOURS)], ending)
        for number in range(count)
    ]
    for attacker in attackers:
        attacker.thread.start()
    sys.stdin.read()
    ending.set()
    for attacker in attackers:
        attacker.thread.join(10.0)
    sys.stdout.write(str(sum(attacker.attempts for attacker in attackers)))


if __name__ == "__main__":
    _main()
