"""One worker's work: batches of events are understood, cleaned, decided and delivered, and counted on the way."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, Protocol

import structlog
from aiokafka import TopicPartition

from workers.article import RawArticle
from workers.blame import Blame
from workers.claims import RedisIndex
from workers.delivery import Delivery
from workers.errors import OwnershipLost
from workers.lines import LearnedLines, Lists, spans_of
from workers.metrics import Metrics
from workers.outage import Patience
from workers.outcome import Origin, OutputRecord
from workers.prepare import RawRecord, Ready
from workers.preparer import Preparer
from workers.settings import Settings
from workers.unchecked import UncheckedIndex
from workers.wires import kafka_options

log = structlog.get_logger("newswire.agent")


class Membership(Protocol):
    """What the pipeline has to know of the consumer group: Faust's app tells it."""

    rebalancing: bool

    @property
    def should_stop(self) -> bool: ...

    @property
    def consumer_generation_id(self) -> int: ...


class Pipeline:
    """One worker's work: from batches of events to delivered records.

    Args:
        membership: of the worker, in its consumer group.
    """

    def __init__(self, membership: Membership, settings: Settings, metrics: Metrics, blame: Blame) -> None:
        self._membership, self._settings, self._metrics = membership, settings, metrics
        self._threads = ThreadPoolExecutor(1, "prepare")
        self._preparer = Preparer(settings, blame, metrics.page)
        self.progress = lambda: metrics.commits + blame.begun
        self.index = RedisIndex(settings, metrics)
        after_s = settings.publish_unchecked_after_s
        self._unchecked = UncheckedIndex(self.index, after_s) if after_s else None
        self._lines = LearnedLines(settings, self.index.make_room, metrics) if settings.learn_lines else None
        self._patience = Patience(self.is_ours, settings, lambda error: metrics.retried(server_of(error)))
        self.delivery = Delivery(
            settings,
            self._unchecked or self.index,
            self._patience,
            metrics,
            {"bootstrap_servers": settings.kafka_bootstrap, **kafka_options(settings)},
            self._lines.learn if self._lines else None,
        )

    def is_ours(self, assignment: int) -> bool:
        """Whether the partitions of this generation of the group are still this worker's."""
        member = self._membership
        return not member.should_stop and not member.rebalancing and member.consumer_generation_id == assignment

    async def close(self) -> None:
        """Closes the connections; an open transaction is ended by the partition's next owner."""
        await self.delivery.stop()
        await self.index.close()
        if self._lines:
            await self._lines.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._preparer.close()

    async def handle(self, events: Sequence[Any]) -> None:
        """Brings a batch to its outputs, or forgets it when the partitions move.

        Raises:
            OwnershipLost: they have moved; whoever has them now reads the batch again.
        """
        began, assignment = time.monotonic(), self._membership.consumer_generation_id
        records = [_record(e.message) for e in events if e.message.generation_id == assignment]
        try:
            with self._metrics.stage("batch"):
                partitions = await self._bring_through(records, assignment)
        except OwnershipLost:
            self._metrics.moved()
            raise
        self._metrics.ledger.end_batch()
        log.info("batch done", records=len(records), partitions=partitions, seconds=round(time.monotonic() - began, 3))

    async def _bring_through(self, records: Sequence[RawRecord], assignment: int) -> int:
        """All stages; returns of how many partitions the records were."""
        loop, stage = asyncio.get_running_loop(), self._metrics.stage
        with stage("decode"):
            begun = await loop.run_in_executor(self._threads, self._preparer.begin_all, records)
        self._metrics.taken(records, [article for article, _ in begun])
        with stage("lines"):
            learned = await self._learned_for(records, [article for article, _ in begun], assignment)
        with stage("clean"):
            ready = await loop.run_in_executor(self._threads, self._preparer.finish_all, records, begun, learned.of)
        by_partition: dict[TopicPartition, list[tuple[RawRecord, Ready | OutputRecord]]] = defaultdict(list)
        for record, prepared in zip(records, ready, strict=True):
            by_partition[TopicPartition(record.origin.topic, record.origin.partition)].append((record, prepared))
        await self._deliver_all(assignment, by_partition)
        return len(by_partition)

    async def _learned_for(
        self, records: Sequence[RawRecord], articles: Sequence[RawArticle | OutputRecord], assignment: int
    ) -> Lists:
        """What the batch's sources repeat; it is waited for like the index, and gone without like it."""
        lines, sources = self._lines, {a.source for a in articles if isinstance(a, RawArticle)}
        if not lines or not sources:
            return Lists()
        spans = spans_of([record.origin for record in records])

        async def fetch() -> Lists:
            try:
                return await lines.fetch(spans, sources)
            except Exception as error:
                if not self._unchecked:
                    raise
                self._unchecked.give_up_or_raise(error)
                return Lists()

        return await self._patience.until_done("lines", assignment, fetch)

    async def _deliver_all(
        self, assignment: int, work: dict[TopicPartition, list[tuple[RawRecord, Ready | OutputRecord]]]
    ) -> None:
        results = await asyncio.gather(
            *(self.delivery.deliver(partition, assignment, rows) for partition, rows in work.items()),
            return_exceptions=True,
        )
        failures = [r for r in results if isinstance(r, BaseException)]
        for failure in sorted(failures, key=lambda f: isinstance(f, OwnershipLost)):
            raise failure


def server_of(error: BaseException) -> Literal["kafka", "redis"]:
    """Which server an error comes from, as far as its class tells."""
    return "redis" if type(error).__module__.split(".")[0] == "redis" else "kafka"


def _record(message: Any) -> RawRecord:
    headers = [(k, v or b"") for k, v in message.headers or ()]
    origin = Origin(message.topic, message.partition, message.offset)
    return RawRecord(origin, message.key, message.value, headers, round(message.timestamp * 1_000))
