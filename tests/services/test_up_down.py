"""`newswire up` and `down`: everything runs, survives the death of a worker, keeps its data, and is gone at the end."""

import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer

from workers.commands import down, up
from workers.local.ports import free_port, is_free
from workers.local.running import command_line
from workers.local.stack import LocalStack

NAMES = ["KAFKA_BOOTSTRAP", "REDIS_URL", "WEB_URL"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for `up`, whose usual ports are free ones here; what runs in it is ended."""
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setattr(up, "USUAL_PORTS", {name: free_port() for name in NAMES})
    yield tmp_path / "run"
    down.run(tmp_path / "run")


def read_pid(file: Path) -> int:
    return int(file.read_text())


def wait_until_ready(url: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url}/readyz did not answer with 200 within {seconds} s")


def test_up_prints_its_addresses_last_and_down_leaves_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up, a second up, a worker killed, down, up again with the same data at the same addresses, down."""
    assert up.run(folder=folder) == 0
    lines = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split("=")[0] for line in lines] == NAMES
    assert (folder / "env").read_text().splitlines() == lines
    addresses = up.read_env(folder / "env")
    pids = [read_pid(folder / f"{name}.pid") for name in ("kafka", "valkey", "worker-1", "supervisor-1")]
    assert all(command_line(pid) for pid in pids)
    producer = KafkaProducer(bootstrap_servers=addresses["KAFKA_BOOTSTRAP"])
    producer.send("news.raw.v1", b"kept").get(timeout=10)
    producer.close()

    assert up.run(folder=folder) == 0
    told = capsys.readouterr().out.splitlines()
    assert "already running" in told[0]
    assert told[-3:] == lines

    os.kill(pids[2], signal.SIGKILL)
    time.sleep(1)
    wait_until_ready(addresses["WEB_URL"])
    assert read_pid(folder / "worker-1.pid") != pids[2]

    assert down.run(folder) == 0
    assert not any(command_line(pid) for pid in pids)
    assert not list(folder.glob("*.pid"))

    monkeypatch.setattr(up, "USUAL_PORTS", {name: free_port() for name in NAMES})
    assert up.run(folder=folder) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == lines
    consumer = KafkaConsumer(
        "news.raw.v1", bootstrap_servers=addresses["KAFKA_BOOTSTRAP"], auto_offset_reset="earliest"
    )
    assert next(consumer).value == b"kept"
    consumer.close()


def test_down_never_signals_a_pid_that_is_not_ours(tmp_path: Path) -> None:
    """A pid file that is left over names a number which may be anybody's by now: here it is this test's."""
    for name in ("kafka", "valkey", "supervisor-1", "worker-1"):
        (tmp_path / f"{name}.pid").write_text(f"{os.getpid()}\n")
    assert down.stop_all(tmp_path) == []
    assert not list(tmp_path.glob("*.pid"))


def test_an_error_inside_the_block_ends_all_servers(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, workers=0)
    with pytest.raises(RuntimeError, match="inside"), stack:
        raise RuntimeError("inside")
    assert is_free(stack.kafka.port)
    assert is_free(stack.valkey.port)
