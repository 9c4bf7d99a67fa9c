"""Opens the source of a job without a window, and loads its networks."""

from __future__ import annotations

from typing import Any, Final

from engine.any_source import open_source, recorded_hands
from engine.run.runner import Step
from engine.sources.base import DepthSource
from engine.tracking.config import Options

BESIDE_READING: Final = 1
"""Threads of the networks where a recording is read and written beside them: on two cores 387
instead of 310 frames a second where decoding is dear (``tests.bench --headless``), else as many."""


def open_any(options: Options) -> DepthSource:
    """Open the source of ``options``, whatever it is.

    Raises:
        SourceError, InvalidInputError, ModelError: one clear line.
    """
    return open_source(
        options.source, seed=options.seed, device=options.device, models=options.models
    )


def load_pipeline(options: Options, source: DepthSource) -> Step[Any]:
    """What finds the hands in ``source``: the pipeline of ``options``, on a device that computes
    right, or the hands that a recording without images holds.

    Raises:
        ModelError: if a network is missing or damaged, or the device cannot be used.
    """
    recorded = recorded_hands(source)
    if recorded is not None:
        return recorded
    # Imported when the source was found usable: the networks' runtime takes a while to load.
    from engine.tracking.inference_mode import load_fastest
    from engine.tracking.self_check import require_sound

    require_sound(options.device)
    threads = None if source.live else BESIDE_READING
    return load_fastest(options.device, options.models, threads)
