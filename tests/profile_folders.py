"""Small profiles of our own making for tests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from engine.assets import asset_path
from engine.profiles import Gain, Profile, ProfileRecording, networks_digest, write_profile

RECORDING = ProfileRecording("mine.db3", "ab" * 32, 3600, 120.0)


def draft(name: str = "My hand", **fields: object) -> Profile:
    """A profile that is not sealed yet."""
    given: dict[str, object] = {
        "recordings": (RECORDING,),
        "base": networks_digest(),
        "camera_name": "Intel RealSense D435",
        "camera_serial": "0123456789",
        "gains": {
            "explained share": Gain(60.0, 71.5, "%", lower_is_better=False),
            "jitter of still hands": Gain(2.4, 1.8, "mm"),
        },
    }
    return Profile(name=name, **(given | fields))  # type: ignore[arg-type]


def decoder_profile(folder: Path, name: str = "My hand") -> Profile:
    """Fill ``folder`` with a profile of one small network."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("pose_decoder.xml", "pose_decoder.bin", "latent_space.json", "calibration.json"):
        shutil.copy(asset_path("models", file), folder / file)
    record = json.loads(asset_path("models", "manifest.json").read_text())["pose_decoder"]
    (folder / "manifest.json").write_text(json.dumps({"pose_decoder": record}))
    (folder / "report.html").write_text("<p>before and after</p>")
    return write_profile(folder, draft(name, report="report.html"))


def whole_profile(folder: Path, name: str = "My hand") -> Profile:
    """Fill ``folder`` with a profile of all shipped networks."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in asset_path("models").iterdir():
        if path.suffix in (".json", ".xml", ".bin"):
            shutil.copy(path, folder / path.name)
    return write_profile(folder, draft(name))
