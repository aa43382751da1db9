"""Workers die, freeze, come and go while work is open; every record still ends in exactly one outcome."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.wire import Feed, Wire
from workers.local.worker import LocalWorker
from workers.settings import Settings

SIZE = 4_000


@pytest.fixture
def wire(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Wire]:
    """Small batches, so that there is always one open."""
    with Wire(make_settings(batch_max_records=50, session_timeout_s=6), tmp_path) as wire:
        yield wire


def send_signal(wire: Wire, worker: LocalWorker, number: signal.Signals) -> int:
    """Hits the worker itself, not its supervisor, while work is open."""
    wire.wait_for_work()
    pid = worker.worker_pid
    assert pid
    os.kill(pid, number)
    return pid


def wait_for_next_life(worker: LocalWorker, former: int) -> None:
    while worker.worker_pid in (None, former):
        time.sleep(0.05)
    worker.wait_until_ready()


def test_sigkill_while_work_is_open(wire: Wire) -> None:
    """Killed three times, the worker is started again and goes on: nothing lost, nothing twice."""
    worker = wire.add_worker()
    wire.publish(Feed(SIZE), per_s=200)
    for _ in range(3):
        time.sleep(0.5)
        wait_for_next_life(worker, send_signal(wire, worker, signal.SIGKILL))
    wire.ledger().assert_balanced()


def test_sigterm_drains_and_leaves(wire: Wire) -> None:
    """SIGTERM ends the worker within 10 seconds with status 0; the next one goes on where it was."""
    worker = wire.add_worker()
    wire.publish(Feed(SIZE))
    time.sleep(1)
    wire.wait_for_work()
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < 10
    assert "status 0" in worker.log_file.read_text()
    wire.add_worker()
    wire.ledger().assert_balanced()


def test_zombie_comes_back(wire: Wire) -> None:
    """A worker frozen past its session wakes up when another owns its partitions: its output and claims change nothing."""
    zombie = wire.add_worker()
    wire.publish(Feed(SIZE), per_s=200)
    for _ in range(2):
        time.sleep(0.5)
        pid = send_signal(wire, zombie, signal.SIGSTOP)
        if len(wire.workers) == 1:
            wire.add_worker(wait=False)
        time.sleep(8)
        os.kill(pid, signal.SIGCONT)
        time.sleep(1)
        zombie, wire.workers = wire.workers[1], wire.workers[::-1]
    wire.ledger().assert_balanced()


def test_joining_and_leaving(wire: Wire) -> None:
    """Workers join and leave under load."""
    first = wire.add_worker()
    wire.publish(Feed(SIZE), per_s=300)
    second = wire.add_worker()
    wire.wait_for_work()
    first.stop()
    wire.add_worker()
    second.stop()
    wire.ledger().assert_balanced()
