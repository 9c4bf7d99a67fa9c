"""What a hand does, in numbers: angles, distances, pinch, openness; and their change over time."""
