"""Depth stream in, metric 3D hands out. Imports neither Qt nor torch (a contract run in CI)."""

from __future__ import annotations

from engine.caches import keep_kernels_elsewhere, silence_telemetry

# Before any module imports numba or OpenVINO, which look only once.
silence_telemetry()
cache_notice = keep_kernels_elsewhere()
"""One sentence about where compiled code is kept, empty if it is where it belongs."""
