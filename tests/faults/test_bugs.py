"""A bug in a pure step costs the record that meets it, with an alarm, and not the wire."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.wire import Wire, article, environment_of
from workers import kafka_io
from workers.settings import Settings
from workers.watchdog import STATUS_STUCK

FAULTY = Path(__file__).with_name("faulty_worker.py")


def start(wire: Wire) -> "subprocess.Popen[bytes]":
    variables = environment_of(wire.settings, wire.folder) | {
        "KAFKA_BOOTSTRAP": wire.settings.kafka_bootstrap, "REDIS_URL": wire.settings.redis_url, "WEB_URL": wire.settings.web_url,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    with (wire.folder / "faulty.log").open("ab") as log:
        return subprocess.Popen([sys.executable, str(FAULTY)], env=os.environ | variables, stdout=log, stderr=log)


def publish(wire: Wire, bodies: list[str]) -> None:
    def settled(uri: str, result: object) -> None:
        assert isinstance(result, kafka_io.Acknowledged)
        wire.sent[f"{wire.settings.topic_raw}/{result.partition}/{result.offset}"] = uri

    with kafka_io.Publisher(wire.settings, settled) as publisher:
        for n, body in enumerate(bodies):
            uri = f"urn:test:{n}"
            wire.groups[uri] = n
            publisher.send(json.dumps({"source": "agency", "uri": uri, "body": body}).encode(), b"one key", uri)
        publisher.flush()


def test_exception_costs_one_dead_letter(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """An exception in cleaning: tried again, then dead-lettered as internal-error, with a traceback in the log."""
    with Wire(make_settings(), tmp_path) as wire:
        worker = start(wire)
        try:
            publish(wire, [article(n) + (" RAISE" if n == 7 else "") for n in range(20)])
            ledger = wire.ledger(30)
        finally:
            worker.terminate()
            assert worker.wait(10) == 0
    assert not ledger.lost
    assert not ledger.doubled
    assert ledger.outcomes == {"new": 19, "dead-letter internal-error": 1}
    assert "ZeroDivisionError: a bug" in (tmp_path / "faulty.log").read_text()


def live_until_done(wire: Wire, status: int) -> int:
    """Starts the worker again as often as it dies with this status; returns how often."""
    deaths, end = 0, time.monotonic() + 100
    worker = start(wire)
    try:
        while wire.lag() and time.monotonic() < end:
            if worker.poll() is not None:
                assert worker.returncode == status
                deaths += 1
                worker = start(wire)
            time.sleep(0.3)
    finally:
        worker.terminate()
        worker.wait(10)
    return deaths


def test_record_that_kills_the_process(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """A record at which the process dies three times is given up as internal-error; all others come through."""
    with Wire(make_settings(session_timeout_s=6), tmp_path) as wire:
        publish(wire, [article(n) + (" CRASH" if n == 7 else "") for n in range(20)])
        deaths = live_until_done(wire, 139)
        ledger = wire.ledger(30)
    assert deaths == 3
    assert not ledger.lost
    assert not ledger.doubled
    assert ledger.outcomes == {"new": 19, "dead-letter internal-error": 1}


@pytest.mark.timeout(180)
def test_record_that_hangs(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """A record that never comes to its end: the watchdog ends the worker, and at the third death the record is given up."""
    with Wire(make_settings(session_timeout_s=6, watchdog_s=4), tmp_path) as wire:
        publish(wire, [article(n) + (" HANG" if n == 7 else "") for n in range(20)])
        deaths = live_until_done(wire, STATUS_STUCK)
        ledger = wire.ledger(30)
    assert deaths == 3
    assert not ledger.lost
    assert not ledger.doubled
    assert ledger.outcomes == {"new": 19, "dead-letter internal-error": 1}
    assert "nothing was committed for" in (tmp_path / "faulty.log").read_text()
