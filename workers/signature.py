"""The signature of a text: a scaled MinHash of its shingles, the same bytes on every machine and Python version.

Strategy: of the hashes of all shingles (workers/shingles.py) keep the smallest.

* A scaled MinHash (Irber et al. 2022, "FracMinHash"; Broder 1997 for containment) keeps every hash below 2^64 / 2^level.
  Two sketches compare at the coarser of their levels: of the hashes that both would have kept, the share in common
  estimates Jaccard and containment without bias, for texts of any two lengths.
* The sketch is sorted by hash, so that the hashes of a coarser level are a prefix: it serves finding (its smallest hashes
  are the postings) and verifying (16 bits of each hash) at once.

Law: a change to anything here or in shingles.py that changes one byte of any signature must change SIGNATURE_VERSION.
"""

import struct
from dataclasses import dataclass

import numpy as np

from workers.shingles import Hashes, Ints, Marks, marked_shingles

SIGNATURE_VERSION = "fmh2-w3c5"

BASE_LEVEL = 2
"""Texts keep the shingle hashes below 2^64 / 2^2: one in four."""
MIN_HASHES = 96
"""A text with fewer hashes than this below its level keeps a lower level, down to all of its shingles."""
MAX_HASHES = 4_096
"""A text with more keeps a higher level: bounds memory and the time of a comparison."""
FINDER_SHARE = 24
"""One shingle in so many is a posting by which an article is found: an excerpt of 120 words shares five with its whole."""
MIN_POSTINGS = 16
MAX_POSTINGS = 512
LEVELS = 16
COARSER = 8
"""A sketch compares at its own level and at the seven above; beyond, nothing worth comparing is left of it."""

_BOUNDS = np.array([(1 << (64 - level)) - 1 for level in range(LEVELS)] + [(1 << 64) // FINDER_SHARE], np.uint64)
"""The greatest hash kept at each level, and the greatest that is a posting."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What the index stores of a text.

    Attributes:
        shingles: number of distinct shingles of the text.
        sketch: packed for verifying, see `_pack`.
        postings: 32 bits a hash, smallest hashes first: the index finds an article by any of them.
        marks: a digit a hash of the sketch (workers/shingles.py); for the claim alone, never stored.
    """

    shingles: int
    sketch: bytes
    postings: bytes
    marks: bytes = b""


def sign(text: str) -> Signature:
    """The signature of a clean text. A text without a single token has no shingles and an empty signature."""
    return sign_hashes(*marked_shingles(text))


def sign_hashes(hashes: Hashes, marks: Marks | None = None) -> Signature:
    """The signature of a text with these shingle hashes, distinct and ascending, and the mark of each."""
    counts = np.searchsorted(hashes, _BOUNDS, side="right")
    level = _level_of(counts)
    kept, postings = int(counts[level]), min(max(int(counts[LEVELS]), MIN_POSTINGS), MAX_POSTINGS)
    digits = b"" if marks is None else (marks[:kept] + np.uint8(ord("0"))).tobytes()
    return Signature(len(hashes), _pack(hashes[:kept], level, counts), _postings(hashes[:postings]), digits)


def _pack(kept: Hashes, level: int, counts: Ints) -> bytes:
    """Packs a sketch: little-endian u32 shingles, u8 level, COARSER times u16 hashes kept at it and above, u16 a hash.

    The 16 bits of a hash are its low ones, which say nothing of its rank: two sketches of a few hundred hashes share
    about one by chance.
    """
    coarser = [*counts[level : min(level + COARSER, LEVELS)].tolist(), *[0] * COARSER][:COARSER]
    return struct.pack(f"<IB{COARSER}H", int(counts[0]), level, *coarser) + kept.astype("<u2").tobytes()


def _level_of(counts: Ints) -> int:
    """The base level, a lower one for a text that would keep too few hashes, a higher one for too many."""
    level = BASE_LEVEL
    while level > 0 and counts[level] < MIN_HASHES:
        level -= 1
    while level < LEVELS - 1 and counts[level] > MAX_HASHES:
        level += 1
    return level


def _postings(smallest: Hashes) -> bytes:
    return smallest.astype("<u4").tobytes()
