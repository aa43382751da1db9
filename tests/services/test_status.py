"""`newswire status` on real servers: what waits while no worker runs, and that nothing does when one has been there."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from tests.services.replay_helper import raw, send, variables, wait_for, worker
from workers import kafka_io, settings
from workers.cli import run as newswire
from workers.local.ports import free_port
from workers.settings import Settings
from workers.status.picture import Watcher

Make = Callable[..., Settings]
Status = Callable[..., dict[str, Any]]


@pytest.fixture
def status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Status:
    """Types the command, and returns what it says as JSON."""

    def typed(wire: Settings, ends_with: int = 0) -> dict[str, Any]:
        monkeypatch.setattr(settings, "load", lambda: wire)
        capsys.readouterr()
        assert newswire(["status", "--json"]) == ends_with
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    return typed


def test_what_waits_and_what_is_done(make_settings: Make, tmp_path: Path, status: Status) -> None:
    """Records without a worker wait, the oldest named by its time; with one nothing waits, and each outcome is counted."""
    wire = make_settings(partitions=2)
    kafka_io.create_topics(wire)
    send(wire, *((raw(n), []) for n in range(6)), (b"nonsense", []))
    time.sleep(1)
    before = status(wire)["result"]
    assert before["members"] == []
    assert (before["lag"], before["outcomes"]["new"], before["dead_letters"]) == (7, 0, [])
    assert 1 <= before["lag_s"] < 60
    (slowest,) = [p for p in before["partitions"] if p["lag"]]  # all have one key
    assert (slowest["number"], slowest["worker"], slowest["committed"]) == (before["slowest"], 0, None)
    with worker(wire, tmp_path):
        wait_for(wire, 7)
        after = status(wire)["result"]
    assert (after["state"], after["lag"], after["lag_s"], after["slowest"]) == ("Stable", 0, 0.0, None)
    assert [member["partitions"] for member in after["members"]] == [[0, 1]]
    assert (after["outcomes"]["new"], after["outcomes"]["dead-letter"]) == (6, 1)
    assert after["came_per_s"] == after["finished_per_s"] == round(7 / 300, 3)
    assert after["index"]["documents"] == 6
    assert [letter["reason"] for letter in after["dead_letters"]] == ["not-json"]


def test_each_look_sees_what_came_since(make_settings: Make) -> None:
    """Of records that wait the time of the oldest is known at every look, not only at the first."""
    wire = make_settings(partitions=1)
    kafka_io.create_topics(wire)
    with Watcher(wire, 300) as watcher:
        looks = [watcher.look()]
        for n in range(2):
            send(wire, (raw(n), []))
            looks.append(watcher.look())
    assert [look.lag for look in looks] == [0, 1, 2]
    assert looks[1].group.partitions[0].oldest_ms == looks[2].group.partitions[0].oldest_ms is not None


def test_marks_of_transactions_are_no_records_that_wait(make_settings: Make) -> None:
    """A transaction that was aborted leaves offsets behind, and nothing to do."""
    wire = make_settings(partitions=1)
    kafka_io.create_topics(wire)
    producer = KafkaProducer(bootstrap_servers=wire.kafka_bootstrap, transactional_id=wire.group)
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(wire.topic_raw, raw(1)).get(10)
    producer.abort_transaction()
    producer.close()
    with Watcher(wire, 300) as watcher:
        picture = watcher.look()
    assert picture.group.partitions[0].end >= 2
    assert (picture.lag, picture.slowest) == (0, None)


def test_servers_that_are_away(make_settings: Make, status: Status) -> None:
    """Without Redis the rest is shown; without Kafka it ends, within seconds."""
    wire = make_settings(redis_url=f"redis://:sandbar@127.0.0.1:{free_port()}/0")
    kafka_io.create_topics(wire)
    told = status(wire, ends_with=3)
    assert (told["ok"], told["result"]["lag"], told["result"]["index"]) == (False, 0, None)
    assert "does not answer" in told["result"]["trouble"]
    assert "sandbar" not in str(told)
    away, began = make_settings(kafka_bootstrap=f"127.0.0.1:{free_port()}"), time.monotonic()
    assert "KAFKA_BOOTSTRAP" in status(away, ends_with=3)["error"]["message"]
    assert time.monotonic() - began < 6
    missing = status(make_settings(), ends_with=3)["error"]["message"]
    assert "newswire topics" in missing


def test_watching_ends_with_ctrl_c(make_settings: Make, tmp_path: Path) -> None:
    wire = make_settings()
    kafka_io.create_topics(wire)
    command = [sys.executable, "-m", "workers.cli", "status", "--watch", "--every", "0.5", "--json"]
    with subprocess.Popen(command, env=variables(wire, tmp_path), stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        looks = [json.loads(watching.stdout.readline()) for _ in range(3)]
        os.kill(watching.pid, signal.SIGINT)
        assert watching.wait(10) == 0
    assert [look["ok"] for look in looks] == [True, True, True]
    assert looks[0]["result"]["at_ms"] < looks[2]["result"]["at_ms"]
