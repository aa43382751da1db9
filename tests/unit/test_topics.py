"""How the topics are to be set up, and how one that is there differs."""

import pytest

from workers.errors import SettingsError
from workers.settings import load
from workers.topics import compare, topic_plans


@pytest.mark.parametrize(
    ("settings", "in_sync"),
    [
        ({}, "1"),
        ({"replication": 2}, "1"),
        ({"replication": 3}, "2"),
        ({"replication": 3, "min_insync_replicas": 1}, "1"),
        ({"replication": 5}, "4"),
    ],
)
def test_one_replica_may_be_away(settings: dict[str, int], in_sync: str) -> None:
    """Unless it is the only one, or the settings say otherwise."""
    for plan in topic_plans(load(**settings)):
        assert plan.replication == settings.get("replication", 1)
        assert plan.config["min.insync.replicas"] == in_sync


def test_more_in_sync_than_there_are_is_refused() -> None:
    with pytest.raises(SettingsError, match="NEWSWIRE_MIN_INSYNC_REPLICAS=3 is more than NEWSWIRE_REPLICATION=2"):
        load(replication=2, min_insync_replicas=3)


def test_differences_are_named() -> None:
    """A topic of the time before the cluster: one replica, and one is enough."""
    plan = topic_plans(load(replication=3))[0]
    assert not list(compare(plan, plan.partitions, 3, plan.config))
    assert list(compare(plan, 9, 1, {**plan.config, "min.insync.replicas": "1"})) == [
        "news.raw.v1: has 9 partitions, the settings ask for 4",
        "news.raw.v1: has 1 replicas, the settings ask for 3",
        "news.raw.v1: has min.insync.replicas=1, the settings ask for 2",
    ]
