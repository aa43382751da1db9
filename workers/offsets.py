"""What Kafka says of a source partition: where the group stands, where the log begins and ends, what is in a hole.

Asked with a consumer of its own that never joins the group, so that it disturbs nobody.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from workers import group_errors
from workers.settings import Settings

group_errors.heed()
log = structlog.get_logger("newswire.offsets")

PROBE_S = 10.0
SETTLE_TRIES, SETTLE_S = 4, 0.5
"""A transaction's offset can be read a moment after its commit was answered."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading goes on, and what the group has committed (None: nothing yet), with the metadata beside it."""

    next_offset: int
    committed: int | None
    metadata: str = ""


class Offsets:
    """Asks for committed offsets and looks into holes, with a consumer of its own that never joins the group; `count_deleted`
    is told how many records retention has deleted before they were read.
    """

    def __init__(
        self, settings: Settings, options: dict[str, Any], count_deleted: Callable[[int], None] = lambda _: None
    ) -> None:
        self._settings, self._options, self._count_deleted = settings, options, count_deleted
        self._consumer: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()

    async def position(self, partition: TopicPartition) -> Position:
        """Reading goes on at the committed offset, or where the log begins if that has moved on or was made anew."""
        async with self._lock:
            consumer = await self._paused_at(partition)
            committed, metadata = await _committed(consumer, partition)
            first = int((await consumer.beginning_offsets([partition]))[partition])
            end = int((await consumer.end_offsets([partition]))[partition])
        if committed is not None and committed < first:
            self._tell_deleted(partition, first - committed)
        if committed is not None and committed > end:
            log.error(
                "the raw topic ends before the committed offset: it was cut short or made anew, and is read from its beginning",
                partition=partition.partition,
                committed=committed,
                end=end,
            )
            return Position(first, committed)
        return Position(max(committed or 0, first), committed, metadata)

    async def stands_at(self, partition: TopicPartition, committed: int | None) -> bool:
        """Whether this is what the group has committed."""
        for attempt in range(SETTLE_TRIES):
            if attempt:
                await asyncio.sleep(SETTLE_S)
            async with self._lock:
                consumer = await self._paused_at(partition)
                if await consumer.committed(partition) == committed:
                    return True
        return False

    async def first_from(self, partition: TopicPartition, offset: int) -> int:
        """The offset of the first committed record at or after `offset`; tells of records that retention has deleted."""
        async with self._lock:
            consumer = await self._started()
            consumer.assign([partition])
            first = int((await consumer.beginning_offsets([partition]))[partition])
            if first > offset:
                self._tell_deleted(partition, first - offset)
            consumer.seek(partition, max(offset, first))
            try:
                record = await asyncio.wait_for(consumer.getone(partition), PROBE_S)
            finally:
                consumer.pause(partition)
            return int(record.offset)

    def _tell_deleted(self, partition: TopicPartition, count: int) -> None:
        self._count_deleted(count)
        log.error(
            "raw records were deleted by retention before they were read",
            partition=partition.partition,
            lost=count,
            remedy="longer retention.ms, or workers that keep up",
        )

    async def _paused_at(self, partition: TopicPartition) -> AIOKafkaConsumer:
        consumer = await self._started()
        consumer.assign([partition])
        consumer.pause(partition)  # its records are not wanted
        return consumer

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                group_id=self._settings.group, enable_auto_commit=False, isolation_level="read_committed",
                auto_offset_reset="none", max_partition_fetch_bytes=1 << 20, **self._options,
            )  # fmt: skip
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        return self._consumer

    async def stop(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()
            self._consumer = None


async def _committed(consumer: AIOKafkaConsumer, partition: TopicPartition) -> tuple[int | None, str]:
    """What the group has committed, and the metadata with it; aiokafka's own `committed` leaves those out."""
    found = await consumer._coordinator.fetch_committed_offsets([partition])  # noqa: SLF001
    stated = found.get(partition)
    return (None, "") if stated is None or stated.offset < 0 else (stated.offset, stated.metadata or "")
