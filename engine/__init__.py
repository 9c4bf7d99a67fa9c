"""Depth stream in, metric 3D hands out. Imports neither Qt nor torch (a contract run in CI)."""
