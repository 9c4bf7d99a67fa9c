"""Recordings without images (``.pose``): hands, frame by frame, in about 100 bytes each.

Used by ``engine.any_source``, jobs and the search dialog. Imports tracking (a network draws their
depth).
"""
