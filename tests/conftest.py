"""What all tests share: one Kafka and one Valkey for the session, and settings with names of their own for each test.

The servers start when the first test asks for them, on free ports, in a temporary folder, and are ended at the end.
A server that cannot start fails its tests: nothing here skips because something is missing.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workers.local.kafka import LocalKafka
from workers.local.ports import free_port
from workers.local.valkey import LocalValkey
from workers.settings import Settings, load

_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    """No test reads the settings of a stack that happens to run here."""
    for name in list(os.environ):
        if name.startswith("NEWSWIRE_") and name != "NEWSWIRE_KAFKA_JARS":
            del os.environ[name]
    for name in ("KAFKA_BOOTSTRAP", "REDIS_URL", "WEB_URL"):
        os.environ.pop(name, None)
    Settings.model_config["env_file"] = None


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def kafka(server_folder: Path) -> Iterator[LocalKafka]:
    """A Kafka for the whole session. A test that kills it starts it again, or better takes one of its own."""
    with LocalKafka(server_folder / "kafka") as server:
        yield server


@pytest.fixture(scope="session")
def valkey(server_folder: Path) -> Iterator[LocalValkey]:
    """A Valkey for the whole session, with the same rule."""
    with LocalValkey(server_folder / "valkey") as server:
        yield server


@pytest.fixture(scope="session")
def make_settings(kafka: LocalKafka, valkey: LocalValkey) -> Callable[..., Settings]:
    """Makes settings for the session's servers, each time with its own topics, group and index; takes further ones."""

    def make(**overrides: Any) -> Settings:
        own = f"t{next(_numbers)}"
        topics = {f"topic_{role}": f"{own}.{role}.v1" for role in ("raw", "clean", "duplicates", "rejected", "dlq")}
        addresses = {
            "kafka_bootstrap": kafka.bootstrap,
            "redis_url": valkey.url,
            "web_url": f"http://127.0.0.1:{free_port()}",
        }
        return load(**{**topics, **addresses, "group": own, "index_name": own, **overrides})

    return make


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    """Settings for the session's servers, with topics, group and index of this test's own."""
    return make_settings()
