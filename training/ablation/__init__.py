"""What of the estimator and of its training data matters: one change at a time, short runs.

Every run differs from the first in one thing (``variants``), sees as many crops unless their number
is that thing, and is tested on the same hands: held-out ones like those trained on, and those of
the benchmark of other hands (``training.benchmark``).
"""
