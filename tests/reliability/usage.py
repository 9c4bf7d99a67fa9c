"""What a process holds, before and after something that must not make it grow."""

from __future__ import annotations

from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """What the process holds: memory in MB, threads, file descriptors."""

    memory_mb: float
    threads: int
    files: int

    @classmethod
    def now(cls) -> Usage:
        """At this moment."""
        process = psutil.Process()
        memory_mb = process.memory_info().rss / 1e6
        return cls(memory_mb, process.num_threads(), process.num_fds())

    def grew(self, end: Usage, max_growth_mb: float) -> bool:
        """Whether more is held at the ``end``, memory by more than ``max_growth_mb``."""
        leak = end.threads > self.threads or end.files > self.files
        return leak or end.memory_mb - self.memory_mb > max_growth_mb

    def text(self, end: Usage) -> str:
        """The figures in two lines."""
        return (
            f"memory {self.memory_mb:.0f} MB when settled, {end.memory_mb:.0f} at the end\n"
            f"threads {self.threads}, {end.threads}; files {self.files}, {end.files}"
        )
