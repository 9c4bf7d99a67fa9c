"""What a hand does, in numbers: angles, distances, pinch, openness; and their change over time.

Used by the plot, the panels and exports. Imports joints and depth; no source, no network.
"""
