"""Topics, produce and tail against a real Kafka."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workers.commands import produce, tail, topics
from workers.errors import NewswireError, ServerError
from workers.kafka_io import Acknowledged, Publisher, Reader, Record, create_topics, ensure_topics
from workers.settings import Settings, load

Make = Callable[..., Settings]
ARTICLES = [{"uri": f"urn:example:{n}", "source": "Harbour Gazette", "body": f"Text {n}."} for n in range(5)]
LINES = "".join(json.dumps(article) + "\n" for article in ARTICLES).encode()


@pytest.fixture
def wire(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Topics of this test's own, which the commands find by their environment."""
    create_topics(settings)
    monkeypatch.setenv("KAFKA_BOOTSTRAP", settings.kafka_bootstrap)
    for role in ("raw", "clean", "duplicates", "rejected", "dlq"):
        monkeypatch.setenv(f"NEWSWIRE_TOPIC_{role.upper()}", getattr(settings, f"topic_{role}"))
    return settings


def records(settings: Settings, count: int, role: str = "raw") -> list[Record]:
    found: list[Record] = []
    with Reader(settings, [role], from_start=True) as reader:
        while len(found) < count or not reader.at_end():
            found += reader.poll(1)
    return found


def test_topics_are_made_as_the_contract_says(settings: Settings) -> None:
    made = create_topics(settings)
    assert made == [settings.topic_raw, *settings.output_topics.values()]
    states = ensure_topics(settings)
    assert not any(state.created or state.differences for state in states), "as planned, by the broker's own word"


def test_topics_that_are_there_are_left_and_differences_told(settings: Settings, make_settings: Make) -> None:
    """More partitions and a smaller limit are asked for: both stay as they are, and both are named."""
    create_topics(settings)
    names = {
        f"topic_{role}": getattr(settings, f"topic_{role}")
        for role in ("raw", "clean", "duplicates", "rejected", "dlq")
    }
    other = make_settings(**names, partitions=9, raw_record_max_bytes=1 << 20)
    assert create_topics(other) == []
    told = [line for state in ensure_topics(other) for line in state.differences]
    assert f"{settings.topic_raw}: has 4 partitions, the settings ask for 9" in told
    assert f"{settings.topic_raw}: has max.message.bytes=8388608, the settings ask for 1048576" in told


def test_too_many_replicas_are_refused_in_words(make_settings: Make) -> None:
    with pytest.raises(ServerError, match="replication factor"):
        create_topics(make_settings(replication=3))


def test_no_kafka_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.kafka_io.client.CONNECT_TIMEOUT_MS", 500)
    with pytest.raises(ServerError, match=r"KAFKA_BOOTSTRAP=127\.0\.0\.1:1.*make up"):
        create_topics(load(kafka_bootstrap="127.0.0.1:1"))


def test_the_command_shows_all_five(wire: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert topics.run() == 0
    shown = capsys.readouterr().out
    for name in (wire.topic_raw, *wire.output_topics.values()):
        assert name in shown


def _as_file(folder: Path) -> str:
    path = folder / "articles.jsonl"
    path.write_bytes(LINES)
    return str(path)


def _as_gzip(folder: Path) -> str:
    path = folder / "articles.jsonl.gz"
    path.write_bytes(gzip.compress(LINES))
    return str(path)


@pytest.mark.parametrize("write", [_as_file, _as_gzip])
def test_produce_sends_each_line_as_it_is(
    wire: Settings, tmp_path: Path, write: Callable[[Path], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The bytes of the line, keyed by its uri."""
    assert produce.run([write(tmp_path)]) == 0
    assert {(r.key, r.value) for r in records(wire, 5)} == {
        (article["uri"].encode(), json.dumps(article).encode()) for article in ARTICLES
    }
    assert "5 acknowledged" in capsys.readouterr().out


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BufferedReader(io.BytesIO(data))


@pytest.mark.parametrize("data", [LINES, gzip.compress(LINES), b"\xef\xbb\xbf" + LINES.replace(b"\n", b"\r\n\r\n")])
def test_produce_reads_standard_input(wire: Settings, monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Plain, compressed, or as Windows writes it; blank lines are no records."""
    monkeypatch.setattr("sys.stdin", Stdin(data))
    assert produce.run() == 0
    assert {r.value for r in records(wire, 5)} == set(LINES.splitlines())


def test_produce_names_lines_that_are_no_articles(
    wire: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are not sent, the others are, and the status is 1."""
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b'{"url": "https://example.com/1"}\n<rss>\n[]\n\n{"source": 1}\n')
    assert produce.run([str(path)]) == 1
    told = capsys.readouterr()
    assert f"{path}, line 2: not sent" in told.err
    assert f"{path}, line 3: not sent: not a JSON object" in told.err
    assert "2 acknowledged" in told.out
    assert "2 NOT" in told.out
    assert {r.key for r in records(wire, 2)} == {b"https://example.com/1", None}


def test_produce_raw_sends_anything(wire: Settings, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"<rss>\n\xff\xfe\n")
    assert produce.run([str(path)], raw=True) == 0
    assert {r.value for r in records(wire, 2)} == {b"<rss>", b"\xff\xfe"}


def test_produce_names_a_record_that_is_too_large(
    wire: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next ones are sent all the same."""
    monkeypatch.setenv("NEWSWIRE_RAW_RECORD_MAX_BYTES", "2000")
    path = tmp_path / "large.jsonl"
    path.write_bytes(json.dumps({"body": "x" * 3000}).encode() + b"\n" + LINES)
    assert produce.run([str(path)]) == 1
    told = capsys.readouterr()
    assert f"{path}, line 1: too large" in told.err
    assert len(records(wire, 5)) == 5


def test_produce_sends_nothing_when_a_file_is_missing(wire: Settings, tmp_path: Path) -> None:
    with pytest.raises(NewswireError, match="nope"):
        produce.run([_as_file(tmp_path), "nope"])


def test_produce_without_its_topic_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(ServerError, match="newswire topics"):
        Publisher(settings, lambda *_: None)


def test_what_is_settled_is_told_in_order(wire: Settings) -> None:
    told: list[tuple[int, Any]] = []
    with Publisher(wire, lambda label, result: told.append((label, result))) as publisher:
        for number in range(500):
            publisher.send(b"{}", b"one key", number)
        publisher.flush()
    assert [label for label, _ in told] == list(range(500))
    assert [result.offset for _, result in told if isinstance(result, Acknowledged)] == list(range(500))


def test_a_reader_that_does_not_start_at_the_start_sees_only_what_comes(wire: Settings) -> None:
    with Publisher(wire, lambda *_: None) as publisher:
        publisher.send(b"before", None, 0)
        publisher.flush()
        with Reader(wire, ["raw"], from_start=False) as reader:
            publisher.send(b"after", None, 1)
            publisher.flush()
            found: list[Record] = []
            while not found:
                found = reader.poll(1)
    assert [record.value for record in found] == [b"after"]


def test_tail_writes_json_lines_into_a_pipe(wire: Settings, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """What stands in the topic, and no more than was asked for."""
    clean = wire.model_copy(update={"topic_raw": wire.topic_clean})
    with Publisher(clean, lambda *_: None) as publisher:
        for number in range(3):
            publisher.send(b'{"n": %d}' % number, b"k", number)
        publisher.flush()
    assert tail.run(from_start=True, stop_at_end=True) == 0
    assert capsysbinary.readouterr().out == b'{"n": 0}\n{"n": 1}\n{"n": 2}\n'
    assert tail.run(from_start=True, limit=2) == 0
    assert capsysbinary.readouterr().out == b'{"n": 0}\n{"n": 1}\n'
