"""What is not what its name promises is named in a line."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from engine.errors import SourceError
from engine.sources import open_source
from engine.sources.foreign_file import foreign_kind

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n"


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.bag", "content")
    return file.getvalue()


CONTENTS = {
    "git lfs pull": LFS % (b"0" * 64, 20_314_909),
    "20 MB are missing": LFS % (b"1" * 64, 20_314_909),
    "3 kB are missing": LFS % (b"2" * 64, 3200),
    "web page": b"<!DOCTYPE html>\n<html><head><title>Sign in</title>",
    "a web page": b"\xef\xbb\xbf\n <!-- a comment -->\n<HTML lang='en'>",
    "error message": b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "server's error": b'{"error": {"code": 404}}',
    "zip archive": zipped(),
    "gzip archive": gzip.compress(b"#ROSBAG V2.0\n" * 20),
    "nothing but zeros": bytes(4096),
    "a PNG picture": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "ROS bag of version 1": b"#ROSBAG V1.2\n" + bytes(100),
}


@pytest.mark.parametrize("name", ["a.bag", "a.db3", "a.mcap", "a.bag.gz", "a"])
@pytest.mark.parametrize("content", CONTENTS)
def test_foreign_content_is_named(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_bytes(CONTENTS[content])
    with pytest.raises(SourceError, match=content) as caught:
        open_source(str(path))
    text = str(caught.value)
    assert text.startswith(f"{path} is ") and "\n" not in text


def test_recordings_and_ordinary_texts_are_not_foreign() -> None:
    for head in (b"#ROSBAG V2.0\n", b"SQLite format 3\0", b"\x89MCAP0\r\n", b"", b"joint,x,y\n"):
        assert foreign_kind(head) is None
