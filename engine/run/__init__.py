"""A source and a pipeline at work: threads, pausing, seeking, figures, results to their takers."""
