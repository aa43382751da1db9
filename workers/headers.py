"""The headers of output records (schemas/headers.v1.schema.json).

Law: the raw record's own headers go through, bounded; a name that is ours is kept as `raw-<name>`, so that nobody can
forge an origin or a verdict. The one exception is `replay-of`, which `newswire replay` writes into raw records: it goes
through where it names a record of the same topic, and nothing here or in the index is decided by it.
"""

import re
from collections.abc import Sequence

from workers.outcome import DeadLetterReason, Headers, Origin, Verdict
from workers.times import clamped, to_rfc3339
from workers.uris import percent_encoded

SCHEMA_VERSION = b"1.1.0"
MAX_RAW_HEADER_BYTES = 16 << 10
MAX_MESSAGE_CHARS = 500
CUT_MARK = "raw-headers-cut"
REPLAY_OF = "replay-of"

RawHeaders = Sequence[tuple[str, bytes | None]]

_RESERVED = re.compile(
    r"origin|origin-timestamp|content-type|schema-version|raw-headers-cut|replay-of|ce_.*|dlq-.*", re.IGNORECASE
)
_KEPT_AS = "raw-"
_ORIGIN = re.compile(rb"([A-Za-z0-9._-]{1,249})/(0|[1-9][0-9]{0,9})/(0|[1-9][0-9]{0,18})")
_FRAMING_BYTES = 10
"""What Kafka adds to a header for its two lengths."""


def article_headers(origin: Origin, source: str, verdict: Verdict, published_us: int, raw: RawHeaders) -> Headers:
    """Of a record on the clean, duplicates or rejected topic: CloudEvents 1.0, binary mode."""
    return (
        ("origin", _bytes(str(origin))),
        ("content-type", b"application/json"),
        ("schema-version", SCHEMA_VERSION),
        ("ce_specversion", b"1.0"),
        ("ce_id", _bytes(str(origin))),
        ("ce_source", _bytes("/newswire/" + percent_encoded(source))),
        ("ce_type", _bytes(f"news.article.{verdict}.v1")),
        ("ce_time", _bytes(to_rfc3339(clamped(published_us)))),
        *_with_mark(origin, raw),
    )


def dead_letter_headers(
    origin: Origin, reason: DeadLetterReason, message: str, timestamp_ms: int, raw: RawHeaders
) -> Headers:
    """Of a dead letter: no CloudEvents, for its value is whatever came."""
    return (
        ("origin", _bytes(str(origin))),
        ("content-type", b"application/octet-stream"),
        ("schema-version", SCHEMA_VERSION),
        ("dlq-reason", _bytes(reason)),
        ("dlq-message", _bytes(" ".join(message.split())[:MAX_MESSAGE_CHARS])),
        ("origin-timestamp", b"%d" % timestamp_ms),
        *_with_mark(origin, raw),
    )


def passed_on(raw: RawHeaders) -> Headers:
    """The raw record's own headers as far as they fit; what did not is counted in a header of its own."""
    kept: list[tuple[str, bytes]] = []
    room = MAX_RAW_HEADER_BYTES
    for name, value in raw:
        header = (f"{_KEPT_AS}{name}" if _RESERVED.fullmatch(name) else name, value or b"")
        size = header_bytes([header])
        if size <= room:
            kept.append(header)
            room -= size
    cut = len(raw) - len(kept)
    return (*kept, (CUT_MARK, b"%d" % cut)) if cut else tuple(kept)


def _with_mark(origin: Origin, raw: RawHeaders) -> Headers:
    """The mark of a replay first and whole; of several only the first one, and only where it may be true."""
    first = next((n for n, (name, _) in enumerate(raw) if name == REPLAY_OF), None)
    marked = origin_of(raw[first][1]) if first is not None else None
    if first is None or marked is None or marked.topic != origin.topic:
        return passed_on(raw)
    rest = [header for n, header in enumerate(raw) if n != first]
    return ((REPLAY_OF, _bytes(str(marked))), *passed_on(rest))


def origin_of(text: bytes | None) -> Origin | None:
    """The origin that a header states; None for what is none.

    >>> origin_of(b"news.raw.v1/3/17")
    Origin(topic='news.raw.v1', partition=3, offset=17)
    >>> origin_of(b"news.raw.v1/03/17")
    """
    stated = _ORIGIN.fullmatch(text or b"")
    return Origin(stated[1].decode(), int(stated[2]), int(stated[3])) if stated else None


def as_they_came(output: Sequence[tuple[str, bytes]]) -> Headers:
    """A raw record's own headers, from those of its output record: what only outputs have is left out.

    >>> as_they_came([("origin", b"t/0/1"), ("raw-origin", b"mine"), ("x", b"1"), ("raw-x", b"2")])
    (('origin', b'mine'), ('x', b'1'), ('raw-x', b'2'))
    """
    return tuple((_name_it_came_by(name), value) for name, value in output if not _RESERVED.fullmatch(name))


def _name_it_came_by(name: str) -> str:
    own = name.removeprefix(_KEPT_AS)
    return own if own != name and _RESERVED.fullmatch(own) else name


def header_bytes(headers: Sequence[tuple[str, bytes]]) -> int:
    """What they take in a record, at most."""
    return sum(len(_bytes(name)) + len(value) + _FRAMING_BYTES for name, value in headers)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
