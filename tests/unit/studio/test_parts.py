"""Small parts of the studio: places for pictures, colours, exports, locks, shipped networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.studio.axes import Axis, Group
from app.studio.control.export import LatentExportController, Write
from app.studio.export_request import ExportRequest, write_hands
from app.studio.health import Health, health_of
from app.studio.latent_models import InstalledModels, coordinates_held
from app.studio.views.picture_colours import CropColouriser, difference_ramp
from app.studio.views.tile_layout import LINE_HEIGHT, TITLE_HEIGHT, tile_layout
from app.studio.virtual_camera import VIRTUAL_CROP, depth_mm, surface_points
from engine.errors import CancelledError, ExportError, InvalidInputError, ModelError
from engine.latent.layouts import LayoutKind
from engine.progress import Progress
from engine.skeleton import Handedness
from tests.fakes import make_hand
from tests.fakes_app import DeferredTasks

SIZES = [(700.0, 300.0), (360.0, 450.0), (200.0, 800.0), (330.0, 330.0), (120.0, 90.0)]


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_pictures_and_health_fit_without_overlap(count: int, width: float, height: float) -> None:
    found = tile_layout(count, width, height, health=count > 1)
    assert len(found.pictures) == count
    boxes = [box.adjusted(0, -TITLE_HEIGHT, 0, 0) for box in found.pictures]
    boxes += [found.health] if count > 1 else []
    for k, box in enumerate(boxes):
        assert not any(box.intersects(other.adjusted(1, 1, -1, -1)) for other in boxes[:k])
        if min(width, height) > 150:
            assert box.left() >= 0 and box.right() <= width
            assert box.top() >= -0.01 and box.bottom() <= height + 0.01


def test_wide_views_show_a_row_with_the_health_below() -> None:
    found = tile_layout(3, 900.0, 320.0, health=True)
    assert len({box.top() for box in found.pictures}) == 1
    assert found.health.height() == LINE_HEIGHT


def test_differences_have_two_colours_that_grow() -> None:
    near, same, far = difference_ramp(np.array([0.0, 0.5, 1.0])).astype(int)
    assert near[2] > near[0]
    assert far[0] > far[2]
    assert same.max() < 70


@pytest.mark.parametrize("side", list(Handedness))
def test_pictures_show_a_hand_as_the_camera_sees_it(side: Handedness) -> None:
    crop = make_hand(handedness=side).crop
    image = np.ones((128, 128), np.float32)
    image[:, :20] = 0.0
    pixels = CropColouriser().depth(crop, image)
    left, right = pixels[64, 5], pixels[64, -5]
    assert (left != pixels[64, 64]) == (side is Handedness.RIGHT)
    assert (right != pixels[64, 64]) == (side is Handedness.LEFT)
    assert (surface_points(crop, image)[0][:, 0].mean() < 0) == (side is Handedness.RIGHT)


def test_the_background_has_no_depth() -> None:
    image = np.array([[1.0, 0.0, -1.0]], np.float32)
    assert depth_mm(VIRTUAL_CROP, image).tolist() == [[0.0, 450.0, 315.0]]


def test_health_has_words() -> None:
    assert [health_of(x) for x in (0.9, 0.6, 0.2, None, float("nan"))] == [
        Health.RELIABLE,
        Health.UNCERTAIN,
        Health.LOST,
        Health.UNKNOWN,
        Health.UNKNOWN,
    ]


def test_locked_axes_are_coordinates_that_stay() -> None:
    locked = (Axis(Group.DIRECTION, 4), Axis(Group.ROTATION, 1), Axis(Group.ROOT, 2))
    held = coordinates_held([*locked, Axis(Group.RAW, 3)])
    assert np.flatnonzero(held).tolist() == [4, 21, 25]


# -- the shipped networks --------------------------------------------------------------------


def test_without_its_generator_the_studio_still_has_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**_: object) -> None:
        raise ModelError("generator.xml is missing")

    monkeypatch.setattr("app.studio.latent_models.DepthGenerator", missing)
    models = InstalledModels("CPU")
    assert "generator.xml is missing" in models.no_depth
    latent = models.random(4)
    assert np.array_equal(latent, models.random(4))
    assert models.depth(latent, 0.3) is None
    joints = models.hand(latent).joints_mm
    target = joints[8] + (8.0, -6.0, 4.0)
    for _ in range(6):
        reached = models.move_joint(latent, 8, target, ())
        latent = reached
    assert np.linalg.norm(models.hand(latent).joints_mm[8] - target) < 3.0


# -- exports ---------------------------------------------------------------------------------


class ExportSetup:
    """An export with its tasks held back, and what its dialogue is told."""

    def __init__(self, write: Write) -> None:
        self.tasks = DeferredTasks()
        self.export = LatentExportController(self.tasks, write)
        self.progress: list[tuple[int, int]] = []
        self.ends: list[tuple[Path | None, str]] = []
        job = self.export.job
        job.progressed.connect(lambda now: self.progress.append((now.done, now.total)))
        job.finished.connect(lambda folder: self.ends.append((folder, "")))
        job.failed.connect(lambda text: self.ends.append((None, text)))
        job.cancelled.connect(lambda _: self.ends.append((None, "")))


def request(folder: Path, count: int = 3) -> ExportRequest:
    return ExportRequest(folder, LayoutKind.FOLDER, count)


def test_an_export_tells_its_progress_and_its_end(tmp_path: Path) -> None:
    def write(_request: ExportRequest, progress: Progress) -> None:
        progress(2, 3)
        setup.export.job.tick()

    setup = ExportSetup(write)
    export, tasks = setup.export, setup.tasks
    export.job.tick()
    export.start(request(tmp_path / "a"))
    export.start(request(tmp_path / "b"))
    assert export.job.running
    assert len(tasks.waiting) == 1
    tasks.waiting.pop()()
    assert setup.progress == [(0, 3), (2, 3)]
    assert setup.ends == [(tmp_path / "a", "")]
    assert not export.job.running


def test_a_cancelled_export_ends_without_a_folder(tmp_path: Path) -> None:
    def write(_request: ExportRequest, progress: Progress) -> None:
        if not progress(1, 3):
            raise CancelledError("the export was cancelled")

    setup = ExportSetup(write)
    setup.export.start(request(tmp_path / "a"))
    setup.export.job.cancel()
    setup.tasks.waiting.pop()()
    setup.export.start(request(tmp_path / "b"))
    setup.tasks.waiting.pop()()
    assert setup.ends == [(None, ""), (tmp_path / "b", "")]


def test_requests_that_cannot_be_met_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="0 hands"):
        request(tmp_path, 0)
    with pytest.raises(InvalidInputError, match="3 hands"):
        ExportRequest(tmp_path, LayoutKind.NYU, 3, walk=np.zeros((2, 29), np.float32))


def test_a_folder_that_holds_files_is_refused_before_networks_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ExportError, match="already holds files"):
        write_hands("CPU", request(tmp_path), lambda _done, _total: True)
