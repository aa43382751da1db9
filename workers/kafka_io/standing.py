"""How a consumer group stands, seen from beside it: its members, and how far each raw partition is behind. Joins nothing."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec

from workers.errors import ServerError
from workers.kafka_io.client import client_options, server_errors
from workers.kafka_io.facts import offsets, quick_admin
from workers.kafka_io.members import assigned
from workers.kafka_io.reader import Reader, Record
from workers.settings import Settings

FIRST_WAIT_S, LAST_WAIT_S = 3.0, 3.0
LOOK_BACK = 20
"""Offsets before the end of a partition in which its last records are looked for: marks of transactions stand between."""


@dataclass(frozen=True, slots=True)
class Member:
    """A worker as the group knows it."""

    client: str
    host: str
    partitions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PartitionStanding:
    """A raw partition.

    Attributes:
        worker: which of the members has it, counted from 1; 0 for none.
        committed: the group's offset, None before its first commit.
        end: the offset behind the last readable record.
        lag: readable records not done yet; marks of transactions between them count as well.
        oldest_ms: the time of the oldest of these, None where there is none or it did not come in time.
        came: records that came within the span asked for.
    """

    number: int
    worker: int
    committed: int | None
    end: int
    lag: int
    oldest_ms: int | None
    came: int


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """`state` in Kafka's words: Stable, Empty, Dead (there is none), PreparingRebalance, CompletingRebalance."""

    state: str
    members: tuple[Member, ...]
    partitions: tuple[PartitionStanding, ...]


class Beside:
    """Looks at the group again and again with the same connections. A context manager.

    Raises:
        ServerError: Kafka does not answer, or the raw topic is missing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        with server_errors(settings, "look at the consumer group"), ExitStack() as opened:
            self._admin = opened.enter_context(quick_admin(settings))
            self._first = KafkaConsumer(
                **client_options(settings),
                group_id=None,
                enable_auto_commit=False,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=1 << 16,
                allow_auto_create_topics=False,
            )
            opened.callback(self._first.close)
            self._opened = opened.pop_all()

    def look(self, since_ms: int) -> GroupStanding:
        """Now; `came` counts from `since_ms` on."""
        with server_errors(self._settings, "look at the consumer group"):
            group = self._admin.describe_groups([self._settings.group])[self._settings.group]
            members = tuple(_member(m, self._settings.topic_raw) for m in group.get("members") or ())
            partitions = self._partitions()
            return GroupStanding(str(group["group_state"]), members, self._standings(partitions, members, since_ms))

    def _partitions(self) -> list[TopicPartition]:
        topic = self._settings.topic_raw
        numbers = self._first.partitions_for_topic(topic)
        if not numbers:
            raise ServerError(f"topic {topic} is not there: create it with `newswire topics`")
        return [TopicPartition(topic, n) for n in sorted(numbers)]

    def _standings(
        self, partitions: list[TopicPartition], members: Sequence[Member], since_ms: int
    ) -> tuple[PartitionStanding, ...]:
        owners = {number: n for n, member in enumerate(members, 1) for number in member.partitions}
        told = self._admin.list_group_offsets({self._settings.group: partitions})[self._settings.group]
        committed = {p: told[p].offset if p in told and told[p].offset >= 0 else None for p in partitions}
        ends = _numbers(offsets(self._admin, partitions, OffsetSpec.LATEST))
        begins = _numbers(offsets(self._admin, partitions, OffsetSpec.EARLIEST))
        since = _numbers(offsets(self._admin, partitions, since_ms))
        starts = {p: max(committed[p] or 0, begins[p]) for p in partitions}
        open_ = self._oldest({p: starts[p] for p in partitions if starts[p] < ends[p]}, ends)
        return tuple(
            PartitionStanding(
                p.partition,
                owners.get(p.partition, 0),
                committed[p],
                ends[p],
                ends[p] - open_[p][0] if p in open_ else 0,
                open_[p][1] if p in open_ else None,
                max(0, ends[p] - since[p]) if since[p] >= 0 else 0,
            )
            for p in partitions
        )

    def _oldest(
        self, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, tuple[int, int | None]]:
        """Offset and time of each partition's first open record; a partition with marks of transactions alone has none."""
        found: dict[TopicPartition, tuple[int, int | None]] = {p: (start, None) for p, start in starts.items()}
        self._first.assign(list(starts))
        self._first.resume(*starts)  # a partition that stays assigned would stay paused
        for partition, start in starts.items():
            self._first.seek(partition, start)
        waiting, until = set(starts), time.monotonic() + FIRST_WAIT_S
        while waiting and time.monotonic() < until:
            for partition, records in self._first.poll(200).items():
                if partition in waiting:
                    found[partition] = (records[0].offset, records[0].timestamp)
                    self._first.pause(partition)
                    waiting.discard(partition)
            for partition in [p for p in waiting if self._first.position(p) >= ends[p]]:
                del found[partition]
                waiting.discard(partition)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()


class LastReader(Reader):
    """Reads the last records of topics. A context manager."""

    def last(self, count: int) -> list[Record]:
        """The last ones by their times, oldest first; those that come within seconds."""
        with server_errors(self._settings, "read"):
            begins = self._consumer.beginning_offsets(self._partitions)
            ends = self._consumer.end_offsets(self._partitions)
            for partition in self._partitions:
                self._consumer.seek(partition, max(begins[partition], ends[partition] - LOOK_BACK))
        found: list[Record] = []
        until = time.monotonic() + LAST_WAIT_S
        while time.monotonic() < until:
            found += self.poll(0.2)
            if self.at_end():
                break
        return sorted(found, key=lambda record: record.timestamp_ms)[-count:]


def _numbers(found: Mapping[TopicPartition, Any]) -> dict[TopicPartition, int]:
    return {partition: int(told.offset) for partition, told in found.items()}


def _member(told: Mapping[str, Any], topic: str) -> Member:
    mine = tuple(sorted(assigned(told, topic)))
    return Member(str(told["client_id"]), str(told["client_host"]).removeprefix("/"), mine)
