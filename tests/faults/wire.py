"""A wire under fault: workers as processes, a feed with known copies, and the ledger that shows what went wrong.

The feed is made of random words, so that every original is unlike every other; one record in four is a copy of an
earlier one under another uri and source. The ledger is read with a `read_committed` consumer: each record sent must have
exactly one outcome, each group of copies exactly one `new`, and the group's lag must come back to 0.
"""

import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from kafka import KafkaConsumer, TopicPartition
from pydantic import SecretStr

from workers import kafka_io
from workers.errors import ServerError
from workers.local.worker import LocalWorker
from workers.settings import Settings

_WORDS = [
    f"{a}{b}{c}"
    for a in ("ka", "lo", "mi", "ne", "ru", "sta", "ve")
    for b in ("bo", "da", "ri", "tu")
    for c in ("l", "n", "s", "t")
]


def article(number: int, words: int = 60) -> str:
    """A text of its own, the same each time."""
    own = random.Random(number)
    return f"Report {number}. " + " ".join(own.choice(_WORDS) for _ in range(words)) + "."


@dataclass
class Feed:
    """Raw records, and which of them tell the same story."""

    size: int
    seed: int = 1
    words: int = 60
    groups: dict[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        chance = random.Random(self.seed)
        originals = 0
        for n in range(self.size):
            copy = originals and chance.random() < 0.25
            story = chance.randrange(originals) if copy else originals
            originals += not copy
            uri = f"urn:test:{self.seed}:{n}"
            self.groups[uri] = story
            body = article(self.seed * 1_000_000 + story, self.words)
            yield uri, json.dumps({"source": f"outlet-{n % 7}", "uri": uri, "body": body}).encode()


@dataclass
class Ledger:
    """What became of a feed. `wrong_groups`: stories with other than one `new`."""

    sent: int
    lost: list[str]
    doubled: list[str]
    wrong_groups: list[int]
    outcomes: Counter[str]
    seconds: float

    def assert_balanced(self) -> None:
        assert not self.lost, f"lost {len(self.lost)} of {self.sent}: {self.lost[:5]}"
        assert not self.doubled, f"doubled {len(self.doubled)} of {self.sent}: {self.doubled[:5]}"
        assert not self.wrong_groups, f"stories not published exactly once: {self.wrong_groups[:5]}"


class Wire:
    """Topics of its own, workers as processes, and the records sent so far. A context manager: it ends what it started.

    Args:
        settings: of the wire, with the servers' own addresses.
        folder: holds logs and state of the workers.
        seen_by_workers: addresses that the workers get instead, such as those of proxies.
    """

    def __init__(self, settings: Settings, folder: Path, seen_by_workers: Mapping[str, str] | None = None) -> None:
        self.settings, self.folder = settings, folder
        direct = {"KAFKA_BOOTSTRAP": settings.kafka_bootstrap, "REDIS_URL": settings.redis_url}
        self._addresses = {**direct, **(seen_by_workers or {})}
        self.workers: list[LocalWorker] = []
        self.sent: dict[str, str] = {}
        self.groups: dict[str, int] = {}
        self._publishing: list[threading.Thread] = []

    def __enter__(self) -> Self:
        kafka_io.create_topics(self.settings)
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.stop()

    def add_worker(self, *, wait: bool = True) -> LocalWorker:
        environment = environment_of(self.settings, self.folder)
        worker = LocalWorker(self.folder, len(self.workers) + 1, self._addresses, environment)
        self.workers.append(worker)
        worker.launch()
        if wait:
            worker.wait_until_ready()
        return worker

    def publish(self, feed: Feed, per_s: float = 1_500) -> threading.Thread:
        """Sends a feed at a steady pace, in a thread; `ledger` waits for it."""
        thread = threading.Thread(target=self._publish, args=(feed, per_s))
        self._publishing.append(thread)
        thread.start()
        return thread

    def _publish(self, feed: Feed, per_s: float) -> None:
        def settled(uri: str, result: kafka_io.Acknowledged | ServerError) -> None:
            assert isinstance(result, kafka_io.Acknowledged), result
            self.sent[f"{self.settings.topic_raw}/{result.partition}/{result.offset}"] = uri

        began = time.monotonic()
        with kafka_io.Publisher(self.settings, settled) as publisher:
            for n, (uri, value) in enumerate(feed):
                time.sleep(max(0.0, began + n / per_s - time.monotonic()))
                publisher.send(value, uri.encode(), uri)
            publisher.flush()
        self.groups.update(feed.groups)

    def lag(self) -> int:
        """Records sent and not yet committed by the group."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.settings.kafka_bootstrap, group_id=self.settings.group, enable_auto_commit=False
        )
        try:
            numbers = consumer.partitions_for_topic(self.settings.topic_raw)
            partitions = [TopicPartition(self.settings.topic_raw, n) for n in numbers]
            ends = consumer.end_offsets(partitions)
            return sum(ends[p] - (consumer.committed(p) or 0) for p in partitions)
        finally:
            consumer.close()

    def wait_for_work(self) -> None:
        """Returns in the middle of things: some of the feed is done, some is open."""
        end = time.monotonic() + 30
        while not any(thread.is_alive() for thread in self._publishing) and self.lag() == 0:
            assert time.monotonic() < end, "no work is open: nothing would be tried"
            time.sleep(0.1)

    def ledger(self, patience_s: float = 60.0) -> Ledger:
        """Reads until each record has an outcome, or nothing has come for `patience_s`; then looks for doubles."""
        for thread in self._publishing:
            thread.join()
        began = time.monotonic()
        seen = self._read(lambda seen: len(seen) >= len(self.sent), patience_s)
        news: Counter[int] = Counter()
        for origin, uri in self.sent.items():
            news[self.groups[uri]] += seen.get(origin, []).count("new")
        return Ledger(
            sent=len(self.sent),
            lost=[uri for origin, uri in self.sent.items() if origin not in seen],
            doubled=[self.sent[origin] for origin, outcomes in seen.items() if len(outcomes) > 1],
            wrong_groups=[story for story in set(self.groups.values()) if news[story] != 1],
            outcomes=Counter(o for outcomes in seen.values() for o in outcomes),
            seconds=time.monotonic() - began,
        )

    def _read(self, enough: Callable[[dict[str, list[str]]], bool], patience_s: float) -> dict[str, list[str]]:
        seen: dict[str, list[str]] = defaultdict(list)
        with kafka_io.Reader(self.settings, list(self.settings.output_topics), from_start=True) as reader:
            last, calm = time.monotonic(), 0
            while time.monotonic() - last < patience_s and calm < 3:
                records = reader.poll(0.5)
                for record in records:
                    seen[record.headers["origin"].decode()].append(outcome(record))
                last = time.monotonic() if records else last
                calm = calm + 1 if enough(seen) and not records and reader.at_end() else 0
        return seen


def outcome(record: kafka_io.Record) -> str:
    """new, update, cancel, duplicate, rejected or dead-letter, and why."""
    if record.role == "dlq":
        return "dead-letter " + record.headers["dlq-reason"].decode()
    value = json.loads(record.value)
    return "rejected " + value["rejection"]["reason"] if record.role == "rejected" else str(value["dedup"]["verdict"])


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def environment_of(settings: Settings, folder: Path) -> dict[str, str]:
    """The settings as variables, for a worker process of its own state."""
    own = {k: _plain(v) for k, v in settings.model_dump().items() if v != type(settings).model_fields[k].default}
    return {
        f"NEWSWIRE_{k.upper()}": v for k, v in own.items() if k not in ("kafka_bootstrap", "redis_url", "web_url")
    } | {
        "NEWSWIRE_STATE_FOLDER": str(folder / "state"),
    }
