"""Workers of two versions in one group: those of this checkout by their supervisor, the other ones as processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.wire import Feed, Wire, environment_of
from workers.local.ports import free_port

ROOT = Path(__file__).parents[2]
CHANGED = Path(__file__).with_name("other_version.py")


class OtherWorker:
    """A worker of another version; `root` is where its package stands."""

    def __init__(self, wire: Wire, command: Sequence[str], root: Path = ROOT) -> None:
        self.web_url = f"http://127.0.0.1:{free_port()}"
        self._command, self._root = [sys.executable, *command], root
        self._environment = {
            **os.environ, **environment_of(wire.settings, wire.folder), "KAFKA_BOOTSTRAP": wire.settings.kafka_bootstrap,
            "REDIS_URL": wire.settings.redis_url, "WEB_URL": self.web_url, "PYTHONPATH": str(root),
        }  # fmt: skip
        self.log_file = wire.folder / "other.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "OtherWorker":
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd=self._root, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self

    def wait_until_ready(self) -> None:
        end = time.monotonic() + 60
        while not self._is_ready():
            assert time.monotonic() < end, self.log_file.read_text()[-2_000:]
            time.sleep(0.1)

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the status."""
        assert self._process
        self._process.terminate()
        return self._process.wait(20)

    def status(self) -> int:
        """With which it ends by itself."""
        assert self._process
        return self._process.wait(60)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.web_url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


@contextmanager
def changed(wire: Wire, **version: object) -> Iterator[OtherWorker]:
    """A worker of this checkout with another format, signature or schema."""
    yield from _running(OtherWorker(wire, [str(CHANGED), json.dumps(version)]))


@contextmanager
def of_checkout(wire: Wire, root: Path) -> Iterator[OtherWorker]:
    """A worker of another checkout."""
    yield from _running(OtherWorker(wire, ["-m", "workers.cli", "worker"], root))


def _running(worker: OtherWorker) -> Iterator[OtherWorker]:
    worker.start()
    try:
        yield worker
    finally:
        worker.kill()


def upgrade_and_rollback(wire: Wire, other: OtherWorker, feed: Feed, per_s: float = 100.0) -> None:
    """Under load: this version and the other one beside each other, both killed twice; then the other one alone; then this one."""
    other.wait_until_ready()
    this = wire.add_worker()
    wire.publish(feed, per_s)
    for _ in range(2):
        wire.wait_for_work()
        other.kill()
        other.start().wait_until_ready()
        wire.wait_for_work()
        assert this.worker_pid
        os.kill(this.worker_pid, signal.SIGKILL)
        time.sleep(1)
        this.wait_until_ready()
    this.stop()
    wire.wait_for_work()
    wire.add_worker()
    wire.wait_for_work()
    assert other.stop() == 0
