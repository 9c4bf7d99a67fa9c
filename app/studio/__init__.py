"""The latent studio: one hand's latent edited, drawn, compared with what the camera sees."""
