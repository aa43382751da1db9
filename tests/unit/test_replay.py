"""Which dead letters and rejections a replay sends, and how they are named on the command line."""

import hashlib
import json
from typing import Any

import pytest
from rich.console import Console

from workers.cli import run as newswire
from workers.encode import dead_letter
from workers.errors import SettingsError
from workers.headers import origin_of
from workers.kafka_io import Record
from workers.outcome import Origin
from workers.replay import choice, show
from workers.replay.choice import Choice
from workers.replay.letters import Letter, letter_of
from workers.replay.plan import Memory, Plan, plan
from workers.replay.sending import BATCH_MAX_BYTES, BATCH_MAX_RECORDS, batches

RAW = "news.raw.v1"
T0 = 1_790_000_000_000
VALUE = json.dumps({"source": "Kestrel Courier", "uri": "urn:a", "body": 7}).encode()
Headers = tuple[tuple[str, bytes], ...]


def record(role: str, offset: int, value: bytes, headers: Headers = (), timestamp_ms: int = T0) -> Record:
    topic = RAW if role == "raw" else f"news.{role}.v1"
    return Record(role, topic, 0, offset, timestamp_ms, b"key", value, dict(headers), headers)


def letter(
    offset: int = 5, value: bytes = VALUE, of: int | None = None, limit: int = 1 << 20, topic: str = RAW
) -> Letter:
    """The dead letter of a raw record, which may itself be a replay."""
    came = [("replay-of", f"{topic}/0/{of}".encode())] if of is not None else []
    output = dead_letter("wrong-type", "m", Origin(topic, 0, offset), b"key", value, came, T0, limit)
    found = letter_of(record("dlq", offset, output.value, output.headers, T0 + 1_000))
    assert found
    return found


def rejection(offset: int = 6) -> Letter:
    envelope: dict[str, Any] = {
        "item": {"uri": "urn:b", "infoSources": [{"name": "Post"}], "version": "1"},
        "rejection": {"reason": "too-short", "of": None},
        "provenance": {"receivedAt": "2026-09-21T14:13:20Z"},
    }
    headers = (("origin", f"{RAW}/0/{offset}".encode()),)
    found = letter_of(record("rejected", 1, json.dumps(envelope).encode(), headers))
    assert found
    assert found.received_ms == T0
    return found


def replayed(offset: int, of: int, value: bytes = VALUE) -> Record:
    return record("raw", offset, value, (("replay-of", f"{RAW}/0/{of}".encode()),), T0 + 5_000)


def planned(letters: list[Letter], *raw: Record, outputs: tuple[Record, ...] = (), again: bool = False) -> Plan:
    memory = Memory(letters)
    for one in raw:
        memory.see_raw(one)
    for one in outputs:
        memory.see_output(one, origin_of(one.headers["origin"]))
    return plan(letters, memory, RAW, again=again)


def test_what_a_letter_tells() -> None:
    dead, rejected = letter(), rejection()
    assert (dead.reason, dead.source, dead.first, dead.digest) == (
        "wrong-type", "Kestrel Courier", Origin(RAW, 0, 5), hashlib.sha256(VALUE).digest(),
    )  # fmt: skip
    assert dead.is_whole
    assert dead.is_undated
    assert (rejected.reason, rejected.source, rejected.has_value, rejected.is_undated) == (
        "too-short",
        "Post",
        False,
        False,
    )
    assert letter_of(record("dlq", 1, b"of nobody")) is None
    cut = letter(value=b"x" * 5_000, limit=1_000)
    assert (cut.has_value, cut.digest) == (False, hashlib.sha256(b"x" * 5_000).digest())


def test_a_letter_goes_once() -> None:
    assert len(planned([letter()]).due) == 1
    assert planned([letter()], replayed(9, of=5)).others == {"replayed": 1}


def test_a_mark_on_other_bytes_is_forged() -> None:
    assert len(planned([letter()], replayed(9, of=5, value=b"other")).due) == 1


def test_the_outcome_of_a_replay_whose_raw_record_is_gone() -> None:
    headers = (("origin", f"{RAW}/0/9".encode()), ("replay-of", f"{RAW}/0/5".encode()))
    assert planned([letter()], outputs=(record("clean", 1, b"{}", headers),)).others == {"replayed": 1}


def test_what_failed_again_goes_when_asked_for() -> None:
    """And only the last one of a chain."""
    chain, raw = [letter(5), letter(9, of=5), letter(12, of=5)], [replayed(9, of=5), replayed(12, of=5)]
    assert planned(chain, *raw).others == {"replayed": 2, "failed-again": 1}
    again = planned(chain, *raw, again=True)
    assert [x.origin.offset for x in again.due] == [12]
    assert again.due[0].first == Origin(RAW, 0, 5)
    assert not planned(chain, *raw, replayed(15, of=5), again=True).due


def test_a_rejection_goes_while_its_raw_record_stands() -> None:
    """The one that it was written for, and no other in its place; then its size counts, not that of the rejection."""
    page = b"<html>" * 1_000
    (due,) = planned([rejection()], record("raw", 6, page)).due
    assert due.size == len(page)
    assert planned([rejection()], record("raw", 6, page, timestamp_ms=T0 + 1)).others == {"gone": 1}
    assert planned([rejection()]).others == {"gone": 1}
    assert planned([rejection()], record("raw", 6, page), replayed(8, of=6, value=page)).others == {"replayed": 1}


def test_a_cut_letter_goes_while_its_raw_record_stands() -> None:
    value = b"x" * 5_000
    cut = letter(value=value, limit=1_000)
    assert len(planned([cut], record("raw", 5, value)).due) == 1
    assert planned([cut], record("raw", 5, b"y" * 5_000)).others == {"gone": 1}


def test_another_topic_is_left_alone() -> None:
    assert planned([letter(topic="old.raw.v1")]).others == {"other-topic": 1}


def test_the_order_is_that_of_the_first_arrival() -> None:
    assert [x.first.offset for x in planned([letter(7), letter(3), letter(5)]).due] == [3, 5, 7]


@pytest.mark.parametrize(
    ("chosen", "taken"),
    [
        (Choice(), True),
        (Choice(roles=("rejected",)), False),
        (Choice(reasons=frozenset({"wrong-type", "empty"})), True),
        (Choice(reasons=frozenset({"empty"})), False),
        (Choice(sources=frozenset({"Kestrel Courier"})), True),
        (Choice(sources=frozenset({"Post"})), False),
        (Choice(origins=frozenset({Origin(RAW, 0, 9)})), True),
        (Choice(origins=frozenset({Origin(RAW, 0, 5)})), True),
        (Choice(origins=frozenset({Origin(RAW, 1, 9)})), False),
        (Choice(since_ms=T0 + 1_000, until_ms=T0 + 1_001), True),
        (Choice(since_ms=T0 + 1_001), False),
        (Choice(until_ms=T0 + 1_000), False),
        (Choice(reasons=frozenset({"wrong-type"}), sources=frozenset({"Post"})), False),
    ],
)
def test_all_that_is_asked_for_has_to_fit(chosen: Choice, taken: bool) -> None:
    """Of the outcome of a replay."""
    assert chosen.takes(letter(9, of=5)) == taken


@pytest.mark.parametrize("text", ["90s", "15m", "2h", "7d", "1w", "2026-11-23T08:00:00+01:00"])
def test_times(text: str) -> None:
    assert choice.moment_ms("--since", text, T0) is not None


@pytest.mark.parametrize("text", ["yesterday", "2 hours", "2026-11-23", "-2h", ""])
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(SettingsError, match="--since 2h"):
        choice.moment_ms("--since", text, T0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--all", "--reason", "internal-eror"], "did you mean internal-error?"),
        (["--origin", "news.raw.v1/2"], "like news.raw.v1/2/113"),
        (["--since", "soon"], "--since 2h"),
        (["--rate", "-1", "--all"], "--rate -1"),
        (["--rate", "inf", "--all"], "--rate inf"),
        ([], "newswire replay --dry-run"),
        (["--topic", "rejected"], "say what is to be sent again"),
    ],
)
def test_errors_name_the_remedy(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before any server is asked; what chooses nothing sends nothing."""
    assert newswire(["replay", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_batches_are_bounded() -> None:
    """In records and bytes; at a low rate half a second's worth."""
    letters = [letter(n) for n in range(1_200)]
    assert [len(b) for b in batches(letters, 0)] == [BATCH_MAX_RECORDS, BATCH_MAX_RECORDS, 200]
    assert max(len(b) for b in batches(letters, 100)) == 50
    assert max(len(b) for b in batches(letters, 0.5)) == 1
    assert sum(len(b) for b in batches(letters, 7)) == 1_200
    large = letter(value=b"x" * (BATCH_MAX_BYTES // 2 + 1), limit=1 << 30)
    assert [len(b) for b in batches([large] * 3, 0)] == [1, 1, 1]


def test_a_dry_run_teaches() -> None:
    """What would go, with examples that name origins whole; why the rest does not; and how it is sent."""
    value = json.dumps({"source": "\x1b[2JPost", "body": 7}).encode()
    told = shown(planned([letter(value=value), letter(7), rejection()], replayed(9, of=7)))
    for part in (
        "1 of 3",
        f"{RAW}/0/5",
        "wrong-type",
        "\\x1b[2JPost",
        "replayed before",
        "cannot go",
        "without --dry-run",
    ):
        assert part in told
    assert "\x1b" not in told
    assert "Nothing fits" in shown(planned([]))


def shown(made: Plan) -> str:
    console = Console(width=80, highlight=False)
    with console.capture() as capture:
        for part in show.dry_run(made):
            console.print(part)
    return capture.get()
