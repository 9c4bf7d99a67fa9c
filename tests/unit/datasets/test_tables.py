"""Text files of numbers: tolerant of white space, strict about everything else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.errors import InvalidInputError
from training.datasets.tables import read_joint_list, read_table

FREELY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = st.floats(-1e6, 1e6, width=64)


def refused(path: Path, joints: int = 1) -> str:
    with pytest.raises(InvalidInputError) as caught:
        read_joint_list(path, joints)
    return str(caught.value).replace(str(path), "LIST")


@FREELY
@given(
    values=arrays(np.float64, st.tuples(st.integers(1, 6), st.just(6)), elements=NUMBERS),
    separator=st.sampled_from([" ", "  ", "\t", " \t "]),
    end=st.sampled_from(["\n", "\r\n", " \n", "\t\r\n", "\r"]),
    tail=st.sampled_from(["", "\n", "\r\n\r\n", "  \n \n"]),
    mark=st.sampled_from(["", "\ufeff"]),
)
def test_white_space_and_line_ends_do_not_matter(
    values: np.ndarray, separator: str, end: str, tail: str, mark: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.txt"
    text = mark + end.join(separator.join(map(repr, map(float, row))) for row in values) + tail
    path.write_bytes(text.encode())
    read = read_joint_list(path, 2)
    assert np.array_equal(read, values.reshape(-1, 2, 3))


@FREELY
@given(content=st.binary(max_size=200))
@example(content=b"1 2 3\n4 5 6")
@example(content=b"1 2 3\n\x00")
@example(content=b"1_0 2 3\n")
@example(content="１ 2 3\n".encode())
def test_any_bytes_are_read_or_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    try:
        values = read_joint_list(path, 1)
    except InvalidInputError as error:
        refusal = str(error)
    else:
        assert values.shape[1:] == (1, 3)
        assert np.isfinite(values).all()
        return
    assert str(path) in refusal
    assert "\n" not in refusal


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 2 3\n4 5\n", "LIST, line 2: 2 numbers where 3 are due"),
        ("1 2 3\n4 5 6 7\n", "LIST, line 2: 4 numbers where 3 are due"),
        ("1 2 3\n\n4 5 6\n", "LIST, line 2 is blank"),
        ("1 2 3\n\n\n4 5 6\n", "LIST, line 2 is blank"),
        ("\n1 2 3\n", "LIST, line 1 is blank"),
        ("1 2 3\n4 x 6\n", "LIST, line 2: could not convert string to float: 'x'"),
        ("1 2 3\n4, 5, 6\n", "LIST, line 2: could not convert string to float: '4,'"),
        ("1 2 3\n4 nan 6\n", "LIST, line 2: a number is not finite"),
        ("1 2 3\n4 inf 6\n", "LIST, line 2: a number is not finite"),
        ("1 2 3\n4 1e999 6\n", "LIST, line 2: a number is not finite"),
        ("", "LIST holds no frames"),
        (" \n\n", "LIST holds no frames"),
    ],
)
def test_the_damaged_line_is_named(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(text)
    assert refused(path) == words


def test_files_that_are_no_text(tmp_path: Path) -> None:
    assert refused(tmp_path / "list.txt") == "LIST cannot be read: No such file or directory"
    assert refused(tmp_path).startswith("LIST cannot be read: Is a directory")
    (tmp_path / "list.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    assert refused(tmp_path / "list.txt") == "LIST is not a text file"


def test_names_and_headers(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("2\na/b.png 1 2\r\nc.png\t3 4 \n\n")
    table = read_table(path, 2, np.float32, named=True, header=1)
    assert table.header == ("2\n",)
    assert table.names == ("a/b.png", "c.png")
    assert table.values.dtype == np.float32
    assert table.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    path.write_text("2\na 1 2\nb 3 inf\n")
    with pytest.raises(InvalidInputError, match="line 3: a number is not finite"):
        read_table(path, 2, np.float32, named=True, header=1)
    path.write_text("2\n")
    with pytest.raises(InvalidInputError, match="holds no frames"):
        read_table(path, 2, np.float32, header=1)
