"""Kafka or Valkey is killed and comes back, Kafka holds aborted transactions: the wire waits, and nothing is lost or doubled."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from tests.faults.wire import Feed, Wire, article
from workers.local.kafka import LocalKafka
from workers.local.ports import free_port
from workers.local.valkey import LocalValkey
from workers.settings import load

SIZE = 4_000


@pytest.fixture
def wire(servers: tuple[LocalKafka, LocalValkey], tmp_path: Path) -> Iterator[Wire]:
    kafka, valkey = servers
    settings = load(
        kafka_bootstrap=kafka.bootstrap, redis_url=valkey.url, web_url=f"http://127.0.0.1:{free_port()}",
        batch_max_records=50, session_timeout_s=6, redis_timeout_s=1,
    )  # fmt: skip
    with Wire(settings, tmp_path) as wire:
        yield wire


def test_valkey_killed(wire: Wire, servers: tuple[LocalKafka, LocalValkey]) -> None:
    """Valkey dies and is away for 5 seconds: articles wait, then go on with all that was known."""
    wire.add_worker()
    wire.publish(Feed(SIZE), per_s=300)
    time.sleep(1)
    wire.wait_for_work()
    servers[1].kill()
    time.sleep(5)
    servers[1].start()
    wire.ledger().assert_balanced()


def test_broker_killed(wire: Wire, servers: tuple[LocalKafka, LocalValkey]) -> None:
    """The broker dies in the middle of transactions and is away for 3 seconds."""
    wire.add_worker()
    feed = wire.publish(Feed(SIZE), per_s=1_000)
    feed.join()
    wire.wait_for_work()
    servers[0].kill()
    time.sleep(3)
    servers[0].start()
    wire.ledger(patience_s=90).assert_balanced()


def test_sigterm_while_kafka_is_away(wire: Wire, servers: tuple[LocalKafka, LocalValkey]) -> None:
    """The worker cannot leave its group and still ends within 10 seconds with status 0; nothing is lost."""
    worker = wire.add_worker()
    wire.publish(Feed(2_000)).join()
    wire.wait_for_work()
    servers[0].kill()
    time.sleep(1)
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < 10
    assert "status 0" in worker.log_file.read_text()
    servers[0].start()
    wire.add_worker()
    wire.ledger().assert_balanced()


def test_transactional_producer_that_aborts(wire: Wire) -> None:
    """Raw articles written in transactions leave holes; aborted ones are never read, committed ones all are."""
    wire.add_worker()
    producer = KafkaProducer(bootstrap_servers=wire.settings.kafka_bootstrap, transactional_id="feed", acks="all")
    producer.init_transactions()
    for n in range(60):
        producer.begin_transaction()
        futures = [(i, send(producer, wire, i)) for i in range(n * 20, n * 20 + 20)]
        if n % 3 == 1:
            producer.flush()
            producer.abort_transaction()
            continue
        producer.commit_transaction()
        for i, future in futures:
            done = future.get(10)
            wire.sent[f"{done.topic}/{done.partition}/{done.offset}"] = f"urn:test:{i}"
            wire.groups[f"urn:test:{i}"] = i
    producer.close()
    ledger = wire.ledger()
    ledger.assert_balanced()
    assert sum(ledger.outcomes.values()) == 40 * 20, "an aborted record was published"


def send(producer: Any, wire: Wire, number: int) -> Any:
    raw = {"source": "agency", "uri": f"urn:test:{number}", "body": article(number)}
    return producer.send(wire.settings.topic_raw, json.dumps(raw).encode(), key=raw["uri"].encode())
