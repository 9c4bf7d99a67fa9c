"""What the user is told about errors is one line that can be printed."""

from __future__ import annotations

import pytest

from engine.errors import ExportError, SourceError, user_message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a.bag holds /camera\x02info", r"a.bag holds /camera\x02info"),
        ("first\nsecond", r"first\nsecond"),
        ("Tür \udc80", r"Tür \udc80"),
        ("50 µm – grün", "50 µm – grün"),
    ],
)
def test_an_error_is_one_line_that_can_be_printed(text: str, shown: str) -> None:
    error = SourceError(text)
    assert str(error) == shown
    assert user_message("reading", error) == shown
    str(error).encode()


def test_an_error_without_a_text_is_fine() -> None:
    assert str(ExportError()) == ""
