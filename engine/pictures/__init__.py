"""Pictures of depth and results: colours, overlays, PNG files."""
