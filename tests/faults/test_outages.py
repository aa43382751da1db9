"""A server is away for long, under load: the worker waits, says so once, goes on by itself, and its memory stays bounded.

AWAY_S=120 is the long form.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.large import LIMIT_BYTES, LargeFeed, Memory
from tests.faults.large import run as run_large
from tests.faults.wire import Feed, Wire
from workers.local.kafka import LocalKafka
from workers.local.ports import free_port
from workers.local.process import LocalServer
from workers.local.valkey import LocalValkey
from workers.settings import load

AWAY_S = float(os.environ.get("AWAY_S", "15"))
PER_S = 150


@pytest.fixture
def wire(servers: tuple[LocalKafka, LocalValkey], tmp_path: Path) -> Iterator[Wire]:
    """A watchdog that would bark in the middle of the outage."""
    kafka, valkey = servers
    settings = load(
        kafka_bootstrap=kafka.bootstrap, redis_url=valkey.url, web_url=f"http://127.0.0.1:{free_port()}", watchdog_s=10,
    )  # fmt: skip
    with Wire(settings, tmp_path) as wire:
        yield wire


def is_away(wire: Wire, server: LocalServer) -> list[str]:
    """Takes a server away from a worker that works, and returns what the worker logged from then on until all was done."""
    worker = wire.add_worker()
    pid = worker.worker_pid
    while wire.lag() == 0:
        time.sleep(0.05)
    before = worker.log_file.stat().st_size
    with Memory(worker) as memory:
        server.kill()
        time.sleep(AWAY_S)
        server.start()
        wire.ledger(patience_s=90).assert_balanced()
    assert worker.worker_pid == pid, "the watchdog must not end a worker that waits"
    print(f"most memory: {max(memory.samples) >> 20} MiB")
    assert max(memory.samples) < LIMIT_BYTES
    return worker.log_file.read_text()[before:].splitlines()


def assert_told_once(lines: list[str]) -> None:
    others = [line for line in lines if '"batch done"' not in line]
    print("\n".join(others))
    assert sum('"waiting"' in line for line in others) == 1
    assert sum('"goes on"' in line for line in others) == 1
    assert len(others) < 60


@pytest.mark.timeout(AWAY_S * 3 + 300)
def test_redis_away_under_load(wire: Wire, servers: tuple[LocalKafka, LocalValkey]) -> None:
    wire.publish(Feed(int(PER_S * (AWAY_S + 10))), per_s=PER_S)
    time.sleep(3)
    assert_told_once(is_away(wire, servers[1]))


@pytest.mark.timeout(AWAY_S * 3 + 300)
def test_kafka_away_under_load(wire: Wire, servers: tuple[LocalKafka, LocalValkey]) -> None:
    """A backlog waits in Kafka, for the feed cannot send meanwhile."""
    wire.publish(Feed(6_000)).join()
    assert_told_once(is_away(wire, servers[0]))


@pytest.mark.timeout(300)
def test_memory_is_bounded_when_large_records_come(wire: Wire) -> None:
    """Sixty records of 5 MB, all there before the worker starts."""
    ledger, memory = run_large(wire, 60, backlog=60)
    assert not ledger.lost
    assert not ledger.doubled
    print(f"most memory: {max(memory.samples) >> 20} MiB")
    assert max(memory.samples) < LIMIT_BYTES


@pytest.mark.timeout(AWAY_S * 3 + 300)
def test_memory_is_bounded_when_large_records_have_to_wait(wire: Wire, servers: tuple[LocalKafka, LocalValkey]) -> None:
    """The index is away while they come: they wait in Kafka, not in the worker."""
    worker = wire.add_worker()
    servers[1].kill()
    with Memory(worker) as memory:
        wire.publish(LargeFeed(100), per_s=1_000).join()
        time.sleep(AWAY_S)
        servers[1].start()
        ledger = wire.ledger(patience_s=90)
    assert not ledger.lost
    assert not ledger.doubled
    print(f"most memory: {max(memory.samples) >> 20} MiB")
    assert max(memory.samples) < LIMIT_BYTES
