"""Lines that an outlet repeats under many different stories: which may be learned, and which of them go from an article.

Strategy: what a site puts round its articles stands at the top or the end, in the same words each time. So only the
outermost lines are taught, and only unbroken runs of learned lines from the top or the end go; in the middle, and on top
where they are short, the same words are sub-headings, labels and rows of tables. Never taught are names and credits, very
short lines, quotes, and lines that stand in an article twice; but "By" and a name is, and goes into the item. Law: pure;
which lines are learned is an argument.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from workers.cleaning.blocks import Gone
from workers.cleaning.shape import UNSPACED, ends_sentence, holds_sentences

LINE_BYTES = 8
TOP_LINES, END_LINES = 3, 8
MAX_CHARS = 700
MIN_LETTERS = 10
"""A character of a script without spaces counts as two."""
MIN_TOP_WORDS = 7
"""A shorter line on top is the story's own: a sub-heading, the name of a column, a place."""
MAX_NAME_WORDS = 6
MAX_LABEL_CHARS, MAX_REST_CHARS = 100, 250
MAX_SHARE = 0.6
"""Where more of a text would go, it is published whole: a wall, which is no reason to drop the story, or a form that the
outlet fills in, of which every line is the story."""

_LETTER = re.compile(r"[^\W\d_]")
_CREDIT = re.compile(
    r"\b(?:contribut|report(?:ed|ing)\b|edit(?:ed|ing)\b|written by|compiled|translated|photo(?:s|graph\w*)?\b|mit material|mitarbeit|mitgewirkt"
    r"|avec (?:l['’])?(?:afp|agence)|avec (?:les )?agences|con informaci[oó]n|com informa[cç]|con agenzie|a cura di|met medewerking)",
    re.IGNORECASE,
)
"""Who wrote it, or whose it is, has to stay."""
_BY = re.compile(r"(?:By|BY)[: ] ?[^\W\d_]|(?:From|FROM|Par|Por|Von|Door|Oleh)[: ] ?[^\W\d_]\S+ [^\W\d_]")
_LINKS = frozenset("by from in and of de da di van von der el al y et und e".split())
_QUOTES = tuple("\"'“”‘’«»„「『〝")
_INTRODUCES = tuple(":：")


@dataclass(frozen=True, slots=True)
class Learned:
    """The lines learned of one source, by their keys, and the version of the list, which stands in `provenance`."""

    version: int = 0
    lines: frozenset[bytes] = frozenset()


NOTHING = Learned()


def find_learned(lines: Sequence[str], known: frozenset[bytes]) -> Gone:
    """The learned lines that stand in one run from the top, or from the end."""
    if not known:
        return {}
    repeated = _repeated(lines)

    def goes(line: str) -> bool:
        return line not in repeated and may_be_learned(line) and line_key(line) in known

    gone = dict.fromkeys(
        takewhile(lambda i: may_stand_on_top(lines[i]) and goes(lines[i]), range(len(lines))), "learned"
    )
    at_end = takewhile(lambda i: i not in gone and goes(lines[i]), range(len(lines) - 1, -1, -1))
    gone |= dict.fromkeys(at_end, "learned")
    return {i: "byline" if is_signature(lines[i]) else kind for i, kind in gone.items()}


def lesson_of(text: str) -> bytes:
    """The keys of the lines of a text that may be learned, one after the other; each once."""
    lines = text.split("\n\n")
    repeated = _repeated(lines)
    outermost = dict.fromkeys([*filter(may_stand_on_top, lines[:TOP_LINES]), *lines[-END_LINES:]])
    return b"".join(line_key(line) for line in outermost if line not in repeated and may_be_learned(line))


def keys_in(lesson: bytes) -> Iterator[bytes]:
    """The keys that `lesson_of` put together."""
    return (lesson[at : at + LINE_BYTES] for at in range(0, len(lesson), LINE_BYTES))


def line_key(line: str) -> bytes:
    """The first bytes of the line's hash; the last bit says that it is a sentence, which takes more stories to learn."""
    digest = hashlib.blake2b(line.encode(), digest_size=LINE_BYTES).digest()
    return digest[:-1] + bytes([digest[-1] & 0xFE | _is_sentence(line)])


def may_stand_on_top(line: str) -> bool:
    """Is the line too long for a sub-heading, or a byline? Two characters of a script without spaces count as a word."""
    return len(line.split()) + len(UNSPACED.findall(line)) // 2 >= MIN_TOP_WORDS or is_signature(line)


def is_signature(line: str) -> bool:
    """Is the line "By" and a name? Once it is learned it need not have two words, nor stand on top.

    >>> [is_signature(x) for x in ("By Abankula", "From Ada Brook, Lagos", "From Lagos", "By Tuesday the water was gone")]
    [True, True, False, False]
    """
    return _BY.match(line) is not None and _is_name(line)


def may_be_learned(line: str) -> bool:
    """Could the line be put there by the site? Names, credits, quotes, and what is very short or introduces something are not.

    >>> [may_be_learned(x) for x in ("Download our app today", "ADA BROOK, Abuja", "(AFP)", "He said:", "…")]
    [True, False, False, False, True]
    """
    if len(line) > MAX_CHARS or line.startswith(_QUOTES) or line.endswith(_INTRODUCES):
        return False
    letters = len(_LETTER.findall(line)) + len(UNSPACED.findall(line))
    if not letters:
        return len(set(line)) <= 2 and not any(map(str.isalnum, line))
    return letters >= MIN_LETTERS and (is_signature(line) or not _is_name(line)) and not _CREDIT.search(line)


def _is_sentence(line: str) -> bool:
    """A whole sentence or several; the rest of one that a link was cut out of, or a button's "Free! Sign up", is a label."""
    if not _LETTER.search(line) or (line[0].islower() and len(line) <= MAX_REST_CHARS):
        return False
    return ends_sentence(line) or (len(line) > MAX_LABEL_CHARS and holds_sentences(line))


def _is_name(line: str) -> bool:
    """A few words that all begin with a capital, or a script without them could not tell: By Ada Brook, Lagos."""
    words = re.findall(r"[^\W\d_][\w.'’-]*", line)
    if len(words) > MAX_NAME_WORDS or ends_sentence(line):
        return False
    return all(word[0].isupper() or word.lower() in _LINKS for word in words)


def _repeated(lines: Sequence[str]) -> set[str]:
    if len(set(lines)) == len(lines):
        return set()
    return {line for line, times in Counter(lines).items() if times > 1}
