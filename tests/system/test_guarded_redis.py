"""Redis over TLS, with a user that may do only what is needed: whole runs of workers, and what is said when it is not let in."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.wire import Feed, Ledger, Wire, article, environment_of
from tests.services.certificates import Authority
from tests.system.guarded_redis import PASSWORD, GuardedRedis
from workers import kafka_io
from workers.claims import RedisIndex
from workers.errors import ServerError
from workers.local.kafka import LocalKafka
from workers.local.ports import free_port
from workers.settings import Settings, load

INDEX = "guarded"
LINE = "Get the Kestrel app on your phone today"
Make = Callable[..., Settings]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedRedis]:
    made = GuardedRedis(tmp_path_factory.mktemp("guarded"), INDEX)
    with made.server:
        yield made


@pytest.fixture
def make(guarded: GuardedRedis, kafka: LocalKafka) -> Make:
    topics = {f"topic_{role}": f"{INDEX}.{role}" for role in ("raw", "clean", "duplicates", "rejected", "dlq")}
    common = {
        **topics,
        "group": INDEX,
        "kafka_bootstrap": kafka.bootstrap,
        "web_url": f"http://127.0.0.1:{free_port()}",
    }

    def make(**more: Any) -> Settings:
        return load(**{**common, **guarded.access(), **more})

    return make


def wait_for(file: Path, sign: bytes, since: int = 0) -> None:
    end = time.monotonic() + 30
    while sign not in file.read_bytes()[since:]:
        assert time.monotonic() < end, file.read_text()[-3_000:]
        time.sleep(0.1)


def assert_whole(ledger: Ledger) -> None:
    assert ledger.sent
    assert not ledger.lost
    assert not ledger.doubled


def repeated(first: int, last: int) -> list[str]:
    """Stories of one outlet that end alike, and one record that is none."""
    bodies = [f"{article(n)}\n\n{article(n + 1_000)}\n\n{LINE}" for n in range(first, last)]
    return [json.dumps({"source": "courier", "uri": f"urn:c:{first}:{n}", "body": b}) for n, b in enumerate(bodies)]


def send(wire: Wire, values: list[str]) -> None:
    def settled(label: str, done: kafka_io.Acknowledged | ServerError) -> None:
        assert isinstance(done, kafka_io.Acknowledged), done
        wire.sent[f"{wire.settings.topic_raw}/{done.partition}/{done.offset}"] = label
        wire.groups[label] = 0

    with kafka_io.Publisher(wire.settings, settled) as publisher:
        for value in values:
            publisher.send(value.encode(), b"one", value)
        publisher.flush()


def asked(settings: Settings, folder: Path, *words: str, stdin: str) -> str:
    """What a command prints."""
    bare = {"KAFKA_BOOTSTRAP": settings.kafka_bootstrap, "REDIS_URL": settings.redis_url, "WEB_URL": settings.web_url}
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", *words],
        env={**os.environ, **environment_of(settings, folder), **bare},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def copy_of(feed: Feed) -> str:
    ((_, value),) = feed
    return json.dumps({**json.loads(value), "uri": "urn:copy"})


def test_the_documented_user_is_enough(guarded: GuardedRedis, make: Make, tmp_path: Path) -> None:
    """For a worker, the lines it learns, one that takes over, and a question; Redis refuses nothing but CONFIG, which
    is told. A right that is withdrawn in the middle ends the worker with the reason, and loses nothing.
    """
    settings = make()
    with Wire(settings, tmp_path) as wire:
        first = wire.add_worker()
        wait_for(first.log_file, b"redis does not tell its maxmemory-policy")
        send(wire, repeated(0, 30))
        wait_for(first.log_file, b"lines learned")
        wire.publish(Feed(100)).join()
        second = wire.add_worker()
        first.stop()
        wire.publish(Feed(50, seed=2))
        assert_whole(wire.ledger())
        assert '"duplicate"' in asked(settings, tmp_path, "why", "--file", "-", "--json", stdin=copy_of(Feed(1)))
        assert {entry["object"] for entry in guarded.refused()} == {"config|get"}
        seen = second.log_file.stat().st_size
        with guarded.admin() as admin:
            admin.execute_command("ACL", "SETUSER", "newswire", "-hset")
            wire.publish(Feed(30, seed=3)).join()
            wait_for(second.log_file, b"docs/SECURITY.md", seen)
            admin.execute_command("ACL", "SETUSER", "newswire", "+hset")
        assert_whole(wire.ledger())
        assert PASSWORD.encode() not in first.log_file.read_bytes() + second.log_file.read_bytes()


async def refused(settings: Settings) -> str:
    index = RedisIndex(settings)
    try:
        with pytest.raises(ServerError) as error:
            await index.check()
    finally:
        await index.close()
        await asyncio.sleep(0.05)  # asyncio closes a connection without TLS a moment later
    assert PASSWORD not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(("rule", "back"), [("-evalsha", "+evalsha"), ("-hget", "+hget")])
async def test_one_right_less(guarded: GuardedRedis, make: Make, rule: str, back: str) -> None:
    with guarded.admin() as admin:
        admin.execute_command("ACL", "SETUSER", "newswire", rule)
        told = await refused(make())
        admin.execute_command("ACL", "SETUSER", "newswire", back)
    assert "user newswire" in told
    assert "docs/SECURITY.md" in told


async def test_another_index_is_out_of_reach(make: Make) -> None:
    assert "docs/SECURITY.md" in await refused(make(index_name="other"))


async def test_wrong_password(guarded: GuardedRedis, make: Make) -> None:
    assert "NEWSWIRE_REDIS_PASSWORD" in await refused(make(**guarded.access(f"not {PASSWORD}")))


async def test_wrong_authority(make: Make, tmp_path: Path) -> None:
    assert "NEWSWIRE_REDIS_CA_FILE" in await refused(make(redis_ca_file=Authority(tmp_path / "other").file))


async def test_a_certificate_of_another_name(guarded: GuardedRedis, make: Make) -> None:
    told = await refused(make(redis_url=f"rediss://localhost:{guarded.tls_port}"))
    assert "NEWSWIRE_REDIS_CA_FILE" in told


async def test_tls_where_none_is_spoken(guarded: GuardedRedis, make: Make) -> None:
    assert "rediss://" in await refused(make(redis_url=f"rediss://127.0.0.1:{guarded.server.port}", redis_timeout_s=1))


async def test_mutual_tls(guarded: GuardedRedis, make: Make) -> None:
    """Where a certificate is asked for, its lack is told, and with it all is well.

    The server closes right after its alert: at times the client sees only that, so there are some tries.
    """
    with guarded.admin() as admin:
        admin.config_set("tls-auth-clients", "yes")
        for _ in range(8):
            told = await refused(make())
            if "NEWSWIRE_REDIS_CERT_FILE" in told:
                break
        own = guarded.authority.vouch("worker")
        index = RedisIndex(make(redis_cert_file=own.certificate, redis_key_file=own.key))
        try:
            await index.check()
        finally:
            await index.close()
            admin.config_set("tls-auth-clients", "optional")
    assert "NEWSWIRE_REDIS_CERT_FILE" in told
