"""How a trained network becomes part of the program: export, 8 bits, calibration, self-check.

Run by ``python -m training export``, ``quantise``, ``calibrate`` and others. Imports all that
trains; the benchmark and adaptation stand above.
"""
