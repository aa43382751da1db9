"""What became of one raw record, with all that its output record tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from workers.headers import REPLAY_OF
from workers.kafka_io import Record
from workers.outcome import OutputRecord
from workers.times import clamped, to_rfc3339
from workers.wire import Entry, read


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome; `stands` is where its output record is, "" for one that was never written.

    `replay_of` is the raw record that came first, where this one was a replay of it.
    """

    entry: Entry
    origin: str
    stands: str
    received_at: str | None = None
    published_at: str | None = None
    version: str | None = None
    jaccard: float | None = None
    method: str | None = None
    story: str | None = None
    seq: int | None = None
    family: tuple[str, ...] = ()
    removed: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    removed_chars: int = 0
    replay_of: str | None = None

    @property
    def order(self) -> tuple[str, str]:
        """Sorts outcomes as they came: by time, and by origin within one batch."""
        topic, _, rest = self.origin.partition("/")
        return self.published_at or self.received_at or "", topic + "".join(f"/{n:>20}" for n in rest.split("/"))

    def as_json(self) -> dict[str, Any]:
        """For programs, by the names of the contract."""
        entry = self.entry
        fields = {
            "outcome": entry.outcome.replace("_", "-"),
            "relation": entry.relation if entry.outcome not in ("rejected", "dead_letter") else None,
            "reason": entry.relation if entry.outcome in ("rejected", "dead_letter") else None,
            "of": entry.of, "uri": entry.uri, "source": entry.source, "headline": entry.headline,
            "revision": entry.revision, "version": self.version, "story": self.story, "jaccard": self.jaccard,
            "containment": entry.known, "containmentOf": entry.held, "method": self.method, "seq": self.seq,
            "family": list(self.family), "origin": self.origin, "replayOf": self.replay_of, "stands": self.stands, "receivedAt": self.received_at,
            "publishedAt": self.published_at, "removed": list(self.removed), "removedChars": self.removed_chars,
        }  # fmt: skip
        return {name: value for name, value in fields.items() if value not in (None, "", [])}


def from_record(record: Record) -> Outcome:
    """Of a record of an output topic."""
    stands = f"{record.topic}/{record.partition}/{record.offset}"
    return _outcome(record.role, record.value, record.headers, stands, record.timestamp_ms)


def from_output(output: OutputRecord, now_ms: int) -> Outcome:
    """Of a record that would be written."""
    return _outcome(output.role, output.value, dict(output.headers), "", now_ms)


def _outcome(role: str, value: bytes, headers: Mapping[str, bytes], stands: str, time_ms: int) -> Outcome:
    entry = read(role, value, headers)
    origin = headers.get("origin", b"").decode(errors="replace")
    if role == "dlq":
        return Outcome(entry, origin, stands, *_times_of_dead_letter(headers, time_ms), replay_of=_replay_of(headers))
    envelope = orjson.loads(value)
    dedup, cleaning = envelope.get("dedup", {}), envelope["cleaning"]
    return Outcome(
        entry,
        origin,
        stands,
        received_at=envelope["provenance"]["receivedAt"],
        published_at=envelope["provenance"]["publishedAt"],
        version=envelope["item"].get("version"),
        jaccard=dedup.get("jaccard"),
        method=dedup.get("method"),
        story=dedup.get("story"),
        seq=dedup.get("seq"),
        family=tuple(dedup.get("family", ())),
        removed=tuple(cleaning.get("removed", ())),
        removed_chars=cleaning.get("removedChars", 0),
        replay_of=_replay_of(headers),
    )


def _replay_of(headers: Mapping[str, bytes]) -> str | None:
    return headers[REPLAY_OF].decode(errors="replace") if REPLAY_OF in headers else None


def _times_of_dead_letter(headers: Mapping[str, bytes], time_ms: int) -> tuple[str, str]:
    """When it arrived, as far as its header tells, and when it was written."""
    try:
        arrived_ms = int(headers["origin-timestamp"])
    except (KeyError, ValueError):
        arrived_ms = time_ms
    return to_rfc3339(clamped(arrived_ms * 1_000)), to_rfc3339(clamped(time_ms * 1_000))
