"""Hands in ROS 2, live: ``python docs/examples/ros_node.py camera``; then ``rviz2`` with the fixed
frame ``camera_depth_optical_frame``. For each side: ``/hand/right/joint_states``, the wrist as
``/hand/right/pose`` and a marker ``/hand/right/joints``. It runs in the Python of a ROS 2
installation (``source /opt/ros/.../setup.bash``), into which this program was installed."""

import sys

from scipy.spatial.transform import Rotation

from engine import track
from engine.adapters.ros_mcap import FRAME, JOINTS, R_camera_from_hand, joint_angles_rad

try:
    import rclpy
    from geometry_msgs.msg import Point, PoseStamped
    from sensor_msgs.msg import JointState
    from visualization_msgs.msg import Marker
except ImportError as error:
    sys.exit(f"ROS 2 is not there ({error}): run 'source /opt/ros/.../setup.bash' first")

KINDS = {"joint_states": JointState, "pose": PoseStamped, "joints": Marker}

rclpy.init()
node = rclpy.create_node("crossing_hands")
topics = {
    (side, name): node.create_publisher(kind, f"/hand/{side}/{name}", 10)
    for side in ("right", "left")
    for name, kind in KINDS.items()
}
for result in track(sys.argv[1], hands=2):
    for hand in result.hands:
        side, metres = hand.handedness.value, (hand.joints_mm / 1000.0).astype(float).tolist()
        sent = {name: kind() for name, kind in KINDS.items()}
        state, pose, marker = sent.values()
        for message in sent.values():
            message.header.stamp, message.header.frame_id = node.get_clock().now().to_msg(), FRAME
        state.name = [f"{side}_{joint}" for joint in JOINTS]
        state.position = joint_angles_rad(hand).tolist()
        at, turn = pose.pose.position, pose.pose.orientation
        at.x, at.y, at.z = metres[0]
        x, y, z, w = Rotation.from_matrix(R_camera_from_hand(hand)).as_quat().tolist()
        turn.x, turn.y, turn.z, turn.w = x, y, z, w
        marker.ns, marker.type, marker.points = (
            side,
            Marker.SPHERE_LIST,
            [Point(x=x, y=y, z=z) for x, y, z in metres],
        )
        marker.scale.x = marker.scale.y = marker.scale.z = 0.008
        marker.color.r = marker.color.g = marker.color.a = 1.0
        for name, message in sent.items():
            topics[side, name].publish(message)
node.destroy_node()
rclpy.shutdown()
