"""Waits until one of several addresses takes connections, so that a client is only made where somebody answers.

kafka-python, when nobody does, says no more than that it could not, and leaves sockets open. With TLS the same goes for
certificates that are not taken: so both sides show theirs here first.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Sequence

RETRY_S = 0.2
ONE_S = 2.0
"""How long one of several is waited for: a machine that is gone does not even refuse."""
_API_VERSIONS = bytes.fromhex("0000000a 0012 0000 00000001 ffff")
"""ApiVersions, which is answered before anybody has said who he is: length, request 18 of version 0, number 1, no client id."""


def wait_until_reachable(addresses: Sequence[str], timeout_s: float, tls: ssl.SSLContext | None = None) -> None:
    """Returns when any of the addresses, `host:port`, accepts a connection, and answers over TLS if that is asked for.

    Raises:
        ssl.SSLError: the certificate of one, or ours, is refused.
        OSError: none did within `timeout_s`; its text is the last reason.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        problems = []
        for address in addresses:
            problem = _try(address, min(timeout_s, ONE_S) if len(addresses) > 1 else timeout_s, tls)
            if not problem:
                return
            problems.append(problem)
        if time.monotonic() + RETRY_S > deadline:
            raise OSError("; ".join(problems))
        time.sleep(RETRY_S)


def _try(address: str, timeout_s: float, tls: ssl.SSLContext | None) -> str:
    """Why it does not answer; "" when it does."""
    host, _, port = address.strip().rpartition(":")
    name = host.strip("[]")
    try:
        with contextlib.closing(socket.create_connection((name, int(port)), timeout_s)) as connection:
            if tls:
                _greet(connection, name, tls)
            return ""
    except (OSError, ValueError) as e:
        if isinstance(e, ssl.SSLError) and not isinstance(e, ssl.SSLEOFError):
            raise  # no waiting mends it
        return f"{address}: {e}"


def _greet(connection: socket.socket, name: str, tls: ssl.SSLContext) -> None:
    """A server that does not take our certificate says so only when something is asked (TLS 1.3)."""
    with tls.wrap_socket(connection, server_hostname=name) as secured:
        secured.sendall(_API_VERSIONS)
        if not secured.recv(1):
            raise ConnectionError("it closes the connection")
