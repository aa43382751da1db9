"""A back-fill: a history loaded at once, its window counted by versionCreated, is judged as it was when it came in."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from tests.services.index_helper import DAY_S, T0_S
from workers.claims import RedisIndex
from workers.outcome import Decision, Origin
from workers.prepare import RawRecord, Ready, prepare
from workers.rules import rules_of
from workers.settings import Settings

DAYS, PER_DAY, RUN = 24, 40, 32
_WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "ne", "ru", "sta") for b in ("bol", "dan", "rit", "tus", "ven")]


def _text(chance: random.Random) -> str:
    paragraphs = [" ".join(chance.choice(_WORDS) + str(chance.randrange(50)) for _ in range(40)) for _ in range(4)]
    return "\n\n".join(paragraph.capitalize() + "." for paragraph in paragraphs)


def history() -> Iterator[tuple[float, dict[str, Any]]]:
    """Times and articles of 24 days: a third is news; the rest are copies, excerpts, resends, corrections and kills of
    articles up to twelve days old, which is well beyond a window of seven.
    """
    chance, known = random.Random(7), list[dict[str, Any]]()
    for n in range(DAYS * PER_DAY):
        at = T0_S + n * DAY_S / PER_DAY
        kind = chance.choice(("new", "new", "copy", "excerpt", "resend", "correction", "kill")) if known else "new"
        former = chance.choice(known[-12 * PER_DAY :]) if known else {}
        raw = {"uri": f"urn:{n}", "source": f"outlet-{n % 9}", "body": _text(chance)}
        if kind == "copy":
            raw["body"] = former["body"]
        elif kind == "excerpt":
            raw["body"] = "\n\n".join(former["body"].split("\n\n")[:2])
        elif kind == "resend":
            raw = dict(former)
        elif kind == "correction":
            raw = former | {"body": former["body"] + f"\n\nCorrection of day {n}: the figure was wrong before."}
        elif kind == "kill" and n % 3 == 0:
            raw = {"uri": former["uri"], "source": former["source"], "pubStatus": "canceled"}
        if raw.get("body"):
            known.append(raw)
        yield at, raw | {"versionCreated": datetime.fromtimestamp(at, UTC).isoformat()}


async def verdicts(settings: Settings, arrivals: Callable[[float], float]) -> list[Decision]:
    """What each article of the history comes to when it arrives at these times."""
    index, rules, ready = RedisIndex(settings), rules_of(settings), list[Ready]()
    for offset, (at, raw) in enumerate(history()):
        record = RawRecord(Origin("raw", 0, offset), None, json.dumps(raw).encode(), (), int(arrivals(at) * 1_000))
        prepared = prepare(record, rules)
        assert isinstance(prepared, Ready), prepared
        ready.append(prepared)
    try:
        generation = await index.take_over("raw", 0, 0)
        decisions: list[Decision] = []
        for first in range(0, len(ready), RUN):
            run = [r.claim for r in ready[first : first + RUN]]
            decisions += [d for d in await index.claim("raw", 0, generation, first, run) if d]
    finally:
        await index.close()
    return decisions


async def test_a_back_fill_gives_the_verdicts_of_the_live_feed(make_settings: Callable[..., Settings]) -> None:
    """The same verdict, relation and article for each of 960; by arrival, as a live feed is set, some would differ."""
    end = T0_S + DAYS * DAY_S
    live = await verdicts(make_settings(), lambda at: at)
    filled = await verdicts(make_settings(window_by="versionCreated"), lambda _at: end)
    by_arrival = await verdicts(make_settings(), lambda _at: end)
    assert filled == live
    kinds = Counter(decision.relation or decision.verdict for decision in live)
    assert all(kinds[kind] >= 10 for kind in ("new", "exact", "excerpt", "resend", "revision", "cancel")), kinds
    assert by_arrival != live, "the history does not reach beyond a window: it shows nothing"
