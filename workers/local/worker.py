"""A supervised worker as a child process: the supervisor is the process held, the worker is its child."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from workers.local.ports import LOOPBACK
from workers.local.process import LocalServer
from workers.local.supervisor import STOP_GRACE_S

LIVES_BEFORE_READY = 3
ADDRESSES = ("KAFKA_BOOTSTRAP", "REDIS_URL", "WEB_URL")


class LocalWorker(LocalServer):
    """Worker `number` of a folder; ready when its partitions are assigned.

    Args:
        folder: holds its log and pid files.
        number: counts from 1.
        addresses: KAFKA_BOOTSTRAP and REDIS_URL.
        environment: further variables of the worker.
        port: of its own web server; a free one unless given.
        detached: leave it running when this program ends.
    """

    name: ClassVar[str] = "worker"

    def __init__(
        self,
        folder: Path,
        number: int,
        addresses: Mapping[str, str],
        environment: Mapping[str, str],
        port: int | None = None,
        *,
        detached: bool = False,
    ) -> None:
        super().__init__(folder, port, detached=detached)
        self.number = number
        self._pids_seen: set[int] = set()
        self._variables = {**environment, **addresses, "WEB_URL": self.web_url}

    @property
    def title(self) -> str:
        return f"worker {self.number}"

    @property
    def log_file(self) -> Path:
        return self.folder / f"worker-{self.number}.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / f"supervisor-{self.number}.pid"

    @property
    def web_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def worker_pid(self) -> int | None:
        """The pid of the worker itself, None between two lives."""
        try:
            return int((self.folder / f"worker-{self.number}.pid").read_text())
        except (OSError, ValueError):
            return None

    def stop(self, grace_s: float = STOP_GRACE_S + 5) -> None:
        super().stop(grace_s)

    def kill(self) -> None:
        """Ends the supervisor, which takes the worker along: SIGKILL for it would leave the worker."""
        self.stop()

    def _prepare(self) -> list[str]:
        options = ["--number", str(self.number), "--folder", str(self.folder)]
        return [sys.executable, "-m", "workers.local.supervisor", *options]

    def _environment(self) -> dict[str, str]:
        return worker_environment(os.environ, self._variables)

    def wait_until_ready(self) -> None:
        """Returns when its partitions are assigned; only lives of this wait count."""
        self._pids_seen.clear()
        super().wait_until_ready()

    def _hopeless(self) -> str:
        if pid := self.worker_pid:
            self._pids_seen.add(pid)
        return f"died {LIVES_BEFORE_READY} times while starting" if len(self._pids_seen) > LIVES_BEFORE_READY else ""

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.web_url}/readyz", timeout=2) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def worker_environment(ours: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Our environment with `variables`, which also win over NEWSWIRE_KAFKA_BOOTSTRAP and its like."""
    overruled = {f"NEWSWIRE_{name}" for name in ADDRESSES if name in variables}
    return {name: value for name, value in ours.items() if name not in overruled} | dict(variables)
