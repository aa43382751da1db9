"""Remembers across deaths of the process which record it was at, so that one record cannot kill the worker for ever.

A parser in C that crashes takes the process with it, and no exception tells at which record. So the origin stands in a
small memory-mapped file while a record is prepared: the kernel keeps it when the process dies. A process that starts
finds it, counts, and from the third death on gives the record up.
"""

import mmap
import os
from pathlib import Path

from workers.outcome import Origin

DEATHS_TO_GIVE_UP = 3
_SIZE = 512


class Blame:
    """The record at hand, in a file of `_SIZE` bytes: `<deaths> <origin>`, or zeros when none is."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(fd, _SIZE)
            self._map = mmap.mmap(fd, _SIZE)
        finally:
            os.close(fd)
        self.begun = 0
        deaths, self._origin = self._read()
        self._deaths = deaths + 1 if self._origin else 0
        if self._origin:
            self._write(self._deaths, self._origin)

    def is_given_up(self, origin: Origin) -> bool:
        """Whether the process died at this record so often that it is not to be prepared again."""
        return self._deaths >= DEATHS_TO_GIVE_UP and self._origin == str(origin)

    def begin(self, origin: Origin) -> None:
        """From now on a death is this record's. `begun` counts the times: what moves is not stuck."""
        text = str(origin)
        self.begun += 1
        self._write(self._deaths if text == self._origin else 0, text)

    def end(self) -> None:
        """No record is at hand any more."""
        self._map[:1] = b"\0"

    def _read(self) -> tuple[int, str]:
        text = bytes(self._map).split(b"\0", 1)[0].decode("utf-8", "replace")
        deaths, _, origin = text.partition(" ")
        return (int(deaths), origin) if deaths.isdigit() and origin else (0, "")

    def _write(self, deaths: int, origin: str) -> None:
        data = f"{deaths} {origin}".encode()[: _SIZE - 1] + b"\0"
        self._map[: len(data)] = data
