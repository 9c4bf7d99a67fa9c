"""Results in the files of other programs, written with their own libraries.

Used by ``engine.jobs``. Imports results, measures and, when used, the library (``engine.extras``).
"""
