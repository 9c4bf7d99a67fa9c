"""What the latent studio does, without any widget.

Connected in ``app.wiring.studio``. Imports state, the worker and the engine; no Qt, no view.
"""
