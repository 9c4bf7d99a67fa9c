"""Whole jobs without a window: headless runs, exports of a range, conversion."""
