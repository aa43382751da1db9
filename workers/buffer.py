"""The buffer between Kafka and the agent, and the batches taken from it, bounded in bytes as well as in records.

Faust counts records; an article may have 8 MiB. When the buffer is full the partition is paused, which is how
backpressure reaches the broker.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from mode.utils.queues import ThrowableQueue

from workers.settings import Settings


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


async def batches(stream_channel: Any, settings: Settings) -> AsyncIterator[list[Any]]:
    """Batches bounded in records and bytes, straight from the stream's queue: Faust's own `take` bounds records only."""
    queue = aiter(stream_channel).queue
    while (events := await _batch(queue, settings)) is not None:
        yield events
        del events  # else a batch of large articles stays until the next one is full


async def _batch(queue: Any, settings: Settings) -> list[Any] | None:
    """The next batch: full, or what has come `batch_wait_s` after its first record. None when the worker stops."""
    try:
        events = [await queue.get()]
        size, deadline = size_of(events[0]), time.monotonic() + settings.batch_wait_s
        while len(events) < settings.batch_max_records and size < settings.batch_max_bytes:
            if not queue.empty():
                events.append(queue.get_nowait())
                size += size_of(events[-1])
            elif time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            else:
                break
    except StopAsyncIteration:  # Faust throws it into the queue when the app stops
        return None
    return events
