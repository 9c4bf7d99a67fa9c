"""How a trained network becomes part of the program: export, 8 bits, what its evidence is worth."""
