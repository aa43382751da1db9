"""Generated records, most of them bad: every field, type, encoding, size and nesting, pages that hurt, headers and keys.

By Hypothesis where values are to be of all sorts, and by mutation of whole articles where they are to be nearly right. The
articles are this repository's own, and those of a folder of data where there is one. The same seed gives the same records.
"""

import gzip
import itertools
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.faults import bad_pages
from workers import ninjs
from workers.demo.feed import samples

REAL_ARTICLES, REAL_PAGES = 300, 120
DRAWN_AT_ONCE = 300
KNOWN = (
    "source body uri url headline byline slugline language urgency contentType version firstCreated versionCreated pubStatus signal"
).split()
NAMES = st.sampled_from(KNOWN + sorted(ninjs.PASSED_THROUGH | ninjs.NOT_TAKEN)) | st.text(max_size=6)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats()
WORDS = st.sampled_from(["canceled", "withheld", "usable", "test", "en", "zz-", "text/html", "text/plain; charset=x", "7", "",
                         "2026-11-24T08:00:00Z", "2016-12-31T23:59:60Z", "http://a.example/b", "http://[", "urn:x:\u202e"])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=60) | WORDS,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(NAMES, v, max_size=4),
    max_leaves=10,
)
FIELDS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4) | st.dictionaries(
    st.sampled_from(KNOWN), WORDS | st.text(max_size=30) | st.integers(-2, 2**64), min_size=1, max_size=3
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from("origin ce_id dlq-reason replay-of schema-version traceparent raw-origin".split()) | st.text(max_size=20),
        st.binary(max_size=80),
    ),
    max_size=12,
)  # fmt: skip
NASTY = ["\0", "\x1b[2J\x1b]0;x\a", "\u202e", "\u200b", "\ufeff", "\ud800", "\x85", "\u2028", "e\u0301" * 40, "Z" + "\u0334" * 300,
         "&#0;", "&#x1b;", "â€œ", "\U000e0041", "You may also like\n", "Share this:\n", "<!--", "]]>", "%s%n{0}${x}", "'; DROP"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """A record to be sent. `kind` is how it was made."""

    kind: str
    value: bytes | None
    key: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


def records(number: int, seed_: int, data: Path | None = None) -> Iterator[Made]:
    """So many records, mixed."""
    chance = random.Random(seed_)
    bases, pages = real_articles(data), bad_pages.real_pages(data, REAL_PAGES)
    makers = _makers(chance, bases, pages, seed_)
    names, weights = list(makers), [makers[name][0] for name in makers]
    for kind in chance.choices(names, weights, k=number):
        value = makers[kind][1]()
        made = value if isinstance(value, Made) else Made(kind, value, _key(chance, value))
        yield made if made.headers or made.value is None or chance.random() < 0.9 else Made(kind, made.value, None)


def real_articles(data: Path | None) -> list[dict[str, Any]]:
    """Articles as producers send them."""
    own = [dict(s.raw) for s in samples() if not isinstance(s.raw, bytes)]
    for name in ("stream.en.dev.jsonl.gz", "stream.ja.dev.jsonl.gz") if data else ():
        assert data is not None
        if (data / name).exists():
            with gzip.open(data / name) as lines:
                own += [orjson.loads(line)["raw"] for line in itertools.islice(lines, REAL_ARTICLES)]
    return own


def drawn(strategy: st.SearchStrategy[Any], seed_: int) -> Iterator[Any]:
    """Values of a strategy without end, by the seed."""
    for round_ in itertools.count():
        yield from _some(strategy, seed_ * 1_000 + round_)


def _some(strategy: st.SearchStrategy[Any], seed_: int) -> list[Any]:
    found: list[Any] = []

    @seed(seed_)
    @settings(
        max_examples=DRAWN_AT_ONCE, phases=[Phase.generate], database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def keep(value: Any) -> None:
        found.append(value)

    keep()
    return found


def dumped(value: Any) -> bytes:
    """JSON as other programs write it too: NaN, lone surrogates, numbers without bounds."""
    return json.dumps(value).encode()


def _makers(
    chance: random.Random, bases: list[dict[str, Any]], pages: list[str], seed_: int
) -> dict[str, tuple[float, Callable[[], Any]]]:
    """Each kind with its weight."""
    binary, values = drawn(st.binary(max_size=400), seed_), drawn(VALUES, seed_ + 1)
    fields, headers = (
        drawn(FIELDS, seed_ + 2),
        drawn(HEADERS, seed_ + 3),
    )

    def base() -> dict[str, Any]:
        return {**chance.choice(bases), "uri": f"urn:test:{chance.getrandbits(48)}"}

    def with_headers() -> Made:
        return Made("headers", dumped(base()), next(binary)[:60], next(headers))

    return {
        "good": (10, lambda: dumped(chance.choice(bases))),
        "nothing": (0.5, lambda: Made("nothing", None, chance.choice([b"key", b"\xff"]))),
        "bytes": (6, lambda: next(binary)),
        "json": (8, lambda: dumped(next(values))),
        "fields": (22, lambda: dumped(base() | next(fields))),
        "cut": (8, lambda: _cut(chance, dumped(base()))),
        "encoding": (6, lambda: _encoded(chance, base())),
        "nesting": (4, lambda: _nested(chance, base())),
        "size": (0.6, lambda: _large(chance, base())),
        "text": (14, lambda: dumped(base() | {"body": _stained(chance, str(base().get("body", "")))})),
        "headers": (6, with_headers),
        "page": (9, lambda: dumped(base() | {"contentType": "text/html", "body": bad_pages.hurting(chance)})),
        "mutated page": (6, lambda: dumped(base() | {"body": bad_pages.mutated(chance, chance.choice(pages))})),
    }


def _key(chance: random.Random, value: bytes) -> bytes:
    return bytes([chance.getrandbits(8)]) + value[:8]


def _cut(chance: random.Random, value: bytes) -> bytes:
    at = chance.randrange(len(value))
    how = chance.randrange(3)
    if how == 0:
        return value[:at]
    return value[:at] + (chance.randbytes(how) if how == 1 else b"") + value[at + chance.randrange(1, 9) :]


def _encoded(chance: random.Random, article: dict[str, Any]) -> bytes:
    text = json.dumps(article, ensure_ascii=False)
    how = chance.choice(["utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-32", "shift_jis", "utf-7", "twice"])
    if how == "twice":
        return text.encode("utf-8", "replace").decode("latin-1").encode()
    return text.encode(how, "replace")


def _nested(chance: random.Random, article: dict[str, Any]) -> bytes:
    depth = chance.choice([3, 60, 63, 64, 65, 200, 5_000, 100_000])
    opened, closed = chance.choice([("[", "]"), ('{"a":', "}")])
    deep = opened * depth + "1" + closed * chance.choice([depth, depth, depth - 1])
    name = chance.choice([*KNOWN, "subjects", "extra"])
    rest = {k: v for k, v in article.items() if k != name}
    return f"{{{json.dumps(name)}: {deep}, {json.dumps(rest)[1:]}".encode()


def _large(chance: random.Random, article: dict[str, Any]) -> bytes:
    name = chance.choice(["body", "body", "body", *KNOWN])
    size = chance.choice([2_049, 70_000, 400_000, 999_999, 1_000_001, 2_500_000])
    piece = chance.choice(
        ["word ", "x", "<p>A paragraph of a page. </p>", "市", "\\u0000", "A line of its own.\n", "- \n"]
    )
    return dumped(article | {name: (piece * (size // len(piece) + 1))[:size]})


def _stained(chance: random.Random, body: str) -> str:
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(body) + 1)
        body = body[:at] + chance.choice(NASTY) * chance.choice([1, 1, 2, 50]) + body[at:]
    return body
