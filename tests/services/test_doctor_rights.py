"""`newswire doctor` and `newswire status` with the rights of a worker that docs/SECURITY.md lists, and with none."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.guarded_kafka import GuardedKafka, rights_of
from workers import kafka_io
from workers.doctor.check import Check
from workers.doctor.examine import examine
from workers.local.ports import free_port
from workers.local.valkey import LocalValkey
from workers.settings import Settings, load
from workers.status.picture import Watcher

PAGE = Path(__file__).parents[2] / "docs/SECURITY.md"
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    made = GuardedKafka(tmp_path_factory.mktemp("guarded"))
    with made.server:
        made.add_users("ops", "worker", "nobody")
        yield made


def wire(guarded: GuardedKafka, user: str, redis_url: str, **more: Any) -> Settings:
    own = {"partitions": 2, "group": "rights", "redis_url": redis_url, "web_url": f"http://127.0.0.1:{free_port()}"}
    return load(**{**own, **guarded.access(user, "SASL_SSL"), **more})


def told(checks: list[Check], state: str) -> list[str]:
    return [f"{check.told} {check.todo}" for check in checks if check.state == state]


def test_a_worker_that_may_all_it_has_to(guarded: GuardedKafka, valkey: LocalValkey) -> None:
    """Nothing fails; what its rights do not let it see is a warning, or told as not told."""
    for user in ("ops", "worker"):
        guarded.grant(user, rights_of(user, wire(guarded, user, valkey.url)))
    kafka_io.create_topics(wire(guarded, "ops", valkey.url))
    own = wire(guarded, "worker", valkey.url)
    checks = list(examine(own))
    assert told(checks, "failure") == []
    assert any("user worker may read and write" in check.told for check in checks)


def test_the_user_of_redis_that_the_page_names(guarded: GuardedKafka, tmp_path: Path) -> None:
    """Nothing of Redis fails, and what it may not ask is told as not told."""
    acl = re.sub(r"\\\n\s*", "", PAGE.read_text()).partition("ACL SETUSER newswire ")[2].split("\n", 1)[0]
    rights = acl.replace("newswire:newswire", "newswire:rights").replace(">PASSWORD", ">jetsam")
    with LocalValkey(tmp_path, extra={"user": f"newswire {rights}"}) as server:
        own = wire(guarded, "worker", server.url, redis_username="newswire", redis_password="jetsam")
        checks = [check for check in examine(own) if check.area in ("redis", "clock")]
    assert told(checks, "failure") == []
    assert any("appendfsync not told" in line for line in told(checks, "ok"))


def test_the_group_seen_by_who_may_read_what_it_writes(guarded: GuardedKafka, valkey: LocalValkey) -> None:
    guarded.grant("ops", rights_of("ops", wire(guarded, "ops", valkey.url)))
    with Watcher(wire(guarded, "ops", valkey.url), 60) as watcher:
        assert watcher.look().lag == 0


def test_a_user_that_may_nothing(guarded: GuardedKafka, valkey: LocalValkey) -> None:
    """He is told what he may not see, and in whose name he asks."""
    failed = told(list(examine(wire(guarded, "nobody", valkey.url))), "failure")
    assert failed
    assert all("nobody" in line for line in failed)
    assert "docs/SECURITY.md" in str(failed)


def test_a_wrong_password(guarded: GuardedKafka, tmp_path: Path) -> None:
    """Of Kafka and of Redis: both are told, and neither password is."""
    wrong = tmp_path / "wrong"
    wrong.write_text("driftwood")
    with LocalValkey(tmp_path, extra={"requirepass": "rightone"}) as locked:
        own = wire(guarded, "worker", locked.url, kafka_password_file=wrong, redis_password="jetsam")
        failed = told(list(examine(own)), "failure")
    assert len(failed) == 2
    assert "NEWSWIRE_KAFKA_PASSWORD" in failed[0]
    assert "NEWSWIRE_REDIS_PASSWORD" in failed[1]
    assert "driftwood" not in str(failed)
    assert "jetsam" not in str(failed)
