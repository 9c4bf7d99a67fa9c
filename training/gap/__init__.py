"""The test bench of the gap: how the tracker does on hands, sensors and scenes that are not those
it learned from. Nothing here is used in training; ``python -m training gap --help``."""
