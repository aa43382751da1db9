"""Kafka and Valkey as child processes: they come up, survive a crash with their data, and leave nothing."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer

from workers.errors import ServerError
from workers.kafka_io import create_topics
from workers.local.kafka import LocalKafka
from workers.local.ports import free_port, is_free
from workers.local.process import LocalServer
from workers.local.running import command_line
from workers.local.valkey import LocalValkey
from workers.settings import load

Make = Callable[[Path], LocalServer]


@pytest.fixture(params=[LocalKafka, LocalValkey], ids=["kafka", "valkey"])
def make(request: pytest.FixtureRequest) -> Make:
    kind: Make = request.param
    return kind


def test_stop_leaves_no_process_and_no_listener(make: Make, tmp_path: Path) -> None:
    """After the block the process is gone and its port is free."""
    with make(tmp_path) as server:
        pid, port = server.pid, server.port
        assert command_line(pid)
        assert not is_free(port)
        assert server.pid_file.read_text() == f"{pid}\n"
    assert not command_line(pid)
    assert is_free(port)
    assert not server.pid_file.exists()


def test_valkey_keeps_its_data_through_a_crash(tmp_path: Path) -> None:
    with LocalValkey(tmp_path, appendfsync="always") as server:
        client = redis.Redis.from_url(server.url)
        client.set("key", "value")
        url = server.url
        server.kill()
        server.start()
        assert server.url == url
        assert client.get("key") == b"value"
        client.close()


def test_valkey_is_set_as_newswire_asks(tmp_path: Path) -> None:
    """AOF on, nothing evicted, and further settings win."""
    with LocalValkey(tmp_path, extra={"maxmemory": "64mb"}) as server, redis.Redis.from_url(server.url) as client:
        told = client.config_get("appendonly", "maxmemory-policy", "maxmemory")
        assert told == {"appendonly": "yes", "maxmemory-policy": "noeviction", "maxmemory": str(64 << 20)}


def test_kafka_keeps_its_data_through_a_crash(tmp_path: Path) -> None:
    """A record acknowledged before a SIGKILL is read after it, at the same address."""
    with LocalKafka(tmp_path) as server:
        bootstrap = server.bootstrap
        settings = load(kafka_bootstrap=bootstrap)
        create_topics(settings)
        producer = KafkaProducer(bootstrap_servers=bootstrap)
        producer.send(settings.topic_raw, b"value").get(timeout=10)
        producer.close()
        server.kill()
        server.start()
        consumer = KafkaConsumer(settings.topic_raw, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
        assert next(consumer).value == b"value"
        consumer.close()


def test_a_port_that_is_taken_is_named(make: Make, tmp_path: Path) -> None:
    with LocalValkey(tmp_path / "first") as first:
        server = make(tmp_path / "second")
        server.port = first.port
        with pytest.raises(ServerError, match=f"port {first.port}"):
            server.start()


def test_a_start_that_fails_shows_the_end_of_the_log(tmp_path: Path) -> None:
    server = LocalValkey(tmp_path, extra={"no-such-setting": "1"})
    with pytest.raises(ServerError, match="Bad directive"):
        server.start()
    assert not server.is_running


def test_a_server_that_stops_answering_is_killed_in_the_end(tmp_path: Path) -> None:
    """`stop` falls back to SIGKILL."""
    server = LocalValkey(tmp_path).start()
    os.kill(server.pid, 19)  # SIGSTOP: it cannot even see the SIGTERM
    began = time.monotonic()
    server.stop(grace_s=0.3)
    assert time.monotonic() - began < 5
    assert is_free(server.port)


def test_missing_jars_are_named_with_the_command_that_gets_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSWIRE_KAFKA_JARS", str(tmp_path))
    with pytest.raises(ServerError, match="NEWSWIRE_KAFKA_JARS"):
        LocalKafka(tmp_path, free_port()).start()
