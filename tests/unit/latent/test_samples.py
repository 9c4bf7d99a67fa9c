"""Hands as data: read back as what they were, whole or not at all, the same for the same seed."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.errors import CancelledError, ExportError, InvalidInputError
from engine.export.joints import CSV_COLUMNS
from engine.latent import layouts
from engine.latent.layouts import LayoutKind
from engine.latent.placing import HALF_MM, PlacedHand, place
from engine.latent.samples import export_hands
from engine.latent.sampling import RandomHands
from engine.latent.text import from_text
from engine.skeleton import TIPS
from engine.sources import open_source
from engine.tracking.crop import cut_crop
from engine.tracking.generate import PoseDecoder
from tests.fakes_latent import FakeGenerator
from training.datasets import formats
from training.datasets.frames import AnnotatedFrame, DepthDataset
from training.datasets.msra import MsraDataset
from training.datasets.nyu import NyuDataset

COUNT = 20
STAGES = {
    LayoutKind.FOLDER: layouts.STUDIO_VIEW,
    LayoutKind.MSRA: layouts.MSRA_VIEW,
    LayoutKind.NYU: layouts.NYU_VIEW,
}


@pytest.fixture(scope="module")
def latents(hands: RandomHands) -> list[np.ndarray]:
    return list(hands.latents(11, COUNT))


def files_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def written(
    kind: LayoutKind,
    path: Path,
    latents: list[np.ndarray],
    decoder: PoseDecoder,
    generator: FakeGenerator,
) -> list[PlacedHand]:
    """Write the hands; what they are."""
    export_hands(latents, len(latents), path, kind, decoder, generator)
    return [place(latent, STAGES[kind], decoder, generator) for latent in latents]


def read_latents(path: Path) -> tuple[list[str], list[np.ndarray]]:
    rows = [line.split(",", 1) for line in path.read_text().splitlines()[1:]]
    return [row[0] for row in rows], [from_text(row[1]) for row in rows]


def test_a_folder_is_replayed_with_its_labels(
    tmp_path: Path, latents: list[np.ndarray], decoder: PoseDecoder, generator: FakeGenerator
) -> None:
    path = tmp_path / "hands"
    placed = written(LayoutKind.FOLDER, path, latents, decoder, generator)
    source = open_source(str(path))
    try:
        frames = [source.read(1000) for _ in latents]
        assert source.frame_count == COUNT
    finally:
        source.close()
    with (path / "joints.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == CSV_COLUMNS
    for number, (frame, hand, row) in enumerate(zip(frames, placed, rows[1:], strict=True)):
        assert frame is not None
        np.testing.assert_allclose(frame.depth_mm, hand.depth_mm, atol=0.051)
        assert row[:5] == [str(number), f"{number * 1000 / 30:.3f}", "0", "right", "1.0000"]
        joints = np.array(row[5:], float).reshape(21, 3)
        np.testing.assert_allclose(joints, hand.joints_mm, atol=1e-3)
    names, kept = read_latents(path / "latents.csv")
    assert names == [f"{number:06d}.png" for number in range(COUNT)]
    np.testing.assert_array_equal(np.stack(kept), np.stack(latents))


def test_a_folders_frames_hold_the_generated_crops(
    latents: list[np.ndarray], decoder: PoseDecoder, generator: FakeGenerator
) -> None:
    """Cutting the cube out of the frame gives back what the generator drew."""
    stage = layouts.STUDIO_VIEW
    for latent in latents[:5]:
        hand = place(latent, stage, decoder, generator)
        drawn = generator(latent, stage.perspective)
        centre = np.array([0.0, 0.0, stage.distance_mm])
        crop = cut_crop(hand.depth_mm, stage.camera, centre, clean_edges=False)
        assert crop.perspective == pytest.approx(0.3)
        np.testing.assert_allclose(crop.image, drawn, atol=0.1 / HALF_MM)


@pytest.mark.parametrize("kind", LayoutKind)
def test_depth_lies_where_the_joints_are(
    kind: LayoutKind, latents: list[np.ndarray], decoder: PoseDecoder, generator: FakeGenerator
) -> None:
    """The fake draws balls around joints: at a joint's pixel is its ball, or one before it."""
    stage = STAGES[kind]
    at_ball = []
    for latent in latents[:10]:
        hand = place(latent, stage, decoder, generator)
        for joint in TIPS:
            u, v = np.round(stage.camera.project(hand.joints_mm[joint])).astype(int)
            seen = hand.depth_mm[v, u]
            assert 0 < seen < hand.joints_mm[joint, 2]
            at_ball.append(abs(hand.joints_mm[joint, 2] - 9.0 - seen) < 0.7)
    assert np.mean(at_ball) > 0.6


def read_back(frame: AnnotatedFrame, hand: PlacedHand, atol_mm: float) -> None:
    known = np.isfinite(frame.joints_mm).all(axis=1)
    assert known.sum() >= 20
    np.testing.assert_allclose(frame.joints_mm[known], hand.joints_mm[known], atol=2e-3)
    np.testing.assert_allclose(frame.depth_mm, hand.depth_mm, atol=atol_mm)


def frames_of(dataset: DepthDataset) -> list[AnnotatedFrame]:
    return [dataset[number] for number in range(len(dataset))]


def check_names(path: Path, names: Sequence[str], latents: list[np.ndarray]) -> None:
    """``latents.csv`` names the frames and holds what was written."""
    listed, kept = read_latents(path / "latents.csv")
    assert list(names) == listed and len(listed) == COUNT
    np.testing.assert_array_equal(np.stack(kept), np.stack(latents))


def test_msra_and_nyu_read_back(
    tmp_path: Path, latents: list[np.ndarray], decoder: PoseDecoder, generator: FakeGenerator
) -> None:
    hands = written(LayoutKind.MSRA, tmp_path / "msra", latents, decoder, generator)
    msra = frames_of(MsraDataset(tmp_path / "msra", "test"))
    check_names(tmp_path / "msra", [frame.name for frame in msra], latents)
    for frame, hand in zip(msra, hands, strict=True):
        assert frame.camera == layouts.MSRA_VIEW.camera
        read_back(frame, hand, 1e-3)

    hands = written(LayoutKind.NYU, tmp_path / "nyu", latents, decoder, generator)
    nyu = frames_of(NyuDataset(tmp_path / "nyu", "train"))
    check_names(tmp_path / "nyu", [f"train/{frame.name}" for frame in nyu], latents)
    for frame, hand in zip(nyu, hands, strict=True):
        assert frame.camera == layouts.NYU_VIEW.camera
        read_back(frame, hand, 0.51)
        assert frame.native_mm.shape == (36, 3)
        # Every point lies on the hand, those that are no joints of ours too.
        near = np.linalg.norm(frame.native_mm[:, None] - hand.joints_mm, axis=-1).min(axis=1)
        assert near.max() < 60.0


def test_the_sets_orders_are_the_readers() -> None:
    msra = [sources[0] for sources in formats.MSRA.mediapipe]
    assert [layouts.MsraLayout.joints[native] for native in msra] == list(range(21))
    assert layouts.MSRA_VIEW.camera == formats.MSRA.camera
    assert layouts.NYU_VIEW.camera == formats.NYU.camera


@pytest.mark.parametrize("kind", LayoutKind)
def test_the_same_hands_give_the_same_bytes(
    kind: LayoutKind, tmp_path: Path, hands: RandomHands, decoder: PoseDecoder
) -> None:
    for name in ("a", "b"):
        drawn = hands.latents(3, 17)
        export_hands(drawn, 17, tmp_path / name, kind, decoder, FakeGenerator(decoder))
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("kind", LayoutKind)
def test_a_cancelled_export_leaves_nothing(
    kind: LayoutKind,
    tmp_path: Path,
    latents: list[np.ndarray],
    decoder: PoseDecoder,
    generator: FakeGenerator,
) -> None:
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> bool:
        told.append((done, total))
        return done < 3

    with pytest.raises(CancelledError):
        export_hands(
            latents, COUNT, tmp_path / "hands", kind, decoder, generator, progress=progress
        )
    assert told == [(done, COUNT) for done in (1, 2, 3)]
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_is_not_taken_for_whole(
    tmp_path: Path, latents: list[np.ndarray], decoder: PoseDecoder, generator: FakeGenerator
) -> None:
    seen: list[set[str]] = []

    def broken(latent: np.ndarray, perspective: float) -> np.ndarray:
        seen.append({path.name for path in tmp_path.iterdir()})
        if len(seen) == 3:
            raise RuntimeError("the generator broke")
        return generator(latent, perspective)

    with pytest.raises(RuntimeError):
        export_hands(latents, COUNT, tmp_path / "hands", LayoutKind.FOLDER, decoder, broken)
    assert seen == [{".hands.partial"}] * 3
    assert list(tmp_path.iterdir()) == []
    # What a killed program left behind does not stand in the way either.
    (tmp_path / ".hands.partial").mkdir()
    (tmp_path / ".hands.partial" / "000000.png").write_bytes(b"half")
    written(LayoutKind.FOLDER, tmp_path / "hands", latents[:2], decoder, generator)
    assert len(list((tmp_path / "hands").glob("*.png"))) == 2


def test_other_peoples_files_are_left_alone(
    tmp_path: Path, latents: list[np.ndarray], decoder: PoseDecoder, generator: FakeGenerator
) -> None:
    def export(path: Path, *, replace: bool = False) -> bool:
        export_hands(latents, 2, path, LayoutKind.FOLDER, decoder, generator, replace=replace)
        return (path / "000000.png").exists()

    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("precious")
    (tmp_path / "file").write_text("precious")
    for replace in (False, True):
        with pytest.raises(ExportError, match="already holds files"):
            export(tmp_path / "full", replace=replace)
        with pytest.raises(ExportError, match="no folder"):
            export(tmp_path / "file", replace=replace)
    assert (tmp_path / "full" / "thesis.txt").read_text() == "precious"
    with pytest.raises(ExportError, match="cannot write"):
        export(tmp_path / "file" / "below")
    (tmp_path / "empty").mkdir()
    assert export(tmp_path / "empty")
    with pytest.raises(ExportError, match="already holds files"):
        export(tmp_path / "empty")
    assert export(tmp_path / "empty", replace=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "full"]


def test_numbers_of_hands_are_checked(
    tmp_path: Path, latents: list[np.ndarray], decoder: PoseDecoder, generator: FakeGenerator
) -> None:
    for count, kind, part in (
        (0, LayoutKind.FOLDER, "hands can be written"),
        (10**9, LayoutKind.FOLDER, "hands can be written"),
        (16, LayoutKind.MSRA, "17 gestures"),
        (COUNT + 1, LayoutKind.FOLDER, f"{COUNT} came"),
    ):
        with pytest.raises(InvalidInputError, match=part):
            export_hands(latents, count, tmp_path / "hands", kind, decoder, generator)
    assert list(tmp_path.iterdir()) == []


def test_a_generator_that_draws_nothing_gives_empty_frames(
    tmp_path: Path, latents: list[np.ndarray], decoder: PoseDecoder
) -> None:
    def nothing(latent: np.ndarray, perspective: float) -> np.ndarray:
        return np.ones((128, 128), np.float32)

    for kind in LayoutKind:
        export_hands(latents, COUNT, tmp_path / kind.value, kind, decoder, nothing)
    assert not MsraDataset(tmp_path / "msra", "test")[0].depth_mm.any()
    assert not NyuDataset(tmp_path / "nyu", "train")[0].depth_mm.any()
