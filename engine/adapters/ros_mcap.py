"""Hands for ROS 2: joint angles, markers and transforms, as an ``.mcap`` that ``ros2 bag play`` and
RViz take.

For each side ``right`` and ``left``, lengths in metres and angles in radians:

- ``/hand/right/joint_states`` (``sensor_msgs/JointState``): the angles of ``JOINTS``
- ``/hand/right/markers`` (``visualization_msgs/MarkerArray``): joints and bones; deleted where the
  hand is not seen
- ``/tf`` (``tf2_msgs/TFMessage``): from ``FRAME`` to ``right_hand``: origin in the wrist, x to the
  middle finger's knuckle, z out of the back of the hand, y to the left of both

``FRAME`` is the optical frame of ROS (x right, y down, z forward). Stamps are the source's own.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.adapters.staged_writer import StagedWriter
from engine.errors import CancelledError
from engine.extras import Extra, load_extra
from engine.measure import hand as measure
from engine.pictures.palette import BONE_RGB, JOINT_RGB
from engine.skeleton import BONES, WRIST, Handedness
from engine.types import FrameResult, TrackedHand

FRAME: Final = "camera_depth_optical_frame"
FINGER_ANGLES: Final = ("mcp_flexion", "mcp_abduction", "pip_flexion", "dip_flexion")
JOINTS: Final = (
    *("thumb_opening", "thumb_mcp_flexion", "thumb_ip_flexion"),
    *(f"{finger}_{angle}" for finger in measure.FINGERS for angle in FINGER_ANGLES),
)
"""Definitions: ``engine.measure.hand``."""
_KINDS: Final = {
    "joint_states": "sensor_msgs/msg/JointState",
    "markers": "visualization_msgs/msg/MarkerArray",
}
_SPHERE_LIST, _LINE_LIST = 7, 5
_ADD, _DELETE_ALL = 0, 3
_JOINT_M, _BONE_M = 0.008, 0.004
Array = NDArray[np.float64]


class RosMcapWriter(StagedWriter):
    """Writes results as ROS 2 messages.

    Raises:
        MissingExtraError: if ``rosbags`` is not installed.
        ExportError: if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        rosbag2 = load_extra(Extra.ROS)
        from rosbags.typesys import Stores, get_typestore

        super().__init__(path)
        self._store: Any = get_typestore(Stores.ROS2_HUMBLE)
        shutil.rmtree(self._folder, ignore_errors=True)
        plugin = rosbag2.StoragePlugin.MCAP
        self._bag: Any = rosbag2.Writer(self._folder, version=9, storage_plugin=plugin)
        self._bag.open()
        self._topics = {
            f"/hand/{side.value}/{name}": self._topic(f"/hand/{side.value}/{name}", kind)
            for side in Handedness
            for name, kind in _KINDS.items()
        }
        self._topics["/tf"] = self._topic("/tf", "tf2_msgs/msg/TFMessage")

    @property
    def _folder(self) -> Path:
        """Where the library writes: it makes folders only."""
        return self.partial_path.with_name(f".{self.partial_path.name}")

    def write(self, result: FrameResult) -> None:
        """Add the messages of a frame."""
        stamp_ns = round(result.frame.timestamp_ms * 1e6)
        transforms = []
        for side in Handedness:
            hands = [hand for hand in result.hands if hand.handedness is side]
            hand = max(hands, key=lambda hand: hand.confidence, default=None)
            self._send(f"/hand/{side.value}/markers", stamp_ns, self._markers(hand, stamp_ns))
            if hand is not None:
                state = self._joint_state(hand, stamp_ns)
                self._send(f"/hand/{side.value}/joint_states", stamp_ns, state)
                transforms.append(self._transform(hand, stamp_ns))
        if transforms:
            self._send("/tf", stamp_ns, self._new("tf2_msgs/msg/TFMessage", transforms=transforms))
        self.frames += 1

    # -- messages ----------------------------------------------------------------------------

    def _joint_state(self, hand: TrackedHand, stamp_ns: int) -> Any:
        side, nothing = hand.handedness.value, np.zeros(0)
        return self._new(
            _KINDS["joint_states"],
            header=self._header(stamp_ns),
            name=[f"{side}_{joint}" for joint in JOINTS],
            position=joint_angles_rad(hand),
            velocity=nothing,
            effort=nothing,
        )

    def _transform(self, hand: TrackedHand, stamp_ns: int) -> Any:
        x, y, z, w = Rotation.from_matrix(R_camera_from_hand(hand)).as_quat().tolist()
        at = (hand.joints_mm[WRIST].astype(np.float64) / 1000.0).tolist()
        moved = self._new(
            "geometry_msgs/msg/Transform",
            translation=self._new("geometry_msgs/msg/Vector3", *at),
            rotation=self._new("geometry_msgs/msg/Quaternion", x, y, z, w),
        )
        return self._new(
            "geometry_msgs/msg/TransformStamped",
            header=self._header(stamp_ns),
            child_frame_id=f"{hand.handedness.value}_hand",
            transform=moved,
        )

    def _markers(self, hand: TrackedHand | None, stamp_ns: int) -> Any:
        if hand is None:
            markers = [self._marker(stamp_ns, _DELETE_ALL)]
        else:
            joints = hand.joints_mm.astype(np.float64) / 1000.0
            ends = joints[np.array(BONES)].reshape(-1, 3)
            lines = np.repeat(np.array(BONE_RGB), 2, axis=0)
            markers = [
                self._marker(
                    stamp_ns, _ADD, 0, _SPHERE_LIST, _JOINT_M, joints, np.array(JOINT_RGB)
                ),
                self._marker(stamp_ns, _ADD, 1, _LINE_LIST, _BONE_M, ends, lines),
            ]
        return self._new(_KINDS["markers"], markers=markers)

    def _marker(
        self,
        stamp_ns: int,
        action: int,
        number: int = 0,
        kind: int = _SPHERE_LIST,
        size_m: float = _JOINT_M,
        points_m: Array | None = None,
        rgb: NDArray[np.integer] | None = None,
    ) -> Any:
        nowhere = self._new(
            "geometry_msgs/msg/Pose",
            position=self._new("geometry_msgs/msg/Point", 0.0, 0.0, 0.0),
            orientation=self._new("geometry_msgs/msg/Quaternion", 0.0, 0.0, 0.0, 1.0),
        )
        point, colour = "geometry_msgs/msg/Point", "std_msgs/msg/ColorRGBA"
        shades = () if rgb is None else (rgb / 255.0).tolist()
        return self._new(
            "visualization_msgs/msg/Marker",
            header=self._header(stamp_ns),
            ns="hand",
            id=number,
            type=kind,
            action=action,
            pose=nowhere,
            scale=self._new("geometry_msgs/msg/Vector3", size_m, size_m, size_m),
            color=self._new(colour, 1.0, 1.0, 1.0, 1.0),
            lifetime=self._new("builtin_interfaces/msg/Duration", 0, 0),
            frame_locked=False,
            points=[
                self._new(point, *at) for at in (() if points_m is None else points_m.tolist())
            ],
            colors=[self._new(colour, *shade, 1.0) for shade in shades],
            texture_resource="",
            texture=self._new(
                "sensor_msgs/msg/CompressedImage",
                self._header(stamp_ns),
                format="",
                data=np.zeros(0, np.uint8),
            ),
            uv_coordinates=[],
            text="",
            mesh_resource="",
            mesh_file=self._new(
                "visualization_msgs/msg/MeshFile", filename="", data=np.zeros(0, np.uint8)
            ),
            mesh_use_embedded_materials=False,
        )

    def _header(self, stamp_ns: int) -> Any:
        seconds, rest = divmod(stamp_ns, 1_000_000_000)
        stamp = self._new("builtin_interfaces/msg/Time", seconds, rest)
        return self._new("std_msgs/msg/Header", stamp, FRAME)

    def _new(self, kind: str, *values: object, **fields: object) -> Any:
        return self._store.types[kind](*values, **fields)

    # -- file --------------------------------------------------------------------------------

    def _topic(self, name: str, kind: str) -> Any:
        return self._bag.add_connection(name, kind, typestore=self._store)

    def _send(self, topic: str, stamp_ns: int, message: Any) -> None:
        connection = self._topics[topic]
        data = self._store.serialize_cdr(message, connection.msgtype)
        self._bag.write(connection, stamp_ns, data)

    def _finish(self) -> None:
        self._bag.close()
        (made,) = self._folder.glob("*.mcap")
        made.replace(self.partial_path)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _break_off(self, error: BaseException) -> None:
        super()._break_off(error)
        if isinstance(error, CancelledError):
            shutil.rmtree(self._folder, ignore_errors=True)


def joint_angles_rad(hand: TrackedHand) -> Array:
    """The angles [19] of ``JOINTS`` in radians."""
    joints, side = hand.joints_mm, hand.handedness
    degrees = [
        measure.thumb_opening_deg(joints),
        measure.thumb_bend_deg(joints, 1),
        measure.thumb_bend_deg(joints, 2),
    ]
    for finger in measure.FINGERS:
        degrees += [
            measure.flexion_deg(joints, side, finger, 0),
            measure.abduction_deg(joints, side, finger),
            measure.flexion_deg(joints, side, finger, 1),
            measure.flexion_deg(joints, side, finger, 2),
        ]
    return np.radians(np.array(degrees, np.float64))


def R_camera_from_hand(hand: TrackedHand) -> Array:  # noqa: N802 - a transform's name
    """Rotation [3, 3] of the hand's frame: columns to the middle finger's knuckle, to the left of
    it as seen with the back of the hand up, and out of the back of the hand."""
    _, along, out = measure.palm_axes(hand.joints_mm, hand.handedness)
    return np.stack([along, np.cross(-out, along), -out], axis=-1)
