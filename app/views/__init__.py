"""One file a view: setters in, signals out; views know state and results, never a controller.

Made by ``app.window``, connected in ``app.wiring``. Imports Qt, state, styles and the engine's
results; no backend or bridge.
"""
