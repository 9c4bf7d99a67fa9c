"""Which networks a source gets: those of ``--models``, of its camera's profile, or the shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import CrossingHandsError
from engine.profile_store import profile_path

if TYPE_CHECKING:
    from engine.tracking.pipeline import Pipeline

SHIPPED: Final = ""
"""What stands in a profile's place for the networks that the program came with."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedNetworks:
    """Networks in use: the ``directory`` they came from (None: shipped) and the ``profile`` that
    it is, ``SHIPPED`` for none; ``problem`` says why those that were chosen are not used."""

    pipeline: Pipeline
    directory: Path | None
    profile: str = SHIPPED
    problem: str = ""


class NetworkFolders:
    """Remembers what was chosen for each camera. Any thread may call.

    Args:
        given: the folder of ``--models``, used until something is chosen; None for none.
    """

    def __init__(self, given: Path | None) -> None:
        self._given = given
        self._chosen: Mapping[str, str] = {}
        self._used = given

    @property
    def used(self) -> Path | None:
        """The folder of the networks loaded last, None for the shipped ones."""
        return self._used

    def choose(self, serial: str, profile: str) -> None:
        """Use a profile (or ``SHIPPED``) for the camera ``serial`` from the next load on; an empty
        serial stands for all sources that have none."""
        self._chosen = {**self._chosen, serial: profile}  # one reference is exchanged: no lock

    def remember(self, chosen: Mapping[str, str]) -> None:
        """Profiles that were chosen in earlier runs, by serial; ``--models`` goes before them."""
        if self._given is None:
            self._chosen = {**chosen, **self._chosen}

    def load(self, serial: str, device: str) -> LoadedNetworks:
        """The networks for a source with this ``serial``. A profile that cannot be used is left
        for the shipped networks; a folder of ``--models`` is not.

        Raises:
            ModelError: if not even those can be used, or the device cannot.
        """
        from engine.tracking.inference_mode import load_fastest
        from engine.tracking.pipeline import check_networks
        from engine.tracking.self_check import require_sound

        require_sound(device)
        profile, problem = self._chosen.get(serial, SHIPPED), ""
        if profile:
            try:
                directory = profile_path(profile)
                check_networks(directory)
                return self._loaded(load_fastest(device, directory), directory)
            except CrossingHandsError as error:
                problem = f"{error}; the shipped networks are used instead"
        folder = None if serial in self._chosen else self._given
        pipeline = load_fastest(device, folder)
        return replace(self._loaded(pipeline, folder), problem=problem)

    def _loaded(self, pipeline: Pipeline, directory: Path | None) -> LoadedNetworks:
        self._used = directory
        profile = SHIPPED if directory is None or directory == self._given else directory.name
        return LoadedNetworks(pipeline, directory, profile)
