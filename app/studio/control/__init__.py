"""What the latent studio does, without any widget."""
