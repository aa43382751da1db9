"""The Faust app: its agent takes raw records in batches, has them prepared in a thread, and hands them to delivery.

Faust is the consumer, the group membership, the agent and the web server; it never acknowledges and never commits
(`acks=False`): offsets are committed by workers/delivery.py alone, inside transactions. An exception that is not
expected takes the worker down (CrashingSupervisor) and whoever supervises it starts it again: nothing is skipped.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import faust
import structlog
from aiokafka import TopicPartition
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import StreamT
from mode import CrashingSupervisor
from mode.utils.queues import ThrowableQueue

from workers import formats
from workers.article import RawArticle
from workers.assignor import Assignor
from workers.blame import Blame
from workers.buffer import BoundedQueue, batches
from workers.claims import RedisIndex
from workers.credentials import credentials
from workers.delivery import Delivery
from workers.errors import OwnershipLost, status_after
from workers.lines import LearnedLines, Lists, spans_of
from workers.metrics import Metrics
from workers.outage import Patience
from workers.outcome import Origin, OutputRecord
from workers.pages import add_pages
from workers.prepare import RawRecord, Ready
from workers.preparer import Preparer
from workers.record_batches import read_any_header_names
from workers.settings import Settings
from workers.unchecked import UncheckedIndex
from workers.watchdog import Watchdog, could_work, end_process, end_process_after
from workers.wires import kafka_options

log = structlog.get_logger("newswire.agent")

_NEVER_S = 1e9
_FETCH_BYTES = 4 << 20
STOP_WITHIN_S = 8.0


class _Thread(AIOKafkaConsumerThread):
    """Faust reads uncommitted records unless it runs its own transactions; raw articles may be written in aborted ones."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - faust-streaming 0.15.3 offers no setting for it
        return consumer


class _Consumer(Consumer):
    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(Transport):
    Consumer = _Consumer


class NewswireApp(faust.App):
    """Faust's App with a buffer bounded in bytes and a consumer of committed records only."""

    buffer_max_bytes: int
    pipeline: "Pipeline"
    watchdog: Watchdog

    async def stop(self) -> None:
        """Ends in time also where a server is away: leaving a group that does not answer may take half a minute."""
        end_process_after(STOP_WITHIN_S, lambda: status_after(self.crash_reason))
        await super().stop()

    async def on_shutdown(self) -> None:
        """After the agents have ended: closes what they wrote with."""
        await super().on_shutdown()
        await self.pipeline.close()
        self.watchdog.stop()

    def partitions(self) -> set[int] | None:
        """Those that are this worker's, None while they are handed out."""
        return None if self.rebalancing else {tp.partition for tp in self.consumer.assignment()}

    def FlowControlQueue(self, maxsize: int | None = None, *, clear_on_resume: bool = False) -> ThrowableQueue[Any]:  # noqa: N802
        return BoundedQueue(
            maxsize=maxsize,
            flow_control=self.flow_control,
            clear_on_resume=clear_on_resume,
            max_bytes=self.buffer_max_bytes,
        )

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)


class Pipeline:
    """One worker's work: from batches of events to delivered records."""

    def __init__(self, app: NewswireApp, settings: Settings, metrics: Metrics, blame: Blame) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics
        self._threads = ThreadPoolExecutor(1, "prepare")
        self._preparer = Preparer(settings, blame)
        self.progress = lambda: metrics.commits + blame.begun
        self.index = RedisIndex(settings)
        after_s = settings.publish_unchecked_after_s
        self._unchecked = UncheckedIndex(self.index, after_s) if after_s else None
        self._lines = LearnedLines(settings, self.index.make_room) if settings.learn_lines else None
        self._patience = Patience(self.is_ours, settings)
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
        app = self._app
        return not app.should_stop and not app.rebalancing and app.consumer_generation_id == assignment

    async def close(self) -> None:
        """Closes the connections; an open transaction is ended by the partition's next owner."""
        await self.delivery.stop()
        await self.index.close()
        if self._lines:
            await self._lines.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._preparer.close()

    async def handle(self, events: Sequence[Any]) -> None:
        """Brings a batch to its outputs, or forgets it when the partitions move."""
        started, assignment = time.monotonic(), self._app.consumer_generation_id
        records = [_record(e.message) for e in events if e.message.generation_id == assignment]
        self._metrics.received(len(records))
        loop = asyncio.get_running_loop()
        begun = await loop.run_in_executor(self._threads, self._preparer.begin_all, records)
        learned = await self._learned_for(records, [article for article, _ in begun], assignment)
        ready = await loop.run_in_executor(self._threads, self._preparer.finish_all, records, begun, learned.of)
        by_partition: dict[TopicPartition, list[tuple[RawRecord, Ready | OutputRecord]]] = defaultdict(list)
        for record, prepared in zip(records, ready, strict=True):
            by_partition[TopicPartition(record.origin.topic, record.origin.partition)].append((record, prepared))
        await self._deliver_all(assignment, by_partition)
        self._metrics.batch_took(time.monotonic() - started)
        log.info(
            "batch done",
            records=len(records),
            partitions=len(by_partition),
            seconds=round(time.monotonic() - started, 3),
        )

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


def make_app(settings: Settings, metrics: Metrics) -> NewswireApp:
    """The app of one worker: one topic in, one agent, the pages that probes and Prometheus ask for."""
    read_any_header_names()
    web = urlsplit(settings.web_url)
    app = NewswireApp(
        settings.group,
        broker=[f"kafka://{b.strip()}" for b in settings.kafka_bootstrap.split(",")],
        broker_credentials=credentials(kafka_options(settings)),
        topic_disable_leader=True,
        PartitionAssignor=Assignor,
        broker_client_id=formats.client_id(),
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=_FETCH_BYTES,
        broker_session_timeout=settings.session_timeout_s,
        broker_request_timeout=max(settings.kafka_timeout_s, settings.session_timeout_s + 5),
        broker_heartbeat_interval=1.0,
        broker_commit_livelock_soft_timeout=_NEVER_S,  # Faust commits nothing here: silence its alarm
        stream_processing_timeout=_NEVER_S,
        web_host=web.hostname or "127.0.0.1",
        web_bind=web.hostname or "127.0.0.1",
        web_port=web.port or 6066,
        worker_redirect_stdouts=False,
        autodiscover=False,
        datadir=str(state_folder(settings)),
    )
    app.buffer_max_bytes = settings.buffer_max_bytes
    pipeline = Pipeline(app, settings, metrics, Blame(state_folder(settings) / f"at-{web.port or 6066}"))
    raw = app.topic(
        settings.topic_raw, acks=False, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw"
    )

    @app.agent(raw, name="articles", supervisor_strategy=CrashingSupervisor)
    async def articles(stream: StreamT[bytes]) -> None:
        async for events in batches(stream.channel, settings):
            try:
                await pipeline.handle(events)
            except OwnershipLost:
                log.info("batch forgotten, it is read again", records=len(events))
        if not app.should_stop:
            raise RuntimeError("the stream of raw records has ended while the worker runs")

    app.pipeline = pipeline
    app.watchdog = Watchdog(
        settings.watchdog_s, pipeline.progress, app.partitions, partial(could_work, settings), end_process
    )
    add_pages(app, metrics, app.watchdog)
    return app


def _record(message: Any) -> RawRecord:
    headers = [(k, v or b"") for k, v in message.headers or ()]
    origin = Origin(message.topic, message.partition, message.offset)
    return RawRecord(origin, message.key, message.value, headers, round(message.timestamp * 1_000))


def state_folder(settings: Settings) -> Path:
    """Where this worker keeps the little that must outlive its process."""
    return settings.state_folder.expanduser() / settings.group
