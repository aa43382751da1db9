"""What can be replayed: a dead letter or a rejection, known without its bytes. Pure."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from workers.headers import CUT_MARK, REPLAY_OF, origin_of
from workers.kafka_io import Record
from workers.outcome import Origin
from workers.terminal import plain
from workers.times import parse_rfc3339

Role = Literal["dlq", "rejected"]

_SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter or a rejection. Times are milliseconds since 1970.

    Attributes:
        place: where it stands itself.
        origin: the raw record that came to it.
        first: the raw record of which that one is a replay, by the header `replay-of`; else the same.
        source: "" where it cannot be told.
        written_ms: when it was written; `received_ms` is when its raw record arrived.
        digest: SHA-256 of the raw record's value, None where the letter does not tell.
        is_whole: whether it holds all of the raw record.
        has_value: whether it holds the raw record's value at least, if not all of its headers.
        is_undated: whether it is an article that states neither `version` nor `versionCreated`.
    """

    role: Role
    place: Origin
    origin: Origin
    first: Origin
    reason: str
    source: str
    title: str
    written_ms: int
    received_ms: int
    size: int
    digest: bytes | None
    is_whole: bool
    has_value: bool
    is_undated: bool

    @property
    def is_of_a_replay(self) -> bool:
        return self.first != self.origin


def letter_of(record: Record) -> Letter | None:
    """The letter that a record of dlq or rejected is; None for one that no worker wrote."""
    origin = origin_of(record.headers.get("origin"))
    if origin is None:
        return None
    first = first_of(record) or origin
    place = Origin(record.topic, record.partition, record.offset)
    known = _dead_letter(record) if record.role == "dlq" else _rejection(record)
    return Letter(
        place=place, origin=origin, first=first, written_ms=record.timestamp_ms, size=len(record.value), **known
    )


def first_of(record: Record) -> Origin | None:
    """The raw record that this one is a replay of, or comes of a replay of; of several marks the first one counts."""
    return next((origin_of(value) for name, value in record.all_headers if name == REPLAY_OF), None)


def digest_of(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()


def _dead_letter(record: Record) -> dict[str, Any]:
    headers, article = record.headers, _article_in(record.value)
    has_value = "dlq-size" not in headers
    return {
        "role": "dlq",
        "reason": headers.get("dlq-reason", b"").decode(errors="replace"),
        "source": _text(article, "source"),
        "title": plain(record.value[:_SHOWN_CHARS].decode(errors="replace")),
        "received_ms": _number(headers.get("origin-timestamp"), record.timestamp_ms),
        "digest": digest_of(record.value) if has_value else _stated_digest(headers),
        "is_whole": has_value and CUT_MARK not in headers,
        "has_value": has_value,
        "is_undated": bool(article) and not (article.get("version") or article.get("versionCreated")),
    }


def _rejection(record: Record) -> dict[str, Any]:
    envelope = orjson.loads(record.value)
    item, names = envelope["item"], envelope["item"].get("infoSources") or [{}]
    return {
        "role": "rejected",
        "reason": envelope["rejection"]["reason"],
        "source": str(names[0].get("name", "")),
        "title": plain(item["uri"])[:_SHOWN_CHARS],
        "received_ms": parse_rfc3339(envelope["provenance"]["receivedAt"]) // 1_000,
        "digest": None,
        "is_whole": False,
        "has_value": False,
        "is_undated": not (item.get("version") or item.get("versionCreated")),
    }


def _article_in(value: bytes) -> Mapping[str, Any]:
    with suppress(orjson.JSONDecodeError):
        article = orjson.loads(value)
        return article if isinstance(article, dict) else {}
    return {}


def _text(article: Mapping[str, Any], name: str) -> str:
    value = article.get(name)
    return value if isinstance(value, str) else ""


def _number(text: bytes | None, otherwise: int) -> int:
    try:
        return int(text or b"")
    except ValueError:
        return otherwise


def _stated_digest(headers: Mapping[str, bytes]) -> bytes | None:
    try:
        return bytes.fromhex(headers["dlq-sha256"].decode())
    except (KeyError, ValueError):
        return None
