"""The ledger of one process: what was taken up is finished, given back, or in progress.

Law: received - finished - given back - in progress is 0 whenever nothing was lost. "In progress" is no remainder: it is what
lies in hand, and it is emptied at the end of a batch whatever was counted, so that a record which is dropped on the way shows.
What is read again after a rebalance or a death is received again, here or by another worker; what was not committed before was
given back, or died with its process and its counters. So the sum over all workers balances, too.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Returned = Literal["partitions-moved", "already-committed"]


@dataclass(frozen=True, slots=True)
class Open:
    """A record in progress: the broker's timestamp (seconds since 1970), whether it is a kill, and its source as it is counted."""

    timestamp_s: float
    is_kill: bool
    source: str = ""


class Ledger:
    """Counts for one process; records are known by partition and offset."""

    def __init__(self) -> None:
        self.received = self.finished = self.returned = 0
        self._open: defaultdict[int, dict[int, Open]] = defaultdict(dict)

    @property
    def in_progress(self) -> int:
        return sum(map(len, self._open.values()))

    @property
    def imbalance(self) -> int:
        """0, or how many records were lost (above 0) or finished twice (below)."""
        return self.received - self.finished - self.returned - self.in_progress

    def take(self, partition: int, offset: int, record: Open) -> None:
        self.received += 1
        self._open[partition][offset] = record

    def finish(self, partition: int, offset: int) -> Open | None:
        """Committed with its output; returns what was open."""
        self.finished += 1
        return self._open[partition].pop(offset, None)

    def give_back(self, partition: int, offsets: Iterable[int]) -> int:
        """Taken up although they were committed before: nothing is to be done for them here. May be said again, as attempts are
        repeated; returns how many were open.
        """
        rows = self._open[partition]
        count = sum(rows.pop(offset, None) is not None for offset in offsets)
        self.returned += count
        return count

    def give_back_all(self) -> int:
        """Gives back what is open, because the partitions have moved; returns how many that were."""
        count = self.in_progress
        self.returned += count
        self._open.clear()
        return count

    def end_batch(self) -> None:
        """Nothing is in hand any more."""
        self._open.clear()

    def holds(self, partition: int) -> bool:
        """Whether records of this partition are in progress."""
        return bool(self._open.get(partition))

    def oldest_s(self, partition: int | None = None, *, kills: bool = False) -> float:
        """Timestamp of the oldest open record (of a partition; of kills alone); 0 when there is none."""
        records = self._open.values() if partition is None else [self._open.get(partition, {})]
        return min((r.timestamp_s for rows in records for r in rows.values() if r.is_kill or not kills), default=0.0)
