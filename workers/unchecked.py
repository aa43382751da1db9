"""An index that is not waited for without end: when it has been away too long, articles are published unchecked.

By default articles wait for the index. A newsroom that would rather see a copy than nothing sets
NEWSWIRE_PUBLISH_UNCHECKED_AFTER_S. What is published so is marked (`dedup.method` is `unchecked`) and alerted, is not in
the index afterwards, and so its later copies come through once more.
"""

import time
from collections.abc import Callable, Sequence

import structlog

from workers.claim import Claim
from workers.claims import Index
from workers.outcome import Decision
from workers.redis_io import is_transient

log = structlog.get_logger("newswire.index")


class UncheckedIndex:
    """Asks `index`; after `after_s` seconds without an answer decides without it, until it answers again."""

    def __init__(self, index: Index, after_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._index, self._after_s, self._clock = index, after_s, clock
        self._away_since: float | None = None
        self._published = 0
        self._told = False

    async def take_over(self, topic: str, partition: int, committed: int) -> int:
        """Like the index; a generation of 0, which owns nothing, when that is not waited for."""
        try:
            generation = await self._index.take_over(topic, partition, committed)
        except Exception as error:  # noqa: BLE001 - raised again unless it may pass
            self.give_up_or_raise(error)
            return 0
        self._is_back()
        return generation

    async def claim(
        self, topic: str, partition: int, generation: int, committed: int, claims: Sequence[Claim]
    ) -> list[Decision | None]:
        """Like the index; decisions without it when that is not waited for."""
        try:
            answers = await self._index.claim(topic, partition, generation, committed, claims)
        except Exception as error:  # noqa: BLE001 - raised again unless it may pass
            self.give_up_or_raise(error)
            self._published += len(claims)
            return [decide_unchecked(claim) for claim in claims]
        self._is_back()
        return answers

    def give_up_or_raise(self, error: Exception) -> None:
        """Raises the error again, unless it may pass and the index has been away too long to be waited for."""
        if not is_transient(error):
            raise error
        now = self._clock()
        if self._away_since is None:
            self._away_since = now
        if now - self._away_since < self._after_s:
            raise error
        if not self._told:
            self._told = True
            log.error(
                "the index is away: articles are published unchecked",
                because=repr(error),
                for_s=round(now - self._away_since),
            )

    def _is_back(self) -> None:
        if self._published:
            log.error("the index is back", published_unchecked=self._published)
        self._away_since, self._published, self._told = None, 0, False


def decide_unchecked(claim: Claim) -> Decision:
    """What can be said of an article without the index: what it is by itself."""
    if claim.status == "canceled":
        return Decision("cancel", story=claim.uri, relation="cancel", checked=False)
    if claim.status == "withheld":
        return Decision("rejected", story=claim.uri, reason="withheld", checked=False)
    if claim.reject:
        return Decision("rejected", story=claim.uri, reason=claim.reject, checked=False)
    return Decision("new", story=claim.uri, checked=False)
