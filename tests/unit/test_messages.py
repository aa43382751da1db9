"""The check of messages, which a run over a real stream is put to, finds what is wrong with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.contract import asyncapi_page, messages
from workers import decode
from workers.errors import DeadLetterError
from workers.kafka_io import Record

EXAMPLES: dict[str, Any] = {path.stem: record for path, record in asyncapi_page.examples()}
OUTPUTS = [name for name, record in EXAMPLES.items() if record["topic"] != "news.raw.v1"]


def record_of(name: str) -> Record:
    """An example as it stands on its topic."""
    shown = EXAMPLES[name]
    headers = {n: text.encode() for n, text in shown["headers"].items()}
    value = shown["value"].encode() if isinstance(shown["value"], str) else orjson.dumps(shown["value"])
    role = asyncapi_page.role_of(shown["topic"])
    return Record(role, shown["topic"], 0, 7, 1, shown["key"].encode(), value, headers, tuple(headers.items()))


def raw_of(output: Record) -> Record:
    """The raw record that it names; of a dead letter with its bytes."""
    topic, partition, offset = output.headers["origin"].decode().split("/")
    stamp = int(output.headers.get("origin-timestamp", b"0"))
    return Record("raw", topic, int(partition), int(offset), stamp, output.key, output.value, {})


def with_header(record: Record, name: str, value: bytes | None) -> Record:
    changed = {n: v for n, v in record.headers.items() if n != name} | ({name: value} if value is not None else {})
    return replace(record, headers=changed, all_headers=tuple(changed.items()))


def with_value(record: Record, change: Callable[[Any], object]) -> Record:
    value = orjson.loads(record.value)
    change(value)
    return replace(record, value=orjson.dumps(value))


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_examples_are_right(name: str) -> None:
    """By today's schemas and those of each release."""
    record = record_of(name)
    assert not list(messages.all_problems([raw_of(record)], [record]))
    assert len(messages.FOLDERS) > 1


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda r: with_header(r, "ce_time", b"today"), "headers by schemas"),
        (lambda r: with_header(r, "ce_time", None), "headers by 1.0.0"),
        (lambda r: with_header(r, "schema-version", b"1.0.0"), "schema-version"),
        (lambda r: with_header(r, "ce_id", b"news.raw.v1/0/0"), "ce_id"),
        (lambda r: with_header(r, "ce_type", b"news.article.update.v1"), "ce_type"),
        (lambda r: with_header(r, "origin", None), "not one output"),
        (lambda r: replace(r, all_headers=(*r.all_headers, ("ce_id", b"x"))), "ce_id stands 2 times"),
        (lambda r: replace(r, key=b"urn:x:1"), "key"),
        (lambda r: replace(r, role="duplicates"), "topic"),
        (lambda r: with_value(r, lambda v: v["dedup"].pop("seq")), "clean by schemas"),
        (lambda r: with_value(r, lambda v: v["dedup"].pop("seq")), "clean by 1.0.0"),
        (lambda r: with_value(r, lambda v: v["item"].update(nonsense=1)), "item: "),
        (lambda r: with_value(r, lambda v: v["item"].update(contentCreated="yesterday")), "item: "),
        (lambda r: with_value(r, lambda v: v["provenance"].update(offset=1)), "provenance"),
    ],
)
def test_what_is_wrong_is_found(spoil: Callable[[Record], Record], problem: str) -> None:
    """In the header, the key, the value, and where they contradict each other."""
    right = record_of("clean.new")
    found = list(messages.all_problems([raw_of(right)], [spoil(right)]))
    assert any(problem in line for line in found), found


def test_what_a_producer_writes_into_headers_is_his() -> None:
    """Any bytes, and a name as often as he likes."""
    record = record_of("clean.new")
    own = replace(
        record,
        headers=record.headers | {"x": b"\xff"},
        all_headers=(*record.all_headers, ("x", b"1"), ("x", b"\xff")),
    )
    assert not list(messages.all_problems([raw_of(record)], [own]))


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda r: replace(r, value=r.value + b" "), "not the raw record's"),
        (lambda r: replace(r, key=None), "not the raw record's"),
        (lambda r: with_header(r, "origin-timestamp", b"5"), "origin-timestamp"),
        (lambda r: with_header(r, "dlq-reason", b"dislike"), "headers by schemas"),
        (lambda r: with_header(r, "ce_id", b"x"), "headers by schemas"),
    ],
)
def test_a_wrong_dead_letter_is_found(spoil: Callable[[Record], Record], problem: str) -> None:
    right = record_of("dead-letter")
    found = list(messages.all_problems([raw_of(right)], [spoil(right)]))
    assert any(problem in line for line in found), found


def test_missing_and_doubled_records_are_found() -> None:
    """One output for each raw record, and none of nothing."""
    record = record_of("clean.new")
    raw = raw_of(record)
    for of, outputs in [([raw], []), ([raw], [record, record]), ([], [record])]:
        assert next(messages.all_problems(of, outputs)).startswith("not one output")


def test_what_the_producers_schema_has_is_no_dead_letter() -> None:
    """A dead letter whose value is valid for producers is a bug; one that the decoder refuses is not valid for them."""
    good = orjson.dumps(EXAMPLES["raw.article"]["value"])
    record = replace(record_of("dead-letter"), value=good)
    assert any("producers' schema" in line for line in messages.all_problems([raw_of(record)], [record]))
    for bad in (b"{", b"[]", orjson.dumps({"source": "s"}), orjson.dumps({"source": 7, "body": "b"})):
        assert not messages.is_for_producers(bad)
        with pytest.raises(DeadLetterError):
            decode.decode(bad)
