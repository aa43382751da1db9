"""What stands only at the top or the end of an article: its headline twice, a byline, a date, the outlet's name.

In the middle the same lines are content (timelines, signatures, scenes), so only the outermost lines are looked at.
"""

import re

from workers.article import RawArticle
from workers.cleaning.blocks import Gone
from workers.cleaning.chrome import is_date
from workers.cleaning.phrases import key_of

TOP_LINES = 3
MAX_BYLINE_CHARS = 70
MAX_OUTLET_WORDS = 4
MIN_OUTLET_CHARS = 4
MAX_TAIL_CHARS = 240
GENERIC_WORDS = frozenset({"news", "online", "media", "daily", "press", "today", "world", "live", "weekly", "times"})
"""Words that name no outlet by themselves."""

_NAME = r"[^\W\d_a-z][\w.'’-]*"
_BYLINE = re.compile(
    rf"(?:By|BY|Par|Von|Por|Di|Door|Oleh)[: ] ?{_NAME}(?: (?:{_NAME}|and|und|et|y|e|en|dan|de|da|van|von|bin|al|&)){{1,6}}"
    rf"(?:,? (?:in )?{_NAME}){{0,3}}|By \S.{{1,60}} Staff(?: Writer| Reporter)?"
)
_ENDS_CLOSED = re.compile(r"""[.!?”"')。！？](?=\s+\S{3,40}(?:\s+\S+){0,3}$)""")


def find_edges(lines: list[str], article: RawArticle, title: str | None = None) -> Gone:
    """Lines at the top or the end that are no part of the story; `title` is what a page states as its own."""
    gone: Gone = {}
    _top(lines, article, title, gone)
    for i in range(len(lines) - 1, 0, -1):
        if i in gone or not names_outlet(lines[i], article.source):
            break
        gone[i] = "outlet"
    _dates(lines, gone)
    return gone if len(gone) < len(lines) else {}


def _top(lines: list[str], article: RawArticle, title: str | None, gone: Gone) -> None:
    """A page's own title goes from its text; in plain text a headline on top stays, but not twice."""
    wanted = {key_of(h) for h in (article.headline, title) if h}
    of_page = article.content_type == "text/html"
    for i, line in enumerate(lines[:TOP_LINES]):
        if wanted and key_of(line) in wanted and (of_page or (i and key_of(line) == key_of(lines[i - 1]))):
            gone[i] = "headline" if of_page else "repeat"
        elif i < 2 and is_byline(line):
            gone[i] = "byline"


def is_byline(line: str) -> bool:
    """Is the line "By" and a name, and nothing else?

    >>> is_byline("By Ada Okoro and Jan de Wit, Lagos"), is_byline("By Tuesday the water was gone.")
    (True, False)
    """
    return len(line) <= MAX_BYLINE_CHARS and _BYLINE.fullmatch(line) is not None


def name_in(byline: str) -> str:
    """The name in a byline line.

    >>> name_in("By Ada Okoro, Lagos")
    'Ada Okoro, Lagos'
    """
    return byline.partition(" ")[2].strip()


def names_outlet(line: str, source: str) -> bool:
    """Is the line only the name of the outlet, as the record gives it, perhaps with a word or two?

    >>> names_outlet("Harbour Herald Online", "harbour-herald"), names_outlet("Herald of spring", "harbour-herald")
    (True, False)
    """
    words = key_of(line).split()
    named = [w for w in re.split(r"\W+", source.casefold()) if len(w) >= MIN_OUTLET_CHARS]
    if (
        not set(named) - GENERIC_WORDS
        or len(line) > MAX_BYLINE_CHARS
        or len(words) > MAX_OUTLET_WORDS
        or len(words) > len(named) + 2
    ):
        return False
    return "".join(words).startswith("".join(named)) or all(w in words for w in named)


def outlet_tail(line: str, source: str) -> int | None:
    """Where the outlet's name begins that is glued to the last sentence of the text, or None."""
    m = _ENDS_CLOSED.search(line, max(0, len(line) - MAX_TAIL_CHARS))
    tail = line[m.end() :].strip() if m else ""
    return m.end() if m and tail and len(tail) <= 40 and key_of(tail) == key_of(source) else None


def _dates(lines: list[str], gone: Gone) -> None:
    """A date alone on the first or last line goes; where other lines are dates too, it is a timeline."""
    rest = [i for i in range(len(lines)) if i not in gone]
    if len(rest) < 3:
        return
    outer = [i for i in (rest[0], rest[-1]) if is_date(lines[i])]
    if outer and not any(is_date(lines[i]) for i in rest[1:-1]):
        gone.update(dict.fromkeys(outer, "date"))
