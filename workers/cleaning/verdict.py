"""Is there anything left to publish? Walls are found by pattern: by what was taken out, not by how little is left."""

import re

from workers.article import RawArticle
from workers.cleaning.phrases import WALL_KINDS, key_of
from workers.cleaning.shape import UNSPACED, ends_sentence
from workers.outcome import RejectionReason, Removed

_WORD = re.compile(r"\w+")
MAX_TITLE_CHARS = 300
PROBE_LINE_CHARS = 40
PROBE_CHARS = 2_000
"""A text this long is never too short, so only its beginning is counted."""


def reject(
    lines: list[str],
    removed: list[Removed],
    article: RawArticle,
    min_words: int,
    min_unspaced_chars: int,
    urgent: bool,
) -> RejectionReason | None:
    """The reason why the article cannot be published, or None."""
    if not any(key_of(line[:PROBE_LINE_CHARS]) or key_of(line) for line in lines):
        return "boilerplate-only"
    walled = any(r.kind in WALL_KINDS for r in removed)
    text = " ".join(lines)[:PROBE_CHARS]
    if walled and len(text) <= MAX_TITLE_CHARS and not any(map(ends_sentence, lines)):
        return "boilerplate-only"  # a wall under a headline: no sentence is left
    if not is_too_short(text, min_words, min_unspaced_chars):
        return None
    only_headline = article.headline is not None and key_of(text) == key_of(article.headline)
    if walled or (only_headline and removed):
        return "boilerplate-only"
    return None if urgent else "too-short"


def is_too_short(text: str, min_words: int, min_unspaced_chars: int) -> bool:
    """Fewer than so many words, or characters in scripts without spaces; mixed text may fill either measure in part.

    >>> is_too_short("Three words only", 8, 20), is_too_short("市長が橋の問題で辞任した。後任は未定だという。", 8, 20)
    (True, False)
    """
    if text.count(" ") > 4 * min_words and len(text) > 8 * min_words + min_unspaced_chars:
        return False
    unspaced = len(UNSPACED.findall(text))
    words = len(_WORD.findall(UNSPACED.sub(" ", text) if unspaced else text))
    need = (words / min_words if min_words else 1.0) + (unspaced / min_unspaced_chars if min_unspaced_chars else 1.0)
    return need < 1.0
