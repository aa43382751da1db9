"""Dead letters keep what came, and headers go through, bounded and unforged."""

import hashlib

import pytest

from workers.encode import dead_letter, record_bytes
from workers.headers import MAX_RAW_HEADER_BYTES, RawHeaders, as_they_came, dead_letter_headers, header_bytes, passed_on
from workers.outcome import Origin, OutputRecord

MAX = 16 << 20
ORIGIN = Origin("news.raw.v1", 3, 17)


def test_reserved_headers_cannot_be_forged() -> None:
    """They come out as raw-<name>; others as they are, repeated ones too."""
    names = [
        "origin",
        "Content-Type",
        "schema-version",
        "ce_id",
        "CE_anything",
        "dlq-reason",
        "origin-timestamp",
        "raw-headers-cut",
    ]
    assert passed_on([(n, b"x") for n in names]) == tuple((f"raw-{n}", b"x") for n in names)
    own: RawHeaders = [("a", b"1"), ("a", b"2"), ("raw-origin", b"3"), ("origins", b"4"), ("none", None)]
    assert passed_on(own) == (("a", b"1"), ("a", b"2"), ("raw-origin", b"3"), ("origins", b"4"), ("none", b""))


MARK = ("replay-of", b"news.raw.v1/3/2")


@pytest.mark.parametrize(
    ("came", "goes"),
    [
        ([MARK], [MARK]),
        (
            [("a", b"1"), MARK, ("replay-of", b"news.raw.v1/3/1")],
            [MARK, ("a", b"1"), ("raw-replay-of", b"news.raw.v1/3/1")],
        ),
        ([("replay-of", b"other.raw.v1/3/2")], [("raw-replay-of", b"other.raw.v1/3/2")]),
        (
            [("replay-of", b"news.raw.v1/3/-2"), MARK],
            [("raw-replay-of", b"news.raw.v1/3/-2"), ("raw-replay-of", MARK[1])],
        ),
        ([("Replay-Of", MARK[1])], [("raw-Replay-Of", MARK[1])]),
        ([("big", b"x" * MAX_RAW_HEADER_BYTES), MARK], [MARK, ("raw-headers-cut", b"1")]),
    ],
)
def test_the_mark_of_a_replay(came: RawHeaders, goes: RawHeaders) -> None:
    """It goes through, the first one, whole, where it may be true."""
    headers = dead_letter_headers(ORIGIN, "not-json", "m", 1, came)
    assert list(headers[6:]) == goes


def test_headers_come_back_as_they_came() -> None:
    """From an output record, for a replay."""
    came = [("a", b"1"), ("origin", b"2"), ("raw-x", b"3"), ("ce_id", b"4"), ("a", b"5")]
    assert as_they_came(dead_letter_headers(ORIGIN, "not-json", "m", 1, came)) == tuple(came)


def test_headers_are_cut_with_a_mark() -> None:
    """What does not fit in 16 KiB is counted; what stands behind it and fits is kept."""
    got = passed_on([("big", b"x" * MAX_RAW_HEADER_BYTES), ("traceparent", b"t")])
    assert got == (("traceparent", b"t"), ("raw-headers-cut", b"1"))
    assert header_bytes(passed_on([("", b"")] * 99_999)) <= MAX_RAW_HEADER_BYTES + 40


def dead(key: bytes | None, value: bytes | None, limit: int = MAX, message: str = "m") -> OutputRecord:
    return dead_letter(
        "not-json", message, ORIGIN, key, value, [("ce_id", b"1"), ("x", b"2")], 1_700_000_000_123, limit
    )


def test_a_dead_letter_is_untouched() -> None:
    """Key and value as they came, no CloudEvents, a message of one short line."""
    record = dead(b"\xffkey", b"\xff{", message="line\n" * 200)
    assert (record.role, record.key, record.value) == ("dlq", b"\xffkey", b"\xff{")
    assert dict(record.headers) == {
        "origin": b"news.raw.v1/3/17", "content-type": b"application/octet-stream", "schema-version": b"1.1.0",
        "dlq-reason": b"not-json", "dlq-message": (b"line " * 100)[:500], "origin-timestamp": b"1700000000123",
        "raw-ce_id": b"1", "x": b"2",
    }  # fmt: skip
    assert (dead(None, None).key, dead(None, None).value) == (None, b"")


def test_a_dead_letter_that_cannot_fit() -> None:
    """Its value is empty, and it can still be known by size and hash; what was wrong at first stays in the message."""
    value = b"x" * 5_000
    record = dead(b"key", value, 5_000)
    headers = dict(record.headers)
    assert (record.key, record.value, headers["dlq-reason"]) == (b"key", b"", b"too-large")
    assert headers["dlq-message"] == b"not-json: m"
    assert (headers["dlq-size"], headers["dlq-sha256"]) == (b"5000", hashlib.sha256(value).hexdigest().encode())


def test_a_dead_letter_with_a_huge_key() -> None:
    """Then the key is told by size and hash, too."""
    record = dead(b"k" * 100_000, b"v", 100_000)
    assert (record.key, dict(record.headers)["dlq-key-size"]) == (None, b"100000")
    assert record_bytes(record.key, record.value, record.headers) < 64 << 10
