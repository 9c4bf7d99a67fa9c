"""How colours look to colour-blind eyes, and how far they are apart then."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]

_MACHADO = {
    "protanopia": "0.152286 1.052583 -0.204868 0.114503 0.786281 0.099216"
    " -0.003882 -0.048116 1.051998",
    "deuteranopia": "0.367322 0.860646 -0.227968 0.280085 0.672501 0.047413"
    " -0.011820 0.042940 0.968881",
    "tritanopia": "1.255528 -0.076749 -0.178779 -0.078411 0.930809 0.147602"
    " 0.004733 0.691367 0.303900",
}
SIMULATIONS = {"trichromat": np.eye(3)} | {
    name: np.array(numbers.split(), float).reshape(3, 3) for name, numbers in _MACHADO.items()
}
"""Linear sRGB to what is seen (Machado, Oliveira and Fernandes 2009, severity 1)."""

_OKLAB_FROM_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def seen(rgb: Rgb, kind: str) -> NDArray[np.float64]:
    """Oklab coordinates [3] (Ottosson 2020) of a colour as an eye of ``kind`` sees it."""
    srgb = np.array(rgb) / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return _LAB @ np.cbrt(_OKLAB_FROM_RGB @ np.clip(SIMULATIONS[kind] @ linear, 0.0, 1.0))


def smallest_difference(colours: dict[str, Rgb]) -> tuple[float, str, str, str]:
    """The smallest distance in Oklab (times 100) over all kinds of eyes, and between which."""
    return min(
        (float(100.0 * np.linalg.norm(seen(colours[a], kind) - seen(colours[b], kind))), kind, a, b)
        for kind in SIMULATIONS
        for a, b in combinations(colours, 2)
    )
