"""Ends a worker that has something to do, could do it, and does not: a supervisor starts it again.

Waiting for a server is not being stuck. So whenever nothing has moved between two looks, the watchdog asks with clients of
its own: is a record open, does Kafka answer, does Redis take a write? The clock runs only while all three are so.
It is a thread, for what is stuck may be the event loop; it ends the process at once, which is as safe as SIGKILL: the
open transaction is ended by the partition's next owner. A record that hangs is given up at the third death (blame).
"""

import asyncio
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Collection

import structlog

from workers.claims import RedisIndex
from workers.errors import ServerError
from workers.kafka_io import has_open_records, partitions_of_nobody
from workers.redis_io import is_transient
from workers.settings import Settings

log = structlog.get_logger("newswire.watchdog")

STATUS_STUCK = 4
_LOOKS, _SELDOM_S, _OFTEN_S = 10, 10.0, 0.2
_FRAMES = 6

Partitions = Collection[int]


class Watchdog:
    """Looks ten times within the set time.

    Args:
        limit_s: for how long nothing may move; 0: never mind.
        progress: a number that grows with all that is committed and prepared.
        partitions: those that are ours; None while they are handed out.
        could_work: asks the servers whether there is something to do and nothing in the way.
        end: what is done then; given the reason.
    """

    def __init__(
        self,
        limit_s: float,
        progress: Callable[[], int],
        partitions: Callable[[], Partitions | None],
        could_work: Callable[[Partitions | None], bool],
        end: Callable[[str], None],
    ) -> None:
        self.limit_s = limit_s
        self._progress, self._partitions, self._could_work, self._end = progress, partitions, could_work, end
        self._every_s = min(_SELDOM_S, max(_OFTEN_S, limit_s / _LOOKS))
        self._last = -1
        self._since = self._looked = time.monotonic()
        self._stopped = threading.Event()

    @property
    def is_stuck(self) -> bool:
        """Whether nothing has moved for too long. What `/livez` tells."""
        return bool(self.limit_s) and self._looked - self._since > self.limit_s

    def start(self) -> None:
        if self.limit_s:
            self._since = self._looked = time.monotonic()
            threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def look(self, now: float) -> None:
        """One look; `now` in seconds."""
        was_frozen = now - self._looked > self._every_s + self.limit_s / 2  # the whole process, or the machine
        progress, self._looked = self._progress(), now
        if progress != self._last or was_frozen or not self._could_work(self._partitions()):
            self._last, self._since = progress, now
        elif self.is_stuck:
            self._end(f"nothing was committed for {now - self._since:.0f} s, with open records and servers that answer")

    def _run(self) -> None:
        while not self._stopped.wait(self._every_s):
            try:
                self.look(time.monotonic())
            except Exception as e:  # noqa: BLE001 - what cannot be told is no reason to end a worker
                self._since = time.monotonic()
                log.warning("the watchdog cannot look", because=repr(e))


def could_work(settings: Settings, partitions: Partitions | None) -> bool:
    """Whether a record is open, Kafka answers and Redis takes writes. None for partitions: they are handed out, or should be.

    A worker without partitions is a spare one, unless the group is at rest and there are partitions that nobody has: then it
    was forgotten, and joins the group anew when it is started again.
    """
    try:
        looked_at = partitions_of_nobody(settings) if partitions is not None and not partitions else partitions or ()
        if not has_open_records(settings, looked_at) and partitions is not None:
            return False
        asyncio.run(_ask_redis(settings))
    except ServerError:
        return False
    except Exception as e:
        if is_transient(e):
            return False
        raise
    return True


async def _ask_redis(settings: Settings) -> None:
    index = RedisIndex(settings)
    try:
        await index.check_writes()
    finally:
        await index.close()


def end_process(reason: str) -> None:
    """Says why, and where the event loop stands, and ends the process."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 - the documented way to ask
    at = [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in traceback.extract_stack(frame)[-_FRAMES:]]
    log.critical("stuck, and ended to be started again", because=reason, at=at, status=STATUS_STUCK)
    logging.shutdown()
    os._exit(STATUS_STUCK)


def end_process_after(seconds: float, status: Callable[[], int]) -> None:
    """Ends the process that has not ended by itself until then. What is open is read again by the partitions' next owner."""

    def end() -> None:
        log.warning("not all was closed in time", after_s=seconds)
        logging.shutdown()
        os._exit(status())

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
