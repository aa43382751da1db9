"""The Faust app: its agent takes raw records in batches, has them prepared in a thread, and hands them to delivery.

Faust is the consumer, the group membership, the agent and the web server; it never acknowledges and never commits
(`acks=False`): offsets are committed by workers/delivery.py alone, inside transactions. An exception that is not
expected takes the worker down (CrashingSupervisor) and whoever supervises it starts it again: nothing is skipped.
"""

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import faust
import structlog
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import StreamT
from mode import CrashingSupervisor
from mode.utils.queues import ThrowableQueue

from workers import formats
from workers.assignor import Assignor
from workers.blame import Blame
from workers.buffer import BoundedQueue, batches
from workers.credentials import credentials
from workers.errors import OwnershipLost, status_after
from workers.health import Health
from workers.metrics import Metrics
from workers.observe import Observer, standings
from workers.pages import add_pages
from workers.pipeline import Pipeline
from workers.record_batches import read_any_header_names
from workers.settings import Settings
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
    pipeline: Pipeline
    watchdog: Watchdog
    health: Health
    has_joined = False

    async def stop(self) -> None:
        """Ends in time also where a server is away: leaving a group that does not answer may take half a minute."""
        end_process_after(STOP_WITHIN_S, lambda: status_after(self.crash_reason))
        await super().stop()

    async def on_shutdown(self) -> None:
        """After the agents have ended: closes what they wrote with."""
        await super().on_shutdown()
        await self.pipeline.close()
        await self.health.close()
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
        web_router_enabled=False,  # only our own pages
        web_tables_enabled=False,
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

    app.pipeline, app.health = pipeline, Health(settings)
    observe(app, metrics)
    app.watchdog = Watchdog(
        settings.watchdog_s, pipeline.progress, app.partitions, partial(could_work, settings), end_process
    )
    add_pages(app, metrics, app.watchdog, app.health, lambda: app.has_joined)
    return app


def observe(app: NewswireApp, metrics: Metrics) -> None:
    """Has the worker looked at, from its start to its end."""
    delivery = app.pipeline.delivery
    observer = Observer(
        metrics,
        app.pipeline.index,
        app.health,
        lambda: standings(
            app.consumer, lambda p: delivery.position(p, app.consumer_generation_id), metrics.ledger.holds
        ),
        lambda: app.rebalancing_count,
    )

    @app.task  # type: ignore[untyped-decorator]
    async def look_now_and_then() -> None:
        await observer.run(lambda: app.should_stop)

    @app.on_partitions_assigned.connect
    async def joined(*_: object, **__: object) -> None:
        app.has_joined = True


def state_folder(settings: Settings) -> Path:
    """Where this worker keeps the little that must outlive its process."""
    return settings.state_folder.expanduser() / settings.group
