"""Finds paragraphs that stand in an article twice by a slip of the scraper, and leaves those repeated on purpose.

Only exact copies of at least MIN_CHARS. A second copy goes when it belongs to a run that repeats an earlier run in the
same order, gaps allowed, or when it is long and not a quote or bullet. Refrains, speaker labels, prices and results are
short; quotes and bullet summaries repeat on purpose and go only in long runs.
"""

import re

from workers.cleaning.blocks import Gone
from workers.cleaning.shape import QUOTE_OR_BULLET, UNSPACED, ends_sentence

MIN_CHARS = 40
MIN_ALONE_CHARS = 60
MIN_QUOTE_RUN = 3
MAX_GAP = 3
MIN_GLUED_CHARS = 60
_LABELLED = re.compile(r"[^.!?]{1,30}[:：] ?\S")
_WIDE = 2
"""A character of a script without spaces says as much as two others."""


def find_repeats(lines: list[str]) -> Gone:
    """The lines that are second copies."""
    if len(set(lines)) == len(lines):
        return {}
    first: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for i, line in enumerate(lines):
        at = first.setdefault(line, i)
        if at != i:
            pairs.append((i, at))
    gone: Gone = {}
    for run in _runs(pairs):
        _judge(lines, run, gone)
    return gone


def _runs(pairs: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Cuts the (copy, original) pairs into runs in which both sides go forward in small steps."""
    runs: list[list[tuple[int, int]]] = []
    for copy, original in pairs:
        last = runs[-1][-1] if runs else None
        if last and copy - last[0] <= MAX_GAP and 0 < original - last[1] <= MAX_GAP:
            runs[-1].append((copy, original))
        else:
            runs.append([(copy, original)])
    return runs


def _judge(lines: list[str], run: list[tuple[int, int]], gone: Gone) -> None:
    long = [i for i, _ in run if _weight(lines[i]) >= MIN_CHARS and _is_prose(lines[i])]
    plain = [i for i in long if _weight(lines[i]) >= MIN_ALONE_CHARS and not QUOTE_OR_BULLET.match(lines[i])]
    if (plain and len(long) > 1) or len(long) >= MIN_QUOTE_RUN:
        gone.update(dict.fromkeys(_tight(run, set(long)), "repeat"))
    else:
        gone.update(dict.fromkeys(plain, "repeat"))


def _tight(run: list[tuple[int, int]], long: set[int]) -> set[int]:
    """The long lines of a run, and the short ones that follow or precede them without a gap in both copies."""
    tight = set(long)
    there = set(run)
    for pairs, step in ((run, 1), (run[::-1], -1)):
        for i, at in pairs:
            if i - step in tight and (i - step, at - step) in there:
                tight.add(i)
    return tight


def _is_prose(line: str) -> bool:
    """Not a row of a table or a specification, which different things may share."""
    labelled = _LABELLED.match(line) is not None
    if UNSPACED.search(line):
        return not labelled and (ends_sentence(line) or line[-1] in "！？…」』")
    return ends_sentence(line) or not labelled


def _weight(line: str) -> int:
    return len(line) * _WIDE if UNSPACED.search(line) else len(line)


def glued_repeats(lines: list[str]) -> dict[int, int]:
    """Where, inside a line, a copy of what stands before begins: index of the line -> where to cut it.

    The whole text twice in one line, or the first copied paragraph glued to the end of the one before.
    """
    cuts: dict[int, int] = {}
    lead = lines[0] if lines else ""
    is_long = len(lead) >= MIN_GLUED_CHARS
    for i, line in enumerate(lines):
        half = len(line) // 2
        at = _doubled(line, half) if half >= 2 * MIN_GLUED_CHARS and line[0] in line[half : half + 2] else None
        if at is None and is_long and line.endswith(lead) and i and line != lead:
            at = _after_sentence(line, len(line) - len(lead))
        if at is not None:
            cuts[i] = at
    return cuts


def _after_sentence(line: str, at: int) -> int | None:
    """The place, if a sentence ends before it: what quotes the lead in a longer sentence is no slip."""
    return at if line[:at].rstrip()[-1:] in tuple('.!?”"。！？।۔') else None


def _doubled(line: str, half: int) -> int | None:
    """Where the second copy begins in a line that says all it says twice."""
    start = line[:12]
    for at in (half, half + 1):
        if line.startswith(start, at) and line[at:] == line[:at].rstrip():
            return at
    return None
