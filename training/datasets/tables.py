"""The text files of data sets and benchmarks: one line a frame, numbers after an optional name."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInputError

Real = TypeVar("Real", np.float32, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Table(Generic[Real]):
    """The lines of a text file: ``values`` [N, columns], and the first word of each line.

    ``header`` are the lines before; ``names`` is empty where lines have no name.
    """

    header: tuple[str, ...]
    names: tuple[str, ...]
    values: NDArray[Real]


def read_table(
    path: Path, columns: int, dtype: type[Real], *, named: bool = False, header: int = 0
) -> Table[Real]:
    """Read lines of ``columns`` finite numbers, after a name if ``named``.

    Any white space separates, any line end will do, and blank lines at the end are ignored.

    Raises:
        InvalidInputError: naming the file, and the line where one is wrong.
    """
    head: list[str] = []
    names: list[str] = []
    flat: array[float] = array(np.dtype(dtype).char)
    for number, line in _lines(path):
        if number <= header:
            head.append(line)
            continue
        words = line.split()
        if named:
            names.append(words[0])
            del words[0]
        if len(words) != columns:
            raise InvalidInputError(
                f"{path}, line {number}: {len(words)} numbers where {columns} are due"
            )
        try:
            flat.extend(map(float, words))
        except (ValueError, OverflowError) as error:
            raise InvalidInputError(f"{path}, line {number}: {error}") from error
    values = np.frombuffer(flat, dtype).reshape(-1, columns)
    if len(head) < header or not len(values):
        raise InvalidInputError(f"{path} holds no frames")
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        line_number = header + int(bad.argmax()) + 1
        raise InvalidInputError(f"{path}, line {line_number}: a number is not finite")
    return Table(tuple(head), tuple(names), values)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their number from 1, up to the last that is not blank."""
    blank = 0
    try:
        # utf-8-sig: some editors put a byte order mark before the first number.
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    blank = blank or number
                    continue
                if blank:
                    raise InvalidInputError(f"{path}, line {blank} is blank")
                yield number, line
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{path} is not a text file") from error


def read_joint_list(path: Path, joints: int) -> NDArray[np.float64]:
    """A list of the community's benchmark: ``u v d`` [N, joints, 3] in pixels, pixels and mm.

    Raises:
        InvalidInputError: naming the file, and the line where one is wrong.
    """
    values = read_table(path, 3 * joints, np.float64).values
    return values.reshape(len(values), joints, 3)
