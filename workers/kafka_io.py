"""Kafka for the commands: create the topics, publish raw articles, read the output topics.

The worker's own reading and transactional writing are elsewhere (agents, delivery). This is the only file that imports
kafka-python. Whatever goes wrong with the brokers leaves here as a ServerError that says what to do.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import BrokerResponseError, KafkaError, TopicAlreadyExistsError

from workers.errors import ServerError
from workers.settings import Settings

CONNECT_TIMEOUT_MS = 10_000
DEAD_LETTER_MARGIN = 64 << 10
DAY_MS = 86_400_000
COMPARED = ("max.message.bytes", "message.timestamp.type", "retention.ms", "cleanup.policy")

logging.getLogger("kafka").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic as this program wants it."""

    name: str
    partitions: int
    replication: int
    config: dict[str, str]


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic after `ensure_topics`: what was wanted, whether it was made just now, and how it differs if it was not."""

    plan: TopicPlan
    created: bool
    differences: tuple[str, ...] = ()


def topic_plans(settings: Settings) -> list[TopicPlan]:
    """The five topics in the order of the flow. Raw and dead letters keep the time of their arrival: a back-fill
    stamped with old dates would be deleted before it is read."""
    raw, out = settings.raw_record_max_bytes, settings.output_record_max_bytes
    arrival = {"message.timestamp.type": "LogAppendTime"}
    wanted = [
        (settings.topic_raw, 7, raw, arrival),
        (settings.topic_clean, 30, out, {}),
        (settings.topic_duplicates, 7, out, {}),
        (settings.topic_rejected, 7, out, {}),
        (settings.topic_dlq, 30, raw + DEAD_LETTER_MARGIN, arrival),
    ]
    return [
        TopicPlan(
            name,
            settings.partitions,
            settings.replication,
            {"cleanup.policy": "delete", "retention.ms": str(days * DAY_MS), "max.message.bytes": str(size), **more},
        )
        for name, days, size, more in wanted
    ]


def create_topics(settings: Settings) -> list[str]:
    """Creates the topics that are not there yet and waits until they can be used.

    Existing ones are left as they are; returned is a line for each setting in which one differs from what is wanted.

    Raises:
        ServerError: Kafka is not there, or refuses.
    """
    return [difference for state in ensure_topics(settings) for difference in state.differences]


def ensure_topics(settings: Settings) -> list[TopicState]:
    """Like `create_topics`, with the state of each topic."""
    plans = topic_plans(settings)
    with _server_errors(settings, "create the topics"), _admin(settings) as admin:
        existing = set(admin.list_topics())
        made = {plan.name for plan in plans if plan.name not in existing and _create(admin, plan)}
        admin.wait_for_topics([plan.name for plan in plans], timeout_ms=CONNECT_TIMEOUT_MS)
        differences = _differences(admin, [plan for plan in plans if plan.name not in made])
    return [TopicState(plan, plan.name in made, differences.get(plan.name, ())) for plan in plans]


def _create(admin: Any, plan: TopicPlan) -> bool:
    spec = {"num_partitions": plan.partitions, "replication_factor": plan.replication, "configs": plan.config}
    try:
        admin.create_topics({plan.name: spec}, timeout_ms=CONNECT_TIMEOUT_MS)
    except TopicAlreadyExistsError:
        return False  # another process was quicker
    return True


def _differences(admin: Any, plans: Sequence[TopicPlan]) -> dict[str, tuple[str, ...]]:
    if not plans:
        return {}
    names = [plan.name for plan in plans]
    partitions = {t["name"]: len(t["partitions"]) for t in admin.describe_topics(names)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs = admin.describe_configs(resources, config_filter="all")["topic"]
    return {plan.name: tuple(_compare(plan, partitions[plan.name], configs[plan.name])) for plan in plans}


def _compare(plan: TopicPlan, partitions: int, config: dict[str, Any]) -> Iterator[str]:
    if partitions != plan.partitions:
        yield f"{plan.name}: has {partitions} partitions, the settings ask for {plan.partitions}"
    for name in COMPARED:
        found, wanted = config[name]["value"], plan.config.get(name)
        if wanted is not None and found != wanted:
            yield f"{plan.name}: has {name}={found}, the settings ask for {wanted}"


class Publisher:
    """Sends raw articles so that nothing acknowledged is lost and nothing is written twice (acks=all, idempotent).

    A context manager; on the way out it waits for what is under way. `sent` counts acknowledged records.
    """

    def __init__(self, settings: Settings) -> None:
        self.sent = 0
        self._settings = settings
        with _server_errors(settings, "publish"):
            self._producer = KafkaProducer(
                **_client_options(settings),
                acks="all",
                enable_idempotence=True,
                linger_ms=20,
                batch_size=1 << 20,
                max_request_size=settings.raw_record_max_bytes + DEAD_LETTER_MARGIN,
                max_block_ms=CONNECT_TIMEOUT_MS * 3,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )

    def send(
        self,
        value: bytes,
        key: bytes | None,
        failed: Callable[[Exception], None],
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Any:
        """Hands one record over; `failed` is called (from another thread) if it is not acknowledged in the end."""
        with _server_errors(self._settings, f"publish to {self._settings.topic_raw}"):
            future = self._producer.send(self._settings.topic_raw, value=value, key=key, headers=list(headers))
        return future.add_callback(self._count).add_errback(failed)

    def flush(self) -> None:
        """Returns when every record sent so far is acknowledged or has failed."""
        with _server_errors(self._settings, "publish"):
            self._producer.flush()

    def _count(self, _: Any) -> None:
        self.sent += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._producer.close(timeout=None if kind is None else 1)


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read; `role` is what its topic is for (raw, clean, duplicates, rejected, dlq)."""

    role: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes
    headers: dict[str, bytes]


class Reader:
    """Reads whole topics, without a group and only what is committed. A context manager."""

    def __init__(self, settings: Settings, roles: Sequence[str], *, from_start: bool) -> None:
        names = {"raw": settings.topic_raw, **settings.output_topics}
        self._roles = {names[role]: role for role in roles}
        self._settings = settings
        with _server_errors(settings, "read"):
            self._consumer = KafkaConsumer(
                **_client_options(settings),
                group_id=None,
                enable_auto_commit=False,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
                fetch_max_wait_ms=100,
                allow_auto_create_topics=False,
            )
            self._partitions = [p for topic in self._roles for p in self._partitions_of(topic)]
            self._consumer.assign(self._partitions)
            self._start(from_start)

    def _partitions_of(self, topic: str) -> list[Any]:
        numbers = self._consumer.partitions_for_topic(topic)
        if not numbers:
            raise ServerError(f"topic {topic} is not there: create it with `newswire topics`")
        return [TopicPartition(topic, n) for n in sorted(numbers)]

    def _start(self, from_start: bool) -> None:
        (self._consumer.seek_to_beginning if from_start else self._consumer.seek_to_end)(*self._partitions)
        for partition in self._partitions:
            self._consumer.position(partition)  # seeking is lazy: without this "now" would be the first poll

    def poll(self, timeout_s: float) -> list[Record]:
        """What has come, waiting `timeout_s` at most; of one partition in its order."""
        with _server_errors(self._settings, "read"):
            batches = self._consumer.poll(int(timeout_s * 1000), max_records=2000)
        return [self._record(raw) for batch in batches.values() for raw in batch]

    def at_end(self) -> bool:
        """Whether everything committed so far has been polled."""
        with _server_errors(self._settings, "read"):
            ends = self._consumer.end_offsets(self._partitions)
            return all(self._consumer.position(p) >= end for p, end in ends.items())

    def _record(self, raw: Any) -> Record:
        headers = {name: value or b"" for name, value in raw.headers}
        role = self._roles[raw.topic]
        return Record(role, raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value or b"", headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()


def _client_options(settings: Settings) -> dict[str, Any]:
    """What every client needs to reach the brokers; the one place for addresses and, later, credentials."""
    return {
        "bootstrap_servers": settings.kafka_bootstrap.split(","),
        "client_id": f"newswire-{settings.group}",
        "bootstrap_timeout_ms": CONNECT_TIMEOUT_MS,
    }


@contextlib.contextmanager
def _admin(settings: Settings) -> Iterator[Any]:
    admin = KafkaAdminClient(**_client_options(settings))
    try:
        yield admin
    finally:
        admin.close()


@contextlib.contextmanager
def _server_errors(settings: Settings, what: str) -> Iterator[None]:
    try:
        yield
    except BrokerResponseError as e:
        raise ServerError(f"cannot {what}: Kafka at {settings.kafka_bootstrap} refuses: {e}") from e
    except (KafkaError, OSError) as e:
        remedy = "check that Kafka runs there (`make up` starts one) and that KAFKA_BOOTSTRAP names it"
        raise ServerError(f"cannot {what}: Kafka at KAFKA_BOOTSTRAP={settings.kafka_bootstrap}: {e}; {remedy}") from e
