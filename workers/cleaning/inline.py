"""Markers of the site inside a paragraph, where the line breaks round them were lost.

Only wordings that no story uses, in the spelling of the site, and only between two sentences or at an end.
"""

import re

from workers.cleaning.phrases import MAX_LITERAL_CHARS, TABLE, WALL_KINDS, key_of
from workers.cleaning.shape import SENTENCE_END

_LOWER_GATE = "toggle caption"
_GATE = re.compile(
    "ADVERTISEMENT|Advertisement|Media playback|Story [Cc]ontinue|Image c|Enlarge this image|Article continues|Anzeige"
    "|Eigene Recherche|Sie hier|Permalink"
)
"""They all, but one, in one search that looks for capitals: a search for each takes longer."""
_BEFORE = r"(?:^|(?<=[.!?:”\"'’)。]) ?)"
_AFTER = r"(?= ?(?:[A-Z“\"'‘(0-9À-Þ]|$))"
_MARKERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("advertisement", re.compile(rf"{_BEFORE}(?:ADVERTISEMENT|Advertisement(?: Continue reading the main story| - story continues below)?|Story [Cc]ontinue[sd] [Bb]elow|Article continues below(?: this ad(?:vertisement)?)?|Anzeige) ?{_AFTER}")),
    ("navigation", re.compile(rf"{_BEFORE}(?:Media playback is (?:unsupported|not supported) on (?:your|this) device|Permalink|Enlarge this image|toggle caption) ?{_AFTER}")),
    ("credit", re.compile(r"^Image copyright (?:[^\W\d_a-z][\w/.-]*(?: |$)){1,4}?(?=Image caption |$)")),
    ("pointer", re.compile(r"(?<=[.!?] )(?:Was|Wie|Warum|Wo) [^.!?]{5,80}, lesen Sie hier\.")),
    ("source", re.compile(r"(?<=[.!?] )Eigene Recherche(?: [^.!?]{3,40})?$")),
)  # fmt: skip


_WALL_GATES = (
    "weiterlesen",
    "ubscri",
    "Abo",
    "bonn",
    "ookie",
    "suscri",
    "assin",
    "подпис",
    "会員",
    "订阅",
    "會員",
    "구독",
    "langganan",
)
_WALL_COUNTED = WALL_KINDS | {"promo", "newsletter"}
LONG_LINE_CHARS = 700
WALL_WINDOW = 5
MIN_WALL_SENTENCES = 3
MAX_OPENER_WORDS = 4


def may_hold_wall(lines: list[str]) -> bool:
    """Is it worth looking for a paywall or cookie notice inside paragraphs? They come first, last or in a huge one."""
    likely = [*lines[:1], *lines[-2:], *(line for line in lines[1:-2] if len(line) > LONG_LINE_CHARS)]
    return any(any(map(line.__contains__, _WALL_GATES)) for line in likely)


def wall_start(line: str) -> int | None:
    """Where the text of a wall begins that fills the rest of the line: three of five sentences are phrases of walls.

    >>> line = "Mayor quits. Subscribe to continue reading. Already a subscriber? Log in. Cancel anytime."
    >>> line[: wall_start(line)]
    'Mayor quits. '
    """
    starts = [0, *(m.end() for m in SENTENCE_END.finditer(line))]
    if len(starts) < MIN_WALL_SENTENCES:
        return None
    ends = [*starts[1:], len(line)]
    walls = [_is_of_wall(line[a:b]) for a, b in zip(starts, ends, strict=True)]
    for i, is_wall in enumerate(walls):
        if is_wall and sum(walls[i : i + WALL_WINDOW]) >= MIN_WALL_SENTENCES:
            return _opener(line, starts[i - 1], starts[i]) if i else 0
    return None


def _is_of_wall(sentence: str) -> bool:
    if len(sentence) > MAX_LITERAL_CHARS and not TABLE.may_know(sentence):
        return False
    return TABLE.kind_of_key(key_of(sentence)) in _WALL_COUNTED


def _opener(line: str, start: int, end: int) -> int:
    """Where the call before the wall begins, if the sentence before ends in one: "<headline> Continue reading."."""
    at = end
    for _ in range(MAX_OPENER_WORDS):
        at = line.rfind(" ", start, at - 1) + 1
        if at <= start:
            break
        if TABLE.literal.get(key_of(line[at:end])) in WALL_KINDS:
            return at
    return end


def gates_in(text: str) -> list[str]:
    """The words in this text by which markers are told; without any it is not worth looking for them."""
    found = sorted(set(_GATE.findall(text)))
    return [*found, _LOWER_GATE] if _LOWER_GATE in text else found


def cut_markers(line: str) -> tuple[str, list[tuple[str, str]]]:
    """The line without markers, and what was cut with its kind.

    >>> cut_markers("The vote is on Monday. ADVERTISEMENT Both sides agreed.")
    ('The vote is on Monday. Both sides agreed.', [('advertisement', 'ADVERTISEMENT')])
    """
    cut: list[tuple[str, str]] = []
    for kind, pattern in _MARKERS:
        cut.extend((kind, m[0].strip()) for m in pattern.finditer(line) if key_of(m[0]))
        line = pattern.sub(lambda m: " " if key_of(m[0]) else m[0], line)
    return " ".join(line.split()), cut
