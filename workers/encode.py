"""Output records, in two steps round the claim.

Strategy: `prepare` does before the claim all that can fail on content: it builds the item, serialises it, and makes
sure that it fits with the largest envelope a decision can bring. `finish` joins those bytes with the decision.
Law: pure; after `prepare` nothing fails, for an article that is in the index and was never published would make every
later copy a duplicate of nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from workers.article import RawArticle
from workers.errors import DeadLetterError
from workers.headers import (
    RawHeaders,
    article_headers,
    dead_letter_headers,
    header_bytes,
)
from workers.item import build_item, without_text
from workers.outcome import (
    CleanText,
    DeadLetterReason,
    Decision,
    Headers,
    Origin,
    OutputRecord,
    Removed,
    TopicRole,
    Verdict,
)
from workers.times import clamped, to_rfc3339

__all__ = ["ENVELOPE_MAX_BYTES", "Prepared", "build_item", "dead_letter", "finish", "prepare"]

MAX_FAMILY = 64
MAX_REMOVED = 100
MAX_REMOVED_CHARS = 160
MAX_KEPT_KEY_BYTES = 32 << 10
RECORD_OVERHEAD_BYTES = 128

ENVELOPE_MAX_BYTES = 192 << 10
"""More than anything `finish` can add: key, `story`, `of` and a whole family of the longest uris, all headers."""

_ROLES: Mapping[Verdict, TopicRole] = {
    "new": "clean",
    "update": "clean",
    "cancel": "clean",
    "duplicate": "duplicates",
    "rejected": "rejected",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article ready for any verdict. `notice_json` is its item without text, for a cancel; `lines` the version of the
    learned lines that it was cleaned by.
    """

    uri: str
    source: str
    item_json: bytes
    notice_json: bytes
    cleaning_json: bytes
    lines: int = 0


def prepare(article: RawArticle, cleaned: CleanText, max_bytes: int) -> Prepared:
    """Serialises what does not depend on the verdict.

    Raises:
        DeadLetterError: `too-large`, the record could exceed `max_bytes`.
    """
    item = build_item(article, cleaned)
    item_json = orjson.dumps(item)
    cleaning_json = orjson.dumps(_cleaning(cleaned.removed, article.left_out))
    size = len(item_json) + len(cleaning_json) + ENVELOPE_MAX_BYTES
    if size > max_bytes:
        raise DeadLetterError("too-large", f"with its envelope it may take {size:,} bytes; at most {max_bytes:,} fit")
    # only what is canceled or withheld can come to a cancel, and a canceled item has no text anyway
    notice_json = orjson.dumps(without_text(item)) if article.pub_status == "withheld" else item_json
    return Prepared(article.uri, article.source, item_json, notice_json, cleaning_json, cleaned.lines)


def finish(  # each is a fact of its own, known only now
    prepared: Prepared,
    decision: Decision,
    origin: Origin,
    raw_headers: RawHeaders,
    received_us: int,
    published_us: int,
    method: str,
    cleaner: str,
) -> OutputRecord:
    """The record that tells the world of a decision."""
    role = _ROLES[decision.verdict]
    rejected = role == "rejected"
    pieces = {
        b"item": prepared.notice_json if decision.verdict == "cancel" else prepared.item_json,
        b"rejection" if rejected else b"dedup": orjson.dumps(
            _rejection(decision) if rejected else _dedup(decision, method)
        ),
        b"cleaning": prepared.cleaning_json,
        b"provenance": orjson.dumps(_provenance(origin, received_us, published_us, cleaner, prepared.lines)),
    }
    key = (decision.of or decision.story) if role == "duplicates" else prepared.uri
    headers = article_headers(origin, prepared.source, decision.verdict, published_us, raw_headers)
    return OutputRecord(role, key.encode("utf-8", "replace"), _joined(pieces), headers)


def dead_letter(  # a raw record, and what is said of it
    reason: DeadLetterReason,
    message: str,
    origin: Origin,
    key: bytes | None,
    value: bytes | None,
    raw_headers: RawHeaders,
    timestamp_ms: int,
    max_bytes: int,
) -> OutputRecord:
    """The raw record untouched, with the reason; without its value where that would not fit."""
    content = value or b""
    headers = dead_letter_headers(origin, reason, message, timestamp_ms, raw_headers)
    if record_bytes(key, content, headers) <= max_bytes:
        return OutputRecord("dlq", key, content, headers)
    headers = dead_letter_headers(origin, "too-large", f"{reason}: {message}", timestamp_ms, raw_headers)
    headers += _fingerprint("dlq", content)
    if key is not None and len(key) > MAX_KEPT_KEY_BYTES:
        headers += _fingerprint("dlq-key", key)
        key = None
    return OutputRecord("dlq", key, b"", headers)


def record_bytes(key: bytes | None, value: bytes, headers: Headers) -> int:
    """What a record takes on the wire, at most."""
    return len(key or b"") + len(value) + header_bytes(headers) + RECORD_OVERHEAD_BYTES


def _fingerprint(prefix: str, content: bytes) -> Headers:
    digest = hashlib.sha256(content).hexdigest().encode()
    return ((f"{prefix}-size", b"%d" % len(content)), (f"{prefix}-sha256", digest))


def _joined(pieces: Mapping[bytes, bytes]) -> bytes:
    return b"{" + b",".join(b'"%b":%b' % piece for piece in pieces.items()) + b"}"


def _cleaning(removed: tuple[Removed, ...], left_out: tuple[str, ...]) -> dict[str, Any]:
    shown = [{"kind": r.kind, "chars": r.chars, "text": r.text[:MAX_REMOVED_CHARS]} for r in removed[:MAX_REMOVED]]
    return {"removed": shown, "removedChars": sum(r.chars for r in removed), "leftOut": left_out}


def _dedup(decision: Decision, method: str) -> dict[str, Any]:
    dedup = {
        "verdict": decision.verdict,
        "story": decision.story,
        "of": decision.of,
        "relation": decision.relation,
        "revision": decision.revision,
        "jaccard": _share(decision.jaccard),
        "containment": _share(decision.containment),
        "containmentOf": _share(decision.containment_of),
        "method": method,
        "seq": decision.seq,
    }
    return dedup | _family(decision.family)


def _family(family: tuple[str, ...]) -> dict[str, Any]:
    """Other uris of a killed story, as many as an envelope holds; `familySize` where there are more."""
    size = {"familySize": len(family)} if len(family) > MAX_FAMILY else {}
    return {"family": family[:MAX_FAMILY], **size} if family else {}


def _rejection(decision: Decision) -> dict[str, Any]:
    return {"reason": decision.reason, "of": decision.of}


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _provenance(origin: Origin, received_us: int, published_us: int, cleaner: str, lines: int) -> dict[str, Any]:
    return {
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "receivedAt": to_rfc3339(clamped(received_us)),
        "publishedAt": to_rfc3339(clamped(published_us)),
        "cleaner": cleaner,
    } | ({"lines": lines} if lines else {})
