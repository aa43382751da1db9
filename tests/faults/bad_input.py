"""`make bad-input RECORDS=50000 SEED=n`: generated records through a running worker, and what became of each.

Law: each record has exactly one outcome, a dead letter its bytes untouched, an article an item that ninjs 3.1 allows; the
worker is the same process at the end, and its memory is bounded. Says what it does; the last line is JSON, the status is 1
if any of that does not hold. The folder with the logs is kept then.
"""

import argparse
import contextlib
import hashlib
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson

from tests.faults.bad_records import records
from tests.faults.drive import say
from tests.faults.wire import Wire, outcome
from workers import kafka_io, ninjs
from workers.kafka_io import Record
from workers.local.kafka import LocalKafka
from workers.local.ports import free_port
from workers.local.valkey import LocalValkey
from workers.settings import Settings, load

DATA = Path(__file__).parents[3] / "shared" / "data"
MAX_RSS_MB = 900
"""Of the worker, with two full buffers of 32 MiB, their articles in several forms, and a batch under way."""
QUIET_S = 90.0
TOLD_EVERY_S = 15.0


@dataclass
class Memory:
    """The worker's resident memory while it runs, in MB, by the kernel's count; a context manager."""

    pid: int
    at_start: int = 0
    most: int = 0
    pages_most: int = 0
    at_quarters: list[int] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.at_start = status_mb(self.pid, "VmRSS")
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self.most = max(self.most, status_mb(self.pid, "VmHWM"))

    def look(self, done: int, of: int) -> None:
        """Takes down what it is at each quarter of the way: what leaks goes on growing."""
        if len(self.at_quarters) < 4 * done // of:
            self.at_quarters.append(status_mb(self.pid, "VmRSS"))

    def _watch(self) -> None:
        while not self._ending.wait(0.5):
            self.most = max(self.most, status_mb(self.pid, "VmHWM"))
            self.pages_most = max([self.pages_most, *(status_mb(child, "VmRSS") for child in children(self.pid))])


def status_mb(pid: int, name: str) -> int:
    """A figure of /proc/<pid>/status; 0 where the process is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) // 1024
    return 0


def children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


@dataclass
class Books:
    """What was sent and what came out. `wrong` has what should not be."""

    settings: Settings
    sent: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    refused: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    results: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def settled(self, label: tuple[str, bytes], result: object) -> None:
        if isinstance(result, kafka_io.Acknowledged):
            self.sent[f"{self.settings.topic_raw}/{result.partition}/{result.offset}"] = label
        else:
            self.refused += 1

    def enter(self, record: Record) -> None:
        """Takes down an output record."""
        origin = record.headers["origin"].decode()
        kind, digest = self.sent[origin]
        self.seen[origin] += 1
        came_to = outcome(record)
        self.results[kind, came_to] += 1
        if problem := problem_of(record, came_to, digest):
            self.wrong.append(f"{origin} ({kind}): {problem}")

    @property
    def lost(self) -> list[str]:
        return [origin for origin in self.sent if not self.seen[origin]]

    @property
    def doubled(self) -> list[str]:
        return [origin for origin, times in self.seen.items() if times > 1]


def problem_of(record: Record, came_to: str, digest: bytes) -> str:
    """What is wrong with one output record; "" if nothing is."""
    if record.role == "dlq":
        if came_to == "dead-letter internal-error":
            return "a bug: " + record.headers["dlq-message"].decode()
        is_whole = "dlq-size" not in record.headers
        return "the dead letter has other bytes" if is_whole and digest_of(record.value) != digest else ""
    item = orjson.loads(record.value)["item"]
    return "" if ninjs.is_valid_item(item) else f"the item is not ninjs: {record.value[:200]!r}"


def digest_of(value: bytes | None) -> bytes:
    return hashlib.blake2b(value or b"", digest_size=8).digest()


def send(settings: Settings, number: int, seed: int, books: Books) -> None:
    with kafka_io.Publisher(settings, books.settled) as publisher:
        for count, made in enumerate(records(number, seed, DATA if DATA.is_dir() else None), 1):
            label = made.kind, digest_of(made.value)
            if made.value is None:
                books.settled(label, _send_nothing(publisher, settings, made.key))
            else:
                headers = [(_Name(name), value) for name, value in made.headers]
                publisher.send(made.value, made.key, label, headers)
            if count % 10_000 == 0:
                say(f"sent {count:,}")
        publisher.flush()


def _send_nothing(publisher: kafka_io.Publisher, settings: Settings, key: bytes | None) -> kafka_io.Acknowledged:
    """A record without a value, which no command sends."""
    done = publisher._producer.send(settings.topic_raw, value=None, key=key).get(30)
    return kafka_io.Acknowledged(done.partition, done.offset)


class _Name(str):
    """A header name of any bytes, as a client of one's own can write it."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return super().encode("latin-1", "replace")


def read_outcomes(settings: Settings, books: Books, memory: Memory) -> None:
    """Reads until there are so many, or none has come for a while."""
    with kafka_io.Reader(settings, list(settings.output_topics), from_start=True) as reader:
        last = told = time.monotonic()
        calm = 0
        while calm < 2 and time.monotonic() - last < QUIET_S:
            found = reader.poll(0.5)
            for record in found:
                books.enter(record)
            memory.look(books.seen.total(), len(books.sent))
            now = time.monotonic()
            last, calm = (now, 0) if found else (last, calm + (books.seen.total() >= len(books.sent)))
            if now - told > TOLD_EVERY_S:
                told = now
                say(f"{books.seen.total():,} outcomes")


def run(settings: Settings, folder: Path, number: int, seed: int) -> tuple[dict[str, Any], Books]:
    """Sends them, waits for their outcomes; returns the figures."""
    began = time.monotonic()
    with Wire(settings, folder) as wire:
        worker = wire.add_worker()
        pid = worker.worker_pid
        assert pid is not None
        books = Books(settings)
        with Memory(pid) as memory:
            send(settings, number, seed, books)
            read_outcomes(settings, books, memory)
        restarts = int(worker.worker_pid != pid) + wire.folder.joinpath("worker-1.log").read_text().count(
            "next start in"
        )
    figures = {
        "seed": seed, "records": len(books.sent), "refused_by_client": books.refused, "lost": len(books.lost),
        "doubled": len(books.doubled), "wrong": len(books.wrong), "restarts": restarts, "rss_start_mb": memory.at_start,
        "rss_most_mb": memory.most, "rss_at_quarters_mb": memory.at_quarters, "page_process_most_mb": memory.pages_most,
        "seconds": round(time.monotonic() - began, 1), "outcomes": dict(_by(books, 1)), "kinds": dict(_by(books, 0)),
    }  # fmt: skip
    return figures, books


def is_good(figures: dict[str, Any]) -> bool:
    return (
        not any(figures[n] for n in ("lost", "doubled", "wrong", "restarts")) and figures["rss_most_mb"] <= MAX_RSS_MB
    )


def _by(books: Books, part: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for names, count in books.results.items():
        found[names[part]] += count
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="sends bad records through a running worker")
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="newswire-bad-input-"))
    say(f"seed {options.seed}, {options.records:,} records, in {folder}")
    with LocalKafka(folder / "kafka") as kafka, LocalValkey(folder / "valkey") as valkey:
        settings = load(
            kafka_bootstrap=kafka.bootstrap, redis_url=valkey.url, web_url=f"http://127.0.0.1:{free_port()}", bad_share_max=1.0
        )  # fmt: skip
        figures, books = run(settings, folder, options.records, options.seed)
    for (kind, came_to), count in sorted(books.results.items()):
        say(f"{kind:14} {came_to:32} {count:7,}")
    for problem in [*books.wrong, *books.lost, *books.doubled][:20]:
        say(problem)
    if is_good(figures):
        shutil.rmtree(folder)
    else:
        say(f"the logs are in {folder}")
    print(json.dumps(figures))
    return 0 if is_good(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
