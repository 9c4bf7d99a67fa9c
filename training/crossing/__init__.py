"""Crossing Nets: models of poses and of depth maps that share one latent space.

Run by ``python -m training crossing``, ``study`` and ``latent-space``. Imports crops, models and
learning.
"""
