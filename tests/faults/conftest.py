"""kafka-python leaves sockets open when its broker dies. Python tells so whenever it collects them, which would fail
whatever test runs by then: so they are collected where they were left, and only there nothing is made of it.
"""

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from workers.local.kafka import LocalKafka
from workers.local.valkey import LocalValkey

_IGNORED = ("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder; a test may collect such a socket while it still runs."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for rule in _IGNORED:
                item.add_marker(pytest.mark.filterwarnings(rule))


@pytest.fixture(autouse=True)
def _collected_where_it_was_left() -> Iterator[None]:
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[LocalKafka, LocalValkey]]:
    """Servers of one test alone: it kills them."""
    with LocalKafka(tmp_path / "kafka") as kafka, LocalValkey(tmp_path / "valkey", appendfsync="always") as valkey:
        yield kafka, valkey
