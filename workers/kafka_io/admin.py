"""The topics: created where they are missing, compared where they are there."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from workers.errors import ServerError
from workers.kafka_io.client import CONNECT_TIMEOUT_MS, client_options, server_errors
from workers.kafka_io.rights import missing_rights, untold
from workers.refusals import RIGHTS
from workers.settings import Settings
from workers.topics import TopicPlan, TopicState, compare, topic_plans


def create_topics(settings: Settings) -> list[str]:
    """Creates the topics that are not there yet, waits until they can be used and returns the names of those made.

    Raises:
        ServerError: Kafka is not there, or refuses.
    """
    return [state.plan.name for state in ensure_topics(settings) if state.created]


def ensure_topics(settings: Settings) -> list[TopicState]:
    """Like `create_topics`, with the state of each topic. Existing ones are left as they are; differences are told."""
    plans = topic_plans(settings)
    with server_errors(settings, "create the topics"), admin_of(settings) as admin:
        existing = set(admin.list_topics())
        made = {plan.name for plan in plans if plan.name not in existing and _create(admin, plan)}
        admin.wait_for_topics([plan.name for plan in plans], timeout_ms=CONNECT_TIMEOUT_MS)
        differences = _differences(settings, admin, [plan for plan in plans if plan.name not in made])
    return [TopicState(plan, plan.name in made, differences.get(plan.name, ())) for plan in plans]


def unfit_topics(settings: Settings) -> list[str]:
    """What is wrong with the topics for a worker: one is missing, or takes smaller records than the settings promise."""
    plans = topic_plans(settings)
    with server_errors(settings, "look at the topics"), admin_of(settings) as admin:
        existing = set(admin.list_topics())
        there = [plan for plan in plans if plan.name in existing]
        resources = [ConfigResource(ConfigResourceType.TOPIC, plan.name) for plan in there]
        configs = admin.describe_configs(resources, config_filter="all")["topic"] if there else {}
        problems = missing_rights(settings, admin, [plan.name for plan in there])
    unseen = (
        ""
        if settings.kafka_security_protocol == "PLAINTEXT"
        else f", or {settings.kafka_user} may not see it; {RIGHTS}"
    )
    problems += [
        f"topic {plan.name} is missing: `newswire topics` creates it{unseen}"
        for plan in plans
        if plan.name not in existing
    ]
    problems += [untold(settings, plan.name) for plan in there if not configs[plan.name]]
    for plan in (plan for plan in there if configs[plan.name]):
        found, wanted = _values(configs[plan.name])["max.message.bytes"], plan.config["max.message.bytes"]
        if plan.name != settings.topic_raw and int(found) < int(wanted):
            problems.append(
                f"topic {plan.name} takes records up to {found} bytes only: set its max.message.bytes to {wanted}"
            )
    return problems


def _create(admin: Any, plan: TopicPlan) -> bool:
    spec = {"num_partitions": plan.partitions, "replication_factor": plan.replication, "configs": plan.config}
    answer = admin.create_topics({plan.name: spec}, timeout_ms=CONNECT_TIMEOUT_MS, raise_errors=False)["topics"][0]
    if answer["error_code"] == TopicAlreadyExistsError.errno:
        return False  # another process was quicker
    if answer["error_code"]:
        raise ServerError(f"Kafka does not create topic {plan.name}: {answer['error_message']}")
    return True


def _differences(settings: Settings, admin: Any, plans: Sequence[TopicPlan]) -> dict[str, tuple[str, ...]]:
    if not plans:
        return {}
    names = [plan.name for plan in plans]
    parts = {t["name"]: t["partitions"] for t in admin.describe_topics(names)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs = admin.describe_configs(resources, config_filter="all")["topic"]
    return {
        plan.name: tuple(
            compare(
                plan,
                len(parts[plan.name]),
                min(len(p["replica_nodes"]) for p in parts[plan.name]),
                _values(configs[plan.name]),
            )
            if configs[plan.name]
            else [untold(settings, plan.name)]
        )
        for plan in plans
    }


def _values(config: dict[str, Any]) -> dict[str, str]:
    return {name: entry["value"] for name, entry in config.items()}


def largest_record(settings: Settings, topic: str) -> int:
    """How many bytes a batch of records may have in this topic.

    Raises:
        ServerError: it is not there, or Kafka is not.
    """
    with server_errors(settings, f"look at topic {topic}"), admin_of(settings) as admin:
        if topic not in admin.list_topics():
            raise ServerError(f"topic {topic} is not there: create it with `newswire topics`")
        found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")["topic"]
        if not found[topic]:
            raise ServerError(untold(settings, topic))
        return int(_values(found[topic])["max.message.bytes"])


def require_topic(settings: Settings, topic: str) -> None:
    with admin_of(settings) as admin:
        if topic not in admin.list_topics():
            raise ServerError(f"topic {topic} is not there: create it with `newswire topics`")


@contextlib.contextmanager
def admin_of(settings: Settings) -> Iterator[Any]:
    admin = KafkaAdminClient(**client_options(settings))
    try:
        yield admin
    finally:
        admin.close()
