"""The buffer between Kafka and the agent, bounded in bytes as well as in records.

Faust counts records; an article may have 8 MiB. When the buffer is full the partition is paused, which is how
backpressure reaches the broker.
"""

from typing import Any

from mode.utils.queues import ThrowableQueue


class BoundedQueue(ThrowableQueue[Any]):
    """A stream's queue of events that is also full at `max_bytes`. One record always fits."""

    def __init__(self, *args: Any, max_bytes: int, **kwargs: Any) -> None:
        self.bytes, self.max_bytes = 0, max_bytes
        super().__init__(*args, **kwargs)

    def full(self) -> bool:
        return super().full() or self.bytes >= self.max_bytes

    def in_pressure_high_state(self, callback: Any) -> bool:
        pending = self._pending_pressure_drop_callbacks
        if callback in pending or self.bytes < self.max_bytes / self.pressure_high_ratio:
            return super().in_pressure_high_state(callback)
        pending.add(callback)
        self.on_pressure_high()
        return True

    def maybe_endorse_pressure_drop(self) -> None:
        if self.bytes <= self.max_bytes * self.pressure_drop_ratio:
            super().maybe_endorse_pressure_drop()

    def clear(self) -> None:
        super().clear()
        self.bytes = 0

    def _put(self, item: Any) -> None:
        self.bytes += size_of(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self.bytes -= size_of(item)
        return item


def size_of(event: Any) -> int:
    """Bytes of the raw record behind a Faust event."""
    message = event.message
    return len(message.value or b"") + len(message.key or b"")
