"""How a trained network becomes part of the program: export, 8 bits, calibration, self-check."""
