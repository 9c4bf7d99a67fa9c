"""Whole jobs without a window: headless runs, exports of a range, conversion.

Used by the command line, the window and ``engine.api``. May import all of the engine but that.
"""
