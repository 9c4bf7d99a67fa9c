"""Long tasks of controllers: progress, cancelling, failing."""

from __future__ import annotations

from app.control.background_job import BackgroundJob
from app.state.jobs import JobProgress
from engine.errors import CancelledError, ExportError
from engine.progress import Progress
from tests.fakes_app import DeferredTasks


class JobSetup:
    """A job whose tasks are held back, and everything it says."""

    def __init__(self) -> None:
        self.tasks = DeferredTasks()
        self.job: BackgroundJob[str] = BackgroundJob(self.tasks)
        self.said: list[object] = []
        self.job.progressed.connect(self.said.append)
        self.job.finished.connect(lambda outcome: self.said.append(("finished", outcome)))
        self.job.failed.connect(lambda text: self.said.append(("failed", text)))
        self.job.cancelled.connect(lambda _: self.said.append("cancelled"))


def counting(progress: Progress) -> str:
    for done in range(1, 4):
        if not progress(done, 3):
            raise CancelledError("ended early")
    return "all"


def test_one_task_at_a_time_tells_its_progress_and_its_outcome() -> None:
    setup = JobSetup()
    assert setup.job.start(counting, total=3)
    assert not setup.job.start(counting, total=3)
    assert setup.job.running
    setup.tasks.do_all()
    setup.job.tick()
    assert setup.said == [JobProgress(0, 3), ("finished", "all")]
    assert not setup.job.running


def test_a_cancelled_task_has_not_failed_and_the_next_one_is_not_cancelled() -> None:
    setup = JobSetup()
    setup.job.start(counting, total=3)
    setup.job.cancel()
    setup.tasks.do_all()
    assert setup.said == [JobProgress(0, 3), "cancelled"]
    setup.job.start(counting, total=3)
    setup.tasks.do_all()
    assert setup.said[2:] == [JobProgress(0, 3), ("finished", "all")]


def test_a_task_that_is_whole_before_it_sees_the_end_has_finished() -> None:
    setup = JobSetup()
    setup.job.start(lambda _progress: "all", total=1)
    setup.job.cancel()
    setup.tasks.do_all()
    assert setup.said[-1] == ("finished", "all")


def test_what_breaks_is_told() -> None:
    def broken(_progress: Progress) -> str:
        raise ExportError("cannot write there")

    setup = JobSetup()
    setup.job.start(broken, total=1)
    setup.tasks.do_all()
    assert setup.said[-1] == ("failed", "cannot write there")
