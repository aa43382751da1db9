"""Loopback ports for servers of our own.

Ports are taken from below the range that systems hand out to outgoing connections: a client that keeps trying a closed
port of that range in the end connects to itself, and then the server cannot come back to its port.
"""

import random
import socket
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"
_OURS = range(15_000, 29_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(preferred: Iterable[int] = ()) -> int:
    """The first of the `preferred` ports that is free, else any free one."""
    for port in preferred:
        if is_free(port):
            return port
    for port in random.sample(_OURS, 200):
        if is_free(port):
            return port
    raise OSError("no free port on the loopback address")
