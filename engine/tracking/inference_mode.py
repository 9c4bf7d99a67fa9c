"""How the networks run quickest on this computer: measured once, at the first start, and kept.

Processors differ in what they compute fast: 8 bits, bfloat16 or float32. A second thread hardly
helps networks as small as these, and takes the core on which the user's own work runs.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from engine.about import Details, package_version
from engine.assets import asset_path
from engine.caches import cache_folder
from engine.errors import CrossingHandsError
from engine.inference import device_name, is_listed, offered_precisions
from engine.model_files import weights_hash
from engine.output import write_text
from engine.tracking.config import FIRST_DEVICE
from engine.tracking.crop import crop_straight_ahead
from engine.tracking.crop_coordinates import CROP_SIZE
from engine.tracking.estimate import NAMES, Estimator, Precision
from engine.tracking.pipeline import Pipeline

KEPT: Final = "inference_modes.json"
MAX_KEPT: Final = 16
"""Sets of networks whose mode is remembered; the oldest are measured anew."""
TURNS: Final = 30
LONGEST_S: Final = 1.0
"""After so long no more turns are begun, on a computer that is busy with something else."""
WORTH: Final = 0.9
"""A mode must take less than this share of the time of those before it to be taken instead."""


@dataclass(frozen=True, slots=True)
class InferenceMode:
    """One way to run the estimator: its ``precision``, the ``device`` with the precision asked of
    it, and the ``threads`` of all networks (None: as OpenVINO chooses)."""

    precision: Precision
    device: str
    threads: int | None

    @property
    def title(self) -> str:
        """In words, as "8 bits, one thread"."""
        kinds = {Precision.INT8: "8 bits", Precision.F16: "as the processor chooses"}
        kind = "float32" if self.device.endswith(":f32") else kinds[self.precision]
        return f"{kind}, {'all threads' if self.threads is None else 'one thread'}"


EIGHT_BITS: Final = InferenceMode(Precision.INT8, FIRST_DEVICE, 1)
CHOSEN_BY_DEVICE: Final = InferenceMode(Precision.F16, FIRST_DEVICE, 1)
FLOAT32: Final = InferenceMode(Precision.F16, f"{FIRST_DEVICE}:f32", 1)
MODES: Final = (EIGHT_BITS, CHOSEN_BY_DEVICE, FLOAT32)
"""In the order in which equally fast ones are preferred; the quickest is tried with all threads."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The ``mode`` that was chosen, and how many ms each took."""

    mode: InferenceMode
    ms: Mapping[InferenceMode, float]


def load_fastest(
    device: str, directory: Path | None = None, threads: int | None = None
) -> Pipeline:
    """``Pipeline.load`` in the mode that is quickest here, if ``device`` leaves it open (it is a
    processor without a precision); ``threads`` goes before those of the mode.

    Raises:
        ModelError: as ``Pipeline.load``.
    """
    if device != FIRST_DEVICE:
        return Pipeline.load(device=device, directory=directory, threads=threads)
    mode = fastest_mode(directory).mode
    return Pipeline.load(
        device=mode.device,
        directory=directory,
        precision=mode.precision,
        threads=threads or mode.threads,
    )


def fastest_mode(directory: Path | None = None) -> Measured:
    """The quickest mode for the networks in ``directory`` (None: shipped) on this processor; where
    it is not known yet it is measured, which takes about a second, and kept.

    Raises:
        ModelError: if a model is missing or damaged, or cannot run.
    """
    return _fastest_mode(directory, _key(directory))


@cache
def _fastest_mode(directory: Path | None, key: str) -> Measured:
    folder = cache_folder()
    path = None if folder is None else folder / KEPT
    kept = {} if path is None else _read(path)
    if key in kept:
        return kept[key]
    chosen = choose(_measure(directory, [mode for mode in MODES if _offered(mode, directory)]))
    threaded = replace(chosen.mode, threads=None)
    again = _measure(directory, [chosen.mode, threaded])
    measured = Measured(choose(again).mode, {**chosen.ms, **again})
    if path is not None:
        newest = dict(list({**kept, key: measured}.items())[-MAX_KEPT:])
        with suppress(CrossingHandsError):  # a full disk: measured again at the next start
            write_text(path, json.dumps({name: _record(each) for name, each in newest.items()}))
    return measured


def choose(ms: Mapping[InferenceMode, float]) -> Measured:
    """The quickest of the modes, in their order: a later one only if it is worth it."""
    chosen, *others = ms
    for mode in others:
        chosen = mode if ms[mode] < WORTH * ms[chosen] else chosen
    return Measured(chosen, dict(ms))


def inference_details(device: str, directory: Path | None = None) -> Details:
    """How the networks run and what each mode took, for reports; nothing if ``device`` leaves
    nothing open, or the networks cannot be used, which others say."""
    if device != FIRST_DEVICE:
        return ()
    try:
        measured = fastest_mode(directory)
    except CrossingHandsError:
        return ()
    others = (
        f"{mode.title}: {ms:.2f}" for mode, ms in measured.ms.items() if mode != measured.mode
    )
    text = f"{measured.mode.title}: {measured.ms[measured.mode]:.2f} ms a crop"
    return (("Quickest here", "; ".join((text, *others))),)


def _measure(directory: Path | None, modes: Sequence[InferenceMode]) -> dict[InferenceMode, float]:
    """Least ms of each of the modes, in turns: others use the processor too."""
    crop = crop_straight_ahead(np.ones((CROP_SIZE, CROP_SIZE), np.float32), 500.0)
    estimators = {
        mode: Estimator(
            device=mode.device, precision=mode.precision, directory=directory, threads=mode.threads
        )
        for mode in modes
    }
    least_ms = dict.fromkeys(modes, math.inf)
    end_s = time.perf_counter() + LONGEST_S
    for turn in range(TURNS):
        for mode, estimator in estimators.items():
            began_s = time.perf_counter()
            estimator(crop)
            least_ms[mode] = min(least_ms[mode], 1000.0 * (time.perf_counter() - began_s))
        if turn > 2 and time.perf_counter() > end_s:
            break
    return least_ms


def _offered(mode: InferenceMode, directory: Path | None) -> bool:
    if mode.device != FIRST_DEVICE:
        return mode.device.partition(":")[2] in offered_precisions(FIRST_DEVICE)
    return mode.precision is Precision.F16 or is_listed(NAMES[mode.precision], directory)


def _key(directory: Path | None) -> str:
    """What the measurement depends on."""
    listed = [name for name in NAMES.values() if is_listed(name, directory)]
    hashes = (weights_hash(directory or asset_path("models"), name) for name in listed)
    return " ".join((device_name(FIRST_DEVICE), package_version("openvino"), *hashes))


def _record(measured: Measured) -> dict[str, object]:
    modes = [
        {
            "precision": mode.precision.value,
            "device": mode.device,
            "threads": mode.threads,
            "ms": ms,
        }
        for mode, ms in measured.ms.items()
    ]
    return {"chosen": list(measured.ms).index(measured.mode), "modes": modes}


def _read(path: Path) -> dict[str, Measured]:
    """What was kept; what is no longer understood is left out, and measured anew."""
    found: dict[str, Measured] = {}
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        for key, record in json.loads(path.read_text(encoding="utf-8")).items():
            ms = {
                InferenceMode(
                    Precision(each["precision"]), str(each["device"]), each["threads"]
                ): float(each["ms"])
                for each in record["modes"]
            }
            found[key] = Measured(list(ms)[record["chosen"]], ms)
    return found
