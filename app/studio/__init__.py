"""The latent studio: one hand's latent edited, drawn, compared with what the camera sees.

Here what both sides share; ``control`` decides, ``views`` show. Imports the engine; made when its
page is first shown.
"""
