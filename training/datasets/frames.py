"""Annotated depth frames, and what every reader of a data set offers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.errors import InvalidInputError
from engine.pictures.png import read_depth_png, read_png_header
from engine.skeleton import TIPS, WRIST, Handedness
from engine.sources.depth_units import depth_in_mm
from engine.sources.folder_files import why_no_depth
from engine.types import freeze_arrays
from training.datasets.formats import DatasetFormat

FLEXED_MM: Final = 5.0
DECISIVE_FRAMES: Final = 10
DECISIVE_SHARE: Final = 0.75
ALLOW_MISSING: Final = "--allow-missing leaves them out"
LOOKED_AT: Final = 5000
"""Frames, evenly spread over a set, that tell which hands it shows."""


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedFrame:
    """A depth image with the joints of its one hand.

    ``depth_mm`` [H, W] float32, 0 = no measurement; ``joints_mm`` [21, 3] in MediaPipe order and
    ``native_mm`` [J, 3] in the set's own, both in mm, camera frame, NaN where not marked;
    ``name`` is the file's, relative to the data set.
    """

    depth_mm: FloatArray
    camera: Camera
    joints_mm: FloatArray
    native_mm: FloatArray
    handedness: Handedness
    name: str

    def __post_init__(self) -> None:
        freeze_arrays(self, "depth_mm", "joints_mm", "native_mm")


@runtime_checkable
class DepthDataset(Protocol):
    """Annotated frames by number, read when asked for; any thread or process may read.

    ``missing`` names the annotated frames without an image, which are left out only where the
    caller allowed it, and ``unlabelled`` the images without an annotation, which always are.
    ``annotated`` counts the annotations and ``places`` [N] says which of them are the frames'.
    """

    @property
    def name(self) -> str: ...

    @property
    def native_joints(self) -> tuple[str, ...]: ...

    @property
    def missing(self) -> tuple[str, ...]: ...

    @property
    def unlabelled(self) -> tuple[str, ...]: ...

    @property
    def annotated(self) -> int: ...

    @property
    def places(self) -> NDArray[np.intp]: ...

    @property
    def handedness(self) -> Handedness: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> AnnotatedFrame:
        """Frame ``index``.

        Raises:
            IndexError: beyond the last frame.
            InvalidInputError: naming the file, if it is missing or damaged.
        """
        ...


class FileDataset:
    """Joints in memory, one image file a frame: what the readers share.

    ``files`` are relative to ``root``; ``native_mm`` [N, J, 3] in mm, camera frame; ``unlabelled``
    names images without annotation.

    Raises:
        InvalidInputError: if an annotated image is missing (unless ``allow_missing``), or most
            joints are those of mirrored hands.
    """

    def __init__(
        self,
        form: DatasetFormat,
        root: Path,
        files: Sequence[str],
        native_mm: FloatArray,
        *,
        handedness: Handedness | None = None,
        unlabelled: Sequence[str] = (),
        allow_missing: bool = False,
    ) -> None:
        self.name = form.name
        self.native_joints = form.native_joints
        self._form, self._root = form, root
        self._handedness = handedness or form.handedness
        there = _existing(root, files)
        self.missing = tuple(file for file, found in zip(files, there, strict=True) if not found)
        if self.missing and not allow_missing:
            raise InvalidInputError(
                f"{root / self.missing[0]} is missing: "
                f"{len(self.missing)} of {len(files)} annotated frames have no image "
                f"({ALLOW_MISSING})"
            )
        if len(self.missing) == len(files):
            raise InvalidInputError(f"{root} holds none of the {len(files)} annotated frames")
        self._files = [file for file, found in zip(files, there, strict=True) if found]
        self.unlabelled = tuple(unlabelled)
        self.annotated = len(files)
        self.places = np.flatnonzero(there)
        self._native_mm = native_mm[self.places] if self.missing else native_mm
        side = side_of_set(form, self._native_mm)
        if side is not None and side is not self._handedness:
            raise InvalidInputError(
                f"{root}: the joints are those of {side.value} hands; {form.name} shows "
                f"{self._handedness.value} ones, so an axis is flipped"
            )

    @property
    def handedness(self) -> Handedness:
        """The side of every hand of the set."""
        return self._handedness

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> AnnotatedFrame:
        index = range(len(self))[index]
        native = self._native_mm[index]
        return AnnotatedFrame(
            depth_mm=self._read_depth(self._root / self._files[index]),
            camera=self._form.camera,
            joints_mm=self._form.to_mediapipe(native),
            native_mm=native,
            handedness=self._handedness,
            name=self._files[index],
        )

    def _read_depth(self, path: Path) -> FloatArray:
        return read_grey_depth(path, self._form.camera)


def read_grey_depth(path: Path, camera: Camera) -> FloatArray:
    """A 16-bit grey PNG in mm, as most sets store depth.

    Raises:
        InvalidInputError: if it is missing, damaged, or of another type or size.
    """
    check_size(path, camera)
    return depth_in_mm(read_depth_png(path, camera.width, camera.height), 1.0)


def check_size(path: Path, camera: Camera) -> None:
    """Compare a PNG's size with that of its data set.

    Raises:
        InvalidInputError: if it is no PNG or of another size.
    """
    try:
        header = read_png_header(path)
    except InvalidInputError as error:
        raise InvalidInputError(why_no_depth(path) or str(error)) from error
    if (header.width, header.height) != (camera.width, camera.height):
        raise InvalidInputError(
            f"{path} is {header.width}x{header.height} pixels, "
            f"{camera.name} frames are {camera.width}x{camera.height}"
        )


def read_frames(
    dataset: DepthDataset, indices: Iterable[int], damaged: list[str] | None = None
) -> Iterator[tuple[int, AnnotatedFrame]]:
    """Frames with their numbers; damaged ones are left out and what is wrong with them is added to
    ``damaged``.

    Raises:
        InvalidInputError: naming the file, if one is damaged and there is no such list.
    """
    for index in indices:
        try:
            frame = dataset[index]
        except InvalidInputError as error:
            if damaged is None:
                raise InvalidInputError(f"{error} ({ALLOW_MISSING})") from error
            damaged.append(str(error))
            continue
        yield index, frame


def left_out(dataset: DepthDataset, damaged: Sequence[str]) -> tuple[str, ...]:
    """One sentence for each reason why annotations or images were left out."""
    counts = (
        (len(dataset.missing), "annotated frame had no image", "annotated frames had no image"),
        (len(dataset.unlabelled), "image has no label", "images have no label"),
        (
            len(damaged),
            f"image was damaged ({damaged[0]})" if damaged else "",
            "images were damaged",
        ),
    )
    return tuple(f"{count} {one if count == 1 else more}" for count, one, more in counts if count)


def require_folder(path: Path, what: str) -> Path:
    """``path`` if it is a folder.

    Raises:
        InvalidInputError: saying ``what`` is expected there.
    """
    if not path.is_dir():
        raise InvalidInputError(f"{path} is no folder; {what} is expected there")
    return path


def names_in(folder: Path) -> frozenset[str]:
    """The names in a folder, none if it cannot be read."""
    try:
        return frozenset(entry.name for entry in os.scandir(folder))
    except OSError:
        return frozenset()


def _existing(root: Path, files: Iterable[str]) -> list[bool]:
    """Which files are there; each folder is listed once, as sets hold a million of them."""
    listed: dict[str, frozenset[str]] = {}
    there = []
    for file in files:
        folder, _, name = file.rpartition("/")
        if folder not in listed:
            listed[folder] = names_in(root / folder)
        there.append(name in listed[folder])
    return there


def side_of_set(form: DatasetFormat, native_mm: FloatArray) -> Handedness | None:
    """The side of a set's hands [N, J, 3] as its joints tell it, None where they do not."""
    step = max(1, len(native_mm) // LOOKED_AT)
    return seen_handedness(form.to_mediapipe(native_mm[::step]))


def seen_handedness(joints_mm: NDArray[np.floating]) -> Handedness | None:
    """The side of hands [N, 21, 3] in mm, camera frame, from the way their fingers bend.

    Fingers bend towards the palm, which is on different sides of mirrored hands. None where too
    few frames show bent fingers, or the joints needed are not marked.
    """
    wrist, index, middle, little = (joints_mm[:, k] for k in (WRIST, 5, 9, 17))
    palm = np.cross(middle - wrist, little - index)
    tips = joints_mm[:, list(TIPS[1:])] - joints_mm[:, [5, 9, 13, 17]]
    height = np.maximum(np.linalg.norm(palm, axis=-1), 1e-6)
    flexion_mm = (palm * tips.mean(axis=1)).sum(axis=-1) / height
    bent = flexion_mm[np.abs(flexion_mm) > FLEXED_MM]
    share = float((bent > 0).mean()) if len(bent) >= DECISIVE_FRAMES else 0.5
    if share >= DECISIVE_SHARE:
        return Handedness.RIGHT
    return Handedness.LEFT if share <= 1.0 - DECISIVE_SHARE else None
