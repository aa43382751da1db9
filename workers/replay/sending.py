"""Sends what is due, batch by batch: the raw record as it came, with its mark, at a bounded rate."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workers.encode import record_bytes
from workers.headers import REPLAY_OF, as_they_came
from workers.kafka_io import Fetcher, RawToSend, Record, Resender
from workers.outcome import Headers, Origin
from workers.replay.letters import Letter
from workers.replay.plan import is_raw_record_of
from workers.replay.search import Tell
from workers.settings import Settings

BATCH_MAX_RECORDS = 500
BATCH_MAX_BYTES = 8 << 20
BATCHES_PER_S = 2
"""At a low rate a batch is half a second's worth: the raw topic's readers wait for the end of each."""


@dataclass(slots=True)
class Sent:
    """How many were sent; how many were gone when their turn came, and how many had become too large by their mark."""

    sent: int = 0
    gone: int = 0
    too_large: int = 0
    headers_cut: int = 0


class Sending:
    """Sends letters' raw records by a sender that has begun.

    Args:
        per_s: records a second at most; 0 for as many as go.
        sent: counts, also when it ends early.
    """

    def __init__(self, settings: Settings, resender: Resender, per_s: float, sent: Sent, tell: Tell) -> None:
        self._settings, self._resender, self._per_s = settings, resender, per_s
        self._sent, self._tell = sent, tell

    def send(self, letters: Sequence[Letter]) -> None:
        """All of them, in order; each batch is sent whole or not at all."""
        began = time.monotonic()
        with Fetcher(self._settings, ["raw", "dlq"]) as fetcher:
            for batch in batches(letters, self._per_s):
                records = list(self._records(fetcher, batch))
                if records:
                    self._resender.send(records)
                self._sent.sent += len(records)
                self._tell(f"sent {self._sent.sent:,} of {len(letters):,}")
                if self._per_s:
                    time.sleep(max(0.0, began + self._sent.sent / self._per_s - time.monotonic()))

    def _records(self, fetcher: Fetcher, batch: Sequence[Letter]) -> Iterator[RawToSend]:
        found = fetcher.fetch({place for letter in batch for place in _places(letter)})
        for letter in batch:
            record = self._record(letter, found)
            if record is None:
                self._sent.gone += 1
            elif record_bytes(record.key, record.value, record.headers) > self._resender.max_bytes:
                self._sent.too_large += 1
            else:
                yield record

    def _record(self, letter: Letter, found: dict[Origin, Record]) -> RawToSend | None:
        """From the dead letter where it is whole, else from the raw topic, else from the dead letter what there is of it."""
        raw, own = found.get(letter.origin), found.get(letter.place)
        if raw and not letter.is_whole and is_raw_record_of(letter, raw):
            return _marked(letter, raw, raw.all_headers)
        if own is None or not letter.has_value:
            return None
        self._sent.headers_cut += not letter.is_whole
        return _marked(letter, own, as_they_came(own.all_headers))


def _places(letter: Letter) -> set[Origin]:
    """Where its raw record may be read."""
    if letter.is_whole:
        return {letter.place}
    return {letter.origin, letter.place} if letter.has_value else {letter.origin}


def _marked(letter: Letter, record: Record, headers: Headers) -> RawToSend:
    own = tuple((name, value) for name, value in headers if name != REPLAY_OF)
    mark = (REPLAY_OF, str(letter.first).encode())
    return RawToSend(letter.first.partition, record.key, record.value, (mark, *own))


def batches(letters: Sequence[Letter], per_s: float) -> Iterator[list[Letter]]:
    """Runs of letters, bounded in records and bytes."""
    most = max(1, min(BATCH_MAX_RECORDS, int(per_s / BATCHES_PER_S))) if per_s else BATCH_MAX_RECORDS
    batch: list[Letter] = []
    size = 0
    for letter in letters:
        if batch and (len(batch) == most or size + letter.size > BATCH_MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += letter.size
    if batch:
        yield batch
