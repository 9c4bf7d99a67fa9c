"""What can be written as an address, and what is told where it cannot."""

from __future__ import annotations

import pytest

from engine.errors import InvalidInputError
from engine.stream.address import Address


@pytest.mark.parametrize(
    ("text", "host", "port", "again"),
    [
        ("8765", "127.0.0.1", 8765, "127.0.0.1:8765"),
        ("localhost:80", "localhost", 80, "localhost:80"),
        (" 0.0.0.0:9000 ", "0.0.0.0", 9000, "0.0.0.0:9000"),
        ("[::1]:8765", "::1", 8765, "[::1]:8765"),
    ],
)
def test_reads_and_writes(text: str, host: str, port: int, again: str) -> None:
    address = Address.parse(text)
    assert (address.host, address.port, str(address)) == (host, port, again)


@pytest.mark.parametrize("text", ["", "host", "host:", ":80", "::1:80", "a b:80", "-1", "1.5"])
def test_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is no address"):
        Address.parse(text)


def test_refuses_a_port_that_cannot_be() -> None:
    with pytest.raises(InvalidInputError, match="between 1 and 65535, not 70000"):
        Address.parse("70000")


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_knows_what_stays_on_this_computer(host: str, own: bool) -> None:
    assert Address(host, 1).is_loopback is own
