"""Whether records of the raw topic are still to be done, asked beside the group, without joining it."""

import time
from collections.abc import Collection

from kafka import KafkaConsumer, TopicPartition

from workers.errors import ServerError
from workers.kafka_io.client import client_options, server_errors
from workers.settings import Settings

_PATIENCE_S = 10.0


def has_open_records(settings: Settings, partitions: Collection[int]) -> bool:
    """Whether a committed record stands after the group's offset in any of these partitions of the raw topic.

    Looks for a record and not at offsets alone: the marks of a transactional producer take offsets, too.

    Raises:
        ServerError: Kafka does not answer.
    """
    with server_errors(settings, "look for open records"):
        consumer = KafkaConsumer(
            **client_options(settings),
            group_id=settings.group,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=1 << 16,
        )
        try:
            return _finds_one(consumer, [TopicPartition(settings.topic_raw, n) for n in partitions])
        finally:
            consumer.close()


def _finds_one(consumer: KafkaConsumer, partitions: list[TopicPartition]) -> bool:
    ends = consumer.end_offsets(partitions) if partitions else {}
    behind = [p for p in partitions if (consumer.committed(p) or 0) < ends[p]]
    consumer.assign(behind)
    end = time.monotonic() + _PATIENCE_S
    while any(consumer.position(p) < ends[p] for p in behind):
        if consumer.poll(500, max_records=1):
            return True
        if time.monotonic() > end:
            raise ServerError("Kafka tells of records and does not give them")
    return False
