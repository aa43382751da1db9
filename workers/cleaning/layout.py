"""Lines and paragraphs. In what arrives a line is a paragraph, except in hard-wrapped text; what leaves is paragraphs
separated by exactly one blank line.

Hard-wrapped text (prints, e-mail, old wires) is told by its lines: many, of like length, broken in mid-sentence, so that
the next begins with a small letter. Poems and lists begin their lines with capitals, and stay as they are.
"""

import re
from itertools import pairwise

_ODD_SPACE = re.compile("[\t\x0b\x0c\x85\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_END_CLOSED = re.compile(r"""[.!?:;…。！？।۔][)\]"'”’»]*$""")

MIN_WRAPPED_PAIRS = 6
WRAP_WIDTH = range(38, 121)
MIN_BROKEN_SHARE = 0.5


def lines_of(text: str) -> list[str]:
    """The lines that are not blank, white space collapsed."""
    if _ODD_SPACE.search(text):
        return [line for line in (" ".join(row.split()) for row in text.split("\n")) if line]
    return lines_of_rows(text, text.split("\n"))


def lines_of_rows(text: str, rows: list[str]) -> list[str]:
    """The same for a text, and its rows, without white space but blanks and line ends."""
    lines = [" ".join(row.split()) for row in rows] if "  " in text else map(str.strip, rows)
    return list(filter(None, lines))


def join_lines(lines: list[str]) -> str:
    """Paragraphs with one blank line between."""
    return "\n\n".join(lines)


def may_be_wrapped(text: str, rows: list[str]) -> bool:
    """Can so many rows of the text follow upon each other that `unwrap` has to look at them?"""
    if len(rows) <= MIN_WRAPPED_PAIRS:
        return False
    blank = text.count("\n\n")
    return not blank or blank * 2 < len(rows) - 1 - MIN_WRAPPED_PAIRS


def unwrap(text: str) -> str:
    """Joins the lines of hard-wrapped paragraphs; any other text comes back as it is."""
    rows = text.split("\n")
    if not may_be_wrapped(text, rows):
        return text  # as good as every line stands alone
    lines = [" ".join(row.split()) for row in rows]
    pairs = [(a, b) for a, b in pairwise(lines) if a and b]
    if len(pairs) < MIN_WRAPPED_PAIRS or sum(_broken(a, b) for a, b in pairs) < MIN_BROKEN_SHARE * len(pairs):
        return text
    width = sorted(len(a) for a, _ in pairs)[len(pairs) * 3 // 4]
    return "\n".join(_joined(lines, width))


def _broken(a: str, b: str) -> bool:
    return len(a) in WRAP_WIDTH and b[0].islower() and not _LINE_END_CLOSED.search(a)


def _joined(lines: list[str], width: int) -> list[str]:
    out: list[str] = []
    last = ""
    for line in lines:
        if last and line and (_broken(last, line) or (len(last) > 0.8 * width and not _LINE_END_CLOSED.search(last))):
            out[-1] += " " + line
        elif last and line and len(last) > 0.85 * width and len(last) <= WRAP_WIDTH.stop:
            out[-1] += " " + line  # a sentence that ended at the margin: the paragraph goes on
        else:
            out.append(line)
        last = line
    return out
