"""An endless feed whose right outcome is known, and the audit of what became of it.

What a record is stands in its uri, so that the raw topic alone tells what was sent:
  urn:test:<seed>:shared:<story>:<n>   an article or one of its copies: of each story one is `new`, the others are duplicates
  urn:test:<seed>:own:<story>          a story of one outlet in versions: `new`, then `update` after `update`, perhaps `cancel`
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.pauses import Pause, grouped, longest_pause
from tests.faults.wire import article, outcome
from workers.kafka_io import Record

_RECENT = 200


class Stories:
    """Raw records without end; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._seed, self._chance, self._number = seed, random.Random(seed), 0
        self._shared: list[int] = []
        self._own: dict[int, int] = {}

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        while True:
            self._number += 1
            raw = self._next()
            yield raw["uri"], json.dumps(raw).encode()

    def _next(self) -> dict[str, Any]:
        lot = self._chance.random()
        if self._shared and lot < 0.25:
            return self._shared_article(self._chance.choice(self._shared[-_RECENT:]))
        if self._own and lot < 0.45:
            return self._version(self._chance.choice(list(self._own)[-_RECENT:]))
        if lot < 0.75:
            self._shared.append(self._number)
            return self._shared_article(self._number)
        return self._version(self._number)

    def _shared_article(self, story: int) -> dict[str, Any]:
        uri = f"urn:test:{self._seed}:shared:{story}:{self._number}"
        return {"source": f"outlet-{self._number % 7}", "uri": uri, "body": self._text(story)}

    def _version(self, story: int) -> dict[str, Any]:
        version = self._own[story] = self._own.get(story, 0) + 1
        raw = {"source": "agency", "uri": f"urn:test:{self._seed}:own:{story}", "version": version}
        if version > 1 and self._chance.random() < 0.1:
            del self._own[story]
            return {**raw, "pubStatus": "canceled"}
        return {**raw, "body": self._text(self._number)}

    def _text(self, number: int) -> str:
        return article(self._seed * 10_000_000 + number)


@dataclass
class Audit:
    """What went wrong with a feed, record by record.

    `dropped` is the worst of what is wrong: news that was kept out. An index that forgot something must not do that either.
    """

    sent: int
    lost: list[str]
    doubled: list[str]
    wrong: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    pause: Pause = field(default_factory=lambda: Pause(0, 0, 0))

    @property
    def is_balanced(self) -> bool:
        return self.nothing_lost and not self.wrong

    @property
    def nothing_lost(self) -> bool:
        """What holds also when the index forgets: each record has one outcome, and news is published."""
        return not (self.lost or self.doubled or self.dropped)


def audit(raw: Sequence[Record], outputs: Sequence[Record], decisions: Mapping[str, Mapping[str, Any]]) -> Audit:
    """Compares what was sent with what came of it and with what the index remembers.

    Args:
        raw: the raw topic, of each partition in its order.
        outputs: the four output topics, committed records only.
        decisions: what the index still knows by origin.
    """
    by_origin = grouped(outputs)
    origins = [f"{r.topic}/{r.partition}/{r.offset}" for r in raw]
    strange = by_origin.keys() - set(origins)
    found = Audit(
        sent=len(raw),
        lost=[o for o in origins if o not in by_origin],
        doubled=[o for o, records in by_origin.items() if len(records) > 1],
        wrong=[f"{o}: an outcome of nothing that was sent" for o in strange],
        outcomes=Counter(map(outcome, outputs)),
        pause=longest_pause(raw, by_origin),
    )
    sent = [(json.loads(r.value), by_origin[o][0]) for r, o in zip(raw, origins, strict=True) if o in by_origin]
    found.wrong += _wrong_stories(sent)
    found.dropped += _dropped_news(sent)
    found.wrong += _wrong_order(outputs)
    found.wrong += _wrong_memory(by_origin, decisions)
    return found


def _wrong_stories(sent: Iterable[tuple[dict[str, Any], Record]]) -> Iterator[str]:
    shared: dict[str, Counter[str]] = defaultdict(Counter)
    known: Counter[str] = Counter()
    for raw, output in sent:
        uri, verdict = raw["uri"], outcome(output)
        if ":shared:" in uri:
            shared[uri.rsplit(":", 1)[0]][verdict] += 1
            continue
        resent = raw["version"] <= known[uri]
        due = "cancel" if "pubStatus" in raw else "update" if known[uri] else "new"
        known[uri] = max(known[uri], raw["version"])
        if (verdict in ("new", "update", "cancel")) if resent else (verdict != due):
            yield f"{uri} version {raw['version']}: {verdict}, due was {'a duplicate' if resent else due}"
    for story, verdicts in shared.items():
        if verdicts["new"] != 1 or verdicts.keys() - {"new", "duplicate"}:
            yield f"{story}: {dict(verdicts)}"


def _dropped_news(sent: Iterable[tuple[dict[str, Any], Record]]) -> Iterator[str]:
    """Stories that nobody published, and newer versions that were kept out."""
    published: dict[str, bool] = {}
    known: Counter[str] = Counter()
    for raw, output in sent:
        uri, is_out = raw["uri"], outcome(output) in ("new", "update", "cancel")
        if ":shared:" in uri:
            story = uri.rsplit(":", 1)[0]
            published[story] = published.get(story, False) or is_out
            continue
        if raw["version"] > known[uri] and not is_out:
            yield f"{uri} version {raw['version']} was kept out: {outcome(output)}"
        known[uri] = max(known[uri], raw["version"])
    yield from (f"{story} was published by nobody" for story, is_out in published.items() if not is_out)


def _wrong_order(outputs: Sequence[Record]) -> Iterator[str]:
    """Revisions of a uri stand in the clean topic one after the other, and no two claims have one number."""
    revisions: Counter[str] = Counter()
    numbers: Counter[int] = Counter()
    for record in sorted(outputs, key=lambda r: (r.topic, r.partition, r.offset)):
        dedup = json.loads(record.value).get("dedup") if record.role != "dlq" else None
        if not dedup:
            continue
        numbers[dedup["seq"]] += 1
        uri = (record.key or b"").decode()
        if dedup["verdict"] in ("new", "update"):
            if dedup["revision"] != revisions[uri] + 1:
                yield f"{uri}: revision {dedup['revision']} came after {revisions[uri]}"
            revisions[uri] = dedup["revision"]
    yield from (f"claim number {n} was given {count} times" for n, count in numbers.items() if count > 1)


def _wrong_memory(
    by_origin: Mapping[str, Sequence[Record]], decisions: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    for origin, decision in decisions.items():
        told = {outcome(r) for r in by_origin.get(origin, ()) if r.role in ("clean", "duplicates")}
        if told and told != {decision["verdict"]}:
            yield f"{origin}: published as {told}, remembered as {decision['verdict']}"
