"""What delivery reports while it works; workers/metrics counts it."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from workers.outcome import Decision, OutputRecord
from workers.prepare import RawRecord


class Counters(Protocol):
    """What delivery reports (workers/metrics)."""

    def finished(self, partition: int, rows: Sequence[tuple[RawRecord, OutputRecord, Decision | None]]) -> None: ...

    def already_committed(self, partition: int, offsets: Collection[int]) -> None: ...

    def write_failed(self, dead_letters: int) -> None: ...

    def bad_share(self, partition: int, share: float) -> None: ...

    def deleted_unread(self, count: int) -> None: ...

    def stage(self, name: str) -> AbstractContextManager[None]: ...
