"""Record batches as the worker's consumers read them: header names may be any bytes (header_names.py)."""

import struct
from collections.abc import Iterator
from typing import Any

import aiokafka.consumer.fetcher
import structlog
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

from workers.header_names import mend_names

log = structlog.get_logger("newswire.record_batches")

_LENGTH_AT, _OVERHEAD = struct.calcsize(">q"), struct.calcsize(">qi")


def read_any_header_names() -> None:
    """Has every consumer of this process read record batches with `Records`."""
    aiokafka.consumer.fetcher.MemoryRecords = Records


class Records:
    """What one fetch brought of one partition, batch by batch; like aiokafka's MemoryRecords."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = memoryview(data), 0
        self._records = MemoryRecords(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def next_batch(self) -> Any:
        """The next batch; None where no whole one is left."""
        batch, start = self._records.next_batch(), self._at
        if not isinstance(batch, DefaultRecordBatch):  # the older formats know no headers
            return batch
        (length,) = struct.unpack_from(">i", self._data, start + _LENGTH_AT)
        self._at = start + _OVERHEAD + length
        return _Batch(batch, self._data[start : self._at])


class _Batch:
    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch, self._bytes = batch, data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except (UnicodeDecodeError, CorruptRecordException):
            records = list(_with_names_mended(self._bytes))
            log.warning("header names that are not UTF-8 are read with ?", first_offset=self._batch.base_offset)
            return iter(records)


def _with_names_mended(data: memoryview) -> Any:
    batch = _DefaultRecordBatchPy(data)
    batch._maybe_uncompress()  # noqa: SLF001 - what its __iter__ does first
    mend_names(batch._buffer, batch._pos)  # noqa: SLF001
    return batch
