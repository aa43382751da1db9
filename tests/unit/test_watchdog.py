"""The watchdog ends a worker that is stuck, and none that waits, rests or works."""

from collections.abc import Collection
from dataclasses import dataclass, field

from workers.watchdog import Watchdog

LIMIT_S = 10.0


@dataclass
class Worker:
    """What a watchdog sees of a worker; `ended` is why it was ended."""

    progress: int = 0
    partitions: Collection[int] | None = (0, 1)
    could_work: bool = True
    ended: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.watchdog = Watchdog(
            LIMIT_S, lambda: self.progress, lambda: self.partitions, lambda _: self.could_work, self.ended.append
        )
        self.now = self.watchdog._looked

    def live(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            self.watchdog.look(self.now)


def test_a_worker_that_could_work_and_does_not_is_ended() -> None:
    worker = Worker()
    worker.live(10)
    assert not worker.ended
    worker.live(2)
    assert "nothing was committed for 11 s" in worker.ended[0]
    assert worker.watchdog.is_stuck


def test_a_worker_that_gets_no_partitions_is_ended() -> None:
    """The servers answer and the group never comes to rest."""
    worker = Worker(partitions=None)
    worker.live(12)
    assert worker.ended


def test_progress_keeps_it_alive() -> None:
    worker = Worker()
    for _ in range(10):
        worker.progress += 1
        worker.live(9)
    assert not worker.ended


def test_waiting_for_a_server_or_for_work_is_not_being_stuck() -> None:
    """And the clock starts anew when the server is back."""
    worker = Worker(could_work=False)
    worker.live(100)
    worker.could_work = True
    worker.live(9)
    assert not worker.ended
    assert not worker.watchdog.is_stuck


def test_a_worker_that_was_frozen_gets_its_time() -> None:
    """SIGSTOP and SIGCONT: the time in between does not count."""
    worker = Worker()
    worker.live(5)
    worker.now += 1_000
    worker.live(9)
    assert not worker.ended


def test_zero_switches_it_off() -> None:
    watchdog = Watchdog(0, lambda: 0, lambda: (0,), lambda _: True, lambda _: None)
    watchdog.start()
    assert not watchdog.is_stuck
