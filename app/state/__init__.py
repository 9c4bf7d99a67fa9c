"""What the window shows, as values: written by controllers, read by views, known to no thread.

Used by controllers and views alike. Imports the engine; no Qt, no view, no controller.
"""
