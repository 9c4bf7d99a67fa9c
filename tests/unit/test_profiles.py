"""Profiles: written, read back, and refused in one line when anything in them is not right."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInputError, ModelError
from engine.profile_store import (
    add_profile,
    data_folder,
    list_profiles,
    profile_path,
    profiles_folder,
    remove_profile,
)
from engine.profiles import (
    Gain,
    check_name,
    networks_digest,
    read_profile,
    recording_hash,
    write_profile,
)
from engine.tracking.pipeline import check_networks
from tests.profile_folders import decoder_profile, draft, whole_profile

Change = Callable[[dict[str, Any]], None]


def changed(folder: Path, change: Change) -> None:
    path = folder / "profile.json"
    fields = json.loads(path.read_text())
    change(fields)
    path.write_text(json.dumps(fields))


def setting(name: str, value: object) -> Change:
    return lambda fields: fields.update({name: value})


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written = decoder_profile(tmp_path)
    found = read_profile(tmp_path)
    assert found == written
    assert found.gains["jitter of still hands"].better
    assert found.gains["explained share"] == Gain(60.0, 71.5, "%", lower_is_better=False)
    assert found.seconds == 120.0
    assert set(found.files) == {
        *("manifest.json", "calibration.json", "latent_space.json", "report.html"),
        *("pose_decoder.xml", "pose_decoder.bin"),
    }


def test_other_files_are_neither_sealed_nor_opened(tmp_path: Path) -> None:
    decoder_profile(tmp_path)
    (tmp_path / "state.pkl").write_bytes(pickle.dumps({"a": 1}))
    (tmp_path / "a folder").mkdir()
    assert "state.pkl" not in write_profile(tmp_path, draft()).files
    read_profile(tmp_path)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (setting("format", "crossing-hands-profile/9"), "of the format"),
        (setting("format", None), "of the format"),
        (setting("name", "../elsewhere"), "a profile's name"),
        (setting("name", ""), "a profile's name"),
        (setting("name", 3), "is no text"),
        (setting("created", "yesterday"), "created must be"),
        (setting("base", "short"), "base must be"),
        (setting("recordings", []), "recordings must name"),
        (setting("recordings", [{"name": "a"}]), "sha256"),
        (setting("recordings", 3), "damaged"),
        (setting("gains", {"a": {"before": 1e999, "after": 1, "unit": ""}}), "damaged"),
        (setting("gains", []), "damaged"),
        (setting("report", "../../report.html"), "report must be"),
        (setting("report", "report.exe"), "report must be"),
        (setting("report", "x" * 200 + ".html"), "report must be"),
        (setting("report", "gone.html"), "has no gone.html"),
        (setting("files", {}), "has no calibration.json"),
        (setting("files", {"../x.bin": "ab" * 32}), "files names"),
        (setting("files", {"networks.pkl": "ab" * 32}), "files names"),
        (setting("files", {"a\\b.bin": "ab" * 32}), "files names"),
        (lambda fields: fields["files"].pop("pose_decoder.bin"), "has no pose_decoder.bin"),
        (lambda fields: fields["files"].update({"manifest.json": "ab" * 32}), "hash differs"),
        (lambda fields: fields.pop("base"), "base"),
    ],
)
def test_a_profile_that_is_not_right_is_refused_in_one_line(
    tmp_path: Path, change: Change, part: str
) -> None:
    decoder_profile(tmp_path)
    changed(tmp_path, change)
    with pytest.raises(ModelError) as refused:
        read_profile(tmp_path)
    assert part in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_file_is_verified(tmp_path: Path) -> None:
    files = decoder_profile(tmp_path).files
    for name in files:
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[:-1] + b"x")
        with pytest.raises(ModelError):
            read_profile(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(ModelError):
            read_profile(tmp_path)
        (tmp_path / name).write_bytes(content)
    read_profile(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\x80\x04.", b"[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    decoder_profile(tmp_path)
    (tmp_path / "profile.json").write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        read_profile(tmp_path)


@given(st.text(max_size=70))
def test_a_name_is_fit_for_a_folder_or_refused(name: str) -> None:
    try:
        check_name(name)
    except InvalidInputError:
        return
    assert Path(name).name == name
    assert not set('/\\:*?"<>|\0\n') & set(name)
    assert name.strip(" .") == name


def test_networks_are_checked_with_their_profile(tmp_path: Path) -> None:
    whole_profile(tmp_path)
    check_networks(tmp_path)
    assert networks_digest(tmp_path) == networks_digest()
    calibration = tmp_path / "calibration.json"
    calibration.write_text(calibration.read_text() + " ")
    with pytest.raises(ModelError, match=r"calibration\.json is damaged"):
        check_networks(tmp_path)
    (tmp_path / "profile.json").unlink()  # then it is a plain folder of networks
    check_networks(tmp_path)


def test_the_store_lists_adds_and_removes(tmp_path: Path) -> None:
    store, made = tmp_path / "store", tmp_path / "made"
    assert list_profiles(store) == ()
    decoder_profile(made, "Anna")
    (made / "state.pkl").write_bytes(b"x")
    added = add_profile(made, store)
    assert (added.key, added.profile) == ("Anna", read_profile(made))
    assert not (store / "Anna" / "state.pkl").exists()
    with pytest.raises(InvalidInputError, match="already"):
        add_profile(made, store)
    shutil.copytree(store / "Anna", store / "Broken")
    (store / "Broken" / "pose_decoder.bin").write_bytes(b"")
    whole, broken = list_profiles(store)
    assert whole == added
    assert broken.profile is None
    assert "pose_decoder.bin is damaged" in broken.problem
    assert profile_path("Broken", store) == store / "Broken"
    remove_profile("Broken", store)
    assert list_profiles(store) == (added,)
    for key in ("Broken", "Nobody"):
        with pytest.raises(ModelError, match="there is no profile"):
            remove_profile(key, store)
    with pytest.raises(InvalidInputError):
        remove_profile("../made", store)
    assert read_profile(made).name == "Anna"


def test_what_cannot_be_added_leaves_nothing(tmp_path: Path) -> None:
    store, made = tmp_path / "store", tmp_path / "made"
    decoder_profile(made)
    (made / "pose_decoder.bin").write_bytes(b"other")
    with pytest.raises(ModelError):
        add_profile(made, store)
    with pytest.raises(ModelError, match="no profile"):
        add_profile(tmp_path, store)
    assert not store.exists()


def test_a_recording_is_known_by_its_content(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "0.png").write_bytes(b"0")
    first = recording_hash(folder)
    assert first == recording_hash(folder.rename(tmp_path / "b"))
    (tmp_path / "b" / "1.png").write_bytes(b"1")
    assert recording_hash(tmp_path / "b") != first
    assert recording_hash(tmp_path / "b" / "1.png") != recording_hash(tmp_path / "b" / "0.png")


def test_where_profiles_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert profiles_folder() == tmp_path / "crossing-hands" / "profiles"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setattr("engine.profile_store.user_home", lambda: None)
    assert data_folder() is None
    with pytest.raises(ModelError, match="no home folder"):
        profiles_folder()
    assert list_profiles() == ()
