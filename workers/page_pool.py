"""Web pages are read in a few child processes that are renewed, so that a page costs only itself whatever a parser makes
of it. Children start when they are first needed.

A page that uses up its processor time or its memory is unsafe. A child that dies of anything else, or does not answer in
time, may be the machine's doing: the page is tried once more in a new child, and then is unsafe too. A child that cannot
even start takes the worker down: then no page is at fault. Limits count processor time, so that the same page has the
same fate on a busy machine.
"""

import os
import queue
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import structlog

from workers import page_process
from workers.cleaning.facts import Facts
from workers.cleaning.page import Page
from workers.errors import NewswireError

log = structlog.get_logger("newswire.pages")

START_S = 60.0
WAIT_PER_CPU = 2.0
"""A page is waited for so many times as long as it may compute."""
RENEW_AFTER = 1_000
"""Pages that one child reads: what a parser leaks goes with it."""
PROGRAM = ("-m", page_process.__name__)
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""No address and no password goes to a process that parses strangers' pages."""
UNSAFE = Page("", unsafe=True)


class PageProcessFailed(NewswireError):
    """A process that reads web pages could not be started."""


class PageBug(Exception):
    """An exception that was raised while a page was read, with its traceback in the child."""


class PagePool:
    """Reads pages in child processes.

    Args:
        processes: how many pages are read at a time at most.
        cpu_s: processor time that a page may take.
        memory_bytes: memory that a page may take.
        program: what Python is to run; tests put a faulty one in.
    """

    def __init__(self, processes: int, cpu_s: float, memory_bytes: int, program: Sequence[str] = PROGRAM) -> None:
        self._threads = ThreadPoolExecutor(processes, "page")  # each waits for one child
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()  # the last used first: unneeded ones never start
        self._children = [_Child(cpu_s, memory_bytes, program) for _ in range(processes)]
        for child in reversed(self._children):
            self._idle.put(child)
        self._closed = False

    def submit(self, markup: str, name: str) -> Future[Page]:
        """The page, soon; `name` stands in the log. Its result raises PageBug, or PageProcessFailed."""
        return self._threads.submit(self._read, markup.encode("utf-8", "ignore"), name)

    def close(self) -> None:
        """Ends the children at once."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for child in self._children:
            child.end()

    def _read(self, markup: bytes, name: str) -> Page:
        child = self._idle.get()
        try:
            for last in (False, True):
                if self._closed:
                    raise PageProcessFailed("the pool is closed")
                try:
                    return child.read(markup)
                except _Lost as e:
                    log.warning(
                        "page not read", origin=name, bytes=len(markup), because=str(e), rejected=last or e.by_page
                    )
                    if e.by_page:
                        break
            return UNSAFE
        finally:
            self._idle.put(child)


def read_one(markup: str, name: str, cpu_s: float, memory_bytes: int) -> Page:
    """One page, in a child process of its own.

    Raises:
        PageBug: reading raised.
        PageProcessFailed: the process could not be started.
    """
    pool = PagePool(1, cpu_s, memory_bytes)
    try:
        return pool.submit(markup, name).result()
    finally:
        pool.close()


class _Lost(Exception):
    """A child is gone; `by_page` when the page certainly was to blame."""

    def __init__(self, reason: str, *, by_page: bool = False) -> None:
        super().__init__(reason)
        self.by_page = by_page


class _Child:
    """One child process, started anew after it died or has read enough. Used by one thread at a time."""

    def __init__(self, cpu_s: float, memory_bytes: int, program: Sequence[str]) -> None:
        self._cpu_s, self._memory_bytes, self._program = cpu_s, memory_bytes, program
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._pages = 0

    def read(self, markup: bytes) -> Page:
        """The page that the child makes of it.

        Raises:
            _Lost: the child died or was ended.
            PageBug: reading raised.
        """
        if self._process is None or self._link is None or self._pages >= RENEW_AFTER:
            self._start()
        assert self._link
        self._pages += 1
        answer = self._ask(self._link, markup)
        if "bug" in answer:
            raise PageBug(answer["bug"])
        return Page(answer["text"], Facts(**answer["facts"]), answer["unsafe"])

    def end(self) -> None:
        """Ends the process, if there is one."""
        process, link, self._process, self._link = self._process, self._link, None, None
        if process:
            process.kill()
            process.wait()
        if link:
            link.close()

    def _ask(self, link: socket.socket, markup: bytes) -> dict[str, Any]:
        wait_s = WAIT_PER_CPU * self._cpu_s
        try:
            link.settimeout(wait_s)
            page_process.send_frame(link, markup)
            answer = _receive(link)
        except TimeoutError:
            self.end()
            raise _Lost(f"no answer in {wait_s:g} s") from None
        except OSError:  # it is gone
            answer = None
        if answer is None:
            raise self._post_mortem()
        return answer

    def _post_mortem(self) -> _Lost:
        status = self._status()
        self.end()
        if status == page_process.OUT_OF_MEMORY_STATUS:
            return _Lost(f"it took more than {self._memory_bytes >> 20} MiB of memory", by_page=True)
        if status == -signal.SIGPROF:
            return _Lost(f"it took more than {self._cpu_s:g} s of processor time", by_page=True)
        return _Lost(f"the process that read it ended with status {status}")

    def _status(self) -> int | None:
        """How the process ended; None when somebody else ended it, or it has not."""
        try:
            return self._process.wait(1) if self._process else None
        except subprocess.TimeoutExpired:
            return None

    def _start(self) -> None:
        self.end()
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", *self._program, str(self._cpu_s), str(self._memory_bytes)]
        with theirs:
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=_environment()
            )
        self._link, self._pages = ours, 0
        try:
            ours.settimeout(START_S)
            ready = _receive(ours)
        except OSError:
            ready = None
        if ready != page_process.READY:
            status = self._status()
            self.end()
            raise PageProcessFailed(
                f"a process that reads web pages did not start (status {status}); its output says why"
            )


def _receive(link: socket.socket) -> dict[str, Any] | None:
    """The next answer, None when the child is gone."""
    frame = page_process.receive_frame(link)
    return None if frame is None else orjson.loads(frame)


def _environment() -> dict[str, str]:
    package = str(Path(page_process.__file__).parents[1])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(paths)}
