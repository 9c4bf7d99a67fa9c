"""Every connection between views and controllers: the window's, and those of the latent studio."""
