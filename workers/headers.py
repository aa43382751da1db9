"""The headers of output records (schemas/headers.v1.schema.json).

Law: the raw record's own headers go through, bounded; a name that is ours is kept as `raw-<name>`, so that nobody can
forge an origin or a verdict.
"""

import re
from collections.abc import Sequence

from workers.outcome import DeadLetterReason, Headers, Origin, Verdict
from workers.times import clamped, to_rfc3339
from workers.uris import percent_encoded

SCHEMA_VERSION = b"1.0.0"
MAX_RAW_HEADER_BYTES = 16 << 10
MAX_MESSAGE_CHARS = 500
CUT_MARK = "raw-headers-cut"

RawHeaders = Sequence[tuple[str, bytes | None]]

_RESERVED = re.compile(
    r"origin|origin-timestamp|content-type|schema-version|raw-headers-cut|ce_.*|dlq-.*", re.IGNORECASE
)
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
        *passed_on(raw),
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
        *passed_on(raw),
    )


def passed_on(raw: RawHeaders) -> Headers:
    """The raw record's own headers as far as they fit; what did not is counted in a header of its own."""
    kept: list[tuple[str, bytes]] = []
    room = MAX_RAW_HEADER_BYTES
    for name, value in raw:
        header = (f"raw-{name}" if _RESERVED.fullmatch(name) else name, value or b"")
        size = header_bytes([header])
        if size <= room:
            kept.append(header)
            room -= size
    cut = len(raw) - len(kept)
    return (*kept, (CUT_MARK, b"%d" % cut)) if cut else tuple(kept)


def header_bytes(headers: Sequence[tuple[str, bytes]]) -> int:
    """What they take in a record, at most."""
    return sum(len(_bytes(name)) + len(value) + _FRAMING_BYTES for name, value in headers)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
