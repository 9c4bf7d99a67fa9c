"""The edited hand: gestures, history, locks, following, keyframes."""

from __future__ import annotations

import numpy as np
import pytest

from app.studio.axes import Axes, Axis, Group
from app.studio.document import KEYFRAMES_MAX, UNDO_STEPS, Document
from engine.errors import InvalidInputError
from engine.latent.space import root_mm
from tests.fakes import make_hand
from tests.fakes_latent import fake_space, with_latent

FIST = Axis(Group.DIRECTION, 0)
CURL = Axis(Group.DIRECTION, 3)
YAW = Axis(Group.ROTATION, 0)
AWAY = Axis(Group.ROOT, 2)


@pytest.fixture
def document() -> Document:
    return Document(Axes(fake_space()))


def value(document: Document, axis: Axis) -> float:
    return document.axes.value(document.latent, axis)


@pytest.mark.parametrize(
    ("axis", "wanted"),
    [(FIST, 1.5), (YAW, -40.0), (AWAY, 25.0), (Axis(Group.RAW, 7), 0.75)],
)
def test_an_axis_takes_the_value_it_is_given(document: Document, axis: Axis, wanted: float) -> None:
    before = document.axes.values(document.latent)
    document.set_value(axis, wanted)
    after = document.axes.values(document.latent)
    assert after[axis] == pytest.approx(wanted, abs=1e-3)
    others = [a for a in before if a.group is axis.group and a is not axis and a != axis]
    assert all(after[a] == pytest.approx(before[a], abs=1e-3) for a in others)


def test_a_drag_is_one_step_of_undo(document: Document) -> None:
    start = document.latent
    document.begin()
    for wanted in (0.1, 0.2, 0.3):
        document.set_value(FIST, wanted)
    document.end()
    document.set_value(YAW, 30.0)
    document.undo()
    assert value(document, FIST) == pytest.approx(0.3)
    document.undo()
    assert np.array_equal(document.latent, start)
    assert not document.can_undo
    document.redo()
    document.redo()
    assert value(document, YAW) == pytest.approx(30.0, abs=1e-3)
    assert not document.can_redo


def test_a_gesture_that_changes_nothing_leaves_no_step(document: Document) -> None:
    document.begin()
    document.set_value(FIST, 1.0)
    document.set_value(FIST, 0.0)
    document.end()
    assert not document.can_undo


def test_a_new_edit_forgets_what_was_taken_back(document: Document) -> None:
    document.set_value(FIST, 1.0)
    document.undo()
    document.set_value(FIST, 2.0)
    assert not document.can_redo


def test_history_is_bounded(document: Document) -> None:
    for k in range(UNDO_STEPS + 20):
        document.set_value(FIST, 0.01 * (k + 1))
    steps = 0
    while document.can_undo:
        document.undo()
        steps += 1
    assert steps == UNDO_STEPS


def test_locked_axes_stay_when_another_hand_comes(document: Document) -> None:
    document.set_value(FIST, 2.0)
    document.set_value(AWAY, 30.0)
    raw = Axis(Group.RAW, 9)
    document.set_value(raw, 0.5)
    for axis in (FIST, AWAY, raw):
        document.set_locked(axis, locked=True)
    other = fake_space().neutral()
    other[:20] = 1.0
    document.replace(other)
    assert [value(document, a) for a in (FIST, AWAY, raw)] == pytest.approx([2.0, 30.0, 0.5])
    assert value(document, CURL) == pytest.approx(1.0)
    document.set_value(FIST, -1.0)
    assert value(document, FIST) == pytest.approx(-1.0)
    document.set_locked(FIST, locked=False)
    document.replace(other)
    assert value(document, FIST) == pytest.approx(1.0)


def test_the_live_hand_moves_the_sliders_until_one_is_taken(document: Document) -> None:
    latent = fake_space().neutral()
    latent[3] = 1.25
    hand = with_latent(make_hand(), latent)
    assert not document.update_from(hand)
    document.follow()
    assert document.update_from(hand)
    assert value(document, CURL) == pytest.approx(1.25)
    document.set_value(FIST, 1.0)
    assert not document.following
    assert not document.update_from(hand)
    assert document.edited.observed is hand
    assert document.edited.crop is hand.crop


def test_following_keeps_the_edited_hand_for_undo(document: Document) -> None:
    document.set_value(FIST, 1.5)
    document.follow()
    document.update_from(with_latent(make_hand(), fake_space().neutral()))
    document.undo()
    assert not document.following
    assert value(document, FIST) == pytest.approx(1.5)


def test_a_hand_without_a_latent_is_not_followed(document: Document) -> None:
    document.follow()
    assert not document.update_from(make_hand())


def test_a_frozen_hand_is_reset_to_what_was_seen(document: Document) -> None:
    latent = fake_space().neutral()
    latent[:20] = 0.5
    document.follow()
    document.update_from(with_latent(make_hand(), latent))
    document.set_value(FIST, 2.0)
    document.set_value(CURL, 2.0)
    document.reset(FIST)
    assert value(document, FIST) == pytest.approx(0.5)
    document.reset_all()
    assert np.allclose(document.latent, latent)


def test_another_hand_is_compared_with_none(document: Document) -> None:
    document.follow()
    document.update_from(with_latent(make_hand(), fake_space().neutral()))
    document.replace(fake_space().neutral())
    assert document.edited.observed is None
    document.reset(AWAY)
    assert np.allclose(root_mm(document.latent), 0.0, atol=1e-4)


def test_numbers_that_tell_no_rotation_are_refused(document: Document) -> None:
    with pytest.raises(InvalidInputError, match="rotation"):
        for k in range(20, 26):
            document.set_value(Axis(Group.RAW, k), 0.0)
    assert np.isfinite(list(document.axes.values(document.latent).values())).all()


def test_keyframes_are_kept_shown_and_bounded(document: Document) -> None:
    document.set_value(FIST, 1.0)
    assert document.add_keyframe()
    document.set_value(FIST, 2.0)
    assert document.add_keyframe()
    document.go_to_keyframe(0)
    assert value(document, FIST) == pytest.approx(1.0)
    document.remove_keyframe(0)
    document.go_to_keyframe(0)
    assert value(document, FIST) == pytest.approx(2.0)
    for _ in range(KEYFRAMES_MAX):
        document.add_keyframe()
    assert len(document.keyframes) == KEYFRAMES_MAX
    document.remove_keyframe(99)
    assert len(document.keyframes) == KEYFRAMES_MAX


def test_spreads_are_those_of_the_axes_units(document: Document) -> None:
    spreads = document.axes.spreads(np.full(29, 0.2, np.float32))
    assert spreads[FIST] == pytest.approx(0.2, rel=1e-4)
    assert spreads[AWAY] == pytest.approx(10.0, rel=1e-4)
    assert YAW not in spreads
