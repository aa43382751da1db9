"""Who gets which partitions is decided by the group's leader; one that does not know the topic must not decide.

Faust ignores a topic that is missing in the leader's metadata, as it is for a moment after a broker's restart: then nobody
gets a partition, and the group rests so until somebody joins or leaves. Here the leader fails, and starts again.
"""

from typing import Any

from faust.assignor.partition_assignor import PartitionAssignor

from workers.errors import ServerError


class Assignor(PartitionAssignor):
    @classmethod
    def _get_copartitioned_groups(cls, topics: set[str], cluster: Any, subscriptions: Any) -> Any:
        missing = [topic for topic in topics if not cluster.partitions_for_topic(topic)]
        if missing:
            raise ServerError(f"Kafka does not tell the partitions of {', '.join(missing)}; nothing is handed out")
        return super()._get_copartitioned_groups(topics, cluster, subscriptions)
