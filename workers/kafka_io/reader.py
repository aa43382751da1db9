"""Reads topics whole, for people and for the demo: no group, and only what is committed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition

from workers.errors import ServerError
from workers.kafka_io.client import client_options, server_errors
from workers.settings import Settings

POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read; `role` is what its topic is for (raw, clean, duplicates, rejected, dlq).

    `headers` has the last one of each name, `all_headers` what is there, in order.
    """

    role: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes
    headers: dict[str, bytes]
    all_headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def stands(self) -> str:
        """Where it stands, as an origin is written."""
        return f"{self.topic}/{self.partition}/{self.offset}"


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
            try:
                self._partitions = [p for topic in self._roles for p in self._partitions_of(topic)]
                self._consumer.assign(self._partitions)
                self._start(from_start)
            except BaseException:
                self._consumer.close()
                raise

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

    def begin_at(self, timestamp_ms: int) -> bool:
        """Goes on at the first records of this time or later; returns whether older ones than that still stand.

        Where none do, records of this time may have been deleted by retention, except in a topic that still has its first.
        """
        with server_errors(self._settings, "read"):
            firsts = self._consumer.beginning_offsets(self._partitions)
            found = self._consumer.offsets_for_times(dict.fromkeys(self._partitions, max(timestamp_ms, 0)))
            ends = self._consumer.end_offsets(self._partitions)
            starts = {p: found[p].offset if found.get(p) else ends[p] for p in self._partitions}
            for partition, offset in starts.items():
                self._consumer.seek(partition, offset)
        return all(firsts[p] == 0 or starts[p] > firsts[p] for p in self._partitions)

    def until_now(self) -> Iterator[list[Record]]:
        """All that is written by now, batch by batch; waits for the end of transactions that are open.

        What a transaction that is still open holds back may be followed by records that are long committed.
        """
        ends = _ends_with_open_ones(self._settings, self._partitions)
        with server_errors(self._settings, "read"):
            behind = {p for p in self._partitions if self._consumer.position(p) < ends[p]}
        while behind:
            yield self.poll(POLL_S)
            with server_errors(self._settings, "read"):
                behind = {p for p in behind if self._consumer.position(p) < ends[p]}

    def _record(self, raw: Any) -> Record:
        headers = {name: value or b"" for name, value in raw.headers}
        role = self._roles[raw.topic]
        where, when = (raw.topic, raw.partition, raw.offset), raw.timestamp
        pairs = tuple((name, value or b"") for name, value in raw.headers)
        return Record(role, *where, when, raw.key, raw.value or b"", headers, pairs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()


def _ends_with_open_ones(settings: Settings, partitions: Sequence[Any]) -> dict[Any, int]:
    with server_errors(settings, "read"):
        consumer = KafkaConsumer(**client_options(settings), group_id=None, isolation_level="read_uncommitted")
        try:
            return dict(consumer.end_offsets(list(partitions)))
        finally:
            consumer.close()
