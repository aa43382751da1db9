"""`newswire status`, without servers: what the screen and the JSON say, how it ends, and that text from outside does nothing."""

import io
import json
from dataclasses import replace
from typing import Any, Self

import orjson
import pytest
from rich.console import Console

from workers.cli import run as newswire
from workers.commands import status
from workers.errors import ServerError
from workers.kafka_io.standing import GroupStanding, Member, PartitionStanding, _member
from workers.settings import load
from workers.status import show
from workers.status.picture import OUTCOMES, DeadLetter, IndexPicture, Picture

NOW_MS = 1_800_000_000_000
GROUP = GroupStanding(
    "Stable",
    (Member("newswire-0.1.0", "10.0.0.1", (0, 1)), Member("newswire-0.1.0", "10.0.0.2", ())),
    (
        PartitionStanding(0, 1, 100, 140, 40, NOW_MS - 5_000, 90),
        PartitionStanding(1, 1, 100, 103, 3, NOW_MS - 90_000, 60),
        PartitionStanding(2, 0, None, 0, 0, None, 0),
    ),
)
COUNTS = {**dict.fromkeys(OUTCOMES, 0), "new": 120, "duplicate": 27, "dead-letter": 3}
INDEX = IndexPicture(documents=1_234, windows=2, used_bytes=1 << 30, limit_bytes=4 << 30, evicted_keys=0)
DEAD = DeadLetter(NOW_MS, "not-json", "bad \x1b[2J byte", "news.raw.v1/0/7")
PICTURE = Picture(NOW_MS, 300.0, GROUP, COUNTS, True, INDEX, "", (DEAD,))
IDLE = GroupStanding("Empty", (), (PartitionStanding(0, 0, 5, 5, 0, None, 0),))


def seen(picture: Picture) -> str:
    out = io.StringIO()
    Console(file=out, width=120, highlight=False).print(show.screen(picture, load()))
    return out.getvalue()


def test_a_screen_says_it_all() -> None:
    text = seen(PICTURE)
    assert "group newswire: Stable, 2 workers, 43 records wait, the oldest for 1.5 min" in text
    assert "worker 1  partitions 0, 1  newswire-0.1.0 on 10.0.0.1" in text
    assert "worker 2  partitions none" in text
    assert "last 5.0 min: 0.5 records a second came, 0.5 were finished" in text
    assert "new 120  update 0  cancel 0  duplicate 27  rejected 0  dead-letter 3" in text
    assert "index: 1,234 articles, 1.0 GiB, of 4.0 GiB (25%)" in text
    assert "not-json  news.raw.v1/0/7  bad \\x1b[2J byte" in text
    assert len(text.splitlines()) <= 24, "one screen"


def test_the_slowest_partition_is_the_one_that_waits_longest() -> None:
    """Not the one with most records."""
    assert PICTURE.slowest == GROUP.partitions[1]
    (line,) = [line for line in seen(PICTURE).splitlines() if "slowest" in line]
    assert line.split()[:6] == ["1", "1", "100", "3", "1.5", "min"]


def test_of_many_partitions_the_slowest_are_shown() -> None:
    many = tuple(PartitionStanding(n, 1, 0, n, n, NOW_MS - n * 1_000 if n else None, n) for n in range(40))
    text = seen(replace(PICTURE, group=replace(GROUP, partitions=many)))
    assert f"and {40 - show.SHOWN_PARTITIONS} more" in text
    (slowest,) = [line for line in text.splitlines() if "slowest" in line]
    assert slowest.split()[0] == "39"


def test_nobody_works() -> None:
    text = seen(replace(PICTURE, group=IDLE, dead_letters=()))
    assert "Empty, 0 workers, nothing waits" in text
    assert "no worker runs: newswire worker" in text
    assert "dead letters" not in text


def test_what_could_not_be_read_and_who_does_not_answer_is_told() -> None:
    text = seen(replace(PICTURE, all_read=False, index=None, trouble="Redis at h:1 does not answer: refused"))
    assert "at least" in text
    assert "Redis at h:1 does not answer: refused" in text


def test_json_has_what_the_screen_has() -> None:
    told = PICTURE.as_json("newswire")
    assert (told["state"], told["lag"], told["lag_s"], told["slowest"]) == ("Stable", 43, 90.0, 1)
    assert told["partitions"][0]["lag_s"] == 5.0
    assert told["outcomes"] == COUNTS
    assert (told["index"]["documents"], told["trouble"]) == (1_234, None)
    assert set(json.loads(orjson.dumps(told))) == set(told)


def test_a_member_without_an_assignment_has_no_partitions() -> None:
    """While a group rebalances, Kafka tells none, or bytes that the client does not understand."""
    told: dict[str, Any] = {"client_id": "a", "client_host": "/10.0.0.1", "member_assignment": None}
    assert _member(told, "raw") == Member("a", "10.0.0.1", ())
    assert _member({**told, "member_assignment": b""}, "raw").partitions == ()
    parts = {"assigned_partitions": [{"topic": "raw", "partitions": [2, 0]}, {"topic": "other", "partitions": [5]}]}
    assert _member({**told, "member_assignment": parts}, "raw").partitions == (0, 2)


class Watcher:
    """Shows these pictures."""

    pictures: list[Picture | ServerError | KeyboardInterrupt]

    def __init__(self, *_: object) -> None: ...

    def look(self) -> Picture:
        picture = self.pictures.pop(0)
        if not isinstance(picture, Picture):
            raise picture
        return picture

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> type[Watcher]:
    monkeypatch.setattr(status, "Watcher", Watcher)
    monkeypatch.setattr("workers.commands.status.time.sleep", lambda _: None)
    return Watcher


@pytest.mark.parametrize(
    ("told", "ends_with"),
    [(PICTURE, 0), (replace(PICTURE, index=None, trouble="Redis is away"), 3), (ServerError("Kafka is away"), 3)],
)
def test_how_it_ends(
    told: Picture | ServerError, ends_with: int, watcher: type[Watcher], capsys: pytest.CaptureFixture[str]
) -> None:
    watcher.pictures = [told, told]
    assert newswire(["status"]) == ends_with
    capsys.readouterr()
    assert newswire(["status", "--json"]) == ends_with
    envelope = json.loads(capsys.readouterr().out)
    assert (envelope["command"], envelope["ok"]) == ("status", ends_with == 0)
    assert (envelope["error"] is not None) == isinstance(told, ServerError)


def test_watching_goes_on_when_kafka_goes_away(watcher: type[Watcher], capsys: pytest.CaptureFixture[str]) -> None:
    """And Ctrl-C ends it with 0."""
    watcher.pictures = [PICTURE, ServerError("Kafka is away"), PICTURE, KeyboardInterrupt()]
    assert newswire(["status", "--watch", "--json"]) == 0
    told = [json.loads(line)["ok"] for line in capsys.readouterr().out.splitlines()]
    assert told == [True, False, True]


@pytest.mark.parametrize("options", [["--minutes", "0"], ["--every", "0"], ["--minutes", "nan"]])
def test_wrong_options_end_with_2(options: list[str]) -> None:
    assert newswire(["status", *options]) == 2
