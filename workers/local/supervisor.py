"""Keeps one worker alive: `python -m workers.local.supervisor --number 1 --folder .run`.

A worker that meets an error it cannot repair goes down on purpose, for nothing may be skipped; here it is started again.
Law: a worker that ends with status 0 was asked to stop, one that ends with 2 has a wrong setting, one that ends with 5 meets
too many bad records and would meet them again: none of them is started again; every other end is a death. The delay grows from death to death and is forgotten after a minute of life.
"""

import argparse
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from workers.errors import STATUS_TOO_MANY_BAD

WORKER_COMMAND = (sys.executable, "-m", "workers.cli", "worker")
FIRST_DELAY_S = 0.5
MAX_DELAY_S = 10.0
HEALTHY_S = 60.0
STOP_GRACE_S = 30.0
LOG_MAX_BYTES = 20 << 20
STATUS_WRONG_SETTING = 2
NOT_STARTED_AGAIN = {0, STATUS_WRONG_SETTING, STATUS_TOO_MANY_BAD}

_PR_SET_PDEATHSIG = 1


def next_delay(delay_s: float, lived_s: float) -> float:
    """How long to wait after a death, from the wait before it and how long the worker lived.

    >>> next_delay(0.0, lived_s=3), next_delay(0.5, lived_s=3), next_delay(8.0, lived_s=3)
    (0.5, 1.0, 10.0)
    >>> next_delay(8.0, lived_s=3600)
    0.5
    """
    if lived_s >= HEALTHY_S or delay_s == 0:
        return FIRST_DELAY_S
    return min(delay_s * 2, MAX_DELAY_S)


class Supervisor:
    """One worker, started as often as it dies. Its pid stands in `worker-<n>.pid` while it lives."""

    def __init__(self, number: int, folder: Path, command: Sequence[str] = WORKER_COMMAND) -> None:
        self.deaths = 0
        self._number = number
        self._command = command
        self._log_file = folder / f"worker-{number}.log"
        self._worker_pid_file = folder / f"worker-{number}.pid"
        self._stopping = threading.Event()
        self._stop_asked_at = 0.0
        self._worker: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Returns the last worker's exit status, once it ended for good."""
        delay_s = 0.0
        while True:
            born = time.monotonic()
            status = self._one_life()
            if self._stopping.is_set() or status in NOT_STARTED_AGAIN:
                self._say(f"worker ended with {describe(status)}; it is not started again")
                return max(status, 0)
            self.deaths += 1
            delay_s = next_delay(delay_s, time.monotonic() - born)
            self._say(f"worker ended with {describe(status)}, death {self.deaths}; next start in {delay_s:g} s")
            if self._stopping.wait(delay_s):
                return 0

    def stop(self, *_: object) -> None:
        """Passes SIGTERM on to the worker, and starts no other."""
        self._stop_asked_at = time.monotonic()
        self._stopping.set()
        if self._worker is not None:
            self._worker.terminate()

    def _one_life(self) -> int:
        """Starts a worker and returns its exit status when it has ended."""
        keep_small(self._log_file)
        with self._log_file.open("ab") as log:
            self._worker = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_stop_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one thread here
            )
        self._worker_pid_file.write_text(f"{self._worker.pid}\n")
        if self._stopping.is_set():  # asked between the last look and the start
            self._worker.terminate()
        try:
            return self._wait(self._worker)
        finally:
            self._worker_pid_file.unlink(missing_ok=True)
            self._worker = None

    def _wait(self, worker: subprocess.Popen[bytes]) -> int:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return worker.wait(timeout=1.0)
            keep_small(self._log_file)
            if self._stopping.is_set() and time.monotonic() - self._stop_asked_at > STOP_GRACE_S:
                self._say(f"worker did not stop within {STOP_GRACE_S:g} s and is killed")
                worker.kill()

    def _say(self, text: str) -> None:
        with self._log_file.open("a") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} supervisor {self._number}: {text}\n")


def describe(status: int) -> str:
    """An exit status in words.

    >>> describe(-9), describe(3)
    ('signal SIGKILL', 'status 3')
    """
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"


def keep_small(log: Path, max_bytes: int = LOG_MAX_BYTES) -> None:
    """Moves a log's content to `<log>.1` once it is large. The worker appends, so its next line opens the emptied file."""
    if log.exists() and log.stat().st_size > max_bytes:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def _stop_with_parent() -> None:
    """In the new worker: ask Linux for a SIGTERM when the supervisor is killed, so that no worker runs unwatched."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m workers.local.supervisor", description="keeps one worker alive")
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    supervisor = Supervisor(options.number, options.folder)
    signal.signal(signal.SIGTERM, supervisor.stop)
    signal.signal(signal.SIGINT, supervisor.stop)
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main())
