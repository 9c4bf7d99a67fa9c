"""Joints out, live: JSON over WebSockets and OSC over UDP; see ``docs/streaming.md``."""
