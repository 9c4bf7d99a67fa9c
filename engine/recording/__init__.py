"""Frames out: recordings of what a camera sees, written while it goes on.

Used by the window and jobs. Imports the file formats of ``engine.sources``; knows no pipeline.
"""
