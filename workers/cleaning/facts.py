"""What a page states about itself in JSON-LD and meta elements: headline, byline, language, dates.

Read from the markup by forward searches, before scripts are taken out. A statement that cannot be understood, or a
time without a zone, counts as not made.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from workers.times import parse_rfc3339

MAX_HEAD_CHARS = 400_000
MAX_JSON_CHARS = 200_000
MAX_HEADLINE_CHARS = 500
MAX_NODES = 200

_JSON_LD = re.compile(r"<script\b[^<>]{0,300}application/ld\+json[^<>]{0,300}>", re.IGNORECASE)
_META = re.compile(r"<meta\s[^<>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(name|property|itemprop|content)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_HTML_LANG = re.compile(
    r"<html\b[^<>]{0,2000}?\blang\s*=\s*[\"']?([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3})", re.IGNORECASE
)
_TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<]{1,600})</title", re.I)
_HEADING = re.compile(r"<h1\b[^<>]{0,300}>((?:[^<]|<(?!/?h1)[^<>]{0,300}>){1,800}+)</h1", re.I)
_TAG = re.compile(r"<[^<>]*>")
_SITE_NAME = re.compile(r"(?<=\S{5}) (?:[|–—-]|::|») [^|–—]{1,30}$")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_BASIC_ZONE = re.compile(r"([+-]\d{2})(\d{2})$")
_ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|Posting|Report)$")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page states; None where it states nothing."""

    headline: str | None = None
    byline: str | None = None
    language: str | None = None
    first_created_us: int | None = None
    version_created_us: int | None = None


NO_FACTS = Facts()


def read_facts(markup: str) -> Facts:
    """The facts of a page; JSON-LD is believed before meta elements."""
    head = markup[:MAX_HEAD_CHARS]
    node = next(_articles(head), {})
    meta = dict(_metas(head))
    return Facts(
        headline=_text(node.get("headline")) or _text(meta.get("og:title")) or _title(head) or _heading(head),
        byline=_byline(node.get("author")) or _name(meta.get("author")),
        language=_language(node.get("inLanguage")) or _html_language(head),
        first_created_us=_time(node.get("datePublished")) or _time(meta.get("article:published_time")),
        version_created_us=_time(node.get("dateModified")) or _time(meta.get("article:modified_time")),
    )


def _articles(head: str) -> Iterator[dict[str, Any]]:
    """JSON-LD nodes that describe an article."""
    for m in _JSON_LD.finditer(head):
        end = head.find("</", m.end())
        if end < 0 or end - m.end() > MAX_JSON_CHARS:
            continue
        try:
            found = orjson.loads(head[m.end() : end].encode("utf-8", "ignore"))
        except orjson.JSONDecodeError:
            continue
        yield from (n for n in _nodes(found) if _is_article(n))


def _nodes(found: Any) -> Iterator[dict[str, Any]]:
    """The object itself, those of a list, and those of an @graph; never deeper."""
    todo = found if isinstance(found, list) else [found]
    for node in todo[:MAX_NODES]:
        if isinstance(node, dict):
            yield node
            graph = node.get("@graph")
            if isinstance(graph, list):
                yield from (n for n in graph[:MAX_NODES] if isinstance(n, dict))


def _is_article(node: dict[str, Any]) -> bool:
    said = node.get("@type")
    return any(isinstance(t, str) and _ARTICLE_TYPE.search(t) for t in (said if isinstance(said, list) else [said]))


def _metas(head: str) -> Iterator[tuple[str, str]]:
    for m in _META.finditer(head):
        found = {name.lower(): a or b for name, a, b in _ATTRIBUTE.findall(m[0])}
        name = found.get("property") or found.get("name") or found.get("itemprop")
        if name and found.get("content"):
            yield name.lower(), found["content"]


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    text = " ".join(html.unescape(value).split())
    return text if text.isprintable() and 0 < len(text) <= MAX_HEADLINE_CHARS else None


def _title(head: str) -> str | None:
    """The title element, without the name of the site behind its last bar or dash."""
    m = _TITLE.search(head)
    text = _text(m[1]) if m else None
    return _SITE_NAME.sub("", text) if text else None


def _heading(head: str) -> str | None:
    """The only first-rank heading, for a page or a fragment that states no title."""
    found = _HEADING.findall(head)
    return _text(_TAG.sub("", found[0])) if len(found) == 1 else None


def _name(value: Any) -> str | None:
    text = _text(value)
    return None if text is None or "://" in text or len(text) > 160 else text


def _byline(author: Any) -> str | None:
    people = author if isinstance(author, list) else [author]
    named = (_name(p.get("name") if isinstance(p, dict) else p) for p in people[:10])
    return ", ".join(dict.fromkeys(n for n in named if n)) or None


def _language(value: Any) -> str | None:
    said = value.replace("_", "-") if isinstance(value, str) else ""
    return said if _LANGUAGE.fullmatch(said) else None


def _html_language(head: str) -> str | None:
    m = _HTML_LANG.search(head)
    return _language(m[1]) if m else None


def _time(value: Any) -> int | None:
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        return parse_rfc3339(_BASIC_ZONE.sub(r"\1:\2", value.strip()))
    except ValueError:
        return None
