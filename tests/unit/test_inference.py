"""What OpenVINO has compiled is kept, and nothing depends on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import network_cache
from engine.errors import ModelError
from engine.inference import Network, model_entry
from engine.tracking.generate import POSE_CONTRACT

LATENT = np.linspace(-0.5, 0.5, 29, dtype=np.float32)[None]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(network_cache, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def decoded(*, exact: bool = False) -> dict[str, np.ndarray]:
    entry = model_entry("pose_decoder", contract=POSE_CONTRACT)
    network = Network(entry, (1, LATENT.size), exact=exact)
    return network(LATENT)


def blobs(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.blob"))


def same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(first[name], second[name]) for name in first)


def test_a_network_from_the_cache_gives_the_same_bits(cache: Path) -> None:
    first = decoded()
    assert len(blobs(cache)) == 1
    assert same(first, decoded())


def test_precisions_are_kept_apart(cache: Path) -> None:
    decoded()
    decoded(exact=True)
    assert len({blob.parent for blob in blobs(cache)}) == 2


def spoil(blob: Path, content: bytes) -> None:
    """Change a file of the cache as between two runs of the program."""
    blob.chmod(0o600)
    blob.write_bytes(content)
    network_cache._drop_damaged.cache_clear()


@pytest.mark.parametrize("spoilt", [b"", b"no network at all"])
def test_a_damaged_cache_is_made_anew(cache: Path, spoilt: bytes) -> None:
    first = decoded()
    (blob,) = blobs(cache)
    spoil(blob, spoilt)
    assert same(first, decoded())


def test_a_damaged_number_in_the_cache_moves_no_joint(cache: Path) -> None:
    first = decoded()
    (blob,) = blobs(cache)
    whole = blob.read_bytes()
    for place in range(len(whole) // 2, len(whole), len(whole) // 8):
        spoil(blob, whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        assert same(first, decoded())
    assert blobs(cache) == [blob]


def test_what_was_never_sealed_or_is_too_much_is_taken_away(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded()
    (blob,) = blobs(cache)
    stray = blob.with_name("1.blob")
    stray.touch()
    spoil(stray, b"left by a killed program")
    decoded()
    assert blobs(cache) == [blob]
    monkeypatch.setattr(network_cache, "MAX_BYTES", 1)
    network_cache._drop_damaged.cache_clear()
    folder = network_cache.compiled_folder("CPU", "default")
    assert folder is not None and list(folder.iterdir()) == []


def test_a_device_that_fails_on_the_way_is_told_in_words(cache: Path) -> None:
    network = Network(model_entry("pose_decoder", contract=POSE_CONTRACT), (1, LATENT.size))
    with pytest.raises(ModelError, match="'pose_decoder' has failed: "):
        network(LATENT[:, :3])


def test_without_a_place_for_it_networks_are_compiled_each_time(
    cache: Path, tmp_path: Path
) -> None:
    cache.write_text("a file where the folder should be")
    assert decoded()
    assert not blobs(tmp_path)


def test_what_a_call_gave_stays_when_the_next_one_comes(cache: Path) -> None:
    network = Network(model_entry("pose_decoder", contract=POSE_CONTRACT), (1, LATENT.size))
    first = network(LATENT)
    kept = {name: values.copy() for name, values in first.items()}
    second = network(-LATENT)
    assert same(first, kept)
    assert not same(first, second)


def test_kept_buffers_change_no_bit(cache: Path) -> None:
    entry = model_entry("pose_decoder", contract=POSE_CONTRACT)
    with_buffers, without = (Network(entry, (1, LATENT.size)) for _ in range(2))
    assert with_buffers._buffers is not None
    without._buffers = None
    for latent in (LATENT, -LATENT):
        assert same(with_buffers(latent), without(latent))


def test_what_is_not_wanted_is_not_computed(cache: Path) -> None:
    entry = model_entry("pose_decoder", contract=POSE_CONTRACT)
    every = Network(entry, (1, LATENT.size), exact=True)(LATENT)
    some = Network(entry, (1, LATENT.size), exact=True, outputs=("joints", "root"))(LATENT)
    assert set(some) == {"joints", "root"}
    for name, values in some.items():
        np.testing.assert_allclose(values, every[name], atol=1e-4)


def test_a_network_of_any_size_keeps_none(cache: Path) -> None:
    network = Network(model_entry("pose_decoder", contract=POSE_CONTRACT))
    assert network._buffers is None
    assert len(network(np.concatenate([LATENT, -LATENT]))["joints"]) == 2
