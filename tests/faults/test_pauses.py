"""How long partitions rest after a worker's end, with the settings as they are shipped."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.pauses import grouped, longest_pause, read_all
from tests.faults.wire import Feed, Wire
from workers.settings import Settings

SLACK_S = 3.0
"""For machines that have other things to do."""


@pytest.fixture
def wire(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Wire]:
    with Wire(make_settings(), tmp_path) as wire:
        wire.add_worker()
        wire.add_worker()
        yield wire


def pause_s(wire: Wire) -> float:
    outputs = read_all(wire.settings, list(wire.settings.output_topics))
    return longest_pause(read_all(wire.settings, ["raw"]), grouped(outputs)).seconds


def test_after_sigkill_the_partitions_move_within_12_s(wire: Wire) -> None:
    feed = wire.publish(Feed(2_500), per_s=120)
    time.sleep(4)
    pid = wire.workers[0].worker_pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    feed.join()
    wire.ledger().assert_balanced()
    pause = pause_s(wire)
    print(f"pause after SIGKILL: {pause} s")
    assert pause < 12 + SLACK_S


def test_after_sigterm_the_partitions_move_within_5_s(wire: Wire) -> None:
    feed = wire.publish(Feed(1_500), per_s=120)
    time.sleep(4)
    began = time.monotonic()
    wire.workers[0].stop()
    took = time.monotonic() - began
    feed.join()
    wire.ledger().assert_balanced()
    pause = pause_s(wire)
    print(f"pause after SIGTERM: {pause} s, end after {took:.1f} s")
    assert took < 10
    assert "status 0" in wire.workers[0].log_file.read_text()
    assert pause < 5 + SLACK_S
