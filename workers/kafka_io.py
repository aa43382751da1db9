"""Kafka for the commands: create the topics, publish raw articles, read the output topics.

The worker reads and writes elsewhere (agents, delivery). This is the only file that imports kafka-python; whatever goes
wrong with the brokers leaves it as a ServerError that says what to do.
"""

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import BrokerResponseError, KafkaError, MessageSizeTooLargeError, TopicAlreadyExistsError

from workers.errors import ServerError
from workers.settings import Settings
from workers.topics import TopicPlan, TopicState, compare, topic_plans

CONNECT_TIMEOUT_MS = 10_000
BATCH_BYTES = 1 << 20
UNDER_WAY_MAX_BYTES = 64 << 20

logging.getLogger("kafka").addHandler(logging.NullHandler())


class RecordRefusedError(ServerError):
    """One record cannot be sent; the next one may."""


def create_topics(settings: Settings) -> list[str]:
    """Creates the topics that are not there yet, waits until they can be used and returns the names of those made.

    Raises:
        ServerError: Kafka is not there, or refuses.
    """
    return [state.plan.name for state in ensure_topics(settings) if state.created]


def ensure_topics(settings: Settings) -> list[TopicState]:
    """Like `create_topics`, with the state of each topic. Existing ones are left as they are; differences are told."""
    plans = topic_plans(settings)
    with _server_errors(settings, "create the topics"), _admin(settings) as admin:
        existing = set(admin.list_topics())
        made = {plan.name for plan in plans if plan.name not in existing and _create(admin, plan)}
        admin.wait_for_topics([plan.name for plan in plans], timeout_ms=CONNECT_TIMEOUT_MS)
        differences = _differences(admin, [plan for plan in plans if plan.name not in made])
    return [TopicState(plan, plan.name in made, differences.get(plan.name, ())) for plan in plans]


def missing_topics(settings: Settings) -> list[str]:
    """Names of the topics of this wire that the broker does not have."""
    with _server_errors(settings, "look at the topics"), _admin(settings) as admin:
        existing = set(admin.list_topics())
    return [plan.name for plan in topic_plans(settings) if plan.name not in existing]


def _create(admin: Any, plan: TopicPlan) -> bool:
    spec = {"num_partitions": plan.partitions, "replication_factor": plan.replication, "configs": plan.config}
    answer = admin.create_topics({plan.name: spec}, timeout_ms=CONNECT_TIMEOUT_MS, raise_errors=False)["topics"][0]
    if answer["error_code"] == TopicAlreadyExistsError.errno:
        return False  # another process was quicker
    if answer["error_code"]:
        raise ServerError(f"Kafka does not create topic {plan.name}: {answer['error_message']}")
    return True


def _differences(admin: Any, plans: Sequence[TopicPlan]) -> dict[str, tuple[str, ...]]:
    if not plans:
        return {}
    names = [plan.name for plan in plans]
    partitions = {t["name"]: len(t["partitions"]) for t in admin.describe_topics(names)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs = admin.describe_configs(resources, config_filter="all")["topic"]
    return {plan.name: tuple(compare(plan, partitions[plan.name], _values(configs[plan.name]))) for plan in plans}


def _values(config: dict[str, Any]) -> dict[str, str]:
    return {name: entry["value"] for name, entry in config.items()}


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Where a record now stands."""

    partition: int
    offset: int


Settled = Callable[[Any, Acknowledged | ServerError], None]


class Publisher:
    """Sends raw articles so that nothing acknowledged is lost and nothing is written twice (acks=all, idempotent).

    A context manager. kafka-python would take in records without a bound, so what is under way is counted here.

    Args:
        settings: where to, and how large a record may be.
        settled: called for each record in the order of sending with its label and what came of it; in this thread.
    """

    def __init__(self, settings: Settings, settled: Settled) -> None:
        self._topic = settings.topic_raw
        self._settings = settings
        self._settled = settled
        self._under_way: deque[tuple[Any, int, Any]] = deque()
        self._bytes = 0
        with _server_errors(settings, "publish"):
            self._producer = KafkaProducer(
                **_client_options(settings),
                acks="all",
                enable_idempotence=True,
                linger_ms=20,
                batch_size=BATCH_BYTES,
                max_request_size=settings.raw_record_max_bytes,
                max_block_ms=CONNECT_TIMEOUT_MS,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )

    def send(self, value: bytes, key: bytes | None, label: Any) -> None:
        """Hands one record over; waits while too much is under way."""
        try:
            with _server_errors(self._settings, f"publish to {self._topic}"):
                future = self._producer.send(self._topic, value=value, key=key)
        except RecordRefusedError as e:
            self._settled(label, e)
            return
        self._under_way.append((future, len(value), label))
        self._bytes += len(value)
        while self._bytes > UNDER_WAY_MAX_BYTES or (self._under_way and self._under_way[0][0].is_done):
            self._settle_oldest()

    def flush(self) -> None:
        """Returns when every record sent so far is settled."""
        while self._under_way:
            self._settle_oldest()

    def _settle_oldest(self) -> None:
        future, size, label = self._under_way.popleft()
        self._bytes -= size
        try:
            with _server_errors(self._settings, f"publish to {self._topic}"):
                done = future.get()
        except ServerError as e:
            self._settled(label, e)
        else:
            self._settled(label, Acknowledged(done.partition, done.offset))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
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
    except MessageSizeTooLargeError as e:
        raise RecordRefusedError(f"too large: {e}") from e
    except BrokerResponseError as e:
        raise ServerError(f"cannot {what}: Kafka at {settings.kafka_bootstrap} refuses: {e}") from e
    except (KafkaError, OSError) as e:
        remedy = "check that Kafka runs there (`make up` starts one) and that KAFKA_BOOTSTRAP names it"
        raise ServerError(f"cannot {what}: Kafka at KAFKA_BOOTSTRAP={settings.kafka_bootstrap}: {e}; {remedy}") from e
