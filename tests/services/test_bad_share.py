"""A worker stops when too many recent records are bad, instead of filling the dead letters, and loses none of them."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.wire import Wire, article, outcome
from workers import kafka_io
from workers.kafka_io import Record
from workers.settings import Settings

OVER = 40


def good(number: int) -> bytes:
    return json.dumps({"source": "agency", "uri": f"urn:test:{number}", "body": article(number)}).encode()


def bad(number: int) -> bytes:
    return json.dumps(
        {"source": "\x1b[31mBroken Daily", "uri": f"urn:bad:{number}", "text": "a field too few"}
    ).encode()


def publish(wire: Wire, values: list[bytes], headers: list[tuple[str, bytes]] | None = None) -> None:
    sent: list[object] = []
    with kafka_io.Publisher(wire.settings, lambda _, result: sent.append(result)) as publisher:
        for value in values:
            publisher.send(value, b"one key", "x", headers)
        publisher.flush()
    assert all(isinstance(result, kafka_io.Acknowledged) for result in sent)


def read(settings: Settings) -> dict[int, Record]:
    """The committed output records by the offset of their origin."""
    found: dict[int, Record] = {}
    with kafka_io.Reader(settings, list(settings.output_topics), from_start=True) as reader:
        calm = 0
        while calm < 2:
            records = reader.poll(0.5)
            for record in records:
                offset = int(record.headers["origin"].rsplit(b"/", 1)[1])
                assert offset not in found, f"offset {offset} came out twice"
                found[offset] = record
            calm = 0 if records or not reader.at_end() else calm + 1
    return found


def end_of(wire: Wire) -> int:
    """Starts a supervised worker and waits until it has ended for good; returns the supervisor's status."""
    worker = wire.add_worker(wait=False)
    end = time.monotonic() + 60
    while worker.is_running:
        assert time.monotonic() < end, worker.log_file.read_text()[-3_000:]
        time.sleep(0.1)
    process = worker._process
    assert process is not None
    return int(process.returncode)


def told(wire: Wire, number: int = 1) -> dict[str, Any]:
    """The line in which the worker says why it ends."""
    lines = (wire.folder / f"worker-{number}.log").read_text().splitlines()
    said: list[dict[str, Any]] = [json.loads(line) for line in lines if '"too many bad records' in line]
    assert len(said) == 1, lines[-5:]
    return said[0]


@pytest.mark.parametrize("batch", [7, 500])
def test_too_many_bad_records(make_settings: Callable[..., Settings], tmp_path: Path, batch: int) -> None:
    """It ends with status 5 and the reasons, at the same record at each start and with batches of any size; with the limit
    lifted each record has its outcome, and with the limit set again the wire goes on.
    """
    settings = make_settings(bad_share_max=0.5, bad_share_over=OVER, batch_max_records=batch)
    values = [good(n) for n in range(50)] + [bad(n) if n % 5 else good(n) for n in range(50, 250)]
    with Wire(settings, tmp_path) as wire:
        publish(wire, values)
        assert end_of(wire) == 5
        first, said = read(settings), told(wire)
        stopped_at = int(said["because"].rsplit(" ", 1)[1])
        assert said["reasons"].keys() == {"missing-field"}
        assert set(said["sources"]) == {"\\x1b[31mBroken Daily"}
        assert "NEWSWIRE_BAD_SHARE_MAX=1" in said["remedy"]
        assert said["examples"][0].endswith("`body` is missing")
        assert stopped_at == nth_bad_but(OVER / 2, values)
        assert all(offset < stopped_at for offset in first)
        assert end_of(wire) == 5, "a second start"
        assert int(told(wire, 2)["because"].rsplit(" ", 1)[1]) == stopped_at
        assert read(settings).keys() == first.keys() | {o for o in read(settings) if o < stopped_at}
    with Wire(settings.model_copy(update={"bad_share_max": 1.0}), tmp_path / "lifted") as wire:
        wire.add_worker()
        wait_for(settings, len(values))
    with Wire(settings, tmp_path / "again") as wire:
        worker = wire.add_worker()
        publish(wire, [bad(900), *[good(n) for n in range(300, 310)], bad(901)])
        found = wait_for(settings, len(values) + 12)
        assert worker.is_running
    fates = [outcome(found[offset]) for offset in range(len(values))]
    assert fates == ["dead-letter missing-field" if b'"text"' in value else "new" for value in values]


def nth_bad_but(limit: float, values: list[bytes]) -> int:
    """The offset of the first bad record that has more than `limit` bad ones among the last OVER, itself included."""
    fates = [b'"text"' in value for value in values]
    return next(n for n in range(OVER - 1, len(fates)) if fates[n] and sum(fates[n - OVER + 1 : n + 1]) > limit)


def wait_for(settings: Settings, count: int) -> dict[int, Record]:
    end = time.monotonic() + 60
    while len(found := read(settings)) < count:
        assert time.monotonic() < end, f"{len(found)} of {count}"
    return found


def test_few_bad_records(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """A producer that sends rubbish among others stops nobody, nor does a topic with few records, all of them bad, nor a replay
    that is of no use.
    """
    share, small = (make_settings(bad_share_max=0.5, bad_share_over=OVER) for _ in range(2))
    with Wire(share, tmp_path / "share") as wire, Wire(small, tmp_path / "small") as other:
        workers = [wire.add_worker(), other.add_worker()]
        pids = [worker.worker_pid for worker in workers]
        publish(wire, [bad(n) if n % 5 < 2 else good(n) for n in range(300)])
        publish(other, [bad(n) for n in range(OVER)], [("replay-of", b"t/0/1")])
        publish(other, [bad(n) for n in range(OVER - 1)])
        assert len(wait_for(share, 300)) == 300
        assert len(wait_for(small, 2 * OVER - 1)) == 2 * OVER - 1
        assert [worker.worker_pid for worker in workers] == pids
