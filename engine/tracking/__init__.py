"""From a frame to hands: find, crop, estimate, follow, smooth; ``pipeline`` is the one step.

Used by everything that finds hands, live and in training. Imports networks (``engine.inference``)
and gestures; no source.
"""
