"""What is written is what was found; OSC is read back with an independent library."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage

from engine.skeleton import JOINT_NAMES, Handedness
from engine.stream.messages import about_text, frame_text
from engine.stream.osc_messages import osc_datagrams
from engine.types import TrackedHand
from tests.fakes import SMALL_CAMERA, make_frame, make_hand, make_result

TWO_HANDS = (
    replace(make_hand(3, centre_mm=(12.345, -6.789, 456.78)), side_score=0.9),
    make_hand(4, handedness=Handedness.LEFT, score=0.25),
)


def read(datagram: bytes) -> dict[str, list[object]]:
    bundle = OscBundle(datagram)
    messages = [bundle.content(index) for index in range(bundle.num_contents)]
    assert all(isinstance(message, OscMessage) for message in messages)
    return {message.address: message.params for message in messages}


def broken(hand: TrackedHand) -> TrackedHand:
    joints = hand.pose.joints_mm.copy()
    joints[8] = (np.nan, np.inf, 450.0)
    return replace(hand, pose=replace(hand.pose, joints_mm=joints))


def test_about_names_the_joints_and_the_camera() -> None:
    about = json.loads(about_text(SMALL_CAMERA))
    assert about["type"] == "about" and about["version"] == 2
    assert tuple(about["joints"]) == JOINT_NAMES
    assert len(about["parents"]) == len(JOINT_NAMES)
    assert about["camera"]["fx"] == SMALL_CAMERA.fx and about["camera"]["width"] == 32


def test_about_before_any_frame_has_no_camera() -> None:
    assert json.loads(about_text(None))["camera"] is None


def test_json_says_what_was_found() -> None:
    message = json.loads(frame_text(make_result(make_frame(7), *TWO_HANDS), 9, 1234.5))
    assert (message["type"], message["sequence"], message["frame"]) == ("frame", 9, 7)
    assert message["sent_ms"] == 1234.5
    assert message["timestamp_ms"] == pytest.approx(7000 / 30, abs=1e-3)
    assert message["status"] == "tracking"
    assert [hand["hand"] for hand in message["hands"]] == [3, 4]
    assert [hand["handedness"] for hand in message["hands"]] == ["right", "left"]
    assert [hand["handedness_probability"] for hand in message["hands"]] == [0.9, 1.0]
    for sent, hand in zip(message["hands"], TWO_HANDS, strict=True):
        assert sent["confidence"] == pytest.approx(hand.pose.score, abs=1e-4)
        assert list(sent["joints_mm"]) == list(sent["sigma_mm"]) == list(JOINT_NAMES)
        joints, sigmas = list(sent["joints_mm"].values()), list(sent["sigma_mm"].values())
        np.testing.assert_allclose(joints, hand.pose.joints_mm, atol=0.0051)
        np.testing.assert_allclose(sigmas, hand.pose.sigma_mm, atol=0.0051)


def test_version_1_of_json_is_as_it_was() -> None:
    assert json.loads(about_text(SMALL_CAMERA, 1))["version"] == 1
    message = json.loads(frame_text(make_result(make_frame(7), *TWO_HANDS), 9, 1234.5, 1))
    names = ["type", "sequence", "frame", "timestamp_ms", "sent_ms", "status", "hands"]
    assert list(message) == names
    for sent, hand in zip(message["hands"], TWO_HANDS, strict=True):
        assert list(sent) == ["id", "side", "confidence", "joints_mm", "sigma_mm"]
        assert (sent["id"], sent["side"]) == (hand.track_id, hand.pose.handedness.value)
        np.testing.assert_allclose(sent["joints_mm"], hand.pose.joints_mm, atol=0.0051)
        np.testing.assert_allclose(sent["sigma_mm"], hand.pose.sigma_mm, atol=0.0051)


def test_version_1_of_osc_is_as_it_was() -> None:
    datagrams = osc_datagrams(make_result(make_frame(7), *TWO_HANDS), 9, 1)
    for datagram, hand in zip(datagrams, TWO_HANDS, strict=True):
        hand_message = read(datagram)[f"/hand/{hand.pose.handedness.value}"]
        assert hand_message == [hand.track_id, pytest.approx(hand.pose.score)]


def test_json_has_null_for_what_is_no_number() -> None:
    text = frame_text(make_result(make_frame(0), broken(make_hand())), 0, 0.0)
    joints = json.loads(text, parse_constant=pytest.fail)["hands"][0]["joints_mm"]
    assert joints["index_tip"] == [None, None, 450.0]


def test_osc_has_a_datagram_for_each_hand() -> None:
    datagrams = osc_datagrams(make_result(make_frame(7), *TWO_HANDS), 9)
    assert len(datagrams) == 2
    for datagram, hand in zip(datagrams, TWO_HANDS, strict=True):
        assert len(datagram) < 1400
        sent, side = read(datagram), hand.pose.handedness.value
        assert sent["/hands/frame"] == [7, 9, 2, "tracking", pytest.approx(7000 / 30)]
        assert sent["/hand/right/found"] == sent["/hand/left/found"] == [1]
        probabilities = (hand.pose.score, hand.side_score)
        assert sent[f"/hand/{side}"] == [hand.track_id, *map(pytest.approx, probabilities)]
        for index, name in enumerate(JOINT_NAMES):
            wanted = [*hand.pose.joints_mm[index].tolist(), hand.pose.sigma_mm[index]]
            assert sent[f"/hand/{side}/{name}"] == wanted
        assert sent[f"/hand/{side}/gesture"] == [""]
        assert len(sent) == 5 + len(JOINT_NAMES)


def test_gestures_are_told_in_json_and_osc() -> None:
    own = replace(make_hand(), gesture="ä" * 40)
    result = make_result(make_frame(7), own, replace(TWO_HANDS[1], gesture=None))
    hands = json.loads(frame_text(result, 0, 0.0))["hands"]
    assert [hand["gesture"] for hand in hands] == [own.gesture, None]
    datagram = osc_datagrams(result, 9)[0]
    assert len(datagram) < 1400
    assert read(datagram)["/hand/right/gesture"] == [own.gesture]
    assert "gesture" not in json.loads(frame_text(result, 0, 0.0, 1))["hands"][0]
    assert "/hand/right/gesture" not in read(osc_datagrams(result, 9, 1)[0])


def test_osc_says_that_there_is_no_hand() -> None:
    (datagram,) = osc_datagrams(make_result(make_frame(1)), 2)
    sent = read(datagram)
    assert sent["/hands/frame"][:4] == [1, 2, 0, "no hand"]
    assert sent["/hand/right/found"] == sent["/hand/left/found"] == [0]


def test_osc_counts_anew_beyond_32_bits() -> None:
    (datagram,) = osc_datagrams(make_result(make_frame(2**31 + 4)), 2**31 + 5)
    assert read(datagram)["/hands/frame"][:2] == [4, 5]
