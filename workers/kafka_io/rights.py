"""The rights of a worker, as far as Kafka tells of them before they are used: asked at the start, so that one that is missing
is named then, and not when the first article meets it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from workers.refusals import RIGHTS
from workers.settings import Settings


def missing_rights(settings: Settings, admin: Any, topics: Sequence[str]) -> list[str]:
    """A line for each right that a worker needs and does not have; rights on transactional ids are not told by Kafka."""
    lines = []
    found = admin.describe_topics(list(topics)) if topics else []
    for topic in found:
        wanted = "READ" if topic["name"] == settings.topic_raw else "WRITE"
        lines += _missing(settings, topic, f"topic {topic['name']}", wanted)
    group = admin.describe_groups([settings.group])[settings.group]
    return lines + _missing(settings, group, f"group {settings.group}", "READ")


def untold(settings: Settings, topic: str) -> str:
    """What is said where Kafka tells nothing of a topic's configuration."""
    return f"{settings.kafka_user} has no right to DESCRIBE_CONFIGS of topic {topic}; {RIGHTS}"


def _missing(settings: Settings, told: Mapping[str, Any], what: str, wanted: str) -> list[str]:
    allowed = told.get("authorized_operations") or ()
    if "DESCRIBE" not in allowed or wanted in allowed:  # a broker that tells us of it at all lets us describe it
        return []
    return [f"{settings.kafka_user} has no right to {wanted} {what}; {RIGHTS}"]
