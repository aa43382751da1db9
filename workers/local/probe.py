"""Questions to a Kafka broker in its own protocol, to know when it is ready, without a client library."""

import io
import socket
import struct
from typing import NamedTuple

from workers.local.ports import LOOPBACK

_METADATA, _FIND_COORDINATOR = 3, 10
_GROUP, _TRANSACTION = 0, 1
_ANY_KEY = b"newswire"


def knows_a_broker(port: int) -> bool:
    """Whether the node's metadata name a broker, which they do once it is registered and unfenced."""
    return bool(_metadata(port).brokers)


def is_registered(port: int) -> bool:
    """Whether the node itself is among the brokers that it knows."""
    return port in _metadata(port).brokers


def is_whole(port: int, brokers: int) -> bool:
    """Whether so many brokers are there, and every replica of every partition is in sync."""
    seen = _metadata(port)
    return len(seen.brokers) == brokers and not seen.lagging


class _Metadata(NamedTuple):
    brokers: set[int]
    lagging: int
    """Partitions with a replica that is not in sync, or without a leader."""


def _metadata(port: int) -> _Metadata:
    """What a node tells of the cluster; nothing when it does not answer."""
    answer = _Fields(_ask(port, _METADATA, 0, struct.pack(">i", 0)))  # version 0, of all topics
    try:
        answer.number(4)  # the correlation id
        brokers = {_broker(answer)[1] for _ in range(answer.number(4))}
        lagging = sum(_lagging(answer) for _ in range(answer.number(4)))
    except EOFError:
        return _Metadata(set(), 0)
    return _Metadata(brokers, lagging)


def _broker(answer: "_Fields") -> tuple[str, int]:
    answer.number(4)  # its id
    return answer.text(), answer.number(4)


def _lagging(answer: "_Fields") -> int:
    """Of one topic: an error code, its name, and of each partition error, number, leader, replicas, replicas in sync."""
    answer.number(2)
    answer.text()
    count = 0
    for _ in range(answer.number(4)):
        error, _, _ = answer.number(2), answer.number(4), answer.number(4)
        replicas, in_sync = ({answer.number(4) for _ in range(answer.number(4))} for _ in range(2))
        count += error != 0 or replicas != in_sync
    return count


class _Fields:
    """Reads the fields of an answer one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def number(self, size: int) -> int:
        return int.from_bytes(self._bytes(size), "big", signed=True)

    def text(self) -> str:
        return self._bytes(self.number(2)).decode()

    def _bytes(self, size: int) -> bytes:
        found = self._data.read(size)
        if len(found) < size:
            raise EOFError
        return found


def has_coordinators(port: int) -> bool:
    """Whether groups and transactions are coordinated already."""
    return all(_coordinator_is_there(port, kind) for kind in (_GROUP, _TRANSACTION))


def _coordinator_is_there(port: int, kind: int) -> bool:
    body = struct.pack(">h", len(_ANY_KEY)) + _ANY_KEY + struct.pack(">b", kind)
    answer = _ask(port, _FIND_COORDINATOR, 1, body)  # answered by: correlation id, throttle time, error code, ...
    return len(answer) >= 10 and struct.unpack(">h", answer[8:10])[0] == 0


def _ask(port: int, request: int, version: int, body: bytes) -> bytes:
    """The answer to one request, b"" when there is none."""
    message = struct.pack(">hhih", request, version, 1, -1) + body  # correlation id 1, no client id
    try:
        with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
            connection.sendall(struct.pack(">i", len(message)) + message)
            stream = connection.makefile("rb")
            size = stream.read(4)
            return stream.read(struct.unpack(">i", size)[0]) if len(size) == 4 else b""
    except OSError:
        return b""
