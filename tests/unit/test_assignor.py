"""A leader that does not know the topic hands out nothing, and says so."""

from types import SimpleNamespace

import pytest

from workers.assignor import Assignor
from workers.errors import ServerError


def test_a_missing_topic_is_an_error_and_no_empty_assignment() -> None:
    """Found by `make faults SEED=11`: the whole group stood idle beside a backlog."""
    cluster = SimpleNamespace(partitions_for_topic=lambda _: None)
    with pytest.raises(ServerError, match="raw"):
        Assignor._get_copartitioned_groups({"raw"}, cluster, {"a": ["raw"]})


def test_known_topics_are_grouped_as_ever() -> None:
    cluster = SimpleNamespace(partitions_for_topic=lambda _: {0, 1})
    assert Assignor._get_copartitioned_groups({"raw"}, cluster, {"a": ["raw"]})
