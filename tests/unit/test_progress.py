"""How a child process tells its progress, line by line."""

from __future__ import annotations

import io

import pytest

from engine.progress import ProgressLine, line_progress


@pytest.mark.parametrize(
    "line",
    [
        ProgressLine("learn", 120, 900, 430),
        ProgressLine("follow hands", 3, 0),
        ProgressLine("label", 0, 64, 0),
    ],
)
def test_a_line_is_read_as_it_was_written(line: ProgressLine) -> None:
    assert ProgressLine.parsed(f"{line}\n") == line


@pytest.mark.parametrize("text", ["", "progress: learn", "error: x 1/2", "progress: learn a/2"])
def test_other_lines_are_no_progress(text: str) -> None:
    assert ProgressLine.parsed(text) is None


def test_lines_come_once_a_second_and_tell_the_time_left() -> None:
    stream, now = io.StringIO(), [0.0]
    progress = line_progress("learn", stream, clock=lambda: now[0])
    for done in range(41):
        now[0] = 0.25 * done
        assert progress(60 + done, 100)
    lines = [ProgressLine.parsed(text) for text in stream.getvalue().splitlines()]
    assert [line.done for line in lines if line] == list(range(60, 101, 4))
    assert [line.left_s for line in lines if line] == [None, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_the_work_ends_when_it_is_asked_to() -> None:
    ended: list[bool] = []
    progress = line_progress("learn", io.StringIO(), lambda: not ended)
    assert progress(1, 2)
    ended.append(True)
    assert not progress(1, 2)
