"""Made claims for benchmarks: signatures of random shingles, of lengths like those of real news."""

from collections.abc import Iterator

import numpy as np

from workers.claim import Claim
from workers.shingles import Hashes
from workers.signature import sign_hashes

MEDIAN_SHINGLES, SPREAD = 560, 0.6
"""Log-normal, as measured on English news: median about 560 words, mean about 670."""
ARRIVALS_PER_S = 50


class Maker:
    """Makes claims of distinct articles, the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        self.offset = 0

    def claims(self, count: int) -> list[Claim]:
        """Claims of `count` new articles, at the next offsets."""
        sizes = self._random.lognormal(np.log(MEDIAN_SHINGLES), SPREAD, count).astype(int)
        return [self.claim(self.hashes(max(8, int(size)))) for size in sizes]

    def hashes(self, count: int) -> Hashes:
        """Shingle hashes of a text of its own."""
        return np.sort(self._random.integers(0, 1 << 64, count, dtype=np.uint64))

    def claim(self, hashes: Hashes) -> Claim:
        """The claim of an article with these shingles."""
        own, at = self._random.bytes(76), 1_800_000_000 + self.offset / ARRIVALS_PER_S
        parts = iter(np.split(np.frombuffer(own, np.uint8), [8, 16, 24, 32, 40, 44, 72]))
        names = ("record", "uri_hash", "raw", "text", "core", "headline", "beginnings", "source")
        claim = Claim(
            offset=self.offset,
            uri=f"https://outlet-{self.offset % 40}.example/section/a-slug-of-usual-length-{self.offset:09d}",
            status="usable",
            version="",
            created_us=-1,
            arrival_s=at,
            window_time_s=at,
            reject=None,
            signature=sign_hashes(hashes),
            **{name: bytes(next(parts)) for name in names},
        )
        self.offset += 1
        return claim

    def endless(self, run: int) -> Iterator[list[Claim]]:
        """Runs of claims without end."""
        while True:
            yield self.claims(run)
