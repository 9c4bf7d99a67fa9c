"""Runs streamed for real, switched on and off in any order."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pythonosc.osc_bundle import OscBundle
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from engine.errors import StreamError
from engine.run.replay import FAST, Replay
from engine.run.runner import Runner
from engine.stream.address import Address
from engine.stream.output import OutputSnapshot, StreamKind
from engine.stream.streamer import Streamer
from engine.types import FrameResult
from tests.fakes import FakePipeline, FakeRecording, FakeSource, make_frame, make_hand, make_result

ANY_PORT = Address("127.0.0.1", 0)
WAIT_S = 10.0


@pytest.fixture
def streamer() -> Iterator[Streamer]:
    made = Streamer()
    yield made
    made.close()


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def frame(client: ClientConnection) -> dict[str, Any]:
    while True:
        message = json.loads(client.recv(WAIT_S))
        if message["type"] == "frame":
            return message


def stream_threads() -> int:
    return sum(thread.name.startswith("stream") for thread in threading.enumerate())


def test_off_means_neither_thread_nor_queue(streamer: Streamer) -> None:
    run = Runner(FakeSource(frame_count=3), FakePipeline())
    streamer.follow(run)
    streamer.put(make_result(make_frame(0)))
    assert stream_threads() == 0
    assert streamer.snapshot().outputs == ()
    run.stop()


def test_a_run_is_streamed_to_both(streamer: Streamer) -> None:
    address = streamer.switch_on(StreamKind.WEBSOCKET, ANY_PORT)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(WAIT_S)
        streamer.switch_on(StreamKind.OSC, Address("127.0.0.1", receiver.getsockname()[1]))
        with connect(f"ws://{address}") as client:
            until(lambda: streamer.snapshot().clients >= 1)
            run = Runner(FakeSource(frame_count=5), FakePipeline(make_hand()))
            streamer.follow(run)
            run.start()
            heard = [frame(client) for _ in range(5)]
            assert [message["frame"] for message in heard] == [0, 1, 2, 3, 4]
            assert [len(message["hands"]) for message in heard] == [1] * 5
            datagrams = [OscBundle(receiver.recv(2048)) for _ in range(5)]
            assert [bundle.content(0).params[0] for bundle in datagrams] == [0, 1, 2, 3, 4]
            run.stop()
    assert streamer.snapshot().lost == 0


def test_the_next_run_is_streamed_over_the_same_connection(streamer: Streamer) -> None:
    address = streamer.switch_on(StreamKind.WEBSOCKET, ANY_PORT)
    with connect(f"ws://{address}") as client:
        until(lambda: streamer.snapshot().clients == 1)
        for run in (
            Runner(FakeSource(frame_count=2), FakePipeline()),
            Replay(FakeRecording(frame_count=3), FakePipeline(), speed=FAST),
        ):
            streamer.follow(run)
            run.start()
            heard = [frame(client) for _ in range(run.snapshot().frames_out or 2)]
            assert heard[0]["frame"] == 0
            run.stop()


def test_a_run_under_way_is_joined(streamer: Streamer) -> None:
    gate = threading.Semaphore(0)
    run = Runner(FakeSource(frame_count=4), FakePipeline(gate=gate))
    streamer.follow(run)
    run.start()
    gate.release(2)
    until(lambda: run.snapshot().frames_out == 2)
    address = streamer.switch_on(StreamKind.WEBSOCKET, ANY_PORT)
    with connect(f"ws://{address}") as client:
        gate.release()
        assert frame(client)["frame"] == 2
        streamer.switch_off(StreamKind.WEBSOCKET)
        gate.release()
        until(lambda: run.snapshot().frames_out == 4)
    assert stream_threads() == 0
    run.stop()


def test_a_client_that_never_reads_does_not_hold_a_recording_up(streamer: Streamer) -> None:
    address = streamer.switch_on(StreamKind.WEBSOCKET, ANY_PORT)
    with connect(f"ws://{address}", max_queue=1, close_timeout=0.1):
        until(lambda: streamer.snapshot().clients == 1)
        run = Replay(FakeRecording(frame_count=500), FakePipeline(make_hand()), speed=FAST)
        streamer.follow(run)
        run.start()
        until(lambda: run.snapshot().frames_out == 500)
        until(lambda: streamer.snapshot().lost > 50)
        run.stop()


def test_a_taken_port_leaves_the_rest_running(streamer: Streamer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = Address("127.0.0.1", other.getsockname()[1])
        with pytest.raises(StreamError, match="another program uses this port"):
            streamer.switch_on(StreamKind.WEBSOCKET, taken)
        assert streamer.snapshot().outputs == ()
        assert stream_threads() == 0
        streamer.switch_on(StreamKind.OSC, Address("127.0.0.1", 9))
        with pytest.raises(StreamError, match="another program"):
            streamer.switch_on(StreamKind.WEBSOCKET, taken)
    assert [output.kind for output in streamer.snapshot().outputs] == [StreamKind.OSC]


def test_switching_again_frees_the_port(streamer: Streamer) -> None:
    first = streamer.switch_on(StreamKind.WEBSOCKET, ANY_PORT)
    assert streamer.switch_on(StreamKind.WEBSOCKET, first) == first
    streamer.switch_off(StreamKind.WEBSOCKET)
    streamer.switch_off(StreamKind.WEBSOCKET)
    streamer.switch_off(StreamKind.OSC)
    with socket.create_server((first.host, first.port)):
        pass


def test_what_came_too_fast_is_counted_and_shows_in_the_numbers() -> None:
    stuck = _StuckOutput()
    streamer = Streamer(lambda _kind, _address: stuck)
    streamer.switch_on(StreamKind.OSC, ANY_PORT)
    for index in range(30):
        streamer.put(make_result(make_frame(index)))
        if index == 0:
            assert stuck.entered.wait(WAIT_S)
    assert streamer.snapshot().lost == 21
    stuck.go_on.set()
    until(lambda: len(stuck.sent) == 9)
    assert [number for number, _ in stuck.sent] == [0, *range(22, 30)]
    assert [index for _, index in stuck.sent] == [0, *range(22, 30)]
    streamer.close()


def test_the_last_results_are_sent_before_the_end(streamer: Streamer) -> None:
    address = streamer.switch_on(StreamKind.WEBSOCKET, ANY_PORT)
    with connect(f"ws://{address}") as client:
        until(lambda: streamer.snapshot().clients == 1)
        for index in range(6):
            streamer.put(make_result(make_frame(index)))
        streamer.close()
        assert [frame(client)["frame"] for _ in range(6)] == list(range(6))
        with pytest.raises(ConnectionClosed, match="1001"):
            client.recv(WAIT_S)


def test_a_stream_that_fails_says_so_and_begins_again() -> None:
    stuck = _StuckOutput(fail=True)
    streamer = Streamer(lambda _kind, _address: stuck)
    streamer.switch_on(StreamKind.OSC, ANY_PORT)
    streamer.put(make_result(make_frame(0)))
    until(lambda: streamer.snapshot().error == "streaming has stopped: OSError: the test's")
    streamer.put(make_result(make_frame(1)))
    streamer.switch_off(StreamKind.OSC)
    stuck.fail = False
    stuck.go_on.set()
    streamer.switch_on(StreamKind.OSC, ANY_PORT)
    assert streamer.snapshot().error == ""
    streamer.put(make_result(make_frame(2)))
    until(lambda: stuck.sent == [(0, 2)])
    streamer.close()


def test_a_stream_that_failed_does_not_keep_another_from_beginning() -> None:
    kinds = (StreamKind.OSC, StreamKind.WEBSOCKET)
    outputs = {kind: _StuckOutput(fail=kind is StreamKind.OSC) for kind in kinds}
    for output in outputs.values():
        output.go_on.set()
    streamer = Streamer(lambda kind, _address: outputs[kind])
    streamer.switch_on(StreamKind.OSC, ANY_PORT)
    streamer.put(make_result(make_frame(0)))
    until(lambda: streamer.snapshot().error != "")
    outputs[StreamKind.OSC].fail = False
    streamer.switch_on(StreamKind.WEBSOCKET, ANY_PORT)
    assert streamer.snapshot().error == ""
    streamer.put(make_result(make_frame(1)))
    until(lambda: all(output.sent == [(0, 1)] for output in outputs.values()))
    streamer.close()


def test_a_failure_of_yesterday_does_not_stop_the_stream_of_today() -> None:
    old, new = _StuckOutput(late=True), _StuckOutput()
    outputs = iter((old, new))
    streamer = Streamer(lambda _kind, _address: next(outputs))
    streamer.switch_on(StreamKind.OSC, ANY_PORT)
    streamer.put(make_result(make_frame(0)))
    assert old.entered.wait(WAIT_S)
    (thread,) = (each for each in threading.enumerate() if each.name == "stream")
    streamer.switch_on(StreamKind.OSC, ANY_PORT)  # waits no more than a second for the old one
    old.go_on.set()
    thread.join(WAIT_S)
    new.go_on.set()
    assert streamer.snapshot().error == ""
    streamer.put(make_result(make_frame(1)))
    until(lambda: new.sent == [(0, 1)])
    streamer.close()


def test_at_the_end_every_stream_gets_what_waits() -> None:
    outputs = {kind: _StuckOutput() for kind in StreamKind}
    streamer = Streamer(lambda kind, _address: outputs[kind])
    for kind, output in outputs.items():
        streamer.switch_on(kind, ANY_PORT)
        output.go_on.set()
    for index in range(6):
        streamer.put(make_result(make_frame(index)))
    streamer.close()
    assert [len(output.sent) for output in outputs.values()] == [6] * len(StreamKind)


class _StuckOutput:
    """An output whose first message waits until it may go on, or fails, at once or ``late``."""

    def __init__(self, *, fail: bool = False, late: bool = False) -> None:
        self.fail, self.late = fail, late
        self.entered, self.go_on = threading.Event(), threading.Event()
        self.sent: list[tuple[int, int]] = []

    def send(self, result: FrameResult, sequence: int) -> None:
        self.entered.set()
        if self.fail:
            raise OSError("the test's")
        assert self.go_on.wait(WAIT_S)
        if self.late:
            raise OSError("the test's, late")
        self.sent.append((sequence, result.frame.index))

    def snapshot(self) -> OutputSnapshot:
        return OutputSnapshot(StreamKind.OSC, ANY_PORT, clients=0, sent=len(self.sent), lost=0)

    def close(self) -> None:
        """Nothing to close."""


def test_clients_of_the_older_version_are_served_on_request() -> None:
    streamer = Streamer(version=1)
    try:
        address = streamer.switch_on(StreamKind.WEBSOCKET, ANY_PORT)
        with connect(f"ws://{address}") as client:
            assert json.loads(client.recv(WAIT_S))["version"] == 1
            streamer.put(make_result(make_frame(0), make_hand(5)))
            assert frame(client)["hands"][0]["id"] == 5
    finally:
        streamer.close()
