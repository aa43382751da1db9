"""Record batches as the commands read them: header names may be any bytes (workers/header_names.py)."""

from typing import Any

import kafka.record.memory_records
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch

from workers.header_names import mend_names


class Batch(DefaultRecordBatch):  # type: ignore[misc,unused-ignore]
    """kafka-python's batch; a record that it cannot read is tried once more with its names mended."""

    _mended = False

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except CorruptRecordError:
            if self._mended:
                raise
            mend_names(self._buffer, self._pos)
            self._mended = True
            return super().__next__()


def read_any_header_names() -> None:
    """Has every consumer of this process read record batches with `Batch`."""
    kafka.record.memory_records.DefaultRecordBatch = Batch
