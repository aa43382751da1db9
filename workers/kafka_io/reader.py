"""Reads topics whole, for people and for the demo: no group, and only what is committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition

from workers.errors import ServerError
from workers.kafka_io.client import client_options, server_errors
from workers.settings import Settings


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read; `role` is what its topic is for (raw, clean, duplicates, rejected, dlq)."""

    role: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes
    headers: dict[str, bytes]


class Reader:
    """Reads whole topics, without a group and only what is committed. A context manager."""

    def __init__(self, settings: Settings, roles: Sequence[str], *, from_start: bool) -> None:
        names = {"raw": settings.topic_raw, **settings.output_topics}
        self._roles = {names[role]: role for role in roles}
        self._settings = settings
        with server_errors(settings, "read"):
            self._consumer = KafkaConsumer(
                **client_options(settings),
                group_id=None,
                enable_auto_commit=False,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
                fetch_max_wait_ms=100,
                allow_auto_create_topics=False,
            )
            self._partitions = [p for topic in self._roles for p in self._partitions_of(topic)]
            self._consumer.assign(self._partitions)
            self._start(from_start)

    def _partitions_of(self, topic: str) -> list[Any]:
        numbers = self._consumer.partitions_for_topic(topic)
        if not numbers:
            raise ServerError(f"topic {topic} is not there: create it with `newswire topics`")
        return [TopicPartition(topic, n) for n in sorted(numbers)]

    def _start(self, from_start: bool) -> None:
        (self._consumer.seek_to_beginning if from_start else self._consumer.seek_to_end)(*self._partitions)
        for partition in self._partitions:
            self._consumer.position(partition)  # seeking is lazy: without this "now" would be the first poll

    def poll(self, timeout_s: float) -> list[Record]:
        """What has come, waiting `timeout_s` at most; of one partition in its order."""
        with server_errors(self._settings, "read"):
            batches = self._consumer.poll(int(timeout_s * 1000), max_records=2000)
        return [self._record(raw) for batch in batches.values() for raw in batch]

    def at_end(self) -> bool:
        """Whether everything committed so far has been polled."""
        with server_errors(self._settings, "read"):
            ends = self._consumer.end_offsets(self._partitions)
            return all(self._consumer.position(p) >= end for p, end in ends.items())

    def _record(self, raw: Any) -> Record:
        headers = {name: value or b"" for name, value in raw.headers}
        role = self._roles[raw.topic]
        return Record(role, raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value or b"", headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()
