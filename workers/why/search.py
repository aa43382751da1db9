"""Finds in the topics what they hold of a uri. Reads them whole: no index says where a uri's records stand.

What a record is not about is seen on its raw bytes, before anything is parsed.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from workers.kafka_io import Reader, Record
from workers.settings import Settings
from workers.times import clamped, to_rfc3339
from workers.uris import normalise_uri, percent_encoded
from workers.why.outcomes import Outcome, from_record

POLL_S = 0.2
FULL_POLL = 2_000
MAX_COPIES = 1_000

Tell = Callable[[str, int], None]
"""Is told the topic being read and how many records of it have been."""


@dataclass(slots=True)
class Looked:
    """A topic that was read: how many records it had, and when the oldest was written."""

    topic: str
    records: int = 0
    oldest: str | None = None


@dataclass(slots=True)
class Found:
    """What the topics hold of a uri.

    Attributes:
        own: outcomes of the uri, in order.
        copies: outcomes of other uris that name it as what they copy.
        dead_letters: dead letters whose bytes mention it.
        waiting: raw records that mention it, by origin, looked for when nothing else was found.
        others: published outcomes of the articles that its outcomes name, in order.
        alike: uris that are there and differ only in scheme, www, a slash or case.
    """

    own: list[Outcome] = field(default_factory=list)
    copies: list[Outcome] = field(default_factory=list)
    dead_letters: list[Outcome] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    others: dict[str, list[Outcome]] = field(default_factory=dict)
    alike: set[str] = field(default_factory=set)
    looked: list[Looked] = field(default_factory=list)


class Topics:
    """The topics of one wire, to be searched."""

    def __init__(self, settings: Settings, tell: Tell) -> None:
        self._settings, self._tell = settings, tell

    def find(self, uri: str, given: str) -> Found:
        """All of a uri. `given` is how it was asked for: dead letters may spell it so."""
        found = Found()
        self._search_copies(uri, found)
        self._search_rejected(uri, given, found)
        self._search_dead_letters(uri, given, found)
        wanted = {uri} | named_by(found.own)
        published = self._published(wanted, found, given)
        found.own += published.pop(uri, [])
        found.own.sort(key=lambda outcome: outcome.order)
        found.others = published | self.published(named_by(found.own) - wanted)
        if not found.own and not found.dead_letters:
            found.waiting = self._search_raw(uri, given, found)
        return found

    def published(self, uris: Iterable[str]) -> dict[str, list[Outcome]]:
        """What of these uris stands on the clean topic, in order of arrival."""
        wanted = set(uris)
        return self._published(wanted, Found(), "") if wanted else {}

    def _published(self, uris: set[str], found: Found, given: str) -> dict[str, list[Outcome]]:
        keys = {uri.encode(): uri for uri in uris}
        published: dict[str, list[Outcome]] = defaultdict(list)
        for record in self._scan("clean", found):
            if record.key in keys:
                published[keys[record.key]].append(from_record(record))
            elif given and is_alike(record.key, given):
                found.alike.add(record.key.decode(errors="replace") if record.key else "")
        return {uri: sorted(outcomes, key=lambda outcome: outcome.order) for uri, outcomes in published.items()}

    def _search_copies(self, uri: str, found: Found) -> None:
        name = uri.encode()
        for record in self._scan("duplicates", found):
            if name in record.value:
                outcome = from_record(record)
                if outcome.entry.uri == uri:
                    found.own.append(outcome)
                elif outcome.entry.of == uri and len(found.copies) < MAX_COPIES:
                    found.copies.append(outcome)

    def _search_rejected(self, uri: str, given: str, found: Found) -> None:
        for record in self._scan("rejected", found):
            if record.key == uri.encode():
                found.own.append(from_record(record))
            elif is_alike(record.key, given):
                found.alike.add(record.key.decode(errors="replace") if record.key else "")

    def _search_dead_letters(self, uri: str, given: str, found: Found) -> None:
        mentions = mentioned(uri, given)
        for record in self._scan("dlq", found):
            if mentions(record):
                found.dead_letters.append(from_record(record))

    def _search_raw(self, uri: str, given: str, found: Found) -> list[str]:
        mentions = mentioned(uri, given)
        return [f"{r.topic}/{r.partition}/{r.offset}" for r in self._scan("raw", found) if mentions(r)]

    def _scan(self, role: str, found: Found) -> Iterator[Record]:
        with Reader(self._settings, [role], from_start=True) as reader:
            looked = Looked({"raw": self._settings.topic_raw, **self._settings.output_topics}[role])
            found.looked.append(looked)
            oldest_ms: int | None = None
            while True:
                batch = reader.poll(POLL_S)
                yield from batch
                looked.records += len(batch)
                oldest_ms = min((r.timestamp_ms for r in batch), default=oldest_ms) if oldest_ms is None else oldest_ms
                self._tell(looked.topic, looked.records)
                if len(batch) < FULL_POLL and reader.at_end():
                    break
            looked.oldest = None if oldest_ms is None else to_rfc3339(clamped(oldest_ms * 1_000))


def normalised(given: str, source: str | None) -> str:
    """The uri as the worker would spell it; `source` matters only for what is no URI."""
    return normalise_uri(given, source or "")


def named_by(outcomes: Iterable[Outcome]) -> set[str]:
    """Other uris that outcomes name: what they copy, extend or are related to."""
    return {outcome.entry.of for outcome in outcomes if outcome.entry.of and outcome.entry.of != outcome.entry.uri}


def mentioned(uri: str, given: str) -> Callable[[Record], bool]:
    """Whether a raw or dead record speaks of the uri, in any spelling that JSON allows a producer."""
    spellings = {s.encode() for name in (uri, given) for s in (name, name.replace("/", "\\/"))}
    closed = [re.escape(s) + rb"(?![A-Za-z0-9._~%/-])" for s in spellings]
    pattern = re.compile(b"|".join(closed))
    return lambda record: record.key in spellings or pattern.search(record.value) is not None


def is_alike(key: bytes | None, given: str) -> bool:
    """Whether a record's key is another spelling of what was asked for: scheme, www, a last slash, case, or an id alone."""
    if key is None or not given:
        return False
    name = key.decode(errors="replace")
    return loose(name) == loose(given) or (
        name.startswith("urn:newswire:") and name.endswith(":" + percent_encoded(given.strip()))
    )


def loose(uri: str) -> str:
    """What is left of a uri without scheme, www, query, last slash and case.

    >>> loose("http://www.Example.org/A/") == loose("https://example.org/a?x=1")
    True
    """
    return (
        re.sub(r"^([a-z][a-z0-9+.-]*://)?(www\.)?", "", uri.strip().lower())
        .partition("?")[0]
        .partition("#")[0]
        .rstrip("/")
    )
