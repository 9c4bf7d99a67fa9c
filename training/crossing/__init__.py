"""Crossing Nets: models of poses and of depth maps that share one latent space."""
