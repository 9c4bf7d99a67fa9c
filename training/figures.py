"""Figures as files, light and small."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from engine.output import replacing


def save_figure(figure: Figure, path: Path) -> None:
    """Write ``figure`` as a PNG file.

    Raises:
        ExportError: if the file cannot be written; an older one is then as it was.
    """
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=100)
