"""Looks at a running worker now and then, beside its work: how its partitions get on, what Redis tells, who answers."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog

from workers.claims import RedisIndex
from workers.health import Health
from workers.metrics import Metrics
from workers.metrics.metrics import IndexFacts
from workers.metrics.partitions import LOOK_EVERY_S, Look

log = structlog.get_logger("newswire.observe")

INDEX_EVERY_S = 15.0
"""INFO and the names of the windows: cheap, and asked seldom all the same."""

Standings = Callable[[], dict[int, tuple[int, int]]]


class Observer:
    """Fills what nobody tells the metrics.

    Args:
        standings: of each partition that is ours, the committed offset and the end of what is readable.
        rebalances: how many the worker has taken part in.
    """

    def __init__(
        self,
        metrics: Metrics,
        index: RedisIndex,
        health: Health,
        standings: Standings,
        rebalances: Callable[[], int],
    ) -> None:
        self._metrics, self._index, self._health = metrics, index, health
        self._standings, self._rebalances = standings, rebalances
        self._index_asked_at, self._told = float("-inf"), ""

    async def run(self, stopped: Callable[[], bool]) -> None:
        """Until the worker stops. What cannot be told is no reason to end a worker."""
        while not stopped():
            try:
                await self.look()
            except Exception as e:  # noqa: BLE001 - see above
                if repr(e) != self._told:  # not every few seconds: a right that is missing stays missing
                    log.warning("cannot look at the worker", because=repr(e))
                self._told = repr(e)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Once."""
        self._metrics.rebalances(self._rebalances())
        now, ledger = time.time(), self._metrics.ledger
        looks = {n: Look(now, done, end, ledger.holds(n)) for n, (done, end) in self._standings().items()}
        for number, (before, after) in self._metrics.look(looks).items():
            tell = log.warning if after != "ok" else log.info
            tell("partition changed its state", partition=number, before=before, after=after, lag=looks[number].lag)
        await self._health.problem()
        self._metrics.servers(kafka=self._health.kafka_answers, redis=self._health.redis_answers)
        if self._health.redis_answers and time.monotonic() - self._index_asked_at > INDEX_EVERY_S:
            self._index_asked_at = time.monotonic()
            await self._look_at_index()

    async def _look_at_index(self) -> None:
        server, windows = await self._index.server(), await self._index.found()
        documents = sum(window.documents for window in windows)
        self._metrics.index(
            IndexFacts(
                server.used_bytes, server.limit_bytes, server.evicted_keys, server.identity, len(windows), documents
            )
        )


def standings(
    consumer: Any, committed_here: Callable[[Any], int | None], holds: Callable[[int], bool]
) -> dict[int, tuple[int, int]]:
    """The committed offset and the readable end of each partition of a Faust consumer, as far as they are known.

    Args:
        consumer: Faust's.
        committed_here: what this worker has committed of a partition itself, None before its first batch.
        holds: whether records of a partition are in progress.
    """
    reader = consumer._thread._consumer  # noqa: SLF001 - aiokafka's; Faust tells less of it
    assignment = reader._subscription.subscription.assignment if reader and reader._subscription.subscription else None  # noqa: SLF001
    if assignment is None:
        return {}
    found = {}
    for partition in assignment.tps:
        state = assignment.state_value(partition)
        end = state.lso if state.lso is not None and state.lso >= 0 else state.highwater
        ours, first = committed_here(partition), consumer._committed_offset.get(partition) or 0  # noqa: SLF001
        committed = first if ours is None else ours
        if end is None:
            end = committed
        handed_on = consumer._read_offset.get(partition)  # noqa: SLF001 - the last offset that Faust has given on
        all_done = handed_on in (None, first) if ours is None else handed_on is None or handed_on < committed
        if all_done and not holds(partition.partition) and state.has_valid_position and state.position >= end:
            committed = end  # only marks of transactions stand in between
        found[partition.partition] = (committed, end)
    return found
