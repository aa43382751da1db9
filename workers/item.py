"""The article as it is given out: a valid ninjs 3.1 object.

Strategy: what the newsroom's record states comes first, what the page states about itself fills the gaps, and what
passes through follows. Law: absent values are left out; a killed article has no text; an item without text (a flash)
has headlines and no bodies.
"""

import re
from collections.abc import Mapping
from typing import Any

from workers.article import RawArticle
from workers.ninjs import NINJS_ID
from workers.outcome import CleanText
from workers.times import to_rfc3339

STANDARD = {"name": "ninjs", "version": "3.1", "schema": NINJS_ID}

# As word processors count: a character of Thai, Lao, Burmese, Khmer, kana or Han is a word, a run of others is one
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED_CHAR = re.compile(rf"[{_UNSPACED}]")
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_TEXT_OF_A_KILL = frozenset(["bodies", "descriptions", "renditions"])


def build_item(article: RawArticle, cleaned: CleanText) -> dict[str, Any]:
    """The item of one article, by the properties' order in the contract."""
    passed = article.passed_through
    item = {
        "uri": article.uri,
        "type": "text",
        "standard": STANDARD,
        "version": article.version and article.version.shown,
        "versionCreated": _time(article.version_created_us, cleaned.version_created_us),
        "firstCreated": _time(article.first_created_us, cleaned.first_created_us),
        "pubStatus": article.pub_status,
        "language": article.language or cleaned.language,
        "urgency": article.urgency,
        "slugline": article.slugline,
        "by": article.byline or passed.get("by") or cleaned.byline,
        "headlines": _headlines(article.headline, passed.get("headlines", []), cleaned.headline),
        "bodies": _bodies(cleaned.text),
        "infoSources": _first({"name": article.source}, passed.get("infoSources", [])),
        "altIds": _alt_ids(article.url, passed.get("altIds", [])),
    }
    item |= {name: value for name, value in passed.items() if name not in item}
    whole = {name: value for name, value in item.items() if value is not None and value != []}
    return without_text(whole) if article.pub_status == "canceled" else whole


def without_text(item: Mapping[str, Any]) -> dict[str, Any]:
    """What a kill tells of the killed: everything but its text and pictures."""
    return {name: value for name, value in item.items() if name not in _TEXT_OF_A_KILL}


def count_words(text: str) -> int:
    """Words as a word processor counts them.

    >>> count_words("Storm hits north"), count_words("台風が上陸")
    (3, 5)
    """
    spaced = text.isascii() or _UNSPACED_CHAR.search(text) is None
    return len(text.split()) if spaced else len(_WORD.findall(text))


def _time(stated_us: int | None, page_us: int | None) -> str | None:
    us = page_us if stated_us is None else stated_us
    try:
        return None if us is None else to_rfc3339(us)
    except OverflowError:  # only a page states such dates: decode refuses them
        return None


def _headlines(stated: str | None, passed: list[Any], page: str | None) -> list[Any]:
    main = stated or (None if passed else page)
    return _first({"role": "main", "value": main}, passed) if main else passed


def _bodies(text: str) -> list[Any]:
    body = {"role": "main", "contentType": "text/plain", "charCount": len(text), "wordCount": count_words(text)}
    return [body | {"value": text}] if text else []


def _alt_ids(url: str | None, passed: list[Any]) -> list[Any]:
    return _first({"role": "url", "value": url}, passed) if url else passed


def _first(ours: dict[str, str], others: list[Any]) -> list[Any]:
    return [ours, *(other for other in others if other != ours)]
