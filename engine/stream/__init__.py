"""Joints out, live: JSON over WebSockets, OSC and VMC over UDP; see ``docs/streaming.md``.

Used by the window and headless jobs. Imports results and exports; knows no run but by a protocol.
"""
