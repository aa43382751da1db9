"""Exactly once into Kafka: per source partition one transaction holds the outputs and the source offset.

The order that makes it safe, for each partition after each assignment (`_take_over`):
  1. InitProducerId under the partition's own transactional id: fences the former owner and ends its open transaction;
  2. the committed offset, which is final from here on;
  3. the index is told, so that claims of the former owner change nothing.
Then a batch may be read again, claimed again and written again at any moment: what is committed is skipped, what is
claimed gets the same answer, what is written half is aborted. Whatever may pass is retried in place while the partition
is ours, which is the backpressure; everything else takes the worker down, and nothing is skipped.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition

from workers.bad_share import BadShare, recent_of, to_metadata
from workers.claims import Index
from workers.counters import Counters
from workers.errors import OwnershipLost, RecordsMissing
from workers.lines import Lesson
from workers.offsets import Offsets
from workers.outage import Fenced, Patience
from workers.outcome import Decision, OutputRecord
from workers.prepare import RawRecord, Ready
from workers.settings import Settings

log = structlog.get_logger("newswire.delivery")

CLOSE_S = 3.0
CHECK_S = 5.0
"""How long a committed offset is trusted: a raw topic that is made anew behind our back takes its offsets along."""
_OVERHEAD_BYTES = 64 << 10

Work = Sequence[tuple[RawRecord, Ready | OutputRecord]]
Teach = Callable[[Iterable[Lesson]], Awaitable[None]]


@dataclass(slots=True)
class Lane:
    """A source partition while it is ours; `committed` is what the group has committed, as we left or found it, and
    `recent` what became of the records before it (bad_share.py).
    """

    assignment: int
    producer: AIOKafkaProducer
    generation: int
    next_offset: int
    committed: int | None
    recent: str
    checked_at: float


class Delivery:
    """Claims and writes batches of source partitions.

    Args:
        patience: tries again in place while a partition is ours.
        teach: gets the lines of what came out as new, after its commit; it does not fail.
    """

    def __init__(
        self,
        settings: Settings,
        index: Index,
        patience: Patience,
        counters: Counters,
        options: dict[str, Any],
        teach: Teach | None = None,
    ) -> None:
        self._settings, self._index, self._patience, self._counters = settings, index, patience, counters
        self._options = {"request_timeout_ms": int(settings.kafka_timeout_s * 1_000), **options}
        self._teach, self._bad_share = teach, BadShare(settings)
        self._lanes: dict[TopicPartition, Lane] = {}
        self._offsets = Offsets(settings, self._options, counters.deleted_unread)

    async def deliver(self, partition: TopicPartition, assignment: int, work: Work) -> None:
        """Brings each record of the partition, in order, to its one output, and commits the source offset with it.

        Raises:
            OwnershipLost: the partition moves; nothing of what was not committed is, and it is read again.
            RecordsMissing: there is a hole before or in the batch that Kafka does not explain.
            TooManyBad: too many of its last records are bad; nothing of the batch is claimed or written.
        """
        await self._patience.until_done(partition, assignment, lambda: self._deliver(partition, assignment, work))

    def position(self, partition: TopicPartition, assignment: int) -> int | None:
        """Where a partition stands; None before its first batch in this assignment."""
        lane = self._lanes.get(partition)
        return lane.next_offset if lane and lane.assignment == assignment else None

    async def stop(self) -> None:
        """Closes every producer; an open transaction is ended by the next owner."""
        for partition in list(self._lanes):
            await self._drop(partition)
        await self._offsets.stop()

    async def _deliver(self, partition: TopicPartition, assignment: int, work: Work) -> None:
        lane = await self._lane(partition, assignment)
        try:
            await self._check_committed(partition, lane)
            rest = [(record, ready) for record, ready in work if record.origin.offset >= lane.next_offset]
            settled = [record.origin.offset for record, _ in work if record.origin.offset < lane.next_offset]
            if settled:
                self._counters.already_committed(partition.partition, settled)
            if not rest:
                return
            await self._check_holes(partition, lane.next_offset, [record.origin.offset for record, _ in rest])
            recent = self._bad_share.after(lane.recent, rest)
            with self._counters.stage("claim"):
                outputs = await self._decide(partition, lane, [ready for _, ready in rest])
            self._demand(assignment)
            await self._write(partition, lane, outputs, (rest[-1][0].origin.offset + 1, to_metadata(recent)))
            lane.recent = recent
        except BaseException:  # how it ended is unknown: the next take-over learns it from the committed offset
            await self._drop(partition)
            raise
        self._counters.finished(
            partition.partition,
            [(record, output, decision) for (record, _), (output, decision) in zip(rest, outputs, strict=True)],
        )
        self._counters.bad_share(partition.partition, self._bad_share.share(recent))
        if self._teach:
            await self._teach(lessons_of(rest, [decision for _, decision in outputs]))

    async def _decide(
        self, partition: TopicPartition, lane: Lane, work: Sequence[Ready | OutputRecord]
    ) -> list[tuple[OutputRecord, Decision | None]]:
        ready = [w for w in work if isinstance(w, Ready)]
        answers = await self._index.claim(
            partition.topic, partition.partition, lane.generation, lane.next_offset, [r.claim for r in ready]
        )
        if None in answers:
            raise Fenced(f"partition {partition.partition} was taken over in the index by another worker")
        now_us, decisions = time.time_ns() // 1_000, iter(answers)
        outputs: list[tuple[OutputRecord, Decision | None]] = []
        for w in work:
            decision = next(decisions) if isinstance(w, Ready) else None
            outputs.append((w.finish(decision, now_us) if isinstance(w, Ready) and decision else w, decision))  # type: ignore[arg-type]
        return outputs

    async def _write(
        self,
        partition: TopicPartition,
        lane: Lane,
        outputs: Sequence[tuple[OutputRecord, Decision | None]],
        done: tuple[int, str],
    ) -> None:
        """One transaction: the outputs, and the source offset with its metadata."""
        topics, producer = self._settings.output_topics, lane.producer
        try:
            with self._counters.stage("write"):
                await producer.begin_transaction()
                sent = [
                    await producer.send(topics[o.role], o.value, key=o.key, headers=list(o.headers)) for o, _ in outputs
                ]
                await producer.send_offsets_to_transaction({partition: done}, self._settings.group)
                await asyncio.gather(*sent)
                await producer.commit_transaction()
        except Exception:
            self._counters.write_failed(sum(o.role == "dlq" for o, _ in outputs))
            raise
        lane.next_offset = lane.committed = done[0]

    async def _lane(self, partition: TopicPartition, assignment: int) -> Lane:
        lane = self._lanes.get(partition)
        if lane and lane.assignment == assignment:
            return lane
        former = [p for p, held in self._lanes.items() if held.assignment != assignment]
        await asyncio.gather(*map(self._drop, former))
        self._demand(assignment)
        lane = self._lanes[partition] = await self._take_over(partition, assignment)
        return lane

    async def _take_over(self, partition: TopicPartition, assignment: int) -> Lane:
        producer = AIOKafkaProducer(
            transactional_id=f"{self._settings.group}/{partition.topic}/{partition.partition}",
            transaction_timeout_ms=int(self._settings.transaction_timeout_s * 1_000),
            max_batch_size=1 << 19,
            max_request_size=self._settings.output_record_max_bytes + _OVERHEAD_BYTES,
            **self._options,
        )
        try:
            await producer.start()
            position = await self._offsets.position(partition)
            generation = await self._index.take_over(partition.topic, partition.partition, position.next_offset)
        except BaseException:
            await _close(producer)
            raise
        log.info(
            "partition taken over", partition=partition.partition, offset=position.next_offset, generation=generation
        )
        recent = recent_of(position.metadata)
        return Lane(
            assignment, producer, generation, position.next_offset, position.committed, recent, time.monotonic()
        )

    async def _drop(self, partition: TopicPartition) -> None:
        lane = self._lanes.pop(partition, None)
        if lane:
            await _close(lane.producer)

    async def _check_committed(self, partition: TopicPartition, lane: Lane) -> None:
        """The group's offset must be where we left it. It is not when another owner has gone on meanwhile, or when the topic
        was deleted: then the next take-over finds a hole before the batch.
        """
        if time.monotonic() - lane.checked_at > CHECK_S:
            if not await self._offsets.stands_at(partition, lane.committed):
                raise Fenced(f"partition {partition.partition}: the committed offset is not {lane.committed} any more")
            lane.checked_at = time.monotonic()

    async def _check_holes(self, partition: TopicPartition, expected: int, offsets: Sequence[int]) -> None:
        """Holes are legal where a transactional producer of raw articles left marks or aborted, and told where retention
        was quicker than this worker; else records are lost.
        """
        for offset in offsets:
            if offset > expected and await self._offsets.first_from(partition, expected) != offset:
                raise RecordsMissing(
                    f"{partition.topic}/{partition.partition}: offset {offset} came where {expected} was due"
                )
            expected = offset + 1

    def _demand(self, assignment: int) -> None:
        if not self._patience.is_ours(assignment):
            raise OwnershipLost


def lessons_of(work: Work, decisions: Sequence[Decision | None]) -> list[Lesson]:
    """Of what is new only: copies, versions and scrapes again of an article repeat its body, which is no boilerplate."""
    return [
        Lesson(ready.source, decision.story, ready.lesson)
        for (_, ready), decision in zip(work, decisions, strict=True)
        if isinstance(ready, Ready) and decision and decision.verdict == "new" and decision.checked
    ]


async def _close(producer: AIOKafkaProducer) -> None:
    try:
        await asyncio.wait_for(producer.stop(), CLOSE_S)
    except Exception as e:  # noqa: BLE001 - it is given up anyway, and its transaction is ended by whoever comes next
        log.debug("closing a producer", because=repr(e))
