"""From a frame to hands: find, crop, estimate, follow, smooth; ``pipeline`` is the one step."""
