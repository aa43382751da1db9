"""Who works in the consumer group now, and on what."""

from collections.abc import Mapping
from typing import Any

from workers.kafka_io.admin import admin_of
from workers.kafka_io.client import server_errors
from workers.settings import Settings

_AT_REST = ("Stable", "Empty", "Dead")
"""States of a group in which partitions do not move; see Kafka's ConsumerGroupState."""


def members(settings: Settings) -> list[str]:
    """The client ids of the group's members; a worker that was killed is one until its session has timed out.

    Raises:
        ServerError: Kafka does not answer.
    """
    with server_errors(settings, "look at the consumer group"), admin_of(settings) as admin:
        found = admin.describe_groups([settings.group])
    return [member["client_id"] for member in found[settings.group].get("members", ())]


def partitions_of_nobody(settings: Settings) -> set[int]:
    """Partitions of the raw topic that no member of the group has, as long as the group is at rest.

    Raises:
        ServerError: Kafka does not answer.
    """
    with server_errors(settings, "look at the consumer group"), admin_of(settings) as admin:
        group = admin.describe_groups([settings.group])[settings.group]
        topic = next(iter(admin.describe_topics([settings.topic_raw])))
    if group["group_state"] not in _AT_REST:
        return set()
    everything = {int(partition["partition_index"]) for partition in topic["partitions"]}
    return everything - {n for member in group.get("members", ()) for n in assigned(member, settings.topic_raw)}


def assigned(member: Mapping[str, Any], topic: str) -> set[int]:
    """The partitions of the topic that a member has; one that has none yet tells nothing."""
    told = member.get("member_assignment") or {}
    parts = told.get("assigned_partitions") or () if isinstance(told, Mapping) else ()
    return {number for part in parts if part["topic"] == topic for number in part["partitions"]}
