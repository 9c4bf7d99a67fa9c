"""Avatars' bones, received by python-osc's server: by forward kinematics they are the joints."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
from scipy.spatial.transform import Rotation

from engine.errors import StreamError
from engine.simulation.angles import LOWER_RAD, UPPER_RAD
from engine.simulation.joints import JOINTS_FROM_PIVOTS, PIVOTS_FROM_JOINTS
from engine.simulation.model import HandModel
from engine.skeleton import FINGER_JOINTS, Handedness
from engine.stream.address import Address
from engine.stream.osc import OscSender
from engine.stream.output import StreamKind
from engine.stream.streamer import Streamer
from engine.stream.vmc_messages import vmc_datagrams
from engine.types import TrackedHand
from tests.fakes import make_frame, make_hand, make_result

RIGHT, LEFT = Handedness
PARTS = ("Proximal", "Intermediate", "Distal")
Placed = tuple[NDArray[np.float64], Rotation]


@dataclass
class Avatar:
    """What a receiver of VMC keeps: bones and trackers by name, and the newest state."""

    bones: dict[str, Placed] = field(default_factory=dict)
    trackers: dict[str, Placed] = field(default_factory=dict)
    roots: dict[str, Placed] = field(default_factory=dict)
    available: list[int] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)
    bones_awaited: int = 16

    def dispatcher(self) -> Dispatcher:
        made = Dispatcher()
        for address, kept in (
            ("/VMC/Ext/Bone/Pos", self.bones),
            ("/VMC/Ext/Tra/Pos", self.trackers),
            ("/VMC/Ext/Root/Pos", self.roots),
        ):
            made.map(address, self._place, kept)
        made.map("/VMC/Ext/OK", lambda _, loaded: self.available.append(loaded))
        made.map("/VMC/Ext/T", lambda _, time_s: self.times_s.append(time_s))
        return made

    def _place(self, _: str, kept: list[dict[str, Placed]], name: str, *numbers: float) -> None:
        assert len(numbers) == 7
        kept[0][name] = np.array(numbers[:3]), Rotation.from_quat(numbers[3:])
        if len(self.bones) >= self.bones_awaited:
            self.heard.set()


@pytest.fixture
def avatar() -> Avatar:
    return Avatar()


@pytest.fixture
def port(avatar: Avatar) -> Iterator[int]:
    server = BlockingOSCUDPServer(("127.0.0.1", 0), avatar.dispatcher())
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="avatar")
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


def hand_of(side: Handedness, seed: int) -> TrackedHand:
    """Any hand in any pose, 45 cm before the camera."""
    model, chance = HandModel.load(), np.random.default_rng(seed)
    joints = model.pose_joints(
        chance.uniform(LOWER_RAD, UPPER_RAD),
        chance.normal(size=model.n_shape),
        Rotation.random(random_state=seed).as_matrix(),
        np.array([80.0 if side is LEFT else -80.0, 30.0, 450.0]),
        side,
    )
    hand = make_hand(handedness=side)
    return replace(hand, pose=replace(hand.pose, joints_mm=joints))


def joints_of(
    avatar: Avatar, side: Handedness, tips_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Joints [21, 3] in mm, Unity's frame, of the avatar's bones; a bone ends ``tips_mm`` [5] after
    its last joint, which the protocol does not tell."""
    name = side.value.capitalize()
    pivots = np.zeros((21, 3))
    pivots[0], turned = avatar.trackers[f"wrist_{side.value}"]
    np.testing.assert_allclose(turned.as_matrix(), avatar.bones[f"{name}Hand"][1].as_matrix())
    outwards = 1.0 if side is RIGHT else -1.0
    for length, (finger, joints) in zip(tips_mm, FINGER_JOINTS.items(), strict=True):
        place, turn = pivots[0], turned
        for joint, part in zip(joints, PARTS, strict=False):
            offset, local = avatar.bones[f"{name}{finger.capitalize()}{part}"]
            place = place + turn.apply(offset)
            pivots[joint], turn = place, turn * local
        along = np.array([outwards, 0.0, 1.0 if finger == "thumb" else 0.0])
        pivots[joints[3]] = place + turn.apply(along / np.linalg.norm(along)) * length / 1000.0
    return JOINTS_FROM_PIVOTS.astype(np.float64) @ pivots * 1000.0


@pytest.mark.parametrize("side", Handedness)
@pytest.mark.parametrize("seed", range(4))
def test_the_bones_that_were_received_are_the_joints(
    avatar: Avatar, port: int, side: Handedness, seed: int
) -> None:
    hand = hand_of(side, seed)
    sender = OscSender(Address("127.0.0.1", port), vmc_datagrams, StreamKind.VMC)
    sender.send(make_result(make_frame(6), hand), 0)
    assert avatar.heard.wait(10.0)
    sender.close()
    pivots = PIVOTS_FROM_JOINTS.astype(np.float64) @ hand.joints_mm
    last = [np.linalg.norm(pivots[j[3]] - pivots[j[2]]) for j in FINGER_JOINTS.values()]
    found = joints_of(avatar, side, np.array(last))
    # Before the camera, looking at it: its x is the avatar's left, its z the avatar's back.
    assert np.abs(found + hand.joints_mm).max() < 0.05  # mm
    assert avatar.available == [1]
    assert avatar.times_s == [pytest.approx(0.2)]
    root, turned = avatar.roots["root"]
    assert root.tolist() == [0.0, 0.0, 0.0] and turned.magnitude() == 0.0
    assert found[0][0] * (1.0 if side is RIGHT else -1.0) > 0.0  # the side it has on the avatar


def test_a_hand_at_rest_in_the_t_pose_turns_no_bone(avatar: Avatar, port: int) -> None:
    """Arms out, palms down, as the camera before the avatar sees it: the right hand on its left."""
    model = HandModel.load()
    camera_from_hand = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])
    joints = model.pose_joints(
        np.zeros(24), np.zeros(model.n_shape), camera_from_hand, np.array([0.0, 0.0, 500.0]), RIGHT
    )
    hand = make_hand()
    hand = replace(hand, pose=replace(hand.pose, joints_mm=joints))
    sender = OscSender(Address("127.0.0.1", port), vmc_datagrams, StreamKind.VMC)
    sender.send(make_result(make_frame(0), hand), 0)
    assert avatar.heard.wait(10.0)
    sender.close()
    assert len(avatar.bones) == 16
    turned = {bone: np.degrees(turn.magnitude()) for bone, (_, turn) in avatar.bones.items()}
    thumb = [turned.pop(f"RightThumb{part}") for part in PARTS]
    assert max(turned.values()) < 12.0, turned  # the rig's fingers are not quite parallel
    assert max(thumb) < 60.0


def test_both_hands_come_in_datagrams_that_no_network_splits(avatar: Avatar, port: int) -> None:
    avatar.bones_awaited = 32
    result = make_result(make_frame(1), hand_of(RIGHT, 1), hand_of(LEFT, 2))
    assert max(len(datagram) for datagram in vmc_datagrams(result)) < 1400
    streamer = Streamer()
    streamer.switch_on(StreamKind.VMC, Address("127.0.0.1", port))
    streamer.put(result)
    assert avatar.heard.wait(10.0)
    streamer.close()
    assert {name[:4] for name in avatar.bones} == {"Righ", "Left"}
    assert set(avatar.trackers) == {"wrist_right", "wrist_left"}


def test_without_a_hand_it_is_told_that_no_bones_come(avatar: Avatar, port: int) -> None:
    sender = OscSender(Address("127.0.0.1", port), vmc_datagrams, StreamKind.VMC)
    broken = make_hand()
    joints = np.full((21, 3), np.nan, np.float32)
    broken = replace(broken, pose=replace(broken.pose, joints_mm=joints))
    for hands in ((), (broken,), (hand_of(RIGHT, 1),)):
        sender.send(make_result(make_frame(2), *hands), 0)
    assert avatar.heard.wait(10.0)
    sender.close()
    assert avatar.available == [0, 0, 1]


def test_a_receiver_that_goes_is_told_and_sending_goes_on(avatar: Avatar) -> None:
    server = BlockingOSCUDPServer(("127.0.0.1", 0), avatar.dispatcher())
    sender = OscSender(
        Address("127.0.0.1", server.server_address[1]), vmc_datagrams, StreamKind.VMC
    )
    result = make_result(make_frame(3), hand_of(RIGHT, 1))
    for _ in range(3):
        sender.send(result, 0)
    assert sender.snapshot().clients == 1
    server.server_close()
    for _ in range(4):
        sender.send(result, 0)
    snapshot = sender.snapshot()
    assert (snapshot.kind, snapshot.clients, snapshot.lost) == (StreamKind.VMC, 0, 0)
    sender.close()
    with pytest.raises(StreamError, match="VMC needs the port"):
        OscSender(Address("127.0.0.1", 0), vmc_datagrams, StreamKind.VMC)
