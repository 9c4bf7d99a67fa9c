"""A recording as a log for Rerun: ``python docs/examples/rerun_log.py RECORDING LOG.rrd``."""

import sys
from pathlib import Path

from engine import track
from engine.adapters.rerun_log import RerunLog

recording, target = sys.argv[1:]
with RerunLog(Path(target)) as log:
    for result in track(recording, hands=2):
        log.write(result)
