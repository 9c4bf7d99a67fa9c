"""Promises kept under faults, measured: ``python -m tests.reliability --help``."""
