"""What the latent studio shows: one file a view; they know no controller."""
