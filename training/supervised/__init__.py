"""Estimator and detector, learned from scenes whose truth is known.

Run by ``python -m training estimator`` and ``detector``. Imports crops, models and learning.
"""
