"""The last line of the program."""

from __future__ import annotations

import os
import sys
import threading
from typing import NoReturn


def exit_process(status: int) -> NoReturn:
    """End the process with ``status``, even if a thread that was told to end has not ended yet.

    The interpreter would tear such a thread out of the middle of a library's C++ code, which
    aborts the process ("terminate called without an active exception"). Files are written and
    children ended before this is called, so nothing is lost by leaving at once.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if any(thread.daemon and thread.is_alive() for thread in threading.enumerate()):
        os._exit(status)
    sys.exit(status)
