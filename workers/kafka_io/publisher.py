"""Publishes raw articles and tells, record by record, where each now stands."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from kafka import KafkaProducer

from workers.errors import ServerError
from workers.kafka_io.admin import require_topic
from workers.kafka_io.client import CONNECT_TIMEOUT_MS, RecordRefusedError, client_options, server_errors
from workers.settings import Settings

BATCH_BYTES = 1 << 20
UNDER_WAY_MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Where a record now stands."""

    partition: int
    offset: int


Settled = Callable[[Any, Acknowledged | ServerError], None]


class Publisher:
    """Sends raw articles so that nothing acknowledged is lost and nothing is written twice (acks=all, idempotent).

    A context manager. kafka-python would take in records without a bound, so what is under way is counted here.

    Args:
        settings: where to, and how large a record may be.
        settled: called for each record in the order of sending with its label and what came of it; in this thread.
    """

    def __init__(self, settings: Settings, settled: Settled) -> None:
        self._topic = settings.topic_raw
        self._settings = settings
        self._settled = settled
        self._under_way: deque[tuple[Any, int, Any]] = deque()
        self._bytes = 0
        with server_errors(settings, "publish"):
            require_topic(settings, self._topic)
            self._producer = KafkaProducer(
                **client_options(settings),
                acks="all",
                enable_idempotence=True,
                linger_ms=20,
                batch_size=BATCH_BYTES,
                max_request_size=settings.raw_record_max_bytes,
                max_block_ms=CONNECT_TIMEOUT_MS,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )

    def send(
        self, value: bytes, key: bytes | None, label: Any, headers: Sequence[tuple[str, bytes]] | None = None
    ) -> None:
        """Hands one record over; waits while too much is under way."""
        try:
            with server_errors(self._settings, f"publish to {self._topic}"):
                future = self._producer.send(self._topic, value=value, key=key, headers=list(headers or ()))
        except RecordRefusedError as e:
            self._settled(label, e)
            return
        self._under_way.append((future, len(value), label))
        self._bytes += len(value)
        while self._bytes > UNDER_WAY_MAX_BYTES or (self._under_way and self._under_way[0][0].is_done):
            self._settle_oldest()

    def flush(self) -> None:
        """Returns when every record sent so far is settled."""
        while self._under_way:
            self._settle_oldest()

    def _settle_oldest(self) -> None:
        future, size, label = self._under_way.popleft()
        self._bytes -= size
        try:
            with server_errors(self._settings, f"publish to {self._topic}"):
                done = future.get()
        except ServerError as e:
            self._settled(label, e)
        else:
            self._settled(label, Acknowledged(done.partition, done.offset))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._producer.close(timeout=None if kind is None else 1)
