"""The WebSocket server with real clients: quick, slow, dead, too many and unwelcome ones."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from engine.errors import StreamError
from engine.stream.address import Address
from engine.stream.websocket import CLIENT_FRAMES, MAX_CLIENTS, WebSocketServer
from tests.fakes import SMALL_CAMERA, make_frame, make_hand, make_result

ANY_PORT = Address("127.0.0.1", 0)
WAIT_S = 10.0
UPGRADE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture
def server() -> Iterator[WebSocketServer]:
    running = WebSocketServer(ANY_PORT)
    yield running
    running.close()


def url(server: WebSocketServer) -> str:
    return f"ws://{server.address}"


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def hear(client: ClientConnection, kind: str = "frame") -> dict[str, Any]:
    while True:
        message = json.loads(client.recv(WAIT_S))
        if message["type"] == kind:
            return message


def send(server: WebSocketServer, sequence: int) -> None:
    server.send(make_result(make_frame(sequence), make_hand()), sequence)


def raw_client(server: WebSocketServer) -> socket.socket:
    """A client that has shaken hands and never reads again."""
    client = socket.create_connection((server.address.host, server.address.port), WAIT_S)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(UPGRADE.encode())
    assert b"101" in client.recv(12)
    return client


def test_every_client_hears_every_result_in_order(server: WebSocketServer) -> None:
    with connect(url(server)) as first, connect(url(server)) as second:
        until(lambda: server.snapshot().clients == 2)
        for sequence in range(20):
            send(server, sequence)
            assert hear(first)["sequence"] == hear(second)["sequence"] == sequence
        until(lambda: server.snapshot().sent == 40)
        assert server.snapshot().lost == 0
    until(lambda: server.snapshot().clients == 0)


def test_a_client_is_told_about_the_camera_first_and_after_a_change(
    server: WebSocketServer,
) -> None:
    with connect(url(server)) as client:
        assert json.loads(client.recv(WAIT_S))["camera"] is None
        send(server, 0)
        assert hear(client, "about")["camera"]["width"] == SMALL_CAMERA.width
        assert hear(client)["frame"] == 0
        other = replace(SMALL_CAMERA, name="another")
        server.send(make_result(make_frame(1, camera=other)), 1)
        assert hear(client, "about")["camera"]["name"] == "another"
        assert hear(client)["hands"] == []


def test_a_late_client_sees_the_newest_result_at_once(server: WebSocketServer) -> None:
    send(server, 41)
    send(server, 42)
    with connect(url(server)) as client:
        assert hear(client)["sequence"] == 42


def test_a_client_that_never_reads_loses_and_nobody_else_does(server: WebSocketServer) -> None:
    with raw_client(server), connect(url(server)) as quick:
        until(lambda: server.snapshot().clients == 2)
        for sequence in range(400):
            send(server, sequence)
            assert hear(quick)["sequence"] == sequence
        lost = server.snapshot().lost
        assert lost > 100
        send(server, 400)
        assert server.snapshot().lost == lost + 1
        assert hear(quick)["sequence"] == 400


def test_a_client_that_reads_again_gets_the_newest(server: WebSocketServer) -> None:
    with connect(url(server), max_queue=1, close_timeout=0.1) as slow:
        until(lambda: server.snapshot().clients == 1)
        sequence = 0
        while server.snapshot().lost < 50:
            send(server, sequence)
            sequence += 1
        heard = [hear(slow)["sequence"]]
        while heard[-1] < sequence - 1:
            heard.append(hear(slow)["sequence"])
        assert heard == sorted(set(heard))
        newest = list(range(sequence - CLIENT_FRAMES, sequence))
        assert heard[-CLIENT_FRAMES:] == newest
        assert len(heard) == sequence - server.snapshot().lost


def test_a_client_that_vanishes_is_forgotten(server: WebSocketServer) -> None:
    gone = raw_client(server)
    until(lambda: server.snapshot().clients == 1)
    for sequence in range(100):
        send(server, sequence)
    linger_none = b"\1\0\0\0\0\0\0\0"
    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_none)  # a reset, as of a crash
    gone.close()
    until(lambda: server.snapshot().clients == 0)
    lost = server.snapshot().lost
    send(server, 100)
    assert server.snapshot().lost == lost


def test_a_client_that_takes_nothing_for_long_is_let_go(
    server: WebSocketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.stream.websocket.CLIENT_TIMEOUT_S", 0.2)
    with raw_client(server):
        until(lambda: server.snapshot().clients == 1)
        sequence = 0
        while server.snapshot().clients:
            send(server, sequence)
            sequence += 1
            assert sequence < 100_000
        assert server.snapshot().lost > 0


def test_what_clients_say_is_passed_over(server: WebSocketServer) -> None:
    with connect(url(server)) as client:
        client.send("anything")
        client.send(b"\0\1")
        until(lambda: server.snapshot().clients == 1)
        send(server, 3)
        assert hear(client)["sequence"] == 3
        client.send("x" * 100_000)
        with pytest.raises(ConnectionClosed):
            while True:
                client.recv(WAIT_S)


@pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:1"])
def test_pages_of_this_computer_may_listen(server: WebSocketServer, origin: Any) -> None:
    with connect(url(server), origin=origin) as client:
        assert hear(client, "about")["version"] == 2


@pytest.mark.parametrize(
    "origin", ["https://example.com", "http://localhost.example.com", "null", "http://127.0.0.1.x"]
)
def test_pages_of_the_web_may_not(server: WebSocketServer, origin: Any) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        connect(url(server), origin=origin)
    assert server.snapshot().clients == 0


def test_there_is_a_limit_to_clients(server: WebSocketServer) -> None:
    with ExitStack() as clients:
        for _ in range(MAX_CLIENTS):
            clients.enter_context(connect(url(server)))
        until(lambda: server.snapshot().clients == MAX_CLIENTS)
        with connect(url(server)) as one_more, pytest.raises(ConnectionClosed, match="1013"):
            one_more.recv(WAIT_S)


def test_a_taken_port_is_one_clear_error(server: WebSocketServer) -> None:
    with pytest.raises(StreamError, match=rf"{server.address}: another program uses this port"):
        WebSocketServer(server.address)


@pytest.mark.parametrize(
    ("host", "part"),
    [("no-such-host.invalid", "not a host"), ("192.0.2.1", "the host is not this computer")],
)
def test_a_host_that_is_not_here_is_one_clear_error(host: str, part: str) -> None:
    with pytest.raises(StreamError, match=part):
        WebSocketServer(Address(host, 0))


def test_ends_at_once_whoever_is_connected() -> None:
    server = WebSocketServer(ANY_PORT)
    place = (server.address.host, server.address.port)
    with (
        connect(url(server)) as client,
        raw_client(server),
        socket.create_connection(place),  # never says a word
    ):
        until(lambda: server.snapshot().clients == 2)
        for sequence in range(200):
            send(server, sequence)
        server.close()
        server.close()
        send(server, 200)
        with pytest.raises(ConnectionClosed, match="1001"):
            while True:
                client.recv(WAIT_S)
    again = WebSocketServer(server.address)
    again.close()


def test_ends_before_it_has_begun() -> None:
    WebSocketServer(ANY_PORT).close()
