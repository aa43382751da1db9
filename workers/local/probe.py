"""Questions to a Kafka broker in its own protocol, to know when it is ready, without a client library."""

import socket
import struct

from workers.local.ports import LOOPBACK

_METADATA, _FIND_COORDINATOR = 3, 10
_GROUP, _TRANSACTION = 0, 1
_ANY_KEY = b"newswire"


def knows_a_broker(port: int) -> bool:
    """Whether the node's metadata name a broker, which they do once it is registered and unfenced."""
    answer = _ask(port, _METADATA, 0, struct.pack(">i", 0))  # version 0, of all topics
    return len(answer) >= 8 and struct.unpack(">i", answer[4:8])[0] > 0


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
