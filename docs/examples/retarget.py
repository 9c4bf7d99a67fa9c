"""Drive a robot's hand from a recording, offline: ``python docs/examples/retarget.py CONFIG.yml
RECORDING ANGLES.csv``; CONFIG.yml is one of dex-retargeting's for a right hand, with its URDF."""

import csv
import sys
from pathlib import Path

from dex_retargeting.retargeting_config import RetargetingConfig

from engine import track
from engine.adapters.retarget import reference_vectors_m

config, recording, target = sys.argv[1:]
retargeting = RetargetingConfig.load_from_file(config).build()
indices = retargeting.optimizer.target_link_human_indices
with Path(target).open("w", newline="") as file:
    rows = csv.writer(file)
    rows.writerow(["frame", *retargeting.joint_names])
    for result in track(recording, side="right"):
        for hand in result.hands:
            vectors = reference_vectors_m(hand.joints_mm, hand.handedness, indices)
            rows.writerow([result.frame.index, *retargeting.retarget(vectors)])
