"""A recording as messages for ROS 2: ``python docs/examples/ros_mcap.py RECORDING HANDS.mcap``."""

import sys
from pathlib import Path

from engine import track
from engine.adapters.ros_mcap import RosMcapWriter

recording, target = sys.argv[1:]
with RosMcapWriter(Path(target)) as writer:
    for result in track(recording, hands=2):
        writer.write(result)
