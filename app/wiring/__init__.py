"""Every connection between views and controllers: the window's, and those of the latent studio.

Called once by ``app.application``. Imports views and controllers, which do not know one another.
"""
