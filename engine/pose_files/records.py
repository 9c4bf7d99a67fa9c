r"""The ``.pose`` format: a header and records of one size, one for each hand of each frame.

A file is::

    "CHPOSE1\n"                     8 bytes
    length of the header, CRC-32   2 x uint32
    header                         JSON, UTF-8
    records                        125 bytes each, little endian (``RECORD``)

A frame with two hands has two records, a frame without a hand one, whose flags say so. Numbers are
kept in steps (below), so what is read differs from what was given by half a step at most, and
writing it again gives the same bytes. Joints are kept as steps from their parents, each from where
the parent is *read*, so that errors do not add up. Each record has a checksum: a file that was cut
or damaged is read up to there and beyond.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import MAX_PARAMETER, Camera, FloatArray
from engine.errors import InvalidInputError
from engine.skeleton import JOINT_COUNT, JOINT_NAMES, PARENTS, Handedness
from engine.tracking.generate import LATENT_SIZE, POSE_CONTRACT
from engine.types import frozen

MAGIC: Final = b"CHPOSE1\n"
FORMAT: Final = "crossing-hands-pose/1"
MAX_HEADER_BYTES: Final = 1 << 16
MAX_PIXELS: Final = 1 << 24
"""Of the images that are drawn."""
_LENGTHS: Final = struct.Struct("<II")

HAND, LEFT, MIRRORED, LATENT, LOST = 1, 2, 4, 8, 16
"""Flags: there is a hand, it is a left one, its crop was mirrored, it has a latent; without a hand:
one that was followed has just vanished."""
PLACE_STEP_MM: Final = 0.25
"""Of the wrist and of the crop's centre."""
BONE_STEP_MM: Final = np.array([1.0 if parent == 0 else 0.5 for parent in PARENTS[1:]], np.float32)
"""[20]: bones of the palm reach 127 mm, those of the fingers 63 mm along each axis."""
LATENT_STEP: Final = np.repeat(np.array([1 / 24, 1 / 120, 1 / 50], np.float32), (20, 6, 3))
"""[29]: of the code, of the rotation's two unit columns, and of the root (1 mm)."""
ERROR_STEP_MM: Final = 0.25
CUBE_STEP_MM: Final = 0.25

RECORD: Final = np.dtype(
    [
        ("frame", "<u4"),  # as the source counted it
        ("timestamp_ms", "<f8"),  # on the source's clock
        ("track", "<u2"),
        ("flags", "u1"),
        ("score", "u1"),  # probability of a hand, in 255ths
        ("side_score", "u1"),  # of its side, in 255ths
        ("error", "u1"),  # mean expected error of the joints
        ("cube", "<u2"),  # side of the crop's cube
        ("centre", "<i2", (3,)),  # of the crop, camera frame
        ("wrist", "<i2", (3,)),  # camera frame
        ("bones", "i1", (JOINT_COUNT - 1, 3)),  # from joint to joint, camera frame
        ("latent", "i1", (LATENT_SIZE,)),
        ("check", "<u4"),  # of all bytes before it
    ]
)
_CHECKED: Final = RECORD.itemsize - 4
_WEIGHTS: Final = (np.arange(1, _CHECKED + 1, dtype=np.uint64) * 2654435761 % (1 << 32)).astype(
    np.uint32
) | np.uint32(1)
"""Odd, so that no single byte can change without the checksum."""
_CHECK_OF_ZEROS: Final = np.uint32(0x45534F50)

Records = NDArray[np.void]
"""[N] of ``RECORD``."""


@dataclass(frozen=True, slots=True, eq=False)
class PoseHand:
    """A hand as a file keeps it: mm, camera frame.

    ``joints_mm`` [21, 3]; ``centre_mm`` [3] and ``cube_mm`` of the crop it was found in, which was
    flipped if ``mirrored``; ``latent`` [29] of that crop, None where there was none; ``error_mm``
    the mean expected error of its joints.
    """

    track_id: int
    handedness: Handedness
    mirrored: bool
    score: float
    side_score: float
    error_mm: float
    cube_mm: float
    centre_mm: FloatArray
    joints_mm: FloatArray
    latent: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class PoseFrame:
    """One frame: its number and time as the source had them, and its hands; ``lost`` if there is
    none and one that was followed has just vanished."""

    index: int
    timestamp_ms: float
    hands: tuple[PoseHand, ...] = ()
    lost: bool = False


# -- header --------------------------------------------------------------------------------------


def encode_header(camera: Camera) -> bytes:
    """The beginning of a file of hands seen by ``camera``."""
    fields = {
        "format": FORMAT,
        "camera": asdict(camera),
        "record_bytes": RECORD.itemsize,
        "fields": [[name, str(RECORD[name])] for name in RECORD.names or ()],
        "place_step_mm": PLACE_STEP_MM,
        "bone_step_mm": BONE_STEP_MM.tolist(),
        "latent_step": [round(float(step), 6) for step in LATENT_STEP],
        "joints": list(JOINT_NAMES),
        "parents": list(PARENTS),
        "latent": POSE_CONTRACT,
    }
    text = json.dumps(fields).encode()
    return MAGIC + _LENGTHS.pack(len(text), zlib.crc32(text)) + text


def decode_header(head: bytes) -> tuple[Camera, int]:
    """The camera, and where the records begin, from a file's first ``MAX_HEADER_BYTES``.

    Raises:
        InvalidInputError: if it is no such file, damaged, or of another version.
    """
    if not head.startswith(MAGIC[:6]):
        raise InvalidInputError("it is no .pose file")
    if not head.startswith(MAGIC):
        raise InvalidInputError(f"it is of another version than {FORMAT!r}")
    begin = len(MAGIC) + _LENGTHS.size
    if len(head) < begin:
        raise InvalidInputError("its header is cut off")
    length, check = _LENGTHS.unpack(head[len(MAGIC) : begin])
    text = head[begin : begin + length]
    if length > MAX_HEADER_BYTES or len(text) < length or zlib.crc32(text) != check:
        raise InvalidInputError("its header is damaged")
    try:
        fields = json.loads(text)
        camera = _camera(fields["camera"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidInputError(f"its header is damaged: {error!r:.100}") from error
    expected = (FORMAT, RECORD.itemsize, list(JOINT_NAMES))
    if (fields.get("format"), fields.get("record_bytes"), fields.get("joints")) != expected:
        raise InvalidInputError(f"it is of another version than {FORMAT!r}")
    if fields.get("latent") != POSE_CONTRACT:
        raise InvalidInputError(f"its latents are not those of {POSE_CONTRACT.split(':')[0]!r}")
    return camera, begin + length


def _camera(fields: dict[str, Any]) -> Camera:
    numbers = ("fx", "fy", "cx", "cy", "depth_unit_mm", "fps", "nearest_mm", "lens_shift_px")
    floats = {name: float(fields[name]) for name in numbers}
    if not all(0.0 <= floats[name] < MAX_PARAMETER for name in ("nearest_mm", "lens_shift_px")):
        raise InvalidInputError("its camera cannot be that")
    width, height = int(fields["width"]), int(fields["height"])
    name, serial = str(fields["name"]), str(fields.get("serial", ""))
    camera = Camera(width=width, height=height, name=name, serial=serial, **floats)
    if width * height > MAX_PIXELS:
        raise InvalidInputError(f"its images would have {width} x {height} pixels")
    return camera


# -- records -------------------------------------------------------------------------------------


def encode_frame(frame: PoseFrame) -> Records:
    """The records [1 or more] of a frame."""
    records = np.zeros(max(len(frame.hands), 1), RECORD)
    records["frame"], records["timestamp_ms"] = frame.index, frame.timestamp_ms
    records["flags"] = LOST if frame.lost and not frame.hands else 0
    for record, hand in zip(records, frame.hands, strict=False):
        _encode_hand(record, hand)
    records["check"] = checksums(records)
    return records


def decode_frame(records: Records) -> PoseFrame:
    """The frame of its ``records`` [1 or more]."""
    first = records[0]
    hands = tuple(_decode_hand(record) for record in records if record["flags"] & HAND)
    lost = bool(first["flags"] & LOST) and not hands
    return PoseFrame(int(first["frame"]), float(first["timestamp_ms"]), hands, lost)


def checksums(records: Records) -> NDArray[np.uint32]:
    """[N]: what ``check`` has to be, the weighted sum of the bytes before it, and a constant that
    keeps a record of nothing but zeros from being whole, modulo 2^32."""
    content = np.ascontiguousarray(records).view(np.uint8).reshape(len(records), RECORD.itemsize)
    return content[:, :_CHECKED].astype(np.uint32) @ _WEIGHTS + _CHECK_OF_ZEROS


def joints_of(records: Records) -> FloatArray:
    """Joints [N, 21, 3] of records with hands, mm, camera frame."""
    joints = np.empty((len(records), JOINT_COUNT, 3), np.float32)
    joints[:, 0] = records["wrist"] * np.float32(PLACE_STEP_MM)
    bones = bones_of(records)
    for child in range(1, JOINT_COUNT):
        joints[:, child] = joints[:, PARENTS[child]] + bones[:, child - 1]
    return joints


def bones_of(records: Records) -> FloatArray:
    """From each joint's parent to the joint [N, 20, 3], mm, camera frame."""
    return np.asarray(records["bones"] * BONE_STEP_MM[:, None], np.float32)


def _encode_hand(record: Any, hand: PoseHand) -> None:
    flags = HAND | (LEFT if hand.handedness is Handedness.LEFT else 0)
    flags |= (MIRRORED if hand.mirrored else 0) | (LATENT if hand.latent is not None else 0)
    record["flags"], record["track"] = flags, hand.track_id & 0xFFFF
    record["score"] = _steps(hand.score, 1 / 255, 0, 255)
    record["side_score"] = _steps(hand.side_score, 1 / 255, 0, 255)
    record["error"] = _steps(hand.error_mm, ERROR_STEP_MM, 0, 255)
    record["cube"] = _steps(hand.cube_mm, CUBE_STEP_MM, 0, 65_535)
    record["centre"] = _steps(hand.centre_mm, PLACE_STEP_MM, -32_768, 32_767)
    record["wrist"] = _steps(hand.joints_mm[0], PLACE_STEP_MM, -32_768, 32_767)
    read = np.zeros((JOINT_COUNT, 3), np.float32)
    read[0] = record["wrist"] * np.float32(PLACE_STEP_MM)
    bones = np.zeros((JOINT_COUNT - 1, 3), np.int8)
    for child in range(1, JOINT_COUNT):
        parent, step = read[PARENTS[child]], BONE_STEP_MM[child - 1]
        bones[child - 1] = _steps(hand.joints_mm[child] - parent, step, -127, 127)
        read[child] = parent + bones[child - 1] * step
    record["bones"] = bones
    if hand.latent is not None:
        record["latent"] = _steps(_unit_columns(hand.latent), LATENT_STEP, -127, 127)


def _decode_hand(record: Any) -> PoseHand:
    flags = int(record["flags"])
    latent = record["latent"] * LATENT_STEP if flags & LATENT else None
    return PoseHand(
        track_id=int(record["track"]),
        handedness=Handedness.LEFT if flags & LEFT else Handedness.RIGHT,
        mirrored=bool(flags & MIRRORED),
        score=int(record["score"]) / 255,
        side_score=int(record["side_score"]) / 255,
        error_mm=int(record["error"]) * ERROR_STEP_MM,
        cube_mm=int(record["cube"]) * CUBE_STEP_MM,
        centre_mm=frozen(record["centre"] * np.float32(PLACE_STEP_MM)),
        joints_mm=frozen(joints_of(np.array([record], RECORD))[0]),
        latent=None if latent is None else frozen(latent),
    )


def _unit_columns(latent: FloatArray) -> FloatArray:
    """The latent with the two columns of its rotation of length 1, which tells the same rotation;
    as read back, the columns are of nearly that length, so they are left as they are then."""
    out = np.array(latent, np.float32)
    for column in (slice(20, 23), slice(23, 26)):
        length = float(np.linalg.norm(out[column]))
        if not 0.98 < length < 1.02:
            out[column] /= max(length, 1e-6)
    return out


def _steps(values: Any, step: Any, least: int, most: int) -> Any:
    finite = np.nan_to_num(np.asarray(values, np.float64) / step)
    return np.clip(np.rint(finite), least, most)
