"""Clients that send garbage, huge frames, nothing, or never read, beside a good one."""

from __future__ import annotations

from dataclasses import replace

from tests.reliability.clients import attack


def test_a_good_client_is_served_among_bad_ones() -> None:
    attacked = attack(20, seconds=3.0)
    assert attacked.kept, attacked.text()
    assert attacked.attempts > 20
    assert attacked.lost > 0  # by those who never read
    before, _, after = attacked.memory_mb
    for broken in (
        replace(attacked, heard=attacked.sent // 2),
        replace(attacked, gap_s=5.0),
        replace(attacked, threads=(3, 4)),
        replace(attacked, memory_mb=(before, before + 500.0, after)),
        replace(attacked, error="streaming has stopped"),
    ):
        assert not broken.kept
