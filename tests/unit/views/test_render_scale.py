"""The 3D view draws smaller only while it cannot keep up."""

from __future__ import annotations

from app.views.render_scale import QUICK_SCALE, SETTLE_S, RenderScale, point_size


def moved(interval_s: float, full_s: float, count: int = 30) -> tuple[RenderScale, float]:
    """After ``count`` changes, one every ``interval_s``, with full pictures taking ``full_s``."""
    sharpness = RenderScale()
    sharpness.drawn(10.0, 1.0)  # the first picture waits for its window
    sharpness.drawn(full_s, 1.0)
    for k in range(count):
        sharpness.changed(k * interval_s)
    return sharpness, (count - 1) * interval_s


def test_full_pictures_that_keep_up_stay_full() -> None:
    sharpness, now = moved(0.033, 0.025)
    assert sharpness.scale(now) == 1.0


def test_draws_smaller_while_changes_come_faster_than_pictures() -> None:
    sharpness, now = moved(0.016, 0.025)
    assert sharpness.scale(now) == QUICK_SCALE
    sharpness.drawn(0.010, QUICK_SCALE)  # a small picture's time says nothing of a full one's
    assert sharpness.scale(now + 0.016) == QUICK_SCALE


def test_is_sharp_again_once_nothing_moves() -> None:
    sharpness, now = moved(0.016, 0.025)
    assert not sharpness.settled(now + 0.5 * SETTLE_S)
    assert sharpness.settled(now + 1.01 * SETTLE_S)
    assert sharpness.scale(now + 1.01 * SETTLE_S) == 1.0


def test_one_change_after_a_pause_is_drawn_full() -> None:
    sharpness, now = moved(0.016, 0.025)
    sharpness.changed(now + 2.0)
    sharpness.changed(now + 4.0)
    sharpness.changed(now + 6.0)
    assert sharpness.scale(now + 6.0) == 1.0


def test_points_of_small_pictures_leave_room_for_the_skeleton() -> None:
    assert point_size(570, 1.0) == 2.0
    assert point_size(570 * 0.6, 0.6) == 1.0
    assert point_size(1200, 1.0) == 3.0
    assert point_size(1200 * 0.6, 0.6) == 2.0
