"""Markers of the site inside a paragraph, where the line breaks round them were lost.

Only wordings that no story uses, in the spelling of the site, and only between two sentences or at an end.
"""

import re

from workers.cleaning.phrases import key_of

_GATES = (
    "ADVERTISEMENT", "Advertisement", "Media playback", "Story Continue", "Story continue", "Image c", "Enlarge this image",
    "toggle caption", "Article continues", "Anzeige", "Eigene Recherche", "lesen Sie hier", "Permalink",
)  # fmt: skip
_BEFORE = r"(?:^|(?<=[.!?:”\"'’)。]) ?)"
_AFTER = r"(?= ?(?:[A-Z“\"'‘(0-9À-Þ]|$))"
_MARKERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("advertisement", re.compile(rf"{_BEFORE}(?:ADVERTISEMENT|Advertisement(?: Continue reading the main story| - story continues below)?|Story [Cc]ontinue[sd] [Bb]elow|Article continues below(?: this ad(?:vertisement)?)?|Anzeige) ?{_AFTER}")),
    ("navigation", re.compile(rf"{_BEFORE}(?:Media playback is (?:unsupported|not supported) on (?:your|this) device|Permalink|Enlarge this image|toggle caption) ?{_AFTER}")),
    ("credit", re.compile(r"^Image copyright (?:[^\W\d_a-z][\w/.-]*(?: |$)){1,4}?(?=Image caption |$)")),
    ("caption label", re.compile(r"^Image caption (?=\S)")),
    ("pointer", re.compile(r"(?<=[.!?] )(?:Was|Wie|Warum|Wo) [^.!?]{5,80}, lesen Sie hier\.")),
    ("source", re.compile(r"(?<=[.!?] )Eigene Recherche(?: [^.!?]{3,40})?$")),
)  # fmt: skip


def may_hold_markers(text: str) -> bool:
    """Is it worth looking for markers in this text?"""
    return any(gate in text for gate in _GATES)


def cut_markers(line: str) -> tuple[str, list[tuple[str, str]]]:
    """The line without markers, and what was cut with its kind.

    >>> cut_markers("The vote is on Monday. ADVERTISEMENT Both sides agreed.")
    ('The vote is on Monday. Both sides agreed.', [('advertisement', 'ADVERTISEMENT')])
    """
    if not may_hold_markers(line):
        return line, []
    cut: list[tuple[str, str]] = []
    for kind, pattern in _MARKERS:
        for m in pattern.finditer(line):
            if key_of(m[0]):
                cut.append((kind, m[0].strip()))
        line = pattern.sub(lambda m: " " if key_of(m[0]) else m[0], line)
    return " ".join(line.split()), cut
