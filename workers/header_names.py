"""Header names of Kafka records that are no UTF-8.

Both of Kafka's Python clients raise at such a name. Java's clients cannot write one, but whoever may write to the raw topic
can: each worker that met the record would die of it, again and again. Here its odd bytes become `?`.
"""

_ODD = bytes(byte if byte < 0x80 else ord("?") for byte in range(256))


def mend_names(records: bytearray, at: int = 0) -> None:
    """Mends the names of all records from `at` to the end, in place; nothing else changes, and nothing moves.

    Args:
        records: the records of one batch, uncompressed, in Kafka's format of magic 2: length, attributes, timestamp,
            offset, key, value, headers.
        at: where a record begins.

    Raises:
        IndexError: the records are broken in another way.
    """
    while at < len(records):
        at = _mend_record(records, at)


def _mend_record(records: bytearray, at: int) -> int:
    length, at = _varint(records, at)
    end = at + length
    for _ in range(3):
        _, at = _varint(records, at)
    for _ in range(2):
        at = _after_bytes(records, at)
    count, at = _varint(records, at)
    for _ in range(count):
        size, at = _varint(records, at)
        records[at : at + size] = _mended(records[at : at + size])
        at = _after_bytes(records, at + size)
    return end


def _after_bytes(records: bytearray, at: int) -> int:
    size, at = _varint(records, at)
    return at + max(size, 0)


def _varint(records: bytearray, at: int) -> tuple[int, int]:
    """A zigzag varint of Protocol Buffers, and where the next field begins."""
    value = shift = 0
    while True:
        byte = records[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7


def _mended(name: bytearray) -> bytearray:
    try:
        name.decode()
    except UnicodeDecodeError:
        return name.translate(_ODD)
    return name
