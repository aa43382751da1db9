"""`newswire doctor` on real servers: it finds what is wrong with them, says what to do, and ends also when they are away."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from workers import kafka_io, settings
from workers.claims import RedisIndex
from workers.cli import run as newswire
from workers.local.ports import free_port
from workers.local.valkey import LocalValkey
from workers.settings import Settings

Make = Callable[..., Settings]
Doctor = Callable[..., dict[str, list[dict[str, str]]]]


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Types the command, and returns its checks by their state."""

    def typed(wire: Settings, status: int = 0) -> dict[str, list[dict[str, str]]]:
        monkeypatch.setattr(settings, "load", lambda: wire)
        capsys.readouterr()
        assert newswire(["doctor", "--json"]) == status
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert (told["command"], told["ok"]) == ("doctor", status == 0)
        checks: dict[str, list[dict[str, str]]] = {"ok": [], "warning": [], "failure": []}
        for check in told["result"]["checks"]:
            checks[check["state"]].append(check)
        assert all(bool(check["todo"]) == (check["state"] != "ok") for check in told["result"]["checks"])
        return checks

    return typed


def set_config(wire: Settings, topic: str, name: str, value: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=wire.kafka_bootstrap)
    try:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})])
    finally:
        admin.close()


def test_a_healthy_wire(settings: Settings, doctor: Doctor) -> None:
    """Each topic, the rights, Redis and the clock are in order; that Redis has no limit is a warning, and no failure."""
    kafka_io.create_topics(settings)
    checks = doctor(settings)
    fine = "\n".join(f"{check['area']} {check['told']}" for check in checks["ok"])
    for name in (settings.topic_raw, *settings.output_topics.values()):
        assert f"topic {name}: 4 partitions, 1 replica" in fine
    assert all(word in fine for word in ("Valkey", "evicts nothing", "append-only file", "clock Redis is", "Kafka 4."))
    assert [check["todo"].partition(":")[0] for check in checks["warning"]] == ["set maxmemory"]


def test_wrong_topics(settings: Settings, doctor: Doctor) -> None:
    """What loses articles is a failure, and so is what keeps a worker from starting; each line has its remedy."""
    kafka_io.create_topics(settings)
    set_config(settings, settings.topic_raw, "message.timestamp.type", "CreateTime")
    set_config(settings, settings.topic_clean, "cleanup.policy", "compact")
    set_config(settings, settings.topic_rejected, "max.message.bytes", "1000000")
    set_config(settings, settings.topic_duplicates, "retention.ms", "3600000")
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    admin.delete_topics([settings.topic_dlq])
    admin.close()
    checks = doctor(settings, status=3)
    failed, warned = ("\n".join(c["told"] for c in checks[state]) for state in ("failure", "warning"))
    assert f"{settings.topic_raw}: message.timestamp.type=CreateTime" in failed
    assert f"{settings.topic_clean}: cleanup.policy=compact" in failed
    assert f"{settings.topic_rejected}: max.message.bytes=1000000" in failed
    assert f"topic {settings.topic_dlq} is missing" in failed
    assert f"{settings.topic_duplicates}: retention.ms=3600000" in warned
    (todo,) = [c["todo"] for c in checks["failure"] if "cleanup.policy" in c["told"]]
    assert f"--entity-name {settings.topic_clean} --add-config cleanup.policy=delete" in todo


def test_a_redis_that_would_forget(make_settings: Make, tmp_path: Path, doctor: Doctor) -> None:
    """It evicts, keeps no file and has too few replicas."""
    extra = {"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru", "appendonly": "no"}
    with LocalValkey(tmp_path, extra=extra) as forgetful:
        wire = make_settings(redis_url=forgetful.url, redis_replicas=1)
        kafka_io.create_topics(wire)
        checks = doctor(wire, status=3)
    failed, warned = ("\n".join(c["told"] for c in checks[state]) for state in ("failure", "warning"))
    assert "maxmemory-policy allkeys-lru" in failed
    assert "0 replicas, NEWSWIRE_REDIS_REPLICAS=1" in failed
    assert "no append-only file" in warned


def test_an_index_of_another_group(make_settings: Make, doctor: Doctor) -> None:
    """A worker would refuse it, and so it is told before."""
    wire = make_settings()
    kafka_io.create_topics(wire)

    async def take(other: Settings) -> None:
        index = RedisIndex(other)
        await index.take_over(wire.topic_raw, 0, 0)
        await index.close()

    asyncio.run(take(wire.model_copy(update={"group": "another"})))
    (failed,) = doctor(wire, status=3)["failure"]
    assert "another" in failed["todo"]


def test_servers_that_are_away(make_settings: Make, doctor: Doctor) -> None:
    """Both are named within seconds."""
    kafka, redis = free_port(), free_port()
    wire = make_settings(kafka_bootstrap=f"127.0.0.1:{kafka}", redis_url=f"redis://:sandbar@127.0.0.1:{redis}/0")
    began = time.monotonic()
    failed = doctor(wire, status=3)["failure"]
    assert time.monotonic() - began < 8
    assert [check["area"] for check in failed] == ["kafka", "redis"]
    assert f"127.0.0.1:{kafka}" in failed[0]["told"]
    assert f"127.0.0.1:{redis}" in failed[1]["told"]
    assert "sandbar" not in str(failed)


def test_one_broker_of_two_is_away(make_settings: Make, doctor: Doctor) -> None:
    """A warning: the other one answers."""
    wire, port = make_settings(), free_port()
    kafka_io.create_topics(wire)
    two = wire.model_copy(update={"kafka_bootstrap": f"{wire.kafka_bootstrap},127.0.0.1:{port}"})
    assert any(f"broker 127.0.0.1:{port} does not answer" in check["told"] for check in doctor(two)["warning"])


def test_a_redis_that_hangs(make_settings: Make, tmp_path: Path, doctor: Doctor) -> None:
    """It takes connections and says nothing."""
    with LocalValkey(tmp_path) as frozen:
        wire = make_settings(redis_url=frozen.url)
        kafka_io.create_topics(wire)
        os.kill(frozen.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            (failed,) = doctor(wire, status=3)["failure"]
            assert time.monotonic() - began < 15
        finally:
            os.kill(frozen.pid, signal.SIGCONT)
    assert failed["area"] == "redis"
