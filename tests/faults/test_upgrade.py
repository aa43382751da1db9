"""Workers of two versions in one group: they work beside each other if they may, and else the later one does not start."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.pauses import read_all
from tests.faults.wire import Feed, Wire, environment_of
from workers.headers import SCHEMA_VERSION
from workers.local.ports import free_port
from workers.settings import Settings

OTHER = Path(__file__).with_name("other_version.py")
SIZE = 5_000


class OtherWorker:
    """A worker of another version."""

    def __init__(self, wire: Wire, **version: object) -> None:
        self.web_url = f"http://127.0.0.1:{free_port()}"
        self._command = [sys.executable, str(OTHER), json.dumps(version)]
        self._environment = {
            **os.environ, **environment_of(wire.settings, wire.folder), "KAFKA_BOOTSTRAP": wire.settings.kafka_bootstrap,
            "REDIS_URL": wire.settings.redis_url, "WEB_URL": self.web_url, "PYTHONPATH": str(Path(__file__).parents[2]),
        }  # fmt: skip
        self.log_file = wire.folder / "other.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "OtherWorker":
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)
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
def other_worker(wire: Wire, **version: object) -> Iterator[OtherWorker]:
    worker = OtherWorker(wire, **version).start()
    try:
        yield worker
    finally:
        worker.kill()


@pytest.fixture
def wire(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Wire]:
    with Wire(make_settings(batch_max_records=50, session_timeout_s=6), tmp_path) as wire:
        yield wire


@pytest.mark.timeout(240)
def test_upgrade_and_rollback_under_load(wire: Wire) -> None:
    """The next version comes beside this one, takes over alone, and is taken back; both are killed while work is open."""
    this = wire.add_worker()
    wire.publish(Feed(SIZE), per_s=100)
    with other_worker(wire, format=2, oldest=1) as other:
        other.wait_until_ready()
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
        wire.ledger().assert_balanced()
    outputs = read_all(wire.settings, list(wire.settings.output_topics))
    by_version = Counter(record.headers["schema-version"] for record in outputs)
    assert by_version.keys() == {SCHEMA_VERSION, b"1.9.0"}
    assert min(by_version.values()) > 0.1 * SIZE, "both had their share of the work"


def test_a_format_that_does_not_fit_is_refused(wire: Wire) -> None:
    """A later version that cannot read what this one writes does not start, and this one goes on."""
    wire.add_worker()
    wire.publish(Feed(200))
    wire.ledger().assert_balanced()
    with other_worker(wire, format=3, oldest=2) as other:
        assert other.status() == 3
        told = other.log_file.read_text()
    for part in ("holds records of format 1", "NEWSWIRE_INDEX_NAME", "docs/UPGRADE.md"):
        assert part in told
    wire.publish(Feed(100, seed=2))
    assert not wire.ledger().lost, "this version goes on"


def test_rollback_behind_a_format_that_does_not_fit_is_refused(wire: Wire) -> None:
    """Where a later version has begun an index that this one cannot read, this one does not start."""
    with other_worker(wire, format=3, oldest=2) as other:
        other.wait_until_ready()
        wire.publish(Feed(200))
        wire.ledger().assert_balanced()
        assert other.stop() == 0
    this = wire.add_worker(wait=False)
    end = time.monotonic() + 30
    while "status 3" not in this.log_file.read_text():
        assert time.monotonic() < end
        time.sleep(0.2)
    assert "holds records of format 3" in this.log_file.read_text()


def test_another_signature_waits_until_the_group_is_empty(wire: Wire) -> None:
    """Workers that would not find each other's articles never work at the same time; after a drain the next ones start."""
    this = wire.add_worker()
    with other_worker(wire, signature="other-1") as other:
        assert other.status() == 3
        told = other.log_file.read_text()
        for part in ("another signature", "SIGTERM", wire.settings.group):
            assert part in told
        this.stop()
        other.start().wait_until_ready()
        wire.publish(Feed(200))
        wire.ledger().assert_balanced()
        assert other.stop() == 0
