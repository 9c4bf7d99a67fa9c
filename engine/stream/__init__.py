"""Joints out, live: JSON over WebSockets, OSC and VMC over UDP; see ``docs/streaming.md``."""
