"""The topics of the contract: how each is to be set up, and how one that is there differs. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workers.settings import Settings

DEAD_LETTER_MARGIN = 64 << 10
DAY_MS = 86_400_000
COMPARED = ("max.message.bytes", "message.timestamp.type", "retention.ms", "cleanup.policy", "min.insync.replicas")


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
    """The five topics in the order of the flow.

    Raw and dead letters bear the time of their arrival: a back-fill stamped with old dates would be deleted unread.
    """
    raw, out = settings.raw_record_max_bytes, settings.output_record_max_bytes
    common = {"cleanup.policy": "delete", "min.insync.replicas": str(settings.insync)}
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
            {**common, "retention.ms": str(days * DAY_MS), "max.message.bytes": str(size), **more},
        )
        for name, days, size, more in wanted
    ]


def compare(plan: TopicPlan, partitions: int, replicas: int, config: Mapping[str, str]) -> Iterator[str]:
    """A line for each way in which a topic that is there differs from its plan."""
    for name, has, wants in (("partitions", partitions, plan.partitions), ("replicas", replicas, plan.replication)):
        if has != wants:
            yield f"{plan.name}: has {has} {name}, the settings ask for {wants}"
    for name in COMPARED:
        found, wanted = config[name], plan.config.get(name)
        if wanted is not None and found != wanted:
            yield f"{plan.name}: has {name}={found}, the settings ask for {wanted}"
