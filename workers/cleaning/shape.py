"""What a line looks like, whatever it says: a sentence, a headline, a list entry, in any script.

Scripts without case (Arabic, Hindi, Japanese ...) pass every test on capitals by having none: never ask "no small
letters" here without asking for capitals too.
"""

import re

BULLETS = "・•●○■□◆◇▶►▸‣▪*-–—·»›>✓→"
MAX_HEADLINE_CHARS = 170
MAX_HEADLINE_WORDS = 26
MAX_TWO_SENTENCES_CHARS = 100
MAX_UNSPACED_HEADLINE_CHARS = 90
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
"""One character of a script that writes words without spaces."""
SENTENCE_END = re.compile(r"[.!?。！？।۔](?:\s+|(?=[\u3040-\u9fff]))")
"""The end of a sentence with another after it."""
_CLOSED = re.compile(r"""[.。।۔;；][)\]"'”’»」』）]*$""")
_ABBREVIATION = re.compile(
    r"\b(?:[A-Z]\.(?:[A-Z]\.)*|(?:Jr|Sr|Inc|Co|Corp|Ltd|St|Gov|Sen|Rep|vs|No)\.|[ap]\.m\.|\.\.\.)[\"'”’]?$"
)
_INNER_END = re.compile(r"[a-z0-9)”\"'][.!?][”\"']? +[A-Z“\"]|[。！？।۔] ?\S")
QUOTE_OR_BULLET = re.compile("[\"'“”‘’«»„「『〝" + re.escape(BULLETS) + "]|\\d{1,2}[.)] |Q[.:] |A[.:] ")


_SPEAKER = re.compile(r"[A-Z]{1,3}[:.] ")
"""The label of a question or an answer in an interview."""


def ends_sentence(line: str) -> bool:
    """Does the line end like a sentence of a story? Headlines may end with ? or ! or an abbreviation.

    >>> [ends_sentence(x) for x in ("He left.", "He left the U.S.", "Will he leave?", "彼は去った。")]
    [True, False, False, True]
    """
    return bool(_CLOSED.search(line)) and not _ABBREVIATION.search(line)


def is_headline_like(line: str) -> bool:
    """Could the line be the headline of another article? Not if it is long, a sentence, or introduces something."""
    limit = MAX_UNSPACED_HEADLINE_CHARS if UNSPACED.search(line) else MAX_HEADLINE_CHARS
    if len(line) > limit or line[-1] in ":：," or ends_sentence(line):
        return False
    if line[0] in '“"' and not re.search(r"[”\"]", line[1:]):
        return False  # a quote that goes on in the next paragraph
    if _SPEAKER.match(line):
        return False
    if len(line) > MAX_TWO_SENTENCES_CHARS and (holds_sentences(line) or line.count(" ") > MAX_HEADLINE_WORDS):
        return False
    return not line[:2].islower()


def bullet_of(line: str) -> str:
    """The list mark that the line begins with, or nothing."""
    return line[0] if line[0] in BULLETS else ""


def holds_sentences(line: str) -> bool:
    """Does one sentence end and another begin within the line?"""
    return bool(_INNER_END.search(line))
