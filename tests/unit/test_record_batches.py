"""Record batches with header names that are not UTF-8: every record is read, and nothing else of it is changed."""

from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder, _DefaultRecordBatchBuilderPy
from kafka.errors import CorruptRecordError
from kafka.record import MemoryRecords

from workers.kafka_io.batches import read_any_header_names
from workers.record_batches import Records


class Bytes(str):
    """A header name of any bytes, as a client of one's own can write it."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return super().encode("latin-1")


def batch(
    headers: list[list[tuple[str, bytes | None]]], builder: Any = _DefaultRecordBatchBuilderPy, compression: int = 0
) -> bytes:
    made = builder(
        magic=2,
        compression_type=compression,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=0,
        batch_size=1 << 20,
    )
    for n, own in enumerate(headers):
        assert made.append(n, 1_000 + n, b"key", b"value" if n else None, headers=own)
    return bytes(made.build())


def read(records: Any) -> list[Any]:
    found: list[Any] = []
    while records.has_next():
        one = records.next_batch()
        assert one.validate_crc()
        assert one.next_offset > one.base_offset
        found += list(one)
    return found


ODD: list[list[tuple[str, bytes | None]]] = [
    [("traceparent", b"1")],
    [(Bytes("caf\xe9"), b"\xff\xfe"), ("ok", None), (Bytes("\xff"), b"")],
    [],
]


@pytest.mark.parametrize("records_of", [Records, MemoryRecords], ids=["worker", "commands"])
@pytest.mark.parametrize("compression", [0, 1], ids=["plain", "gzip"])
def test_odd_names_are_read_with_question_marks(compression: int, records_of: Any) -> None:
    """Names are mended byte by byte; keys, values, header values, times and offsets stay, in all batches of a fetch."""
    usual = batch([[("ä", b"x")]], DefaultRecordBatchBuilder)
    read_any_header_names()
    records = read(records_of(usual + batch(ODD, compression=compression) + usual))
    assert [list(r.headers) for r in records] == [
        [("ä", b"x")],
        [("traceparent", b"1")],
        [("caf?", b"\xff\xfe"), ("ok", None), ("?", b"")],
        [],
        [("ä", b"x")],
    ]
    assert [(r.offset, r.timestamp, r.key, r.value) for r in records[1:4]] == [
        (0, 1_000, b"key", None),
        (1, 1_001, b"key", b"value"),
        (2, 1_002, b"key", b"value"),
    ]


@pytest.mark.parametrize("records_of", [Records, MemoryRecords], ids=["worker", "commands"])
def test_what_is_broken_otherwise_still_raises(records_of: Any) -> None:
    """Only names are mended: a batch whose records do not add up is an error, as before."""
    data = bytearray(batch(ODD))
    data[70] ^= 0x40
    with pytest.raises((CorruptRecordException, CorruptRecordError, IndexError)):
        list(records_of(bytes(data)).next_batch())
