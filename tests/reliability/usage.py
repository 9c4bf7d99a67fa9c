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


@dataclass(frozen=True, slots=True)
class Growth:
    """What was held when the process had ``settled`` and at the ``end``, and how many MB of memory
    more are allowed (``allowed_mb``)."""

    settled: Usage
    end: Usage
    allowed_mb: float

    def __bool__(self) -> bool:
        """Whether more was held at the end than is allowed."""
        leak = self.end.threads > self.settled.threads or self.end.files > self.settled.files
        return leak or self.end.memory_mb - self.settled.memory_mb > self.allowed_mb

    def text(self) -> str:
        """The figures in two lines."""
        settled, end = self.settled, self.end
        return (
            f"memory {settled.memory_mb:.0f} MB when settled, {end.memory_mb:.0f} at the end\n"
            f"threads {settled.threads}, {end.threads}; files {settled.files}, {end.files}"
        )
