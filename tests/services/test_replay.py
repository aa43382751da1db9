"""`newswire replay` on real servers: each raw record comes back once, whatever is run twice, killed, forged or deleted."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from tests.faults.pauses import read_all
from tests.faults.wire import article
from tests.services.replay_helper import (
    Ledger,
    delete_before,
    faulty_worker,
    raw,
    send,
    start_replay,
    wait_for,
    wait_for_replays,
    worker,
)
from workers import kafka_io, settings
from workers.cli import run as newswire
from workers.settings import Settings

Make = Callable[..., Settings]
Replay = Callable[..., dict[str, Any]]


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Replay:
    """Types the command, and returns what it says as JSON."""

    def typed(wire: Settings, *arguments: str, status: int = 0) -> dict[str, Any]:
        monkeypatch.setattr(settings, "load", lambda: wire)
        capsys.readouterr()
        assert newswire(["replay", "--json", *arguments]) == status
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    return typed


def test_a_mended_bug(make_settings: Make, tmp_path: Path, replay: Replay, capsys: pytest.CaptureFixture[str]) -> None:
    """What a bug had made a dead letter becomes news, as it came: bytes, key and headers; a second run sends nothing."""
    wire = make_settings(partitions=2)
    kafka_io.create_topics(wire)
    headers = [("traceparent", b"00-1"), ("a", b"1"), ("a", b"2"), ("origin", b"mine")]
    bodies = [article(n) + (" RAISE." if n % 4 == 0 else "") for n in range(12)]
    with faulty_worker(wire, tmp_path):
        send(wire, *((raw(n, body=body), headers) for n, body in enumerate(bodies)))
        wait_for(wire, 12)
    assert Ledger(wire).outcomes == {"new": 9, "dead-letter internal-error": 3}

    shown = replay(wire, "--reason", "internal-error", "--dry-run")
    assert (shown["due"], shown["byReason"], shown["dryRun"]) == (3, {"internal-error": 3}, True)
    assert shown["bySource"] == {"outlet-0": 1, "outlet-1": 1, "outlet-2": 1}
    assert not Ledger(wire).replays, "a dry run sends nothing"

    assert replay(wire, "--reason", "internal-error")["sent"] == 3
    assert replay(wire, "--reason", "internal-error")["sent"] == 0, "they still wait, no worker runs"
    with worker(wire, tmp_path):
        wait_for(wire, 15)
        again = replay(wire, "--all")
    assert (again["sent"], again["replayedBefore"]) == (0, 3)
    ledger = Ledger(wire)
    assert ledger.outcomes == {"new": 12}
    assert set(ledger.replays.values()) == {1}
    first = {r.stands: r for r in ledger.raw}
    for record in ledger.raw:
        if of := record.headers.get("replay-of"):
            own = tuple(pair for pair in record.all_headers if pair[0] != "replay-of")
            before = first[of.decode()]
            assert (record.key, record.value, own) == (before.key, before.value, before.all_headers)
            assert record.partition == before.partition
    capsys.readouterr()
    assert newswire(["why", "urn:test:0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"][0]["replayOf"] in ledger.replays


def test_a_rejection_after_a_changed_setting(make_settings: Make, tmp_path: Path, replay: Replay) -> None:
    """Its raw record is read from the raw topic; where that is gone, it is said, and nothing is sent."""
    wire = make_settings(partitions=1)
    with worker(wire, tmp_path):
        send(wire, (raw(1, body="Ferry sails again."), [("x", b"1")]), (raw(2, body="Too short too."), []))
        wait_for(wire, 2)
    assert Ledger(wire).outcomes == {"rejected too-short": 2}
    delete_before(wire, 1)
    looser = wire.model_copy(update={"min_words": 3})
    told = replay(looser, "--topic", "rejected", "--reason", "too-short", "--since", "1h", status=1)
    assert (told["sent"], told["gone"]) == (1, 1)
    with worker(looser, tmp_path):
        wait_for(wire, 3)
    (replayed,) = read_all(wire, ["clean"])
    assert replayed.headers["replay-of"].decode() == f"{wire.topic_raw}/0/1"


def test_when_retention_took_the_raw_records(make_settings: Make, tmp_path: Path, replay: Replay) -> None:
    """A dead letter goes by its own bytes; that it went is known by its outcome, when its replay is gone, too."""
    wire = make_settings(partitions=1)
    kafka_io.create_topics(wire)
    with faulty_worker(wire, tmp_path):
        send(wire, (raw(1, body=article(1) + " RAISE."), []))
        wait_for(wire, 1)
    delete_before(wire, 1)
    with worker(wire, tmp_path):
        assert replay(wire, "--all")["sent"] == 1
        wait_for(wire, 2)
        send(wire, (raw(2), []))
        wait_for(wire, 3)
    delete_before(wire, 4)
    told = replay(wire, "--all")
    assert (told["sent"], told["replayedBefore"]) == (0, 1)


def test_what_failed_again_goes_when_it_is_asked_for(make_settings: Make, tmp_path: Path, replay: Replay) -> None:
    """And always names the first raw record."""
    wire = make_settings(partitions=1)
    with worker(wire, tmp_path):
        send(wire, (b"<rss>", []))
        wait_for(wire, 1)
        for n, arguments in enumerate((("--all",), ("--all", "--again"), ("--all", "--again")), 2):
            assert replay(wire, *arguments)["sent"] == 1
            wait_for(wire, n)
        told = replay(wire, "--all")
    assert (told["sent"], told["replayedBefore"], told["failedAgain"]) == (0, 3, 1)
    ledger = Ledger(wire)
    assert ledger.outcomes == {"dead-letter not-json": 1}
    assert ledger.replays == {f"{wire.topic_raw}/0/0": 3}


def test_a_forged_mark_changes_nothing(make_settings: Make, tmp_path: Path, replay: Replay) -> None:
    """It keeps no dead letter from being replayed; what cannot be true does not come out under its name."""
    wire = make_settings(partitions=1)
    first = f"{wire.topic_raw}/0/0".encode()
    with worker(wire, tmp_path):
        send(wire, (b"<rss>", []), (raw(1), [("replay-of", first)]), (raw(2), [("replay-of", b"else/0/0")]))
        outputs = wait_for(wire, 3)
        assert replay(wire, "--all")["sent"] == 1
    marks = {r.headers["origin"][-1:]: (r.headers.get("replay-of"), r.headers.get("raw-replay-of")) for r in outputs}
    assert marks == {b"0": (None, None), b"1": (first, None), b"2": (None, b"else/0/0")}


def test_a_dead_letter_that_was_cut(make_settings: Make, tmp_path: Path, replay: Replay) -> None:
    """One without its value goes by its raw record."""
    wide = make_settings(partitions=1, raw_record_max_bytes=1 << 20)
    kafka_io.create_topics(wide)
    narrow = wide.model_copy(update={"raw_record_max_bytes": 1 << 16})
    value = b"x" * 300_000
    with worker(narrow, tmp_path):
        send(wide, (value, [("h", b"1")]))
        (letter,) = wait_for(wide, 1)
    assert (letter.value, letter.headers["dlq-reason"]) == (b"", b"too-large")
    assert replay(narrow, "--reason", "too-large", status=1)["tooLarge"] == 1
    assert replay(wide, "--reason", "too-large")["sent"] == 1
    _, sent = read_all(wide, ["raw"])
    assert (sent.value, sent.headers["h"]) == (value, b"1")


def test_one_that_the_topic_refuses(make_settings: Make, tmp_path: Path, replay: Replay) -> None:
    """A record for which there is no room any more is counted, and holds up no other."""
    wire = make_settings(partitions=1)
    with worker(wire, tmp_path):
        send(wire, *((b"<rss>" + b"x" * size, []) for size in (10, 3_000, 20)))
        wait_for(wire, 3)
    admin = KafkaAdminClient(bootstrap_servers=wire.kafka_bootstrap)
    smaller = ConfigResource(ConfigResourceType.TOPIC, wire.topic_raw, configs={"max.message.bytes": "2000"})
    admin.alter_configs([smaller])
    admin.close()
    told = replay(wire, "--all", status=1)
    assert (told["sent"], told["tooLarge"]) == (2, 1)
    assert sum("replay-of" in r.headers for r in read_all(wire, ["raw"])) == 2


def test_two_at_once(make_settings: Make, tmp_path: Path, replay: Replay) -> None:
    """The later one takes over and knows what the former has sent; the former ends, and says so."""
    count = 60
    wire = make_settings(partitions=1)
    with worker(wire, tmp_path):
        send(wire, *((b"<rss>%d" % n, []) for n in range(count)))
        wait_for(wire, count)
    with start_replay(wire, tmp_path, "--rate", "10") as former:
        wait_for_replays(wire, 5)
        told = replay(wire, "--all", "--rate", "0")
        assert former.wait(60) == 3
    assert 0 < told["sent"] < count
    assert Counter(r.headers["replay-of"] for r in read_all(wire, ["raw"])[count:]).most_common(1)[0][1] == 1
    assert len(read_all(wire, ["raw"])) == 2 * count
    assert "run it again: what was sent is not sent twice" in (tmp_path / "replay.log").read_text()


def test_interrupted(make_settings: Make, tmp_path: Path, replay: Replay) -> None:
    """Ctrl-C ends it with status 130, and the next one goes on."""
    wire = make_settings(partitions=1)
    with worker(wire, tmp_path):
        send(wire, *((b"<rss>%d" % n, []) for n in range(60)))
        wait_for(wire, 60)
        with start_replay(wire, tmp_path, "--rate", "10") as process:
            wait_for_replays(wire, 5)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
        assert replay(wire, "--all", "--rate", "0")["sent"] > 0
        wait_for(wire, 120)
    assert set(Ledger(wire).replays.values()) == {1}


def test_killed_on_the_way_and_run_again(make_settings: Make, tmp_path: Path, replay: Replay) -> None:
    """Killed with -9 three times, each dead letter has been sent exactly once in the end."""
    count, seen = 300, 0
    wire = make_settings(partitions=3)
    with worker(wire, tmp_path):
        producer = KafkaProducer(bootstrap_servers=wire.kafka_bootstrap, acks="all")
        for n in range(count):
            producer.send(wire.topic_raw, value=b"<rss>%d" % n, key=b"%d" % n)
        producer.close()
        wait_for(wire, count)
    for _ in range(3):
        with start_replay(wire, tmp_path, "--rate", "100") as process:
            seen = wait_for_replays(wire, seen + 20)
            assert process.poll() is None, "it is in the middle"
            os.kill(process.pid, signal.SIGKILL)
    told = replay(wire, "--all", "--rate", "0")
    assert 0 < told["sent"] < count
    assert told["sent"] + told["replayedBefore"] == count
    with worker(wire, tmp_path):
        wait_for(wire, 2 * count)
    ledger = Ledger(wire)
    assert len(ledger.replays) == count
    assert set(ledger.replays.values()) == {1}
    assert ledger.outcomes == {"dead-letter not-json": count}
