"""Verdicts on what real feeds sent: five thousand wire stories with their rewrites, nine thousand scrapes of thirty sites.

The texts belong to publishers and stand outside this repository, in ../shared; where that is absent these tests are
skipped. They go through `prepare` and the index, without Kafka. The floors are a little below what was measured.
"""

import csv
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workers.claims import RedisIndex
from workers.local.valkey import LocalValkey
from workers.outcome import Decision, Origin
from workers.prepare import RawRecord, Ready, Rules, prepare
from workers.rules import rules_of
from workers.settings import load

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
WIRE, PAIRS, CRAWL = DATA / "wire_c50.jsonl.gz", DATA / "wire_c50.pairs.tsv", DATA / "crawl.dev.jsonl.gz"

BATCH, T0_MS = 64, 1_800_000_000_000

pytestmark = [
    pytest.mark.skipif(
        not CRAWL.exists(), reason="needs ../shared, the publishers' texts, which are not part of this repository"
    ),
    pytest.mark.timeout(300),
]


@dataclass(frozen=True, slots=True)
class Judged:
    """A raw article, its uri and clean text, and what the index said."""

    raw: dict[str, Any]
    uri: str
    text: str
    decision: Decision

    @property
    def kept_out(self) -> bool:
        return self.decision.verdict in ("duplicate", "rejected")

    @property
    def published(self) -> bool:
        return self.decision.verdict in ("new", "update")


async def judge(raws: Iterable[dict[str, Any]], redis_url: str, index_name: str) -> list[Judged]:
    """All articles in order, in batches as a worker claims them."""
    settings = load(redis_url=redis_url, index_name=index_name)
    index = RedisIndex(settings)
    try:
        return await _judge(list(raws), index, rules_of(settings))
    finally:
        await index.close()


async def _judge(raws: list[dict[str, Any]], index: RedisIndex, rules: Rules) -> list[Judged]:
    generation, judged = await index.take_over("raw", 0, 0), list[Judged]()
    for first in range(0, len(raws), BATCH):
        run = [(ready_for(first + i, raw, rules), raw) for i, raw in enumerate(raws[first : first + BATCH])]
        decisions = await index.claim("raw", 0, generation, first, [r.claim for r, _ in run])
        for (ready, raw), decision in zip(run, decisions, strict=True):
            assert decision is not None
            bodies = json.loads(ready.finish(decision, 0).value)["item"].get("bodies") or [{"value": ""}]
            judged.append(Judged(raw, ready.claim.uri, bodies[0]["value"], decision))
    return judged


def ready_for(offset: int, raw: dict[str, Any], rules: Rules) -> Ready:
    ready = prepare(RawRecord(Origin("raw", 0, offset), None, json.dumps(raw).encode(), (), T0_MS + offset), rules)
    assert isinstance(ready, Ready), ready
    return ready


def rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def share(held: Iterable[bool]) -> float:
    of = list(held)
    return sum(of) / len(of)


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2))}


def said(text: str) -> str:
    """The running text, without what a site puts round it: letters and digits of the paragraphs that end like sentences."""
    paragraphs = [p for p in text.split("\n\n") if len(p) >= 40 and re.search(r"[.!?…][\"'”’)]*$", p)]
    return "".join(re.findall(r"\w+", " ".join(paragraphs).lower()))


def share_known(text: str, of: str) -> float:
    own = shingles(text)
    return len(own & shingles(of)) / len(own)


async def test_rewrites_of_a_wire_end_in_one_story(valkey: LocalValkey) -> None:
    """Of pairs with Jaccard .7 over five words 99%, of those with .5 the same: a rewrite is a copy or a write-thru."""
    raws = [{"uri": f"urn:wire:{r['id']}", "source": r["source"], "body": r["text"]} for r in rows(WIRE)]
    story = {j.uri.rsplit(":")[-1]: j.decision.story for j in await judge(raws, valkey.url, "wire-copies")}
    with PAIRS.open(encoding="utf-8") as lines:
        pairs = [(float(p["jaccard5"]), p["id_a"], p["id_b"]) for p in csv.DictReader(lines, delimiter="\t")]
    for jaccard, wanted in ((0.8, 1.0), (0.7, 0.99), (0.5, 0.99)):
        assert share(story[a] == story[b] for j, a, b in pairs if j >= jaccard) >= wanted, jaccard
    largest = max(list(story.values()).count(s) for s in set(story.values()))
    assert largest <= 12  # no chains


async def test_scrapes_of_news_sites(valkey: LocalValkey) -> None:
    """A scrape again is kept out, a known text at a new address too; a new text at a known address comes as an update."""
    scraped, urls, bodies, rejected = set[tuple[str, str]](), set[str](), set[str](), list[str]()
    again, moved, changed, known = list[Judged](), list[Judged](), list[Judged](), list[float]()
    published, stories = defaultdict[str, list[str]](list), defaultdict[str, set[str]](set)
    for j in await judge(rows(CRAWL), valkey.url, "crawl-verdicts"):
        url, body = j.raw["url"], j.raw["body"]
        if (url, body) in scraped:
            again.append(j)
        elif url not in urls and body in bodies:
            moved.append(j)
        elif body not in bodies and published[j.uri] and said(published[j.uri][-1]) != said(j.text):
            changed.append(j)
        if j.decision.relation in ("near", "excerpt"):
            known.append(max(share_known(j.text, text) for text in published[j.decision.of or ""]))
        if j.published:
            published[j.uri].append(j.text)
        if j.decision.verdict == "rejected":
            rejected.append(body)
        scraped.add((url, body))
        urls.add(url)
        bodies.add(body)
        stories[j.decision.story].add(j.uri)
    assert (len(again), len(moved), len(changed)) == (3757, 1077, 45)
    assert share(j.kept_out for j in again) >= 0.995
    assert share(j.kept_out for j in moved) >= 0.999
    assert share(j.decision.verdict == "update" for j in changed) >= 0.95
    assert min(known) >= 0.5  # nothing is dropped of which most is news
    assert share(k >= 0.65 for k in known) >= 0.97
    assert all(len(b) <= 220 or rejected.count(b) > 1 for b in set(rejected))  # notices, which recur; never an article
    assert max(map(len, stories.values())) <= 10
