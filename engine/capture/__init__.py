"""Guided capture: what a recording of one's own hand still lacks, and what has been shown.

Used by the window. Imports the latent space, measures and the simulation.
"""
