"""Waits until one of several addresses takes connections, so that a client is only made where somebody answers.

kafka-python, when nobody does, says no more than that it could not, and leaves sockets open.
"""

import contextlib
import socket
import time
from collections.abc import Sequence

RETRY_S = 0.2
ONE_S = 2.0
"""How long one of several is waited for: a machine that is gone does not even refuse."""


def wait_until_reachable(addresses: Sequence[str], timeout_s: float) -> None:
    """Returns when any of the addresses, `host:port`, accepts a connection.

    Raises:
        OSError: none did within `timeout_s`; its text is the last reason.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        problems = []
        for address in addresses:
            problem = _try(address, min(timeout_s, ONE_S) if len(addresses) > 1 else timeout_s)
            if not problem:
                return
            problems.append(problem)
        if time.monotonic() + RETRY_S > deadline:
            raise OSError("; ".join(problems))
        time.sleep(RETRY_S)


def _try(address: str, timeout_s: float) -> str:
    """Why it does not answer; "" when it does."""
    host, _, port = address.strip().rpartition(":")
    try:
        with contextlib.closing(socket.create_connection((host.strip("[]"), int(port)), timeout_s)):
            return ""
    except (OSError, ValueError) as e:
        return f"{address}: {e}"
