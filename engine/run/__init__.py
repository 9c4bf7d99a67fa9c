"""A source and a pipeline at work: threads, pausing, seeking, statistics, who gets the results.

Used by the window, jobs and ``engine.api``. Imports sources and tracking.
"""
