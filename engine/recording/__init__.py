"""Frames out: recordings of what a camera sees, written while it goes on."""
