"""OSC to a receiver that is there, that is not, and that comes late."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from pythonosc.osc_bundle import OscBundle

from engine.errors import StreamError
from engine.stream.address import Address
from engine.stream.osc import OscSender
from tests.fakes import make_frame, make_hand, make_result

RESULT = make_result(make_frame(5), make_hand())


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(5.0)
        yield bound


def test_a_receiver_gets_every_result(receiver: socket.socket) -> None:
    sender = OscSender(Address("127.0.0.1", receiver.getsockname()[1]))
    for sequence in range(5):
        sender.send(RESULT, sequence)
        assert OscBundle(receiver.recv(2048)).content(0).params[:2] == [5, sequence]
    snapshot = sender.snapshot()
    assert (snapshot.clients, snapshot.sent, snapshot.lost) == (1, 5, 0)
    sender.close()


def test_nobody_listens_until_somebody_does(receiver: socket.socket) -> None:
    port = receiver.getsockname()[1]
    receiver.close()
    sender = OscSender(Address("127.0.0.1", port))
    for sequence in range(4):
        sender.send(RESULT, sequence)
    assert sender.snapshot().clients == 0
    assert sender.snapshot().lost == 0  # nobody was there to lose them
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
        late.bind(("127.0.0.1", port))
        late.settimeout(5.0)
        for sequence in range(4, 8):
            sender.send(RESULT, sequence)
            assert OscBundle(late.recv(2048)).content(0).params[1] == sequence
        assert sender.snapshot().clients == 1
    sender.close()


def test_a_receiver_that_never_reads_holds_nothing_up(receiver: socket.socket) -> None:
    sender = OscSender(Address("127.0.0.1", receiver.getsockname()[1]))
    for sequence in range(2000):
        sender.send(RESULT, sequence)
    snapshot = sender.snapshot()
    assert snapshot.sent + snapshot.lost == 2000
    sender.close()


def test_nothing_is_sent_after_the_end(receiver: socket.socket) -> None:
    sender = OscSender(Address("127.0.0.1", receiver.getsockname()[1]))
    sender.close()
    sender.close()
    sender.send(RESULT, 0)
    assert sender.snapshot().sent == 0


@pytest.mark.parametrize(
    ("host", "port", "part"),
    [
        ("127.0.0.1", 0, "needs the port"),
        ("no-such-host.invalid", 9000, "not a host that can be found"),
        ("255.255.255.255", 9000, "cannot be sent to 255.255.255.255:9000"),
    ],
)
def test_what_cannot_be_sent_to_is_told_in_words(host: str, port: int, part: str) -> None:
    with pytest.raises(StreamError, match=part):
        OscSender(Address(host, port))
