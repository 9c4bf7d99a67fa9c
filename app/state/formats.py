"""Durations and sizes in words."""

from __future__ import annotations


def format_duration(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def format_size(size_bytes: int) -> str:
    """Megabytes, or gigabytes from one on."""
    if size_bytes >= 1e9:
        return f"{size_bytes / 1e9:.2f} GB"
    return f"{size_bytes / 1e6:.1f} MB"
