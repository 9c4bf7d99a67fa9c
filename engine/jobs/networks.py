"""Loads the networks of a job without a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.tracking.config import Options

if TYPE_CHECKING:
    from engine.tracking.pipeline import Pipeline


def load_pipeline(options: Options) -> Pipeline:
    """The pipeline of ``options``, on a device that computes right.

    Raises:
        ModelError: if a network is missing or damaged, or the device cannot be used.
    """
    # Imported when the source was found usable: the networks' runtime takes a while to load.
    from engine.tracking.pipeline import Pipeline
    from engine.tracking.self_check import require_sound

    require_sound(options.device)
    return Pipeline.load(device=options.device, directory=options.models)
