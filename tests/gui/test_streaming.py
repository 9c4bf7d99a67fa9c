"""Streams switched in the window, with real clients on the other side."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot
from websockets.sync.client import connect

from app.actions.commands import Command
from app.application import Application
from app.settings import Settings
from app.state.streams import StreamState
from app.state.window_state import Level
from app.views.stream_presenter import StreamDialog, stream_summary
from engine.stream.address import Address
from engine.stream.output import DEFAULT_ADDRESS, OutputSnapshot, StreamKind
from engine.stream.streamer import StreamSnapshot
from tests.windows import trigger, until

WEBSOCKET, OSC, VMC = StreamKind


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def set_port(application: Application, kind: StreamKind, port: int) -> str:
    application.controllers.streams.set_address(kind, Address("127.0.0.1", port))
    return f"127.0.0.1:{port}"


def test_everything_is_off_at_first(start: Callable[..., Application]) -> None:
    window = start().window
    assert not window.actions_by_command[Command.STREAM_WEBSOCKET].isChecked()
    assert not window.actions_by_command[Command.STREAM_OSC].isChecked()
    assert not window.status_strip.stream.isVisible()
    assert all(address.is_loopback for address in DEFAULT_ADDRESS.values())


def test_a_client_hears_what_the_window_shows(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    application = start()
    address = set_port(application, WEBSOCKET, free_port())
    action = application.window.actions_by_command[Command.STREAM_WEBSOCKET]
    assert address in action.text()
    trigger(application, Command.STREAM_WEBSOCKET)
    sign = application.window.status_strip.stream
    until(qtbot, lambda: sign.isVisible() and sign.text == "no clients")
    assert action.isChecked()
    with connect(f"ws://{address}", close_timeout=0.1) as client:
        messages = [json.loads(client.recv(10)) for _ in range(6)]
        assert [message["type"] for message in messages].count("frame") >= 4
        assert messages[-1]["hands"][0]["handedness"] == "right"
        until(qtbot, lambda: sign.text == "1 client  ·  0 lost")
        assert address in sign.toolTip()
    trigger(application, Command.STREAM_WEBSOCKET)
    until(qtbot, lambda: not sign.isVisible())
    assert not action.isChecked()


def test_a_stream_goes_on_with_the_next_source(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    application = start()
    address = set_port(application, WEBSOCKET, free_port())
    until(qtbot, lambda: application.store.state.session is not None)
    trigger(application, Command.STREAM_WEBSOCKET)
    until(qtbot, application.window.status_strip.stream.isVisible)
    first = application.store.state.session
    with connect(f"ws://{address}", close_timeout=0.1) as client:
        json.loads(client.recv(10))
        application.controllers.source.open("live")
        until(qtbot, lambda: application.store.state.session is not first)
        heard = [json.loads(client.recv(10)).get("frame", 99) for _ in range(80)]
        assert 0 in heard


def test_a_taken_port_is_told_and_the_mark_goes(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    application = start()
    bar = application.window.message_bar
    with socket.create_server(("127.0.0.1", 0)) as other:
        set_port(application, WEBSOCKET, other.getsockname()[1])
        trigger(application, Command.STREAM_WEBSOCKET)
        until(qtbot, lambda: bar.isVisible() and "another program uses this port" in bar.text)
    assert bar.level is Level.ERROR
    assert not application.window.actions_by_command[Command.STREAM_WEBSOCKET].isChecked()


@pytest.mark.parametrize(
    ("kind", "command"), [(OSC, Command.STREAM_OSC), (VMC, Command.STREAM_VMC)]
)
def test_datagrams_come_to_their_receiver(
    qtbot: QtBot, start: Callable[..., Application], kind: StreamKind, command: Command
) -> None:
    application = start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        set_port(application, kind, receiver.getsockname()[1])
        trigger(application, command)
        until(qtbot, application.window.status_strip.stream.isVisible)
        first = receiver.recv(2048)
        assert first.startswith(b"#bundle") and (b"/VMC/Ext/OK" in first) is (kind is VMC)
        trigger(application, command)
        until(qtbot, lambda: not application.window.status_strip.stream.isVisible())


def test_addresses_are_asked_for_and_remembered(
    qtbot: QtBot, start: Callable[..., Application], settings: Settings
) -> None:
    application = start()
    trigger(application, Command.STREAM_ADDRESSES)
    (dialog,) = application.window.findChildren(StreamDialog)
    dialog.edits[WEBSOCKET].setText("nowhere")
    dialog.use_button.click()
    assert dialog.isVisible()
    assert "'nowhere' is no address" in dialog.error_label.text()
    dialog.edits[WEBSOCKET].setText("0.0.0.0:4444")
    dialog.use_button.click()
    assert not dialog.isVisible()
    text = application.window.actions_by_command[Command.STREAM_WEBSOCKET].text()
    assert "0.0.0.0:4444" in text
    assert settings.text("stream_websocket") == "0.0.0.0:4444"


@pytest.mark.parametrize("broken", ["", "x", "127.0.0.1:99999"])
def test_a_broken_setting_is_passed_over(
    start: Callable[..., Application], settings: Settings, broken: str
) -> None:
    settings.set_text("stream_osc", broken)
    assert start().controllers.streams.store.state.addresses[OSC] == DEFAULT_ADDRESS[OSC]


def test_others_in_the_network_are_told_of(qtbot: QtBot, start: Callable[..., Application]) -> None:
    application = start()
    application.controllers.streams.set_address(WEBSOCKET, Address("0.0.0.0", free_port()))
    trigger(application, Command.STREAM_WEBSOCKET)
    bar = application.window.message_bar
    until(qtbot, lambda: bar.isVisible() and "other computers" in bar.text)


@pytest.mark.parametrize(
    ("clients", "lost", "error", "text"),
    [
        (0, 0, "", "no clients"),
        (1, 2, "", "1 client  ·  2 lost"),
        (2, 0, "", "2 clients  ·  0 lost"),
        (1, 0, "it broke", "stopped"),
    ],
)
def test_the_sign_in_words(clients: int, lost: int, error: str, text: str) -> None:
    address = Address("127.0.0.1", 8765)
    output = OutputSnapshot(WEBSOCKET, address, clients, sent=9, lost=lost, error=error)
    shown = StreamState(StreamSnapshot((output,), missed=0), {WEBSOCKET: address})
    told, details = stream_summary(shown)
    assert told == text
    assert "127.0.0.1:8765" in details
    assert error in details


def test_without_streams_there_is_no_sign() -> None:
    assert stream_summary(StreamState(StreamSnapshot((), missed=0), {})) == ("", "")
