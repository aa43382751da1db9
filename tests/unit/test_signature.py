"""The signature of a text: the same bytes everywhere, equal for texts that read alike, and figures that come out right."""

import hashlib
import struct

import numpy as np
import pytest

from workers.shingles import CHARS_PER_SHINGLE, WORDS_PER_SHINGLE, fold, shingle_hashes
from workers.signature import COARSER, FINDER_SHARE, MAX_HASHES, MAX_POSTINGS, SIGNATURE_VERSION, sign

LONG = " ".join(f"word{n}" for n in range(900))
GOLDEN = {
    LONG: "4eec9b76c5551fa0",
    "The harbour council voted on Tuesday to close the old bridge to lorries.": "09128e64c0f89ada",
    "港湾評議会は火曜日、古い橋へのトラックの通行を禁止することを決めた。": "941890c27cfdc8ca",
    "Ärger im Hafen: Der Rat sperrt die alte Brücke für Lastwagen – ab Montag.": "fbe1996ff0e0d926",
    "बंदरगाह परिषद ने मंगलवार को पुराने पुल पर ट्रकों के आने पर रोक लगा दी।": "c327a08ef31cf63c",
}


def digest(text: str) -> str:
    s = sign(text)
    return hashlib.sha256(struct.pack("<I", s.shingles) + s.sketch + s.postings).hexdigest()[:16]


@pytest.mark.parametrize(("text", "expected"), GOLDEN.items())
def test_golden(text: str, expected: str) -> None:
    """The bytes of these signatures never change while SIGNATURE_VERSION is what it is."""
    assert SIGNATURE_VERSION == "fmh2-w3c5"
    assert digest(text) == expected


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("“It’s over,” he said — twice.", '"It\'s over," he said - twice.'),
        ("ＮＥＷＳ from Tokyo today", "news from tokyo TODAY"),
        ("one two\n\nthree four", "One, two; three. FOUR!"),
        ("ﬁnal oﬃce hours", "final office hours"),
    ],
)
def test_typography_and_case_make_no_difference(a: str, b: str) -> None:
    """Quotes, dashes, width, ligatures, case, punctuation and space are not what a text says."""
    assert sign(a) == sign(b)
    assert fold(a) == fold(b)


def test_numbers_of_shingles() -> None:
    """As many as words less two, as characters of an unspaced script less four; a shorter text has one."""
    assert len(shingle_hashes("a b c d e f")) == 6 - WORDS_PER_SHINGLE + 1
    assert len(shingle_hashes("港湾評議会は火曜日")) == 9 - CHARS_PER_SHINGLE + 1
    assert len(shingle_hashes("word")) == 1
    assert len(shingle_hashes("")) == len(shingle_hashes("... !? --")) == 0


def test_shingles_count_once() -> None:
    """A text that stands twice has the shingles of one, but for the seam."""
    once = " ".join(f"w{n}" for n in range(50))
    assert len(shingle_hashes(f"{once} {once}")) == 48 + 2


def test_hashes_are_even() -> None:
    """A quarter of many hashes is in each quarter of their range."""
    hashes = shingle_hashes(" ".join(f"word{n}" for n in range(20_000)))
    share = np.histogram(hashes.astype(float), bins=4, range=(0, 2.0**64))[0] / len(hashes)
    assert np.all(abs(share - 0.25) < 0.02)


def test_sketch_is_bounded_and_keeps_at_least_its_few() -> None:
    """Short texts keep all, long ones a bounded number; counts a level fall and the last kept level is full."""
    for words in (3, 50, 400, 5_000, 100_000):
        s = sign(" ".join(f"w{n}" for n in range(words)))
        shingles, _, *counts = struct.unpack(f"<IB{COARSER}H", s.sketch[: 5 + 2 * COARSER])
        assert shingles == s.shingles == words - 2
        assert counts == sorted(counts, reverse=True)
        assert counts[0] * 2 == len(s.sketch) - 5 - 2 * COARSER <= 2 * MAX_HASHES
        assert len(s.postings) % 4 == 0
        assert min(words - 2, 16) <= len(s.postings) // 4 <= MAX_POSTINGS


def test_postings_of_an_excerpt_are_postings_of_the_whole() -> None:
    """What finds: an excerpt shares its smallest hashes with the article it was cut from."""
    whole = [f"w{n}" for n in range(800)]
    postings = {sign(" ".join(whole)).postings[i : i + 4] for i in range(0, 4 * (800 // FINDER_SHARE), 4)}
    part = sign(" ".join(whole[:120])).postings
    assert len(postings & {part[i : i + 4] for i in range(0, len(part), 4)}) >= 3


def test_lone_surrogates_and_odd_planes_do_not_raise() -> None:
    """Whatever a str can hold has a signature."""
    sign("\ud800 a b \U0010ffff c \x00 d")
