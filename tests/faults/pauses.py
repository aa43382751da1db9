"""How long a wire stood still, told from the times of its records."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from workers.kafka_io import Reader, Record
from workers.settings import Settings


def read_all(settings: Settings, roles: Sequence[str]) -> list[Record]:
    """All committed records of these topics, of each partition in its order."""
    found: list[Record] = []
    with Reader(settings, roles, from_start=True) as reader:
        calm = 0
        while calm < 3:
            records = reader.poll(0.5)
            found += records
            calm = calm + 1 if not records and reader.at_end() else 0
    return sorted(found, key=lambda r: (r.topic, r.partition, r.offset))


def grouped(outputs: Iterable[Record]) -> dict[str, list[Record]]:
    """Output records by the raw record that they came of."""
    by_origin: dict[str, list[Record]] = defaultdict(list)
    for record in outputs:
        by_origin[record.headers["origin"].decode()].append(record)
    return by_origin


class Pause(NamedTuple):
    """A time for which a source partition had an open record and brought nothing to its end."""

    milliseconds: int
    until_ms: int
    partition: int

    @property
    def seconds(self) -> float:
        return round(self.milliseconds / 1000, 1)


def longest_pause(raw: Sequence[Record], by_origin: Mapping[str, Sequence[Record]]) -> Pause:
    longest, last = Pause(0, 0, 0), dict[int, int]()
    for record in raw:
        done = [r.timestamp_ms for r in by_origin.get(f"{record.topic}/{record.partition}/{record.offset}", ())]
        if done:
            since = max(record.timestamp_ms, last.get(record.partition, 0))
            longest = max(longest, Pause(done[0] - since, done[0], record.partition))
            last[record.partition] = done[0]
    return longest
