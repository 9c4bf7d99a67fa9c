"""The user's profiles as the window shows them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.profile_store import StoredProfile


@dataclass(frozen=True, slots=True)
class ProfilesState:
    """``stored`` are all profiles, usable or not; ``used`` the key of the one whose networks the
    present source has, empty for the shipped ones; ``camera_serial`` for which camera it is
    remembered, empty where it is for this run of the program only.
    """

    stored: tuple[StoredProfile, ...] = ()
    used: str = ""
    camera_serial: str = ""

    def named(self, key: str) -> StoredProfile | None:
        """The profile with this key."""
        return next((each for each in self.stored if each.key == key), None)
