"""The clients in docs/streaming.md, run as they stand there."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from engine.stream.address import Address
from engine.stream.output import StreamKind
from engine.stream.streamer import Streamer
from tests.fakes import make_frame, make_hand, make_result

LINES = 2


def client(repository: Path, part: str, port: int) -> str:
    """The documented client that contains ``part``, with its port replaced."""
    text = (repository / "docs" / "streaming.md").read_text(encoding="utf-8")
    (found,) = (
        code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if part in code
    )
    assert len([line for line in found.splitlines() if line.strip()]) <= 10
    return re.sub(r"127\.0\.0\.1(\", |:)(8765|9000)", rf"127.0.0.1\g<1>{port}", found)


@contextmanager
def streaming(streamer: Streamer) -> Iterator[None]:
    """Results a hundred times a second until the block ends."""
    over = threading.Event()

    def feed() -> None:
        index = 0
        while not over.is_set():
            streamer.put(make_result(make_frame(index), make_hand()))
            index += 1
            time.sleep(0.01)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def first_lines(*command: str) -> list[str]:
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(LINES)]
        process.kill()
    return lines


def test_the_websocket_client_prints_where_the_tip_is(repository: Path) -> None:
    streamer = Streamer()
    address = streamer.switch_on(StreamKind.WEBSOCKET, Address("127.0.0.1", 0))
    with streaming(streamer):
        lines = first_lines("-c", client(repository, "websockets", address.port))
    streamer.close()
    for line in lines:
        assert re.fullmatch(r"\d+ right \[-36\.0, -64\.0, 456\.0\]", line)


@contextmanager
def datagrams(kind: StreamKind) -> Iterator[int]:
    """Streams of datagrams to a free port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with closing(Streamer()) as streamer:
        streamer.switch_on(kind, Address("127.0.0.1", port))
        with streaming(streamer):
            yield port


def test_the_osc_client_prints_where_the_tip_is(repository: Path) -> None:
    with datagrams(StreamKind.OSC) as port:
        lines = first_lines("-c", client(repository, "pythonosc", port))
    assert lines == ["-36 -64 456 mm, give or take 5"] * LINES


def test_the_vmc_receiver_prints_bones(repository: Path) -> None:
    with datagrams(StreamKind.VMC) as port:
        lines = first_lines(str(repository / "docs/examples/vmc_receiver.py"), str(port))
    for line in lines:
        assert re.fullmatch(r"Right(Hand|[A-Z][a-z]+[A-Z][a-z]+)(  | )(-?[01]\.\d{3} ?){4}", line)
