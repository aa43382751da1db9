"""Sends records to the raw topic in transactions, as the one process that does so in its group.

Law: `begin` fences a former sender, however it ended, and ends the transaction that it left open; only what is read after
that tells for sure what it sent. Either all of a batch stands in the raw topic, or nothing of it.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from workers.kafka_io.admin import largest_record
from workers.kafka_io.client import CONNECT_TIMEOUT_MS, client_options, server_errors
from workers.outcome import Headers
from workers.settings import Settings

TRANSACTION_TIMEOUT_MS = 15_000
"""The raw topic's readers wait so long for a sender that was killed."""
_ROOM_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class RawToSend:
    """A raw record and its partition; one that the topic does not have (any more) is left to Kafka."""

    partition: int
    key: bytes | None
    value: bytes
    headers: Headers


class Resender:
    """A transactional producer of raw records. A context manager; `max_bytes` is the most that one may take.

    Raises:
        ServerError: Kafka does not answer, or another one has taken over.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._topic = settings, settings.topic_raw
        self.max_bytes = min(settings.raw_record_max_bytes, largest_record(settings, self._topic))
        with server_errors(settings, "send"):
            self._producer = KafkaProducer(
                **client_options(settings),
                transactional_id=f"{settings.group}/{settings.topic_raw}/replay",
                transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
                acks="all",
                linger_ms=5,
                batch_size=min(1 << 20, self.max_bytes),
                max_request_size=settings.raw_record_max_bytes + _ROOM_BYTES,
                max_block_ms=CONNECT_TIMEOUT_MS,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )

    def begin(self) -> None:
        """Makes this the only one that sends."""
        with server_errors(self._settings, "begin to send"):
            self._producer.init_transactions()
            self._partitions = self._producer.partitions_for(self._topic)

    def send(self, records: Sequence[RawToSend]) -> None:
        """Sends all of them, or none."""
        with server_errors(self._settings, f"send to {self._topic}"):
            self._producer.begin_transaction()
            try:
                sent = [self._producer.send(self._topic, **self._fields(record)) for record in records]
                self._producer.flush()
                for future in sent:
                    future.get()
                self._producer.commit_transaction()
            except KeyboardInterrupt:  # else the readers would wait for its end
                with contextlib.suppress(KafkaError):
                    self._producer.abort_transaction()
                raise

    def _fields(self, record: RawToSend) -> dict[str, Any]:
        partition = record.partition if record.partition in self._partitions else None
        return {"partition": partition, "key": record.key, "value": record.value, "headers": list(record.headers)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._producer.close(timeout=None if kind is None else 1)
