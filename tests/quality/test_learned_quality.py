"""What is learned from nine thousand scrapes of thirty sites, what goes by it, and that no verdict changes.

The texts belong to publishers and stand outside this repository; see test_real_feeds.py.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.quality.test_real_feeds import BATCH, CRAWL, T0_MS, rows
from workers.article import RawArticle
from workers.claims import RedisIndex
from workers.cleaning.learned import line_key, may_be_learned
from workers.lines import LearnedLines, Lesson, spans_of
from workers.local.valkey import LocalValkey
from workers.outcome import Decision, Origin
from workers.prepare import RawRecord, Ready, Rules, make_ready, understand
from workers.rules import rules_of
from workers.settings import Settings, load

pytestmark = [
    pytest.mark.skipif(
        not CRAWL.exists(), reason="needs ../shared, the publishers' texts, which are not part of this repository"
    ),
    pytest.mark.timeout(300),
]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a scrape."""

    source: str
    decision: Decision
    text: str


async def run(raws: Sequence[dict[str, Any]], settings: Settings) -> list[Done]:
    """All scrapes in batches, as a worker does them: fetch, clean, claim, learn."""
    index, lines, rules = RedisIndex(settings), LearnedLines(settings), rules_of(settings)
    generation, done = await index.take_over("raw", 0, 0), list[Done]()
    for first in range(0, len(raws), BATCH):
        records = [record_of(first + i, raw) for i, raw in enumerate(raws[first : first + BATCH])]
        articles = [article_of(record, rules) for record in records]
        lists = await lines.fetch(spans_of(r.origin for r in records), (a.source for a in articles))
        readies = [ready_of(r, a, rules, lists) for r, a in zip(records, articles, strict=True)]
        decisions = await index.claim("raw", 0, generation, first, [r.claim for r in readies])
        done += [done_of(r, d) for r, d in zip(readies, decisions, strict=True)]
        if settings.learn_lines:
            news = [(r, d) for r, d in zip(readies, decisions, strict=True) if d and d.verdict == "new"]
            await lines.learn([Lesson(r.source, d.story, r.lesson) for r, d in news])
    await index.close()
    await lines.close()
    return done


def record_of(offset: int, raw: dict[str, Any]) -> RawRecord:
    return RawRecord(Origin("raw", 0, offset), None, json.dumps(raw).encode(), (), T0_MS + offset)


def article_of(record: RawRecord, rules: Rules) -> RawArticle:
    article = understand(record, rules)
    assert isinstance(article, RawArticle)
    return article


def ready_of(record: RawRecord, article: RawArticle, rules: Rules, lists: Any) -> Ready:
    ready = make_ready(record, article, rules, None, lists.of(record.origin, article.source))
    assert isinstance(ready, Ready)
    return ready


def done_of(ready: Ready, decision: Decision | None) -> Done:
    assert decision
    value = json.loads(ready.finish(decision, 0).value)
    bodies = value["item"].get("bodies") or [{"value": ""}]
    return Done(ready.source, decision, bodies[0]["value"])


def recurring(done: Sequence[Done]) -> tuple[Counter[tuple[str, str]], int]:
    """How often each line stands in what is new, of those under as many stories of an outlet as it takes; and how many
    stories it takes for all of them.
    """
    stories, often = defaultdict[tuple[str, str], set[str]](set), Counter[tuple[str, str]]()
    for one in (d for d in done if d.decision.verdict == "new"):
        for line in filter(may_be_learned, one.text.split("\n\n")):
            stories[one.source, line].add(one.decision.story)
            often[one.source, line] += 1
    takes = {key: 30 if line_key(key[1])[-1] & 1 else 10 for key in stories}
    known = [key for key, found in stories.items() if len(found) > takes[key]]
    return Counter({key: often[key] for key in known}), sum(takes[key] for key in known)


def taken(without: Done, learned: Done) -> list[tuple[str, str]]:
    """The lines of what is new that stand in the text only where nothing was learned."""
    if without.decision.verdict != "new":
        return []
    lines = Counter(without.text.split("\n\n")) - Counter(learned.text.split("\n\n"))
    return [(without.source, line) for line in lines.elements()]


async def test_what_sites_repeat_goes_and_no_verdict_changes(valkey: LocalValkey) -> None:
    """Of the places where such lines stand, the first of each line are needed to learn it; of the others most go."""
    raws = rows(CRAWL)
    without = await run(raws, load(redis_url=valkey.url, index_name="learned-off", learn_lines=False))
    learned = await run(raws, load(redis_url=valkey.url, index_name="learned-on"))
    verdicts = [[(d.decision.verdict, d.decision.relation, d.decision.of) for d in run] for run in (without, learned)]
    assert verdicts[0] == verdicts[1]
    before, needed = recurring(without)
    gone = Counter(line for pair in zip(without, learned, strict=True) for line in taken(*pair))
    assert len(gone) >= 7
    assert set(gone) <= set(before), "nothing else goes"
    assert gone.total() >= 0.7 * (before.total() - needed)
