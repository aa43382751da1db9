"""Which passages of one text stand in another one: what the figures of a decision look like in words. Pure.

Strategy: as the signature does, by shingles, but over the whole texts and with places: a token is known when any shingle
that covers it stands in the other text. Runs of known tokens are the shared passages, the others are what is new.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import numpy as np

from workers.shingles import CHARS_PER_SHINGLE, UNSPACED_BLOCKS, WORDS_PER_SHINGLE, shingle_hashes

MAX_CHARS = 1_000_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of one text, on one line; `words` counts its tokens."""

    words: int
    text: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two whole texts share, without the error of a sketch.

    Attributes:
        containment: share of the first text's shingles that the second one holds.
        containment_of: share of the second text's shingles that the first one holds.
        shared: passages of the first that stand in the second, the longest first.
        new: passages of the first that do not, the longest first.
        words: of the first text.
        shared_words: of these in shared passages.
    """

    jaccard: float
    containment: float
    containment_of: float
    shared: tuple[Passage, ...]
    new: tuple[Passage, ...]
    words: int
    shared_words: int


@dataclass(frozen=True, slots=True)
class _Token:
    folded: str
    begin: int
    end: int
    unspaced: bool


def overlap(text: str, other: str) -> Overlap:
    """What `text` shares with `other`, which came before it."""
    jaccard, containment, containment_of = figures(text, other)
    tokens = _tokens(text)
    known = _known(tokens, {shingle for _, shingle in _shingles(_tokens(other))})
    shared, new = (sorted(_runs(text, tokens, known, kind), key=lambda p: -p.words) for kind in (True, False))
    return Overlap(jaccard, containment, containment_of, tuple(shared), tuple(new), len(tokens), sum(known))


def figures(text: str, other: str) -> tuple[float, float, float]:
    """Jaccard and containment both ways, of all shingles."""
    a, b = shingle_hashes(text), shingle_hashes(other)
    if not len(a) or not len(b):
        return 0.0, 0.0, 0.0
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common), common / len(a), common / len(b)


def _tokens(text: str) -> list[_Token]:
    found = _token_pattern().finditer(text[:MAX_CHARS])
    return [_Token(_folded(m.group()), *m.span(), m.lastgroup == "unspaced") for m in found]


@cache
def _token_pattern() -> re.Pattern[str]:
    unspaced = "".join(f"{chr(low)}-{chr(high)}" for low, high in UNSPACED_BLOCKS)
    return re.compile(rf"(?P<unspaced>(?=[^\W_])[{unspaced}])|(?:(?![{unspaced}])[^\W_])+")


def _folded(token: str) -> str:
    return unicodedata.normalize("NFKC", token).lower()


def _shingles(tokens: list[_Token]) -> Iterator[tuple[range, tuple[str, ...]]]:
    """Each shingle with the places of its tokens; a text shorter than one shingle is one."""
    words = [token.folded for token in tokens]
    for place, token in enumerate(tokens):
        size = CHARS_PER_SHINGLE if token.unspaced else WORDS_PER_SHINGLE
        if place + size <= len(tokens) or place == 0:
            yield range(place, min(place + size, len(tokens))), tuple(words[place : place + size])


def _known(tokens: list[_Token], others: set[tuple[str, ...]]) -> list[bool]:
    known = [False] * len(tokens)
    for places, shingle in _shingles(tokens):
        if shingle in others:
            for place in places:
                known[place] = True
    return known


def _runs(text: str, tokens: list[_Token], known: list[bool], kind: bool) -> Iterator[Passage]:
    for is_known, run in groupby(range(len(tokens)), key=known.__getitem__):
        if is_known == kind:
            places = list(run)
            end = tokens[places[-1]].end
            end += len(text[end : end + 1].rstrip()) if end < len(text) and not text[end].isalnum() else 0
            yield Passage(len(places), " ".join(text[tokens[places[0]].begin : end].split()))
