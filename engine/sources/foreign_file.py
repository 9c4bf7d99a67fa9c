"""Names what a file is that is not what its name promises."""

from __future__ import annotations

import re
from typing import Final

HEAD_BYTES: Final = 512
"""So much of a file's beginning is needed."""

_SIGNATURES: Final = (
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"Rar!", "a rar archive: unpack it first"),
    (b"\xfd7zXZ\0", "an xz archive: unpack it first"),
    (b"BZh", "a bzip2 archive: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive: unpack it first ('zstd -d')"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1aE\xdf\xa3", "a video (Matroska)"),
    (b"RIFF", "a video or sound (RIFF)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"#ROSBAG V1", "a ROS bag of version 1: 'rosbag fix' makes a newer one of it"),
    (b"ply\n", "a point cloud (PLY)"),
)  # fmt: skip
_LFS: Final = re.compile(rb"version https?://\S*git-lfs\S*|version https?://hawser\S*")
_LFS_SIZE: Final = re.compile(rb"^size (\d{1,15})$", re.MULTILINE)
_WEB: Final = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)", re.IGNORECASE | re.DOTALL
)
_XML: Final = re.compile(rb"(\xef\xbb\xbf)?\s*<(\?xml|Error|[A-Za-z]+>)", re.IGNORECASE)
_JSON: Final = re.compile(rb'\s*\{\s*"')


def foreign_kind(head: bytes) -> str | None:
    """What a file is whose first ``HEAD_BYTES`` are ``head``, to be put after "this is"; None if
    it is nothing that people mistake for a recording.

    For a git-lfs pointer it names what is missing and how to get it.
    """
    if _LFS.match(head):
        size = _LFS_SIZE.search(head)
        missing = f"{_megabytes(int(size[1]))} are missing" if size else "the content is missing"
        return f"a git-lfs pointer, not the file itself ({missing}): run 'git lfs pull'"
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    if head[4:8] == b"ftyp":
        return "a video (MP4)"
    if _WEB.match(head):
        return "a web page, not the file itself: download it again"
    if _XML.match(head) or _JSON.match(head):
        return "a text, perhaps a server's error message, not the file itself: download it again"
    if len(head) and not head.strip(b"\0"):
        return "nothing but zeros: its copy or download was never finished"
    return None


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{max(1, size // 1000)} kB"
