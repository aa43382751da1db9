"""docs/CLUSTERS.md says what the faults on clusters were tried with, and names settings and forms that there are."""

import re
from pathlib import Path

import pytest

from workers.local import kafka, kafka_cluster, valkey_replicas
from workers.redis_io import connect
from workers.settings import Settings, load

PAGE = (Path(__file__).parents[2] / "docs/CLUSTERS.md").read_text()
TRIED = {**kafka._PROPERTIES, **kafka_cluster._REPLICATED}


def values(heading: str) -> dict[str, str]:
    """Setting and value of each row under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \| `?([^`|]+?)`? \|", section, re.MULTILINE)
    return {name: value for names, value in rows for name in re.findall(r"`([^`]+)`", names)}


def test_brokers_are_set_as_they_were_tried() -> None:
    told = values("Three Kafka brokers")
    assert len(told) >= 8
    for name, value in told.items():
        if name != "broker.session.timeout.ms":  # shorter where it was tried
            assert TRIED[name] == value, name


def test_what_stands_in_the_table_of_redis_is_taken_by_a_server() -> None:
    assert values("A master with replicas, and sentinels").keys() >= {
        "appendonly",
        "maxmemory-policy",
        "repl-backlog-size",
    }
    for line in re.findall(r"^sentinel ([a-z-]+) newswire", PAGE, re.MULTILINE):
        assert f"sentinel {line} " in valkey_replicas.SENTINEL_CONF


def test_settings_exist() -> None:
    known = {f"NEWSWIRE_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"NEWSWIRE_[A-Z_]+", PAGE)) <= known


@pytest.mark.parametrize("url", re.findall(r"redis+\+?[a-z]*://\S+", PAGE.replace("`", " ")))
def test_forms_of_the_url_are_understood(url: str) -> None:
    connect(load(redis_url=url))
