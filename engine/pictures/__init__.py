"""Pictures of depth and results: colours, overlays, PNG files.

Used wherever something is drawn or read as PNG. Imports the camera and the skeleton; no Qt.
"""
