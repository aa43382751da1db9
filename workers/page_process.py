"""A child process that takes the text out of web pages, one after the other, until its parent is gone (page_pool.py).

A parser written in C cannot be interrupted, may crash and may eat memory: here that costs one page. The kernel keeps the
limits, whatever the parser does: processor time by a timer that ends the process, memory by RLIMIT_AS. A page comes in
and its text goes out through the socket that is the standard input, as frames: four bytes of length, then UTF-8.
Law: nothing is remembered between pages, so that it does not matter which child reads one.
"""

import contextlib
import ctypes
import logging
import os
import resource
import signal
import socket
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from workers.cleaning.page import read_page

OUT_OF_MEMORY_STATUS = 77
LENGTH_BYTES = 4
READY: dict[str, Any] = {"ready": True}
_PR_SET_PDEATHSIG = 1


def main(cpu_s: float, memory_bytes: int) -> int:
    """Reads pages until the socket closes. A page that takes too long or too much ends the process."""
    link = socket.socket(fileno=os.dup(0))
    _end_with_parent()
    logging.disable()  # extractors complain about strangers' pages
    _limit_memory(memory_bytes)
    send_frame(link, orjson.dumps(READY))
    while (page := receive_frame(link)) is not None:
        signal.setitimer(signal.ITIMER_PROF, cpu_s)  # not caught: the kernel ends the process
        answer = _answer(page.decode())
        signal.setitimer(signal.ITIMER_PROF, 0)
        send_frame(link, answer)
    return 0


def _answer(markup: str) -> bytes:
    try:
        return orjson.dumps(asdict(read_page(markup)))
    except MemoryError:
        os._exit(OUT_OF_MEMORY_STATUS)
    except Exception:  # noqa: BLE001 - a bug, which the parent handles like one of its own
        return orjson.dumps({"bug": traceback.format_exc()})


def _end_with_parent() -> None:
    """What stops the parent is not meant for its children: they end when it is gone, even in the middle of a page."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":  # elsewhere the end of the socket tells it, and the timer ends a page that hangs
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit_memory(memory_bytes: int) -> None:
    """So much more than what the process has now. Where the system does not know the limit there is none."""
    with contextlib.suppress(OSError, ValueError):
        own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (own + memory_bytes, own + memory_bytes))


def send_frame(link: socket.socket, data: bytes) -> None:
    """Sends one frame; the socket's time limit counts for all of it."""
    link.sendall(len(data).to_bytes(LENGTH_BYTES, "big") + data)


def receive_frame(link: socket.socket) -> bytearray | None:
    """The next frame, None when the other end is closed; the socket's time limit counts for each piece."""
    header = _receive(link, LENGTH_BYTES)
    return None if header is None else _receive(link, int.from_bytes(header, "big"))


def _receive(link: socket.socket, size: int) -> bytearray | None:
    data = bytearray(size)
    view, at = memoryview(data), 0
    while at < size:
        count = link.recv_into(view[at:])
        if not count:
            return None
        at += count
    return data


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2])))
