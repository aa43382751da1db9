"""One record of an output topic as a person reads it: when, who, what became of it, which headline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from workers.terminal import plain

ROLES = ("clean", "duplicates", "rejected", "dlq")


@dataclass(frozen=True, slots=True)
class Entry:
    """An output record in short.

    Attributes:
        outcome: new, update, cancel, duplicate, rejected or dead_letter.
        why: relation, reason and shares, for people; "" where the outcome says all.
        relation: of the verdict, or the reason of a rejection or dead letter; "" for none.
        of: the uri that it copies, replaces or cancels; None where there is none.
        known: the share of it that stands in `of` already; None where that was not measured.
        held: the share of `of` that stands in it.
    """

    outcome: str
    source: str
    headline: str
    uri: str
    revision: int = 1
    why: str = ""
    relation: str = ""
    of: str | None = None
    known: float | None = None
    held: float | None = None
    text: str = ""


def read(role: str, value: bytes, headers: Mapping[str, bytes]) -> Entry:
    """Understands a record of the topic with this role."""
    if role == "dlq":
        return _dead_letter(value, headers)
    envelope = orjson.loads(value)
    item = envelope["item"]
    common = {
        "source": item["infoSources"][0]["name"] if item.get("infoSources") else "",
        "headline": _main(item.get("headlines")) or _main(item.get("bodies"))[:200],
        "uri": item["uri"],
        "text": _main(item.get("bodies")),
    }
    if role == "rejected":
        reason, of = envelope["rejection"]["reason"], envelope["rejection"].get("of")
        return Entry("rejected", relation=reason, of=of, why=reason, **common)
    return Entry(why=_why(envelope["dedup"]), **_verdict(envelope["dedup"]), **common)


def _verdict(dedup: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "outcome": dedup["verdict"],
        "relation": dedup.get("relation") or "",
        "of": dedup.get("of"),
        "revision": dedup["revision"],
        "known": dedup.get("containment"),
        "held": dedup.get("containmentOf"),
    }


def _main(parts: list[dict[str, Any]] | None) -> str:
    return next((str(part.get("value", "")) for part in parts or () if part.get("role", "main") == "main"), "")


def _why(dedup: Mapping[str, Any]) -> str:
    """Relation and shares: `near, 93% known`; `related, holds 88% of it`."""
    relation = dedup.get("relation")
    known, held = dedup.get("containment"), dedup.get("containmentOf")
    if relation in {"write-thru", "related"} and held is not None:
        return f"{relation}, holds {held:.0%} of it"
    if relation in {"exact", "near", "excerpt"} and known is not None:
        return f"{relation}, {known:.0%} known"
    return relation or ""


def _dead_letter(value: bytes, headers: Mapping[str, bytes]) -> Entry:
    reason = headers.get("dlq-reason", b"").decode(errors="replace")
    message = headers.get("dlq-message", b"").decode(errors="replace")
    begin = plain(value[:200].decode(errors="replace"))
    return Entry("dead_letter", source="", headline=begin, uri="", why=f"{reason}: {message}", relation=reason)
