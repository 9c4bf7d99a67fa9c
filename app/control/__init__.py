"""What happens on each command of the user, without any widget; views follow by events.

Made in ``app.application``, connected in ``app.wiring``. Imports state, ``app.backend`` (a
protocol) and the engine; no Qt, no view.
"""
