"""Estimator and detector, learned from scenes whose truth is known."""
