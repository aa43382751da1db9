"""The chance of finding a copy, as theory says, for the signature and the settings in force. Pure.

The model: two texts of N shingles each, of which a share c is common; shingle hashes are random numbers.

* Found: the index takes what shares a sixteenth of the article's postings. A posting is one of its smallest hashes: all
  below 1/FINDER_SHARE, but MIN_POSTINGS at least and MAX_POSTINGS at most. A common one is a posting of both when its rank
  is low in both; how many are is a sum of independent chances (Poisson binomial).
* Judged: of the hashes that both sketches keep (one in 2^level), the known share must reach the threshold. Kept common and
  kept new hashes are binomial, and a new one may look known, as sketches keep 16 bits of a hash; the level follows from how many a text keeps (signature.py).

Kept out is what is found and judged a copy; the two are taken as independent, though postings are part of the sketch.
"""

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workers.shingles import WORDS_PER_SHINGLE
from workers.signature import BASE_LEVEL, FINDER_SHARE, MAX_HASHES, MAX_POSTINGS, MIN_HASHES, MIN_POSTINGS

FEWEST_SHARE = 16
"""Candidates share one in so many of the article's postings at least (lua/search.lua)."""
LOW_BITS = 1 << 16
"""Two hashes of sketches are equal by chance in one case of so many."""
TAIL = 1e-6

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chances:
    """Of one similarity, 0 to 1. `kept_out` is found and judged a copy."""

    found: float
    kept_out: float


def chances(words: int, containment: float, threshold: float) -> Chances:
    """For an article of so many words, of which this share of shingles is known."""
    shingles = shingles_of(words)
    common = round(containment * shingles)
    found = chance_of_finding(shingles, containment)
    return Chances(found, found * min(chance_of_judging(shingles, common, threshold), 1.0))


def shingles_of(words: int) -> int:
    """Of a text without repetitions."""
    return max(words - WORDS_PER_SHINGLE + 1, 1)


def chance_of_finding(shingles: int, containment: float) -> float:
    """That enough postings are common, over the number of postings that a text of so many shingles may have."""
    by_postings: dict[int, float] = defaultdict(float)
    for count, chance in enumerate(binomial(shingles, 1 / FINDER_SHARE)):
        by_postings[min(max(count, MIN_POSTINGS), MAX_POSTINGS, shingles)] += float(chance)
    likely = {postings: chance for postings, chance in by_postings.items() if chance > TAIL}
    return min(sum(chance * _enough_shared(postings, containment) for postings, chance in likely.items()), 1.0)


def _enough_shared(postings: int, containment: float) -> float:
    fewest = math.ceil(max(postings / FEWEST_SHARE, 1))
    return float(sum_of_chances(_chance_by_rank(postings, containment))[fewest:].sum())


def _chance_by_rank(postings: int, containment: float) -> Floats:
    """Of each posting that it is common and a posting of the other text too.

    Where the number of postings is clamped, the other text's last posting may lie lower: of the hashes below this one, the
    common ones are below it there as well, and of the other text's own hashes about as many as of this one's.
    """
    ranks = np.arange(postings)
    if MIN_POSTINGS < postings < MAX_POSTINGS:
        return np.full(postings, containment)
    low_enough = [_low_enough(int(rank), postings, containment) for rank in ranks]
    return containment * np.array(low_enough)


def _low_enough(rank: int, postings: int, containment: float) -> float:
    """That fewer than `postings` hashes of the other text lie below the hash of this rank."""
    common = binomial(rank, containment)
    own = _own_below(rank, containment, postings)
    return float(np.convolve(common, own)[:postings].sum())


def _own_below(rank: int, containment: float, most: int) -> Floats:
    """How many of the other text's own hashes lie below: as its hashes come at random, between one of ours and the next."""
    ours = binomial(rank, 1 - containment)
    spread = np.zeros(most + 1)
    for n, chance in enumerate(ours):
        spread += chance * _negative_binomial(n + 1, most)
    return spread


def _negative_binomial(turns: int, most: int) -> Floats:
    """How many of theirs come before `turns` of ours have, when either is as likely to be next."""
    logs = [math.lgamma(k + turns) - math.lgamma(k + 1) - math.lgamma(turns) for k in range(most + 1)]
    chance: Floats = np.exp(np.array(logs) - math.log(2) * (np.arange(most + 1) + turns))
    return chance


def chance_of_judging(shingles: int, common: int, threshold: float) -> float:
    """That the sketches' estimate reaches the threshold, over the levels at which two such texts may be compared."""
    levels = compared_at(shingles)
    return sum(
        chance * _judged_at(level, shingles, common, threshold) for level, chance in levels.items() if chance > TAIL
    )


def compared_at(shingles: int) -> dict[int, float]:
    """The chance of each level: the coarser one of two texts with so many shingles."""
    own = dict.fromkeys(range(BASE_LEVEL + 1), 0.0)
    left = 1.0
    for level in range(BASE_LEVEL, 0, -1):
        enough = float(binomial(shingles, 0.5**level)[MIN_HASHES:].sum())
        own[level], left = left * enough, left * (1 - enough)
    own[0] = left
    if shingles * 0.5**BASE_LEVEL > MAX_HASHES:
        return {math.ceil(math.log2(shingles / MAX_HASHES)): 1.0}
    below = {level: sum(chance for other, chance in own.items() if other <= level) for level in own}
    return {level: below[level] ** 2 - below.get(level - 1, 0.0) ** 2 for level in own}


def _judged_at(level: int, shingles: int, common: int, threshold: float) -> float:
    kept = 0.5**level
    by_chance = shingles * kept / LOW_BITS
    new = shingles - common
    if level == 0:
        lacking = max(math.ceil(threshold * shingles - 1e-9) - common, 0)
        return float(binomial(new, by_chance)[lacking:].sum())
    known = np.convolve(binomial(common, kept), binomial(new, kept * by_chance))
    at_most = np.cumsum(binomial(new, kept * (1 - by_chance)))
    most_new = np.floor(np.arange(1, len(known)) * (1 - threshold) / threshold + 1e-9).astype(int)
    return float((known[1:] * at_most[np.minimum(most_new, new)]).sum())


def binomial(n: int, p: float) -> Floats:
    """The chance of each number of successes, 0 to n."""
    if p in (0.0, 1.0) or n == 0:
        sure = np.zeros(n + 1)
        sure[n if p == 1.0 else 0] = 1.0
        return sure
    ways = np.array([math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(n + 1)])
    k = np.arange(n + 1)
    chance: Floats = np.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))
    return chance


def sum_of_chances(chances: Floats) -> Floats:
    """The chance of each number of successes of independent trials, each with a chance of its own."""
    total = np.ones(1)
    for chance in chances:
        total = np.convolve(total, (1 - chance, chance))
    return total
