"""Working with the shared latent space: its directions, random hands, walks, drags, data out.

Used by the studio and the command ``latent``. Imports tracking (its networks) and the simulation.
"""
