"""What the tests of `newswire replay` need: workers with and without a bug, raw records, and a ledger that counts replays once."""

import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from tests.faults.pauses import read_all
from tests.faults.wire import Wire, article, environment_of, outcome
from workers import kafka_io
from workers.kafka_io import Record
from workers.settings import Settings

FAULTY = Path(__file__).parents[1] / "faults/faulty_worker.py"
Headers = Sequence[tuple[str, bytes]]


def variables(wire: Settings, folder: Path) -> dict[str, str]:
    addresses = {"KAFKA_BOOTSTRAP": wire.kafka_bootstrap, "REDIS_URL": wire.redis_url, "WEB_URL": wire.web_url}
    return {**os.environ, **environment_of(wire, folder), **addresses, "PYTHONPATH": str(Path(__file__).parents[2])}


@contextmanager
def faulty_worker(wire: Settings, folder: Path) -> Iterator[None]:
    """A worker with a bug: what says RAISE becomes a dead letter."""
    with (folder / "faulty.log").open("ab") as log:
        worker = subprocess.Popen([sys.executable, str(FAULTY)], env=variables(wire, folder), stdout=log, stderr=log)
    try:
        yield
    finally:
        worker.terminate()
        assert worker.wait(20) == 0


@contextmanager
def worker(wire: Settings, folder: Path) -> Iterator[None]:
    with Wire(wire, folder) as running:
        running.add_worker()
        yield


def send(wire: Settings, *records: tuple[bytes, Headers]) -> None:
    producer = KafkaProducer(bootstrap_servers=wire.kafka_bootstrap, acks="all")
    for value, headers in records:
        producer.send(wire.topic_raw, value=value, key=b"one key", headers=list(headers)).get(10)
    producer.close()


def raw(number: int, **more: Any) -> bytes:
    return json.dumps(
        {"source": f"outlet-{number % 3}", "uri": f"urn:test:{number}", "body": article(number), **more}
    ).encode()


def wait_for(wire: Settings, count: int) -> list[Record]:
    """All outputs, once there are so many."""
    end = time.monotonic() + 60
    while len(outputs := read_all(wire, list(wire.output_topics))) < count:
        assert time.monotonic() < end, f"{len(outputs)} of {count} came"
    return outputs


class Ledger:
    """What came in, replays counted once, and the last outcome of each."""

    def __init__(self, wire: Settings) -> None:
        outputs = read_all(wire, list(wire.output_topics))
        self.raw = read_all(wire, ["raw"])
        self.replays = Counter(r.headers["replay-of"].decode() for r in self.raw if "replay-of" in r.headers)
        origins = Counter(r.headers["origin"].decode() for r in outputs)
        assert all(origins[r.stands] == 1 for r in self.raw), "one outcome for each raw record"
        chains: dict[str, list[Record]] = defaultdict(list)
        for record in sorted(outputs, key=lambda r: int(r.headers["origin"].rsplit(b"/", 1)[1])):
            chains[record.headers.get("replay-of", record.headers["origin"]).decode()].append(record)
        assert len(chains) == len(self.raw) - self.replays.total()
        self.outcomes = Counter(outcome(chain[-1]) for chain in chains.values())


def delete_before(wire: Settings, offset: int) -> None:
    """As retention does."""
    admin = KafkaAdminClient(bootstrap_servers=wire.kafka_bootstrap)
    admin.delete_records({TopicPartition(wire.topic_raw, 0): offset})
    admin.close()


@contextmanager
def start_replay(wire: Settings, folder: Path, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "workers.cli", "replay", "--all", *options]
    with (folder / "replay.log").open("ab") as log:
        process = subprocess.Popen(command, env=variables(wire, folder), cwd=folder, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for_replays(wire: Settings, count: int) -> int:
    """Returns when so many have been sent, and how many."""
    end = time.monotonic() + 60
    while (sent := sum("replay-of" in r.headers for r in read_committed(wire))) < count:
        assert time.monotonic() < end
    return sent


def read_committed(wire: Settings) -> list[Record]:
    """The raw topic, as far as a replay that still runs has committed."""
    found: list[Record] = []
    with kafka_io.Reader(wire, ["raw"], from_start=True) as reader:
        while not reader.at_end():
            found += reader.poll(0.2)
    return found
