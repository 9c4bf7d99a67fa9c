"""The benchmark: how the tracker does on hands, sensors and scenes that are not those it learned
from. No network learns from anything here; ``training.ablation`` tests on it, and but for the
command line nothing else knows it. ``python -m training benchmark --help``."""
