"""The demo ends well, says so in its last line, and leaves nothing behind, also when it is interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.contract.messages import all_problems
from tests.faults.pauses import read_all
from workers.demo import exchange
from workers.demo.feed import samples
from workers.kafka_io import Record
from workers.local.stack import LocalStack
from workers.wire import ROLES

COMMAND = [sys.executable, "-m", "workers.cli", "demo"]
ROOT = Path(__file__).parents[2]
IN_ALL_S = 90


def start(folder: Path) -> subprocess.Popen[str]:
    """The demo with its temporary folder in `folder`, so that its traces can be found."""
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        COMMAND,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def traces(folder: Path) -> list[str]:
    """Processes that name the folder in their command line, and files in it."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            lines.append(line)
    return lines + [str(path) for path in folder.glob("newswire-demo-*")]


@pytest.mark.timeout(IN_ALL_S + 30)
def test_every_record_of_the_feed_ends_in_its_one_right_place(tmp_path: Path) -> None:
    demo = start(tmp_path)
    out, _ = demo.communicate(timeout=IN_ALL_S)
    assert demo.returncode == 0, out
    figures = json.loads(out.splitlines()[-1])
    assert figures["sent"] >= 60
    assert (figures["missing"], figures["doubled"], figures["wrong"]) == (0, 0, 0)
    assert all(figures[name] for name in ("new", "update", "cancel", "duplicate", "rejected", "dead_letter"))
    assert "You may also like" in out, "the article before and after"
    assert not traces(tmp_path)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.timeout(IN_ALL_S)
@pytest.mark.parametrize(
    ("stage", "number"),
    [
        ("starting", signal.SIGINT),
        ("Kafka answers", signal.SIGINT),
        ("published", signal.SIGINT),
        ("Valkey answers", signal.SIGTERM),
    ],
)
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path, stage: str, number: signal.Signals) -> None:
    demo = start(tmp_path)
    assert demo.stdout
    for line in demo.stdout:
        if stage in line:
            break
    time.sleep(0.1)
    os.kill(demo.pid, number)
    out, _ = demo.communicate(timeout=40)
    assert demo.returncode in {130, 128 + number}
    assert "Traceback" not in out
    assert not traces(tmp_path)


def test_every_message_of_the_demo_keeps_the_contract(tmp_path: Path) -> None:
    """Value, item, headers and key, by the schemas of today and of each release."""
    feed = samples()
    with LocalStack(tmp_path) as stack:
        exchange.send(stack.settings, feed)
        records: list[Record] = []
        with exchange.open_reader(stack.settings) as reader:
            while len(records) < len(feed):
                records += reader.poll(1)
        raw = read_all(stack.settings, ["raw"])
    assert {record.role for record in records} == set(ROLES)
    assert not list(all_problems(raw, records))
