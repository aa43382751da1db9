"""`make bench BENCH=clean`: what cleaning costs on plain text and on web pages, in one process, and where the time goes.

Texts and pages are those of ../shared/data where it stands beside the repository, else invented ones. Times are processor
time, the least of several runs over all of them, after one that is not counted; those of texts are for 4,000 characters.
`us_per_json_decode` is json.loads on the same articles: a yardstick for the machine.

Ends with one line of JSON. ARTICLES=n (2,000) and PAGES=n (100) set how many are read.
"""

import gzip
import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from workers.article import RawArticle
from workers.cleaning import clean, pipeline

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
RUNS = 5
CHARS = 4_000
STEPS = {
    "sanitise": ("drop_controls", "unescape_entities", "has_entities", "is_plain"),
    "letters": ("mend",),
    "layout": ("unwrap", "may_be_wrapped", "lines_of", "lines_of_rows", "join_lines"),
    "inside lines": ("gates_in", "may_hold_wall", "_cut_inside"),
    "chrome": ("find_chrome",),
    "edges": ("find_edges",),
    "repeats": ("find_repeats",),
    "verdict": ("reject",),
}
WORDS = (
    "harbour council bridge ferry report mayor engineers water winter market signed closed repaired voted crossed warned "
    "the a of and for in on with after before new old first last open grey"
).split()


def invented(count: int) -> list[tuple[str, str]]:
    """Texts of sentences that say nothing, with a line of chrome in each."""
    dice = random.Random(6)
    sentences = [" ".join(dice.choices(WORDS, k=dice.randint(8, 24))).capitalize() + "." for _ in range(5_000)]
    paragraphs = [[" ".join(dice.choices(sentences, k=3)) for _ in range(12)] for _ in range(count)]
    return [("outlet-7", "\n\n".join([*p[:6], "READ ALSO: Ferry fares to rise", *p[6:]])) for p in paragraphs]


def articles(count: int) -> list[tuple[str, str]]:
    file = DATA / "load.jsonl.gz"
    if not file.exists():
        return invented(count)
    with gzip.open(file) as lines:
        return [(a["source"], a["text"]) for a in map(json.loads, islice(lines, count))]


def pages(count: int) -> list[str]:
    files = sorted((DATA / "html.dev").rglob("*.html.gz"))[:count]
    if not files:
        bodies = (text.replace("\n\n", "<p>") for _, text in invented(count))
        return [f"<html><body><article><p>{body}</article></body></html>" for body in bodies]
    return [gzip.decompress(file.read_bytes()).decode("utf-8", "replace") for file in files]


def least_s(work: Callable[[Any], object], items: Sequence[Any], runs: int = RUNS) -> float:
    """Processor seconds that the quickest run over all items takes."""
    times = []
    for _ in range(runs + 1):
        began = time.process_time()
        for item in items:
            work(item)
        times.append(time.process_time() - began)
    return min(times[1:])


def shares(items: Sequence[RawArticle]) -> dict[str, float]:
    """Which part of the time goes into which step; what is left is the rest."""
    spent: dict[str, float] = defaultdict(float)

    def timed(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[step] += time.perf_counter() - began

        return run

    kept = {name: getattr(pipeline, name) for names in STEPS.values() for name in names}
    try:
        for step, names in STEPS.items():
            for name in names:
                setattr(pipeline, name, timed(step, kept[name]))
        began = time.perf_counter()
        for item in items:
            clean(item)
        whole = time.perf_counter() - began
    finally:
        for name, function in kept.items():
            setattr(pipeline, name, function)
    spent["rest"] = whole - sum(spent.values())
    return {step: round(seconds / whole, 3) for step, seconds in sorted(spent.items(), key=lambda s: -s[1])}


def main() -> None:
    found = articles(int(os.environ.get("ARTICLES", "2000")))
    texts = [RawArticle(source, f"urn:bench:{n}", text, "text/plain") for n, (source, text) in enumerate(found)]
    encoded = [json.dumps({"source": source, "body": text}) for source, text in found]
    units = sum(len(text) for _, text in found) / CHARS
    markup = pages(int(os.environ.get("PAGES", "100")))
    web = [RawArticle("outlet-7", f"urn:bench:page:{n}", page, "text/html") for n, page in enumerate(markup)]
    print(f"{len(texts):,} texts, {len(web):,} pages", file=sys.stderr)
    result = {
        "articles": len(texts),
        "us_per_article_text": round(least_s(clean, texts) / units * 1e6, 1),
        "us_per_json_decode": round(least_s(json.loads, encoded) / units * 1e6, 1),
        "ms_per_page_html": round(least_s(clean, web, 1) / len(web) * 1e3, 2),
        "share_by_step": shares(texts),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
