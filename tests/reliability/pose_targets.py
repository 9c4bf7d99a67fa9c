"""Recordings without images, and profiles, to fuzz."""

from __future__ import annotations

import json
from contextlib import closing
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from engine.pose_files.file import read_pose_file
from engine.pose_files.recording import PoseRecording, RecordedHands
from engine.pose_files.records import RECORD, checksums, encode_header
from engine.pose_files.search import PoseQuery, named_pose, search_poses
from engine.profiles import read_profile
from engine.tracking.config import TrackingSettings
from tests.pose_recordings import CAMERA, gesture_joints, neutral_latent, pose_hand, write_pose_file
from tests.profile_folders import decoder_profile
from tests.reliability.mutations import damaged, damaged_json
from tests.reliability.target import Target


def _prepare_poses(folder: Path) -> None:
    hand = pose_hand(gesture_joints("point"), latent=neutral_latent())
    other = pose_hand(gesture_joints("fist_tight"), track_id=1, latent=neutral_latent())
    write_pose_file(folder / "a.pose", [[hand], [hand, other], [], [other]])


def _damage_poses(folder: Path, random: Random) -> None:
    """Damage the file's bytes; or those of its records, with checksums that fit."""
    path = folder / "a.pose"
    content, begin = path.read_bytes(), len(encode_header(CAMERA))
    if random.random() < 0.4:
        path.write_bytes(damaged(content, random))
        return
    spoilt = damaged(content[begin:], random)
    whole = len(spoilt) // RECORD.itemsize * RECORD.itemsize
    records = np.frombuffer(spoilt[:whole], RECORD).copy()
    records["check"] = checksums(records)
    path.write_bytes(content[:begin] + records.tobytes())


@cache
def _query() -> PoseQuery:
    return named_pose("fist")


def _read_poses(folder: Path) -> None:
    """As the window plays it, and as it is searched."""
    path = folder / "a.pose"
    file = read_pose_file(path)
    assert file.notice.isprintable()
    with closing(PoseRecording(path)) as recording:
        step = RecordedHands(recording)
        state = step.initial_state()
        for index in range(recording.frame_count):
            frame = recording.frame_at(index)
            assert np.isfinite(frame.depth_mm).all()
            result, state = step.step(frame, state, TrackingSettings(hands=2))
            assert all(np.isfinite(hand.joints_mm).all() for hand in result.hands)
        assert (np.diff(recording.timeline_ms) >= 0).all()
    search_poses(folder, _query())


def _damage_profile(folder: Path, random: Random) -> None:
    path = folder / "profile.json"
    text = path.read_text()
    if random.random() < 0.3:
        fields = json.loads(text)
        name = random.choice(list(fields))
        fields[name] = random.choice((None, [], {}, "../../x", 1e308, -1, "x" * 10_000, "\n"))
        text = json.dumps(fields)
    path.write_bytes(damaged_json(text, random))


def _read_profile(folder: Path) -> None:
    profile = read_profile(folder)
    assert profile.name.isprintable()
    assert profile.seconds >= 0.0


POSES: Final = (
    Target("poses", 6, _prepare_poses, _damage_poses, _read_poses),
    Target("profile", 4, decoder_profile, _damage_profile, _read_profile),
)
