"""Networks fitted to a camera and a person by recordings without labels, and the proof of it.

Run by ``python -m training adapt``, which the window starts as a process. Imports all of training
but the benchmark.
"""
