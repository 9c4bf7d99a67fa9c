"""What a user can ask for, as data: commands, menus, keys.

Used by the window, its views and ``app.wiring``. Imports Qt and styles; no controller, backend or
bridge.
"""
