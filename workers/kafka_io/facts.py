"""What the brokers tell of themselves and of the topics, for `newswire doctor`: asked with short waits, judged elsewhere."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kafka import IsolationLevel, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from workers.kafka_io.client import server_errors
from workers.kafka_io.reachable import wait_until_reachable
from workers.kafka_io.rights import missing_rights
from workers.settings import Settings
from workers.topics import topic_plans
from workers.wires import kafka_options

CONNECT_S, ANSWER_S = 2.0, 5.0
HOUR_S, AHEAD_S = 3_600.0, 5.0
INTERNAL = ("__consumer_offsets", "__transaction_state")


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic as it is: the fewest replicas of any partition, and partitions whose replicas are not all in step, or led by none.

    `config` is empty where we may not see it.
    """

    partitions: int
    replicas: int
    behind: int
    leaderless: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KafkaFacts:
    """A cluster.

    Attributes:
        version: of the broker's protocol, such as "4.1".
        brokers: how many answer to the cluster.
        topics: those of the settings that are there, and Kafka's own two.
        lacking: rights that are missing, a line each.
        clean_per_s: records a second on the clean topic, over the last hour at most; None where there are none.
        ahead: whether a raw record bears a time that is still to come.
    """

    version: str
    brokers: int
    topics: Mapping[str, TopicFacts]
    lacking: tuple[str, ...] = ()
    clean_per_s: float | None = None
    ahead: bool = False


def silent_brokers(settings: Settings) -> dict[str, str]:
    """Those of KAFKA_BOOTSTRAP that take no connection, and why not."""
    tls, silent = kafka_options(settings).get("ssl_context"), {}
    for address in (a.strip() for a in settings.kafka_bootstrap.split(",")):
        try:
            wait_until_reachable([address], CONNECT_S, tls)
        except OSError as e:
            silent[address] = str(e).removeprefix(f"{address}: ")
    return silent


def kafka_facts(settings: Settings) -> KafkaFacts:
    """Asks the brokers.

    Raises:
        ServerError: none answers, or lets us in.
    """
    with server_errors(settings, "look at the brokers"), quick_admin(settings) as admin:
        names = [plan.name for plan in topic_plans(settings)]
        there = set(admin.list_topics())
        topics = _topics(admin, [name for name in (*names, *INTERNAL) if name in there])
        version = admin._manager.broker_version_data.broker_version  # noqa: SLF001 - not told otherwise
        return KafkaFacts(
            ".".join(map(str, version)),
            len(admin.describe_cluster()["brokers"]),
            topics,
            tuple(missing_rights(settings, admin, [name for name in names if name in there])),
            _rate(admin, settings.topic_clean, topics),
            _ahead(admin, settings.topic_raw, topics),
        )


def _topics(admin: Any, names: list[str]) -> dict[str, TopicFacts]:
    if not names:
        return {}
    configs = admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name) for name in names], config_filter="all"
    )["topic"]
    found = {}
    for topic in admin.describe_topics(names):
        parts, config = topic["partitions"], configs.get(topic["name"]) or {}
        found[topic["name"]] = TopicFacts(
            len(parts),
            min((len(p["replica_nodes"]) for p in parts), default=0),
            sum(len(p["isr_nodes"]) < len(p["replica_nodes"]) for p in parts),
            sum(p["leader_id"] < 0 for p in parts),
            {name: str(entry["value"]) for name, entry in config.items()},
        )
    return found


def _rate(admin: Any, topic: str, topics: Mapping[str, TopicFacts]) -> float | None:
    """By offsets, so that marks of transactions count as well: a little too many where little comes."""
    if topic not in topics:
        return None
    now_ms = int(time.time() * 1_000)
    partitions = [TopicPartition(topic, n) for n in range(topics[topic].partitions)]
    try:
        ends = offsets(admin, partitions, OffsetSpec.LATEST)
        firsts = offsets(admin, partitions, 0)
        since = offsets(admin, partitions, now_ms - int(HOUR_S * 1_000))
    except KafkaError:
        return None
    written = sum(ends[p].offset - since[p].offset for p in partitions if since[p].offset >= 0)
    oldest_ms = min((first.timestamp for first in firsts.values() if first.offset >= 0), default=now_ms)
    span_s = min(HOUR_S, (now_ms - oldest_ms) / 1_000)
    return written / span_s if written and span_s > 0 else None


def _ahead(admin: Any, topic: str, topics: Mapping[str, TopicFacts]) -> bool:
    if topic not in topics or topics[topic].config.get("message.timestamp.type") != "LogAppendTime":
        return False
    partitions = [TopicPartition(topic, n) for n in range(topics[topic].partitions)]
    try:
        later = offsets(admin, partitions, int((time.time() + AHEAD_S) * 1_000))
    except KafkaError:
        return False
    return any(found.offset >= 0 for found in later.values())


def offsets(admin: Any, partitions: list[TopicPartition], spec: Any) -> dict[TopicPartition, Any]:
    """Of each partition the offset and time that `spec` names: an OffsetSpec, or milliseconds since 1970; offset -1 for none."""
    if not partitions:
        return {}
    found = admin.list_partition_offsets(
        dict.fromkeys(partitions, spec), isolation_level=IsolationLevel.READ_COMMITTED, timeout_ms=int(ANSWER_S * 1_000)
    )
    return dict(found)


@contextlib.contextmanager
def quick_admin(settings: Settings) -> Iterator[Any]:
    """A client that waits seconds and not half a minute."""
    access = kafka_options(settings)
    addresses = settings.kafka_bootstrap.split(",")
    wait_until_reachable(addresses, CONNECT_S, access.get("ssl_context"))
    admin = KafkaAdminClient(
        bootstrap_servers=addresses,
        client_id=f"newswire-{settings.group}",
        bootstrap_timeout_ms=int(ANSWER_S * 1_000),
        request_timeout_ms=int(ANSWER_S * 1_000),
        **access,
    )
    try:
        yield admin
    finally:
        admin.close()
