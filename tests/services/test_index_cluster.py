"""The same rules and claims on a cluster of three Valkey masters: every key of an index lives in one slot."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.services.cluster import LocalCluster
from tests.services.test_index_claims import *  # noqa: F403 - the tests themselves
from tests.services.test_index_rules import *  # noqa: F403
from tests.services.test_learned_lines import *  # noqa: F403
from workers.settings import Settings, load


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with LocalCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def make_settings(cluster: LocalCluster, request: pytest.FixtureRequest) -> Callable[..., Settings]:
    """In the place of the session's: an index of this test's own on the cluster."""

    def make(**overrides: Any) -> Settings:
        own = f"{request.node.name[:60]}-{next(_numbers)}".replace("[", "-").replace("]", "")
        return load(**{"redis_url": cluster.url, "group": own, "index_name": own, **overrides})

    return make


_numbers = iter(range(1, 1_000_000))
