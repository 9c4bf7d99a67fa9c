"""Some programs killed while they record: every recording plays, at most a second is lost."""

from __future__ import annotations

from tests.reliability.kill import Killed, kill_recordings, report


def test_killed_recordings_play_and_lose_little() -> None:
    killed = kill_recordings(8, seed=3)
    assert all(one.kept for one in killed), report(killed)
    assert any(one.frames for one in killed)
    assert "db3" in report(killed) and "BROKEN" not in report(killed)


def test_what_breaks_the_promise() -> None:
    assert Killed("db3", 2.0, 50, 0.3, "").kept
    assert Killed("db3", 0.2, 0, 0.2, "it is empty").kept
    for broken in (
        Killed("db3", 2.0, 20, 1.2, ""),
        Killed("folder", 2.0, 50, 0.1, "it ends early"),
        Killed("folder", 2.0, 0, 2.0, "no such file"),
    ):
        assert not broken.kept
        assert "BROKEN" in report([broken])
