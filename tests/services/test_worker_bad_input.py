"""Bad and extreme records through a running worker: each ends in one dead letter, rejection or article, and the worker goes on."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.contract.messages import all_problems
from tests.faults.pauses import read_all
from tests.faults.wire import Wire, article
from workers import kafka_io
from workers.kafka_io import Record
from workers.settings import Settings

RAW_LIMIT = 1 << 20
"""Smaller than the default, so that the test is quick; the limits are settings and hold at any size."""


def through(wire: Wire, values: dict[str, bytes], headers: Any = None) -> dict[str, Record]:
    """Publishes values by name and returns the one output record of each."""
    names: dict[str, str] = {}

    def settled(name: str, result: object) -> None:
        assert isinstance(result, kafka_io.Acknowledged), result
        names[f"{wire.settings.topic_raw}/{result.partition}/{result.offset}"] = name

    with kafka_io.Publisher(wire.settings, settled) as publisher:
        for name, value in values.items():
            publisher.send(value, b"one key", name, headers)
        publisher.flush()
    found: dict[str, Record] = {}
    with kafka_io.Reader(wire.settings, list(wire.settings.output_topics), from_start=True) as reader:
        for _ in range(120):
            for record in reader.poll(0.5):
                name = names[record.headers["origin"].decode()]
                assert name not in found, f"{name} came out twice"
                found[name] = record
            if len(found) == len(values):
                return found
    raise AssertionError(f"no outcome for {set(values) - set(found)}")


def raw(**fields: Any) -> bytes:
    return json.dumps({"source": "agency", "uri": "urn:test:x", "body": article(1), **fields}).encode()


BAD = {
    "empty": b"",
    "not-utf8": b"\xff\xfe\xfa",
    "not-json": b"{'source': 1}",
    "too-deep": b"[" * 100_000 + b"]" * 100_000,
    "not-an-object": b"[]",
    "missing-field": b'{"source": "agency"}',
    "wrong-type": raw(body=7),
    "over-long": raw(source="s" * 257),
    "bad-value": raw(version=10**30),
}


def test_bad_input(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """Each kind of bad record is one dead letter with its reason and its bytes untouched; good ones go through between them."""
    good = {f"good-{n}": raw(uri=f"urn:test:{n}", body=article(n)) for n in range(10)}
    odd = {
        "surrogate": b'{"source": "agency", "uri": "urn:s", "body": "\\ud800 ' + article(20).encode() + b'"}',
        "controls": raw(uri="urn:c", body="\x01\x02\x03" * 100),
        "nuls": raw(uri="urn:n", body=article(30).replace(" ", " \0", 5)),
    }
    with Wire(make_settings(), tmp_path) as wire:
        worker = wire.add_worker()
        pid = worker.worker_pid
        found = through(wire, {**good, **BAD, **odd, "good-last": raw(uri="urn:last", body=article(40))})
        came = read_all(wire.settings, ["raw"])
        assert worker.worker_pid == pid, "the worker died on the way"
    assert not list(all_problems(came, list(found.values()))), "against the contract"
    for reason, value in BAD.items():
        record = found[reason]
        assert (record.role, record.headers["dlq-reason"].decode()) == ("dlq", reason)
        assert record.value == value
        assert record.key == b"one key"
        assert len(record.headers["dlq-message"]) <= 500
    assert found["surrogate"].role == "dlq"
    assert json.loads(found["controls"].value)["rejection"]["reason"] == "boilerplate-only"
    assert json.loads(found["nuls"].value)["item"]["bodies"][0]["value"] == article(30)
    assert all(record.role == "clean" for name, record in found.items() if name.startswith("good"))


def test_large_records(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """A valid article of 900 kB is published whole; one at the broker's limit has its outcome, bad or good."""
    long = "\n\n".join(article(n, 500) for n in range(230))[:900_000].rsplit(". ", 1)[0] + "."
    room = RAW_LIMIT - 400
    values = {
        "long": raw(uri="urn:long", body=long),
        "bad-at-limit": b"x" * room,
        "escapes-at-limit": raw(uri="urn:esc", body=('"quoted" and \\slashed\\ ' * 60_000)[: (room - 200) // 2]),
    }
    with Wire(make_settings(raw_record_max_bytes=RAW_LIMIT, output_record_max_bytes=4 << 20), tmp_path) as wire:
        wire.add_worker()
        found = through(wire, values)
    assert json.loads(found["long"].value)["item"]["bodies"][0]["value"].split() == long.split()
    assert found["bad-at-limit"].value == values["bad-at-limit"]
    assert found["escapes-at-limit"].role in ("clean", "rejected")


def test_a_dead_letter_that_does_not_fit(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """Where the topic takes less than the record, the dead letter has its size and hash instead of its bytes."""
    small, large = make_settings(raw_record_max_bytes=200_000), make_settings(raw_record_max_bytes=RAW_LIMIT)
    kafka_io.create_topics(large)
    value, sent = b"no json " * 100_000, []
    with kafka_io.Publisher(large, lambda _, done: sent.append(done)) as publisher:
        publisher.send(value, b"k", "big")
        publisher.flush()
    assert isinstance(sent[0], kafka_io.Acknowledged)
    with Wire(small.model_copy(update={"topic_raw": large.topic_raw}), tmp_path) as wire:
        wire.add_worker()
        with kafka_io.Reader(wire.settings, ["dlq"], from_start=True) as reader:
            record = next(r for _ in range(60) for r in reader.poll(0.5))
    assert record.value == b""
    assert record.headers["dlq-reason"] == b"too-large"
    assert record.headers["dlq-size"].decode() == str(len(value))
    assert record.headers["dlq-sha256"].decode() == hashlib.sha256(value).hexdigest()


class _Name(str):
    """A header name of any bytes, as a client of one's own can write it."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return super().encode("latin-1")


def test_header_names_of_any_bytes(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """A header name that is no UTF-8 stops nothing: the record is an article like others, its odd bytes are `?`."""
    with Wire(make_settings(), tmp_path) as wire:
        worker = wire.add_worker()
        pid = worker.worker_pid
        found = through(wire, {"odd": raw()}, headers=[(_Name("caf\xe9-\xff"), b"\xfe"), ("traceparent", b"00-1")])
        assert worker.worker_pid == pid, "the worker died on the way"
    assert found["odd"].role == "clean"
    assert found["odd"].headers["caf?-?"] == b"\xfe"
    assert found["odd"].headers["traceparent"] == b"00-1"
