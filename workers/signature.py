"""The signature of a text: a scaled MinHash of its shingles, the same bytes on every machine and Python version.

Strategy: normalise, cut into tokens, hash every shingle (run of tokens) in one vectorised pass, keep the smallest hashes.

* A token is a run of letters and digits, or a single character in a script written without spaces. A shingle is
  WORDS_PER_SHINGLE tokens from a word on, or CHARS_PER_SHINGLE from an unspaced character on, so that one rule serves
  every script and mixed text.
* A scaled MinHash (Irber et al. 2022, "FracMinHash"; Broder 1997 for containment) keeps every hash below 2^64 / 2^level.
  Two sketches compare at the coarser of their levels: of the hashes that both would have kept, the share in common
  estimates Jaccard and containment without bias, for texts of any two lengths.
* The sketch is sorted by hash, so that the hashes of a coarser level are a prefix: it serves finding (its smallest hashes
  are the postings) and verifying (16 bits of each hash) at once.

Law: a change to anything here that changes one byte of any signature must change SIGNATURE_VERSION.
"""

import struct
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

SIGNATURE_VERSION = "fmh1-w3c5"

WORDS_PER_SHINGLE = 3
CHARS_PER_SHINGLE = 5
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
_MULTIPLIER = 0x9E3779B97F4A7C15
_INVERSE = pow(_MULTIPLIER, -1, 1 << 64)
_SEPARATOR = 0x1F
_MAX_CHARS = 4_000_000
_WORD, _UNSPACED = 1, 2
_UNSPACED_BLOCKS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
                    (0x3021, 0x30FF), (0x3100, 0x312F), (0x31A0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
                    (0xF900, 0xFAFF), (0x20000, 0x3FFFF))  # fmt: skip
"""Thai and Lao, Burmese, Khmer, radicals, kana, Bopomofo, Han. Hangul is written with spaces."""

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Signature:
    """What the index stores of a text.

    Attributes:
        shingles: number of distinct shingles of the text.
        sketch: packed for verifying, see `pack`.
        postings: 32 bits a hash, smallest hashes first: the index finds an article by any of them.
    """

    shingles: int
    sketch: bytes
    postings: bytes


def sign(text: str) -> Signature:
    """The signature of a clean text. A text without a single token has no shingles and an empty signature."""
    return sign_hashes(shingle_hashes(text))


def sign_hashes(hashes: Hashes) -> Signature:
    """The signature of a text with these shingle hashes, distinct and ascending."""
    counts = np.searchsorted(hashes, _BOUNDS, side="right")
    level = _level_of(counts)
    postings = min(max(int(counts[LEVELS]), MIN_POSTINGS), MAX_POSTINGS)
    return Signature(len(hashes), _pack(hashes[: counts[level]], level, counts), _postings(hashes[:postings]))


def _pack(kept: Hashes, level: int, counts: Ints) -> bytes:
    """Packs a sketch: little-endian u32 shingles, u8 level, COARSER times u16 hashes kept at it and above, u16 a hash.

    The 16 bits of a hash are its low ones, which say nothing of its rank: two sketches of a few hundred hashes share
    about one by chance.
    """
    coarser = [*counts[level : min(level + COARSER, LEVELS)].tolist(), *[0] * COARSER][:COARSER]
    return struct.pack(f"<IB{COARSER}H", int(counts[0]), level, *coarser) + kept.astype("<u2").tobytes()


def shingle_hashes(text: str) -> Hashes:
    """The distinct shingle hashes of a text, ascending, evenly spread over 64 bits."""
    points, kinds = _folded(text)
    starts = _token_starts(kinds)
    if not len(starts):
        return np.empty(0, np.uint64)
    hashes = np.sort(_mix(_shingles(points, kinds, starts)))
    return hashes[np.concatenate(([True], hashes[1:] != hashes[:-1]))]


def fold(text: str) -> bytes:
    """Letters and digits of a text, folded, without what stands between them: 4 bytes each. Equal for texts that read alike."""
    points, kinds = _folded(text)
    return points[kinds > 0].tobytes()


def _folded(text: str) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    points = _code_points(text)
    return points, _kinds()[np.minimum(points, len(_kinds()) - 1)]


def _token_starts(kinds: npt.NDArray[np.uint8]) -> Ints:
    is_start = kinds == _UNSPACED
    in_word = kinds == _WORD
    is_start |= in_word & ~np.concatenate(([False], in_word[:-1]))
    return np.flatnonzero(is_start)


def _code_points(text: str) -> npt.NDArray[np.uint32]:
    """Code points of the text in NFKC and lower case, so that typographic variants of a text are one text."""
    folded = unicodedata.normalize("NFKC", text[:_MAX_CHARS]).lower()
    return np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), "<u4")


def _shingles(points: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8], starts: Ints) -> Hashes:
    """One polynomial hash a shingle, by prefix sums over the text reduced to its tokens, a separator before each."""
    is_start = np.zeros(len(points), bool)
    is_start[starts] = True
    places = np.cumsum((kinds > 0).astype(np.int64) + is_start) - 1
    reduced = np.full(int(places[-1]) + 1, _SEPARATOR, np.uint64)
    reduced[places[kinds > 0]] = points[kinds > 0]
    begins = places[starts] - 1
    spans = np.where(kinds[starts] == _UNSPACED, CHARS_PER_SHINGLE, WORDS_PER_SHINGLE)
    ends = np.append(begins, len(reduced))
    first = np.arange(len(starts))
    whole = first + spans <= len(starts)
    whole[0] = True  # a text shorter than one shingle is one shingle
    return _range_hashes(reduced, begins[whole], ends[np.minimum(first + spans, len(starts))[whole]])


def _range_hashes(symbols: Hashes, begins: Ints, ends: Ints) -> Hashes:
    """Hashes of symbols[begin:end] for each pair: sum of symbol times multiplier^place, mod 2^64 (Karp and Rabin 1987)."""
    powers, inverses = _powers(len(symbols))
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(symbols * powers)))
    hashes: Hashes = (sums[ends] - sums[begins]) * inverses[begins]
    return hashes


def _mix(hashes: Hashes) -> Hashes:
    """Spreads each hash over all 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    mixed = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


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


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Kind by code point. Python keeps the Unicode 3.2 database in every version: the same table everywhere.

    What 3.2 does not know yet (later scripts, emoji) counts as a letter.
    """
    category = unicodedata.ucd_3_2_0.category
    table = np.array([category(chr(i))[0] in "LNM" or category(chr(i)) == "Cn" for i in range(0x10000)], np.uint8)
    table = np.concatenate((table, np.full(0x30001, _WORD, np.uint8)))
    for low, high in _UNSPACED_BLOCKS:
        table[low : high + 1] = np.where(table[low : high + 1] > 0, _UNSPACED, 0)
    return table


@cache
def _power_tables(size: int) -> tuple[Hashes, Hashes]:
    def table(base: int) -> Hashes:
        return np.concatenate((np.ones(1, np.uint64), np.cumprod(np.full(size - 1, base, np.uint64))))

    return table(_MULTIPLIER), table(_INVERSE)


def _powers(size: int) -> tuple[Hashes, Hashes]:
    """Powers of the multiplier and of its inverse mod 2^64, at least `size` of each; tables double as texts grow."""
    powers, inverses = _power_tables(max(1 << 15, 1 << (size - 1).bit_length()))
    return powers[:size], inverses[:size]
