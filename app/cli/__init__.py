"""What ``main.py`` does without a window: cameras, self-check, latents, recordings."""
