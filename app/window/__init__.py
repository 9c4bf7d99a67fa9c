"""The frame around the views: main window, pages, panels, dialogs.

Made in ``app.application``, connected in ``app.wiring``. Imports Qt and views; no controller,
backend or bridge.
"""
