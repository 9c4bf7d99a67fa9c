"""Names of what several recordings are written to."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ExportError, InvalidInputError
from engine.export.names import JointsFormat
from engine.jobs.batch_names import batch_targets


def names(sources: list[str], folder: Path, form: JointsFormat = JointsFormat.CSV) -> list[str]:
    return [path.name for path in batch_targets(sources, folder, form)]


def test_each_is_named_after_its_recording(tmp_path: Path) -> None:
    (tmp_path / "take1.9").mkdir()
    out = tmp_path / "new" / "out"
    sources = [str(tmp_path / "a.bag"), str(tmp_path / "b.db3"), f"{tmp_path / 'take1.9'}/"]
    assert names(sources, out) == ["a.csv", "b.csv", "take1.9.csv"]
    assert names(sources, out, JointsFormat.POSE) == ["a.pose", "b.pose", "take1.9.pose"]
    assert list(out.iterdir()) == []


def test_endings_tell_those_of_one_name_apart(tmp_path: Path) -> None:
    assert names(["a.bag", "A.db3", "b.bag"], tmp_path) == ["a.bag.csv", "A.db3.csv", "b.csv"]


@pytest.mark.parametrize(
    ("sources", "form", "message"),
    [
        (["x/a.bag", "y/a.bag"], "csv", "x/a.bag and y/a.bag would both be written to .*a.bag.csv"),
        (["a.bag", "a_left.bag"], "bvh", "a.bag and a_left.bag would both be written"),
        (["a.bag", "./a.bag"], "csv", "a.bag is given twice"),
        (["a.bag", "synthetic"], "csv", "each is a recording, not 'synthetic'"),
        (["camera:123", "a.bag"], "csv", "each is a recording, not 'camera:123'"),
        (["a.bag", " "], "csv", "each is a recording, not ' '"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(
    tmp_path: Path, sources: list[str], form: str, message: str
) -> None:
    out = tmp_path / "out"
    with pytest.raises(InvalidInputError, match=message):
        batch_targets(sources, out, JointsFormat(form))
    assert not out.exists()


def test_no_recording_is_replaced(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="would replace the recording"):
        batch_targets(["b.bag", str(tmp_path / "a.pose")], tmp_path, JointsFormat.POSE)


def test_the_target_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for name in ("file", "joints.csv", "file/below"):
        with pytest.raises(ExportError):
            batch_targets(["a.bag", "b.bag"], tmp_path / name)
    for stream in ("-", "/dev/null"):
        with pytest.raises(ExportError, match="need a folder to write to"):
            batch_targets(["a.bag", "b.bag"], Path(stream))
    assert (tmp_path / "file").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
