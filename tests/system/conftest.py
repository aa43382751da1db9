"""Debian's redis-server in the place of the session's Valkey. Missing, it fails the tests: nothing here skips."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workers.local.valkey import LocalValkey
from workers.settings import Settings, load

_numbers = iter(range(1, 1_000_000))


@pytest.fixture(scope="module")
def redis7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalValkey]:
    binary = shutil.which("redis-server")
    assert binary, "redis-server is not installed: sudo apt-get install redis-server"
    with LocalValkey(tmp_path_factory.mktemp("redis7"), binary=Path(binary)) as server:
        yield server


@pytest.fixture
def make_settings(redis7: LocalValkey) -> Callable[..., Settings]:
    """In the place of the session's: an index of this test's own on Redis 7."""

    def make(**overrides: Any) -> Settings:
        own = f"redis7-{next(_numbers)}"
        return load(**{"redis_url": redis7.url, "group": own, "index_name": own, **overrides})

    return make
