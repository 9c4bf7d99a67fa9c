"""Hands in depth images of your own: ``python docs/examples/tracker.py FOLDER``, whose 16-bit PNGs
hold millimetres as a camera of 640x480 with a focal length of 615 pixels sees them."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from engine import Camera, Tracker

camera = Camera(width=640, height=480, fx=615.0, fy=615.0, cx=319.5, cy=239.5, fps=30)
tracker = Tracker(camera, hands=2)
for path in sorted(Path(sys.argv[1]).glob("*.png")):
    result = tracker(np.asarray(Image.open(path)))
    for hand in result.hands:
        print(path.name, hand.track_id, hand.handedness.value, hand.joints_mm[8].round(1))
