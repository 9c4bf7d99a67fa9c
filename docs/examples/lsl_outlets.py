"""Joints for the Lab Streaming Layer: ``python docs/examples/lsl_outlets.py camera NAME``."""

import sys

from engine import track
from engine.adapters.lsl import LslOutlets

source, name = sys.argv[1:]
with LslOutlets(name) as outlets:
    for result in track(source, hands=2):
        outlets.write(result)
