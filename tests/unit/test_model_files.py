"""A folder of networks that is damaged or hostile: refused in a line, before it can do harm."""

from __future__ import annotations

import json
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from engine.assets import asset_path
from engine.errors import ModelError
from engine.inference import Network, model_entry
from engine.network_check import contract_shapes
from engine.tracking.generate import POSE_CONTRACT, PoseDecoder
from tests.reliability.targets import rehash

CONTRACT = "test/1: values [1,4] -> sums [1,4]"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name in ("pose_decoder.xml", "pose_decoder.bin", "manifest.json"):
        shutil.copy(asset_path("models", name), tmp_path / name)
    changed(tmp_path)
    return tmp_path


def changed(folder: Path, **fields: Any) -> None:
    """Keep one model in the manifest, with other fields; Ellipsis removes one."""
    path = folder / "manifest.json"
    record = json.loads(path.read_text())["pose_decoder"] | fields
    kept = {name: value for name, value in record.items() if value is not ...}
    path.write_text(json.dumps({"pose_decoder": kept}))


def loaded(folder: Path) -> PoseDecoder:
    return PoseDecoder(directory=folder)


def test_a_whole_folder_is_loaded(models: Path) -> None:
    assert loaded(models)(np.ones(29)).joints_mm.shape == (21, 3)


@pytest.mark.parametrize(
    "name", ["../pose_decoder.xml", "/etc/passwd", "..", "", "a/b.xml", "pose_decoder.so"]
)
def test_files_elsewhere_are_not_touched(models: Path, name: str) -> None:
    changed(models, file=name)
    with pytest.raises(ModelError, match="no network beside it"):
        loaded(models)
    changed(models, file="pose_decoder.xml", sha256={name: "0"})
    with pytest.raises(ModelError, match="no network beside it"):
        loaded(models)


@pytest.mark.parametrize("left_out", ["pose_decoder.xml", "pose_decoder.bin"])
def test_every_file_needs_a_hash(models: Path, left_out: str) -> None:
    hashes = model_entry("pose_decoder", contract=POSE_CONTRACT, directory=models).sha256
    changed(models, sha256={name: hash_ for name, hash_ in hashes.items() if name != left_out})
    with pytest.raises(ModelError, match="lacks a hash"):
        loaded(models)


@pytest.mark.parametrize(
    "fields",
    [
        {"file": None},
        {"file": 3},
        {"contract": []},
        {"sha256": "x"},
        {"made_of": 1},
        {"trained": 0},
    ],
)
def test_fields_of_wrong_types_are_named_as_such(models: Path, fields: dict[str, Any]) -> None:
    changed(models, **fields)
    with pytest.raises(ModelError, match="wrong type"):
        loaded(models)
    changed(models, **dict.fromkeys(fields, ...))
    if "made_of" not in fields:
        with pytest.raises(ModelError, match="says nothing of"):
            loaded(models)


@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, "null", "[1]", '{"pose_decoder": 3}', '{"a": ' + "9" * 9999 + "}"]
)
def test_a_manifest_that_is_none_is_refused(models: Path, text: str) -> None:
    (models / "manifest.json").write_text(text)
    with pytest.raises(ModelError) as told:
        loaded(models)
    assert str(told.value).isprintable()


@pytest.mark.parametrize("name", ["manifest.json", "pose_decoder.xml", "pose_decoder.bin"])
@pytest.mark.parametrize(
    "put",
    [
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.mkdir(),
        lambda path: path.touch() or os.truncate(path, 1 << 34),
        lambda path: None,
    ],
    ids=["pipe", "device", "folder", "huge", "missing"],
)
def test_what_is_no_file_is_neither_waited_for_nor_read(
    models: Path, name: str, put: Callable[[Path], object]
) -> None:
    (models / name).unlink()
    put(models / name)
    with pytest.raises(ModelError, match=name):
        loaded(models)


def exported(folder: Path, output: Any, values: Any) -> None:
    """Write a network of one's own making, its hashes right."""
    output.set_friendly_name("sums")
    output.output(0).set_names({"sums"})
    ov.save_model(ov.Model([output], [values], "test"), folder / "test.xml")
    record = {
        "file": "test.xml", "contract": CONTRACT, "trained": {}, "measured": {},
        "sha256": {"test.xml": "", "test.bin": ""},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps({"test": record}))
    rehash(folder)


def values_input() -> Any:
    values = ops.parameter([1, 4], np.float32)
    values.output(0).set_names({"values"})
    return values


def network(folder: Path) -> Network:
    return Network(model_entry("test", contract=CONTRACT, directory=folder))


def test_a_network_that_keeps_its_contract_runs(tmp_path: Path) -> None:
    values = values_input()
    exported(tmp_path, ops.add(values, np.float32(1.0)), values)
    np.testing.assert_array_equal(network(tmp_path)(np.ones((1, 4), np.float32))["sums"], 2.0)


def huge_outputs() -> dict[str, Callable[[Any], Any]]:
    """Some hundred bytes each that ask for 400 GB or more, of the input or of constants alone."""
    sizes = np.array([100_000, 1_000_000, 1, 4], np.int64)
    ends = (np.int64(0), np.int64(10**12), np.int64(1))
    return {
        "of the input": lambda values: ops.broadcast(values, sizes),
        "of a constant": lambda _: ops.broadcast(np.ones((1, 4), np.float32), sizes),
        "counted": lambda _: ops.range(*map(ops.constant, ends), output_type="f32"),
        "tiled": lambda values: ops.tile(values, np.array([10**6, 10**6], np.int64)),
    }


@pytest.mark.parametrize("kind", huge_outputs())
def test_a_network_that_would_fill_the_memory_is_refused(tmp_path: Path, kind: str) -> None:
    values = values_input()
    huge = ops.reduce_max(huge_outputs()[kind](values), np.array([0], np.int64))
    rest = ops.reshape(ops.reduce_max(huge, np.arange(-1, 0)), np.array([-1], np.int64), False)
    exported(tmp_path, ops.add(values, ops.reduce_max(rest, np.array([0], np.int64))), values)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ModelError, match=r"needs [\d,]{13,} numbers"):
        network(tmp_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.parametrize("shape", [[1, 5], [2, 4], [4]])
def test_other_shapes_than_the_contracts_are_refused(tmp_path: Path, shape: list[int]) -> None:
    values = ops.parameter(shape, np.float32)
    values.output(0).set_names({"values"})
    exported(tmp_path, ops.add(values, np.float32(1.0)), values)
    with pytest.raises(ModelError, match="inputs are not those"):
        network(tmp_path)


def test_a_contract_tells_names_and_shapes() -> None:
    assert contract_shapes("a/1: x [1,2,H,W] at 144 px, y [1] -> heat [1,2,h,w]") == (
        {"x": (1, 2, None, None), "y": (1,)},
        {"heat": (1, 2, None, None)},
    )
