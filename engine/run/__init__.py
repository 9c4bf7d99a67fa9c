"""A source and a pipeline at work: threads, pausing, seeking, statistics, who gets the results."""
