"""Web pages that hurt whoever parses them, and mutations of whole pages."""

import json
import random
from pathlib import Path

from workers.demo.feed import samples

TAGS = "p div b i a table tr td ul li h1 script style svg math select option form font iframe noscript article template".split()
PROSE = "The harbour council met on Thursday and agreed to repair the bridge before the winter storms arrive. "


def real_pages(data: Path | None, most: int) -> list[str]:
    """Pages as sites deliver them: those of the demo, and those of the data folder where there are any."""
    own = [str(s.raw["body"]) for s in samples() if not isinstance(s.raw, bytes) and "<" in str(s.raw.get("body"))]
    files = (
        sorted((data / "html.dev" / "html").iterdir())[:most] if data and (data / "html.dev" / "html").is_dir() else []
    )
    return own + [file.read_text("utf-8", "replace") for file in files]


def hurting(chance: random.Random) -> str:
    """One page of those that parsers fear."""
    size = chance.choice([10, 300, 3_000, 20_000])
    tag = chance.choice(TAGS)
    hurts = [
        lambda: f"<{tag}>" * size + PROSE,
        lambda: f"<{tag}>{PROSE}</{tag}>" * min(size, 2_000),
        lambda: f"</{tag}>" * size + PROSE,
        lambda: "<p " + " ".join(f"a{n}='{n}'" for n in range(size)) + f">{PROSE}</p>",
        lambda: f"<p title='{'&amp;' * size}'>{PROSE}</p>",
        lambda: "<!--" * size + PROSE + "-->",
        lambda: "<![CDATA[" * size + PROSE,
        lambda: "&" * size + "&#x110000;&#0;&#27;&#xD800;" * min(size, 500),
        lambda: f"<script type='application/ld+json'>{'[' * size}</script><article><p>{PROSE * 5}</p></article>",
        lambda: _with_facts(chance, chance.choice([1, "x" * size, None, [], {"@graph": [{}] * min(size, 900)}])),
        lambda: f"<svg><a href='javascript:alert(1)' onload=alert(1)>{PROSE}</a></svg>" * min(size, 500),
        lambda: "".join(f"<{chance.choice(TAGS)}>{PROSE if n % 9 == 0 else ''}" for n in range(min(size, 3_000))),
        lambda: "<a><b>" * size + PROSE + "</a></b>" * size,
        lambda: (
            f"<html><head><meta charset='{'x' * size}'><base href='//['><title>{'T' * size}</title></head><body>{PROSE}"
        ),
        lambda: f"<img src='data:image/png;base64,{'A' * size * 10}'><p>{PROSE * 8}</p>",
        lambda: "<" * size + ">" * size + PROSE,
        lambda: "\0<p\0>" * size + PROSE,
        lambda: f"<{'x' * size}>{PROSE}</{'x' * size}>",
        lambda: f"<p>{PROSE}<br>" * min(size, 5_000),
    ]
    return f"<html><body>{chance.choice(hurts)()}</body></html>"


def mutated(chance: random.Random, page: str) -> str:
    """The page with pieces of it cut out, doubled, moved or spoilt."""
    for _ in range(chance.randrange(1, 8)):
        a, b = sorted(chance.randrange(len(page) + 1) for _ in "ab")
        b = min(b, a + 5_000)
        piece, at = page[a:b], chance.randrange(len(page) + 1)
        how = chance.randrange(5)
        if how == 0:
            page = page[:a] + page[b:]
        elif how == 1:
            page = page[:at] + piece * chance.choice([1, 2, 30]) + page[at:]
        elif how == 2:
            page = page[:a] + piece[::-1] + page[b:]
        elif how == 3:
            page = page[:a] + piece.replace(chance.choice("<>/\"'= "), chance.choice(["", "<", "\0", '"'])) + page[b:]
        else:
            page = page[:a] + "".join(chr(chance.randrange(1, 0x2FFF)) for _ in range(20)) + page[a:]
    return page


def _with_facts(chance: random.Random, said: object) -> str:
    """A page whose JSON-LD states odd things about it."""
    name = chance.choice(["headline", "author", "datePublished", "inLanguage", "@type", "articleBody"])
    facts = json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", name: said})
    return f"<script type='application/ld+json'>{facts}</script><article><p>{PROSE * 5}</p></article>"
