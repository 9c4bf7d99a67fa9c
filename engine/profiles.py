"""Profiles: networks adapted to one camera and one person, with what they were made of.

A profile is a folder of networks as ``--models`` takes it (``manifest.json``, networks,
``calibration.json``, ``latent_space.json``) and a ``profile.json``: who it is for, of which
recordings and networks it was made, what was measured before and after, and the hash of every file
it is made of. Whoever adapts networks fills a folder and calls ``write_profile`` last; whoever uses
a folder calls ``read_profile`` first. Other files in the folder are never opened.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from engine import model_files
from engine.assets import asset_path
from engine.bone_lengths import bones_of, check_bones
from engine.errors import InvalidInputError, ModelError
from engine.model_files import MANIFEST, checked_record, file_hash, read_json, read_manifest
from engine.output import write_text

PROFILE_FILE: Final = "profile.json"
FORMAT: Final = "crossing-hands-profile/1"
KEPT_SUFFIXES: Final = (".json", ".xml", ".bin", ".html", ".png")
"""Kinds of files that a profile is made of; none is run as code."""
NEEDED: Final = (MANIFEST, "calibration.json")
LONGEST: Final = 60
"""Most letters of a profile's name."""
_NAME: Final = re.compile(r"\w([\w .()-]*[\w)])?")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MAX_TEXT: Final = 500
_MAX_ENTRIES: Final = 1000


@dataclass(frozen=True, slots=True)
class ProfileRecording:
    """A recording that networks were adapted on.

    ``name`` of its file or folder; ``sha256`` as ``recording_hash`` gives it; ``frames`` and
    ``seconds`` of it.
    """

    name: str
    sha256: str
    frames: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Gain:
    """One measure, taken of the same held-out frames ``before`` (base networks) and ``after``.

    ``unit`` "mm", "%" and so on, empty for a plain number; ``lower_is_better`` as for an error.
    """

    before: float
    after: float
    unit: str = ""
    lower_is_better: bool = True

    @property
    def better(self) -> bool:
        """Whether ``after`` is better than ``before``."""
        return self.after < self.before if self.lower_is_better else self.after > self.before


@dataclass(frozen=True, slots=True)
class Profile:
    """What ``profile.json`` says.

    ``name`` for people, usable as a folder's name; ``created`` in UTC, ISO 8601; ``recordings`` it
    was made of; ``camera_name`` and ``camera_serial`` of their camera, empty where unknown;
    ``base`` the ``networks_digest`` of the networks it started from; ``gains`` by the measure's
    name in words; ``report`` the HTML file in the folder that shows the proof, empty for none;
    ``files`` maps each file of the profile to its SHA-256 (``write_profile`` fills it);
    ``bone_lengths_mm`` of the person [20], in the order of ``skeleton.BONES``, empty if unknown.

    Raises:
        InvalidInputError: naming the field that is not usable.
    """

    name: str
    recordings: tuple[ProfileRecording, ...]
    base: str
    camera_name: str = ""
    camera_serial: str = ""
    gains: Mapping[str, Gain] = field(default_factory=lambda: MappingProxyType({}))
    report: str = ""
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    bone_lengths_mm: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name)
        _check_texts(self)
        _check_created(self.created)
        if not self.recordings or len(self.recordings) > _MAX_ENTRIES:
            raise InvalidInputError("recordings must name at least one recording")
        if not _HASH.fullmatch(self.base):
            raise InvalidInputError("base must be a SHA-256")
        for recording in self.recordings:
            _check_recording(recording)
        check_bones(self.bone_lengths_mm)
        for name, gain in self.gains.items():
            if not (math.isfinite(gain.before) and math.isfinite(gain.after)):
                raise InvalidInputError(f"gains must be finite numbers, not those of {name!r:.80}")
        for file, hash_ in self.files.items():
            if not is_plain_name(file) or not _HASH.fullmatch(hash_):
                raise InvalidInputError(f"files names {file!r:.80}, which no profile is made of")
        if self.report and (not is_plain_name(self.report) or not self.report.endswith(".html")):
            raise InvalidInputError(f"report must be a .html beside it, not {self.report!r:.80}")

    @property
    def seconds(self) -> float:
        """Length of all its recordings."""
        return sum(recording.seconds for recording in self.recordings)


def check_name(name: str) -> None:
    """Refuse a name that cannot be a folder's everywhere.

    Raises:
        InvalidInputError: if it cannot.
    """
    if len(name) > LONGEST or _NAME.fullmatch(name) is None:
        raise InvalidInputError(
            f"a profile's name has up to {LONGEST} letters, digits, spaces and - . ( ), "
            f"not {name!r:.80}"
        )


def is_plain_name(file: str) -> bool:
    """Whether ``file`` names a file right in the folder of a profile, of a kind it may have."""
    plain = 0 < len(file) <= 100 and not set("/\\") & set(file) and not file.startswith(".")
    return plain and Path(file).name == file and Path(file).suffix in KEPT_SUFFIXES


def write_profile(directory: Path, profile: Profile) -> Profile:
    """Seal the folder ``directory``: hash its files and write ``profile.json``, which is returned
    with its ``files``. The networks, their manifest and the report must be there already.

    Raises:
        ModelError: if a needed file is missing or the manifest names what is not there.
        ExportError: if ``profile.json`` cannot be written.
    """
    found = sorted(path.name for path in directory.iterdir() if path.is_file())
    kept = [name for name in found if is_plain_name(name) and name != PROFILE_FILE]
    hashes = {name: file_hash(directory / name) for name in kept}
    sealed = replace(profile, files=MappingProxyType(hashes))
    _check_complete(directory, sealed)
    gains = {name: asdict(gain) for name, gain in sealed.gains.items()}
    fields = asdict(replace(sealed, gains={}, files={})) | {"gains": gains, "files": dict(hashes)}
    text = json.dumps({"format": FORMAT, **fields}, indent=1, ensure_ascii=False)
    write_text(directory / PROFILE_FILE, text + "\n")
    return sealed


def read_profile(directory: Path) -> Profile:
    """What the profile in ``directory`` says, once every file of it has its hash.

    Raises:
        ModelError: in one sentence, if anything of it is missing, damaged or not what it was.
    """
    path = directory / PROFILE_FILE
    if not path.exists():
        raise ModelError(f"{directory} is no profile: it has no {PROFILE_FILE}")
    record = read_json(path)
    if record.get("format") != FORMAT:
        raise ModelError(
            f"{path} is of the format {record.get('format')!r:.80}, this program reads {FORMAT!r}"
        )
    try:
        profile = _parsed(record)
    except InvalidInputError as error:
        raise ModelError(f"{path} is damaged: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelError(f"{path} is damaged: {error!r:.200}") from error
    _check_complete(directory, profile)
    model_files.check_hashes(directory, dict(profile.files))
    return profile


def check_profile(directory: Path) -> None:
    """Verify ``directory`` if it holds a profile; a plain folder of networks needs none.

    Raises:
        ModelError: as ``read_profile``.
    """
    if (directory / PROFILE_FILE).exists():
        read_profile(directory)


def networks_digest(directory: Path | None = None) -> str:
    """One SHA-256 for all networks of a folder (None: the shipped ones), from its manifest.

    Raises:
        ModelError: if the manifest cannot be read.
    """
    directory = directory or asset_path("models")
    hashes = {
        f"{name}/{file}": hash_
        for name in read_manifest(directory)
        for file, hash_ in checked_record(directory, name)["sha256"].items()
    }
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def recording_hash(path: Path) -> str:
    """SHA-256 of a recording: of a file's content, or of a folder's names and contents.

    Raises:
        OSError: if it cannot be read.
    """
    if path.is_file():
        return file_hash(path)
    whole = hashlib.sha256()
    for file in sorted(each for each in path.rglob("*") if each.is_file()):
        whole.update(f"{file.relative_to(path).as_posix()}\0{file_hash(file)}\n".encode())
    return whole.hexdigest()


def _check_complete(directory: Path, profile: Profile) -> None:
    """Whether ``files`` hold what the folder needs: the networks, their weights, the report."""
    needed = {*NEEDED, *filter(None, [profile.report])}
    missing = sorted(needed - set(profile.files))
    if missing:
        raise ModelError(f"the profile in {directory} has no {missing[0]}")
    for name in read_manifest(directory):
        for file in checked_record(directory, name)["sha256"]:
            if file not in profile.files:
                raise ModelError(f"the profile in {directory} has no {file} of model '{name}'")


def _parsed(record: dict[str, Any]) -> Profile:
    """The fields of ``profile.json``; raises what a missing field or another type raises."""
    gains = {str(name): _gain(one) for name, one in record["gains"].items()}
    recordings = tuple(_recording(one) for one in record["recordings"])
    names = ("name", "base", "camera_name", "camera_serial", "report", "created")
    texts = {name: _text(record[name]) for name in names}
    files = {str(name): _text(hash_) for name, hash_ in record["files"].items()}
    return Profile(
        recordings=recordings,
        gains=MappingProxyType(gains),
        files=MappingProxyType(files),
        bone_lengths_mm=bones_of(record),
        **texts,
    )


def _gain(one: dict[str, Any]) -> Gain:
    before, after = float(one["before"]), float(one["after"])
    return Gain(before, after, _text(one["unit"]), bool(one["lower_is_better"]))


def _recording(one: dict[str, Any]) -> ProfileRecording:
    name, hash_ = _text(one["name"]), _text(one["sha256"])
    return ProfileRecording(name, hash_, int(one["frames"]), float(one["seconds"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.80} is no text")
    return value


def _check_texts(profile: Profile) -> None:
    for name in ("camera_name", "camera_serial"):
        if len(getattr(profile, name)) > _MAX_TEXT:
            raise InvalidInputError(f"{name} must have at most {_MAX_TEXT} letters")
    entries = max(len(profile.gains), len(profile.files))
    longest = max(map(len, (*profile.gains, *(gain.unit for gain in profile.gains.values()), "")))
    if entries > _MAX_ENTRIES or longest > _MAX_TEXT:
        raise InvalidInputError("gains and files are too many or too long")


def _check_created(created: str) -> None:
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInputError(f"created must be a moment in UTC, not {created!r:.80}")


def _check_recording(recording: ProfileRecording) -> None:
    if not 0 < len(recording.name) <= _MAX_TEXT:
        raise InvalidInputError("a recording needs a name")
    if not _HASH.fullmatch(recording.sha256):
        raise InvalidInputError(f"sha256 of {recording.name!r:.80} must be a SHA-256")
    if recording.frames < 0 or not 0.0 <= recording.seconds < math.inf:
        raise InvalidInputError(f"frames and seconds of {recording.name!r:.80} cannot be that")
