"""A network as OpenVINO has read it, before it is compiled: does it keep its contract, and to what
a hand tracker's network can need?

A network's file holds no code; but one line of it may ask for more memory than there is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from engine.errors import ModelError

MAX_NUMBERS: Final = 1 << 25
"""In one tensor; the largest of those shipped has 600,000."""
MAX_NUMBERS_IN_ALL: Final = 1 << 28
_TENSOR: Final = re.compile(r"(\w+) \[([\w,]+)\]")

Shape = tuple[int | None, ...]
"""None is a size that is not known beforehand."""


def contract_shapes(contract: str) -> tuple[dict[str, Shape], dict[str, Shape]]:
    """Names and shapes of the inputs and outputs in a contract such as
    "generator/1: latent [1,29], perspective [1] -> depth [1,1,128,128]"; letters are any size.
    """
    inputs, _, outputs = contract.partition("->")
    return _shapes(inputs), _shapes(outputs)


def check_network(name: str, contract: str, model: Any) -> None:
    """Compare a read model's inputs and outputs with its contract, and bound its sizes.

    Raises:
        ModelError: if they differ, or a tensor is too large.
    """
    inputs, outputs = contract_shapes(contract)
    for ports, wanted, what in (
        (model.inputs, inputs, "inputs"),
        (model.outputs, outputs, "outputs"),
    ):
        found = {name: _shape(port) for port in ports for name in port.get_names()}
        if len(ports) != len(wanted) or not _all_fit(found, wanted):
            raise ModelError(f"model '{name}' is damaged: its {what} are not those of {contract!r}")
    sizes = [
        math.prod(size or 1 for size in _shape(port))
        for operation in model.get_ops()
        for port in operation.outputs()
    ]
    if max(sizes, default=0) > MAX_NUMBERS or sum(sizes) > MAX_NUMBERS_IN_ALL:
        raise ModelError(f"model '{name}' is damaged: it needs {max(sizes):,} numbers at once")


def _shapes(text: str) -> dict[str, Shape]:
    return {
        name: tuple(int(size) if size.isdecimal() else None for size in sizes.split(","))
        for name, sizes in _TENSOR.findall(text)
    }


def _shape(port: Any) -> Shape:
    shape = port.get_partial_shape()
    if shape.rank.is_dynamic:
        return ()
    return tuple(size.get_length() if size.is_static else None for size in shape)


def _all_fit(found: Mapping[str, Shape], wanted: Mapping[str, Shape]) -> bool:
    return all(name in found and _fits(found[name], shape) for name, shape in wanted.items())


def _fits(found: Shape, wanted: Shape) -> bool:
    return len(found) == len(wanted) and all(
        have is None or want is None or have == want
        for have, want in zip(found, wanted, strict=True)
    )
