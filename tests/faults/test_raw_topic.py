"""The raw topic changes behind a worker's back: retention is quicker than it, or somebody makes the topic anew."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from tests.faults.wire import Feed, Wire
from workers import kafka_io
from workers.settings import Settings

SIZE = 1_500


@pytest.fixture
def wire(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Wire]:
    with Wire(make_settings(batch_max_records=50, session_timeout_s=30), tmp_path) as wire:
        yield wire


@pytest.fixture
def admin(wire: Wire) -> Iterator[KafkaAdminClient]:
    admin = KafkaAdminClient(bootstrap_servers=wire.settings.kafka_bootstrap)
    yield admin
    admin.close()


def wait_for_lag_0(wire: Wire, seconds: float) -> None:
    end = time.monotonic() + seconds
    while wire.lag():
        assert time.monotonic() < end, f"{wire.lag()} records are not done"
        time.sleep(0.5)


def test_retention_is_quicker_than_the_worker(wire: Wire, admin: KafkaAdminClient) -> None:
    """Records deleted before they were read are told as lost; the worker goes on with what is there."""
    worker = wire.add_worker()
    wire.publish(Feed(100), per_s=10_000).join()
    wire.ledger().assert_balanced()
    assert worker.worker_pid
    os.kill(worker.worker_pid, signal.SIGSTOP)
    wire.publish(Feed(SIZE, seed=2), per_s=10_000).join()
    ends = {n: count_of(wire, n) for n in range(wire.settings.partitions)}
    cut = {TopicPartition(wire.settings.topic_raw, n): int(end * 0.9) for n, end in ends.items()}
    admin.delete_records(cut)
    time.sleep(1)
    os.kill(worker.worker_pid, signal.SIGCONT)
    wait_for_lag_0(wire, 60)
    assert "deleted by retention" in worker.log_file.read_text()


def test_topic_made_anew_while_the_worker_slept(wire: Wire, admin: KafkaAdminClient) -> None:
    """The worker wakes up at an offset of the old topic: it must not begin in the middle of the new one."""
    worker = wire.add_worker()
    wire.publish(Feed(SIZE // 3), per_s=10_000).join()
    wire.ledger().assert_balanced()
    assert worker.worker_pid
    os.kill(worker.worker_pid, signal.SIGSTOP)
    admin.delete_topics([wire.settings.topic_raw])
    time.sleep(3)
    kafka_io.create_topics(wire.settings)
    time.sleep(3)
    os.kill(worker.worker_pid, signal.SIGCONT)
    old = set(wire.sent)
    wire.sent.clear()
    wire.publish(Feed(SIZE, seed=2), per_s=10_000).join()
    time.sleep(1)
    wait_for_lag_0(wire, 90)
    ledger = wire.ledger()
    assert not ledger.lost, f"lost {len(ledger.lost)} of {ledger.sent}"
    assert old


def count_of(wire: Wire, partition: int) -> int:
    return sum(origin.endswith(f"/{partition}/{origin.rsplit('/', 1)[1]}") for origin in wire.sent)


@pytest.mark.parametrize("field", ["topic_clean"])
def test_a_topic_for_small_records_is_refused_at_the_start(
    make_settings: Callable[..., Settings], tmp_path: Path, field: str
) -> None:
    """Kafka would refuse the first long article for ever; the worker says so before it begins."""
    small = make_settings(output_record_max_bytes=1 << 20)
    kafka_io.create_topics(small)
    problems = kafka_io.unfit_topics(small.model_copy(update={"output_record_max_bytes": 8 << 20}))
    assert len(problems) == 3
    assert getattr(small, field) in problems[0]
    assert "max.message.bytes" in problems[0]
