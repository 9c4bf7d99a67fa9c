"""The NYU hand pose data set (Tompson et al., ACM TOG 2014).

``{train,test}/depth_{view}_{number:07d}.png`` hold depth in mm, its upper byte in green and its
lower one in blue; ``joint_data.mat`` holds ``joint_uvd`` [view, frame, 36, 3] in pixels and mm.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.pictures.png import DECODER_ERRORS
from engine.sources.depth_units import depth_in_mm
from training.datasets.formats import NYU, to_mm
from training.datasets.frames import FileDataset, check_size, names_in, require_folder

# What scipy raises on damaged files, beside OSError.
_MAT_ERRORS = (
    *(MatReadError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(NotImplementedError, OverflowError, MemoryError, EOFError, struct.error, zlib.error),
)


class NyuDataset(FileDataset):
    """One split as one of its three cameras saw it; view 1 is the one that is evaluated.

    Images without joints are left out. Which of the 36 points stand for which joint:
    ``formats.NYU``.

    Raises:
        InvalidInputError: if images or annotations are missing, damaged or of different number.
    """

    def __init__(
        self, path: Path, split: str, *, view: int = 1, allow_missing: bool = False
    ) -> None:
        folder = require_folder(path / split, f"NYU's {split} split")
        uvd = _read_joints(folder / "joint_data.mat", view)
        files = [f"depth_{view}_{number:07d}.png" for number in range(1, len(uvd) + 1)]
        images = {name for name in names_in(folder) if name.startswith(f"depth_{view}_")}
        native = to_mm(uvd, NYU.camera).astype(np.float32)
        super().__init__(
            NYU,
            folder,
            files,
            native,
            unlabelled=sorted(images.difference(files)),
            allow_missing=allow_missing,
        )

    def _read_depth(self, path: Path) -> FloatArray:
        check_size(path, self._form.camera)
        try:
            with Image.open(path, formats=("PNG",)) as image:
                packed = np.asarray(image)
        except DECODER_ERRORS as error:
            raise InvalidInputError(f"{path} is damaged: {error}") from error
        if packed.dtype != np.uint8 or packed.ndim != 3 or packed.shape[2] != 3:
            raise InvalidInputError(f"{path} is no 8-bit RGB PNG, into which NYU packs depth")
        return depth_in_mm(packed[..., 1].astype(np.uint16) * 256 + packed[..., 2], 1.0)


def _read_joints(path: Path, view: int) -> FloatArray:
    """``joint_uvd`` [N, 36, 3] of a view."""
    try:
        stored = np.asarray(loadmat(path, variable_names=["joint_uvd"])["joint_uvd"])
    except _MAT_ERRORS as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidInputError(f"{path} holds no readable joint_uvd: {reason}") from error
    joints = len(NYU.native_joints)
    if stored.ndim != 4 or stored.shape[2:] != (joints, 3) or stored.dtype.kind not in "fiu":
        raise InvalidInputError(
            f"{path}: joint_uvd is {stored.dtype} {list(stored.shape)}, "
            f"not [views, frames, {joints}, 3]"
        )
    if not 1 <= view <= len(stored):
        raise InvalidInputError(f"{path} has views 1 to {len(stored)}, not {view}")
    uvd = stored[view - 1].astype(np.float64)
    good = np.isfinite(uvd).all(axis=(1, 2)) & (uvd[..., 2] > 0).all(axis=1)
    if not good.all():
        number = int(np.argmin(good)) + 1
        raise InvalidInputError(f"{path}: frame {number} of view {view} has no usable joints")
    if not len(uvd):
        raise InvalidInputError(f"{path} annotates no frame")
    return uvd
