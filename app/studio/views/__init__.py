"""What the latent studio shows: one file a view; they know no controller.

Connected in ``app.wiring.studio``. Imports Qt, state and ``app.views``; no controller, backend or
bridge.
"""
