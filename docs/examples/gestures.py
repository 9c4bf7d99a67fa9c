"""Do something when a gesture begins: ``python docs/examples/gestures.py camera``."""

import sys

from engine import track

before = None
for result in track(sys.argv[1]):
    gesture = result.hands[0].gesture if result.hands else None
    if gesture != before:
        print(f"{result.frame.timestamp_ms:8.0f} ms  {gesture or 'none'}", flush=True)
    before = gesture
