"""Where depth frames come from: cameras, recordings, folders, the synthetic camera."""

from __future__ import annotations

from pathlib import Path

from engine.errors import SourceError
from engine.sources.base import DepthSource
from engine.sources.camera_choice import CameraChoice, is_camera_spec

__all__ = ["DepthSource", "open_source"]

RECORDING_SUFFIXES = (".bag", ".db3", ".mcap")


def open_source(spec: str | None, *, seed: int = 0) -> DepthSource:
    """Open what ``spec`` names.

    ``spec`` is a ``.bag``, ``.db3`` or ``.mcap`` file, a folder of PNGs or of ``ros2 bag record``,
    ``synthetic``, ``camera`` or ``camera:SERIAL,MODE,PRESET`` (``camera_choice.CameraChoice``);
    None takes the camera if one is attached, else the synthetic one. ``seed`` is the synthetic
    camera's.

    Raises:
        SourceError: if it cannot be opened; one line that names it and says what is wrong.
        InvalidInputError: if the camera's mode is not understood.
    """
    if spec is None:
        return _camera_or_synthetic(seed)
    if spec == "synthetic":
        return _synthetic(seed)
    if is_camera_spec(spec):
        return _camera(spec)
    return _file(spec)


def _file(spec: str) -> DepthSource:
    path = Path(spec)
    try:
        is_folder, is_file, exists = path.is_dir(), path.is_file(), path.exists()
    except (OSError, ValueError) as error:
        raise SourceError(f"{spec!r} cannot be opened: {error}") from error
    if not spec or not exists:
        raise SourceError(f"{spec or 'the empty name'}: no such file or folder")
    if is_folder:
        from engine.sources.message_folder import is_message_folder

        if is_message_folder(path):
            return _messages(path)
        from engine.sources.folder import FolderSource

        return FolderSource(path)
    if not is_file:
        raise SourceError(f"{spec} is neither a file nor a folder")
    from engine.sources.open_messages import is_message_file

    if path.suffix.lower() in RECORDING_SUFFIXES or is_message_file(path):
        return _messages(path)
    kind = _foreign_kind(path) or "of an unknown type"
    hint = "; open the folder it lies in instead" if path.suffix.lower() == ".png" else ""
    raise SourceError(
        f"{spec} is {kind}; a source is a .bag, .db3 or .mcap recording, "
        f"a folder of 16-bit PNGs, 'synthetic' or 'camera'{hint}"
    )


def _foreign_kind(path: Path) -> str | None:
    """What a file of another name is, if it is known."""
    from engine.sources.foreign_file import HEAD_BYTES, foreign_kind

    try:
        with path.open("rb") as file:
            return foreign_kind(file.read(HEAD_BYTES))
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error


def _messages(path: Path) -> DepthSource:
    from engine.sources.message_recording import MessageRecording

    return MessageRecording(path)


def _camera(spec: str) -> DepthSource:
    choice = CameraChoice.parse(spec)
    from engine.sources.realsense_devices import SdkDevices
    from engine.sources.reconnecting_camera import ReconnectingCamera

    return ReconnectingCamera(SdkDevices(), choice)


def _synthetic(seed: int) -> DepthSource:
    from engine.sources.synthetic import SyntheticCamera

    return SyntheticCamera(seed=seed)


def _camera_or_synthetic(seed: int) -> DepthSource:
    from engine.sources.realsense_devices import attached_cameras

    return _camera("camera") if attached_cameras() else _synthetic(seed)
