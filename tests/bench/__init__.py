"""Measurements of speed: `python -m tests.bench`."""
