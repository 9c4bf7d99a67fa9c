"""What an avatar would do: ``python docs/examples/vmc_receiver.py 39539``, then ``main.py camera
--stream-vmc 39539``."""

import sys

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer


def turn(_address: str, bone: str, *numbers: float) -> None:
    """A bone's place in m and its turn, a quaternion, relative to the bone before."""
    x, y, z, w = numbers[3:]
    print(f"{bone}  {x:.3f} {y:.3f} {z:.3f} {w:.3f}", flush=True)


dispatcher = Dispatcher()
dispatcher.map("/VMC/Ext/Bone/Pos", turn)
BlockingOSCUDPServer(("127.0.0.1", int(sys.argv[1])), dispatcher).serve_forever()
