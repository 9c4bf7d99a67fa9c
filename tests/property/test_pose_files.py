"""``.pose`` files keep what they are given: to half a step, and from then on exactly."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.camera import Camera
from engine.pose_files.records import (
    BONE_STEP_MM,
    LATENT_STEP,
    PLACE_STEP_MM,
    RECORD,
    PoseFrame,
    PoseHand,
    checksums,
    decode_frame,
    decode_header,
    encode_frame,
    encode_header,
)
from engine.skeleton import PARENTS, Handedness


@st.composite
def hands(draw: st.DrawFn) -> PoseHand:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    joints = np.empty((21, 3), np.float32)
    joints[0] = rng.uniform(-2000, 2000, 3)
    for child in range(1, 21):
        reach = 125.0 if PARENTS[child] == 0 else 62.0
        joints[child] = joints[PARENTS[child]] + rng.uniform(-reach, reach, 3)
    latent = None
    if draw(st.booleans()):
        latent = rng.uniform(-2.5, 2.5, 29).astype(np.float32)
        latent[20:26] = (0.0, 1.0, 0.0, 0.6, 0.0, -0.8)
    return PoseHand(
        track_id=draw(st.integers(0, 65_535)),
        handedness=draw(st.sampled_from(Handedness)),
        mirrored=draw(st.booleans()),
        score=rng.uniform(),
        side_score=rng.uniform(0.5, 1.0),
        error_mm=rng.uniform(0.0, 60.0),
        cube_mm=rng.uniform(100.0, 400.0),
        centre_mm=rng.uniform(-4000, 4000, 3).astype(np.float32),
        joints_mm=joints,
        latent=latent,
    )


@st.composite
def frames(draw: st.DrawFn) -> PoseFrame:
    found = tuple(draw(st.lists(hands(), max_size=2)))
    index = draw(st.integers(0, 2**32 - 1))
    stamp = draw(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
    return PoseFrame(index, stamp, found, lost=draw(st.booleans()) and not found)


@given(frames())
@settings(max_examples=60, deadline=None)
def test_a_frame_comes_back(frame: PoseFrame) -> None:
    records = encode_frame(frame)
    assert (checksums(records) == records["check"]).all()
    read = decode_frame(records)
    assert (read.index, read.timestamp_ms, read.lost) == (
        frame.index,
        frame.timestamp_ms,
        frame.lost,
    )
    assert len(read.hands) == len(frame.hands)
    for given_hand, hand in zip(frame.hands, read.hands, strict=True):
        assert hand.track_id == given_hand.track_id
        assert hand.handedness is given_hand.handedness
        assert hand.mirrored is given_hand.mirrored
        assert abs(hand.score - given_hand.score) <= 0.5 / 255 + 1e-6
        assert abs(hand.error_mm - given_hand.error_mm) <= 0.13
        off = np.abs(hand.joints_mm - given_hand.joints_mm)
        assert off[0].max() <= 0.5 * PLACE_STEP_MM + 1e-3
        # A joint is off by half a step of its own bone, however far it is from the wrist.
        assert (off[1:] <= 0.5 * BONE_STEP_MM[:, None] + 1e-3).all()
        assert np.abs(hand.centre_mm - given_hand.centre_mm).max() <= 0.5 * PLACE_STEP_MM + 1e-3
        assert (hand.latent is None) == (given_hand.latent is None)
        if hand.latent is not None and given_hand.latent is not None:
            assert (np.abs(hand.latent - given_hand.latent) <= 0.5 * LATENT_STEP + 1e-5).all()
    assert encode_frame(read).tobytes() == records.tobytes()


@given(frames(), st.integers(0, RECORD.itemsize - 1), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_no_byte_changes_unseen(frame: PoseFrame, place: int, change: int) -> None:
    content = bytearray(encode_frame(frame)[:1].tobytes())
    content[place] ^= change
    damaged = np.frombuffer(bytes(content), RECORD)
    assert (checksums(damaged) != damaged["check"]).all()


@given(
    st.integers(1, 4000),
    st.integers(1, 4000),
    st.floats(1, 5000),
    st.floats(-100, 4000),
    st.text(max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_a_camera_comes_back(
    width: int, height: int, focal: float, centre: float, name: str
) -> None:
    camera = Camera(width, height, focal, focal, centre, centre, 0.125, 60.0, name, 200.0, 3.5)
    head = encode_header(camera)
    read, begin = decode_header(head + b"more")
    assert read == camera
    assert read.lens_shift_px == camera.lens_shift_px
    assert begin == len(head)
