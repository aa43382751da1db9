"""Fetches single records by where they stand."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Self

from workers.kafka_io.client import server_errors
from workers.kafka_io.reader import Reader, Record
from workers.outcome import Origin
from workers.settings import Settings

_READ_THROUGH = 200
"""Records that are read and thrown away rather than sought over: a seek throws away what was fetched ahead."""


class Fetcher(Reader):
    """Gives committed records by their places. A context manager."""

    def __init__(self, settings: Settings, roles: Collection[str]) -> None:
        super().__init__(settings, list(roles), from_start=True)
        self._consumer.pause(*self._partitions)

    def fetch(self, places: Collection[Origin]) -> dict[Origin, Record]:
        """Those that still stand, by place."""
        wanted: dict[Any, list[int]] = defaultdict(list)
        by_name = {(p.topic, p.partition): p for p in self._partitions}
        for place in places:
            if (place.topic, place.partition) in by_name:
                wanted[by_name[place.topic, place.partition]].append(place.offset)
        found: dict[Origin, Record] = {}
        with server_errors(self._settings, "read"):
            for partition, offsets in wanted.items():
                self._consumer.resume(partition)
                found |= self._fetch(partition, sorted(offsets))
                self._consumer.pause(partition)
        return found

    def _fetch(self, partition: Any, offsets: list[int]) -> dict[Origin, Record]:
        found: dict[Origin, Record] = {}
        first = self._consumer.beginning_offsets([partition])[partition]
        end = self._consumer.end_offsets([partition])[partition]
        left = [offset for offset in offsets if first <= offset < end]
        while left:
            position = self._consumer.position(partition)
            if not position <= left[0] <= position + _READ_THROUGH:
                self._consumer.seek(partition, left[0])
            wanted = set(left)
            for record in self.poll(1):
                if record.offset in wanted:
                    found[Origin(record.topic, record.partition, record.offset)] = record
            position = self._consumer.position(partition)
            left = [offset for offset in left if offset >= position]
        return found

    def __enter__(self) -> Self:
        return self
