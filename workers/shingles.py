"""Shingles of a text as 64-bit hashes, the same on every machine and Python version, in one vectorised pass.

A token is a run of letters and digits, or a single character in a script written without spaces. A shingle is
WORDS_PER_SHINGLE tokens from a word on, or CHARS_PER_SHINGLE from an unspaced character on, so that one rule serves every
script and mixed text. Case, width, punctuation and space make no difference.

Law: see workers/signature.py; whatever changes a hash here must change SIGNATURE_VERSION there.
"""

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

WORDS_PER_SHINGLE = 3
CHARS_PER_SHINGLE = 5
LEAD_WORDS, LEAD_CHARS = 50, 100
"""Of a text in words, or in characters of an unspaced script, so many are its lead."""
IN_LEAD, HAS_NUMBER = 1, 2
"""Marks of a shingle: it begins in the lead, a word of it begins with a digit; their sum where both hold."""

_MULTIPLIER = 0x9E3779B97F4A7C15
_INVERSE = pow(_MULTIPLIER, -1, 1 << 64)
_SEPARATOR = 0x1F
_MAX_CHARS = 4_000_000
_WORD, _UNSPACED = 1, 2
UNSPACED_BLOCKS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
                    (0x3021, 0x30FF), (0x3100, 0x312F), (0x31A0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
                    (0xF900, 0xFAFF), (0x20000, 0x3FFFF))  # fmt: skip
"""Thai and Lao, Burmese, Khmer, radicals, kana, Bopomofo, Han. Hangul is written with spaces."""

Hashes = npt.NDArray[np.uint64]
Marks = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


def shingle_hashes(text: str) -> Hashes:
    """The distinct shingle hashes of a text, ascending, evenly spread over 64 bits."""
    return marked_shingles(text)[0]


def marked_shingles(text: str) -> tuple[Hashes, Marks]:
    """The distinct shingle hashes of a text, ascending, and the mark of each where it first stands."""
    points, kinds = _folded(text)
    starts = _token_starts(kinds)
    if not len(starts):
        return np.empty(0, np.uint64), np.empty(0, np.uint8)
    first, spans = _places(kinds, starts)
    hashes = _mix(_shingles(points, kinds, starts, first, spans))
    marks = _marks(points, kinds, starts, first, spans)
    order = np.argsort(hashes, kind="stable")
    hashes, marks = hashes[order], marks[order]
    is_first = np.concatenate(([True], hashes[1:] != hashes[:-1]))
    return hashes[is_first], marks[is_first]


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


def _places(kinds: Marks, starts: Ints) -> tuple[Ints, Ints]:
    """First token and number of tokens of each shingle; a text shorter than one shingle is one shingle."""
    spans = np.where(kinds[starts] == _UNSPACED, CHARS_PER_SHINGLE, WORDS_PER_SHINGLE)
    first = np.arange(len(starts))
    whole = first + spans <= len(starts)
    whole[0] = True
    return first[whole], np.minimum(spans, len(starts) - first)[whole]


def _marks(points: npt.NDArray[np.uint32], kinds: Marks, starts: Ints, first: Ints, spans: Ints) -> Marks:
    is_number = (points[starts] >= ord("0")) & (points[starts] <= ord("9"))
    numbers = np.concatenate(([0], np.cumsum(is_number)))
    has_number = numbers[first + spans] > numbers[first]
    lead = LEAD_CHARS if np.mean(kinds[starts] == _UNSPACED) > 0.5 else LEAD_WORDS
    marks: Marks = IN_LEAD * (first < lead).astype(np.uint8) + HAS_NUMBER * has_number.astype(np.uint8)
    return marks


def _shingles(points: npt.NDArray[np.uint32], kinds: Marks, starts: Ints, first: Ints, spans: Ints) -> Hashes:
    """One polynomial hash a shingle, by prefix sums over the text reduced to its tokens, a separator before each."""
    is_start = np.zeros(len(points), bool)
    is_start[starts] = True
    places = np.cumsum((kinds > 0).astype(np.int64) + is_start) - 1
    reduced = np.full(int(places[-1]) + 1, _SEPARATOR, np.uint64)
    reduced[places[kinds > 0]] = points[kinds > 0]
    begins = places[starts] - 1
    ends = np.append(begins, len(reduced))
    return _range_hashes(reduced, begins[first], ends[first + spans])


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


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Kind by code point. Python keeps the Unicode 3.2 database in every version: the same table everywhere.

    What 3.2 does not know yet (later scripts, emoji) counts as a letter.
    """
    category = unicodedata.ucd_3_2_0.category
    table = np.array([category(chr(i))[0] in "LNM" or category(chr(i)) == "Cn" for i in range(0x10000)], np.uint8)
    table = np.concatenate((table, np.full(0x30001, _WORD, np.uint8)))
    for low, high in UNSPACED_BLOCKS:
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
