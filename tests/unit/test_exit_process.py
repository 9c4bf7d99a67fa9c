"""The program ends with its status although a thread is in the middle of a network."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import threading, sys
from app.exit_process import exit_process
from engine.tracking.generate import PoseDecoder
from engine.latent.space import LatentSpace

decoder, latent = PoseDecoder(), LatentSpace.load().neutral()
begun = threading.Event()

def work():
    while True:
        decoder(latent)
        begun.set()

if {busy}:
    threading.Thread(target=work, daemon=True).start()
    begun.wait()
sys.stdout.write("written")
exit_process(3)
"""


@pytest.mark.parametrize("busy", [True, False])
def test_ends_with_its_status_and_what_was_written(busy: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(busy=busy)],
        capture_output=True,
        encoding="utf-8",
        timeout=100,
    )
    assert (done.returncode, done.stdout) == (3, "written"), done.stderr
