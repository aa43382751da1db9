"""Sends the sample feed and collects what comes of it, record by record, by the header `origin`."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workers.demo.sample import Sample
from workers.errors import ServerError
from workers.kafka_io import Acknowledged, Publisher, Reader
from workers.settings import Settings
from workers.wire import ROLES, Entry, read

ONE_KEY = b"newswire-demo"
IDLE_MAX_S = 30.0
CALM_S = 1.0
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Arrival:
    """An output record: the topic it stands in, and what it says."""

    role: str
    entry: Entry


def send(settings: Settings, samples: Sequence[Sample]) -> list[str]:
    """Publishes all samples with one key, so that they stay in one partition and in order; returns their origins."""
    origins: list[str] = []

    def settled(_: Any, result: Acknowledged | ServerError) -> None:
        if isinstance(result, ServerError):
            raise result
        origins.append(f"{settings.topic_raw}/{result.partition}/{result.offset}")

    with Publisher(settings, settled) as publisher:
        for sample in samples:
            publisher.send(sample.value, ONE_KEY, sample)
        publisher.flush()
    return origins


def collect(reader: Reader, origins: Sequence[str], tell: Callable[[int], None]) -> dict[str, list[Arrival]]:
    """Reads until each origin has its outcome, and a little on: a double may follow. Gives up after a silence."""
    found: dict[str, list[Arrival]] = defaultdict(list)
    last_new = time.monotonic()
    while time.monotonic() - last_new < (CALM_S if found.keys() >= set(origins) else IDLE_MAX_S):
        records = reader.poll(POLL_S)
        for record in records:
            origin = record.headers.get("origin", b"").decode(errors="replace")
            found[origin].append(Arrival(record.role, read(record.role, record.value, record.headers)))
        if records:
            last_new = time.monotonic()
            tell(len(found))
    return dict(found)


def open_reader(settings: Settings) -> Reader:
    """A reader of all four output topics, from their start."""
    return Reader(settings, ROLES, from_start=True)
