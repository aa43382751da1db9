"""`newswire doctor`, without servers: what is judged how, the lines, and the exit status."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from workers.cli import run as newswire
from workers.commands import doctor
from workers.doctor import of_kafka, of_redis
from workers.doctor.check import Check, failure, ok, warning
from workers.doctor.redis_facts import RedisFacts
from workers.kafka_io.facts import KafkaFacts, TopicFacts
from workers.settings import Settings, load
from workers.topics import topic_plans
from workers.upkeep import Slice

GIB = 1 << 30
INFO = {
    "valkey_version": "9.1.2", "role": "master", "maxmemory_policy": "noeviction", "maxmemory": 4 * GIB, "aof_enabled": 1,
    "used_memory": GIB,
}  # fmt: skip


def redis(info: Mapping[str, Any] = INFO, documents: int = 1_000_000, **other: Any) -> RedisFacts:
    given = {"appendfsync": "everysec", "ping_s": 0.0002, "ahead_s": 0.01, "refusal": "", **other}
    return RedisFacts(info=info, windows=(Slice("s", 1, 0.0, documents, 1, 1),), **given)


def topics(settings: Settings, **changes: Any) -> dict[str, TopicFacts]:
    """As they are planned, each with these changes."""
    by_default = {"message.timestamp.type": "CreateTime"}  # Kafka's own
    usual = {"partitions": 4, "behind": 0, "leaderless": 0}
    return {
        plan.name: TopicFacts(
            **{**usual, "replicas": plan.replication, "config": {**by_default, **plan.config}, **changes}
        )
        for plan in topic_plans(settings)
    }


def kafka(settings: Settings, brokers: int = 1, **changes: Any) -> list[Check]:
    return list(of_kafka.judged(KafkaFacts("4.1", brokers, topics(settings, **changes)), settings))


def states(checks: list[Check]) -> set[str]:
    return {check.state for check in checks}


def test_a_wire_as_it_should_be_has_no_warning() -> None:
    settings = load()
    assert states(kafka(settings)) == {"ok"}
    assert states(list(of_redis.judged(redis(), settings, 1.0))) == {"ok"}
    assert states(list(of_redis.clock(redis(), kafka_ahead=False))) == {"ok"}


@pytest.mark.parametrize(
    ("changes", "brokers", "state", "told"),
    [
        ({"partitions": 6}, 1, "warning", "6 partitions, NEWSWIRE_PARTITIONS=4"),
        ({"replicas": 1}, 3, "warning", "1 replica, 3 brokers"),
        ({"behind": 2}, 1, "warning", "2 partitions have replicas out of step"),
        ({"leaderless": 1}, 1, "failure", "1 partitions have no leader"),
        ({"config": {}}, 1, "warning", "may not see its settings"),
    ],
)
def test_what_is_wrong_with_topics(changes: dict[str, Any], brokers: int, state: str, told: str) -> None:
    found = [check for check in kafka(load(), brokers, **changes) if told in check.told]
    assert {check.state for check in found} == {state}
    assert all(check.todo for check in found)


def test_old_brokers_missing_rights_and_internal_topics() -> None:
    settings = load()
    own = {"__transaction_state": TopicFacts(50, 1, 0, 0, {})}
    lacking = ("user desk has no right to WRITE topic news.clean.v1; ask",)
    facts = KafkaFacts("3.9", 3, topics(settings, replicas=3) | own, lacking)
    told = {check.told: check.state for check in of_kafka.judged(facts, settings)}
    assert told["Kafka 3.9 or later, 3 brokers"] == "warning"
    assert told["user desk has no right to WRITE topic news.clean.v1"] == "failure"
    assert any(line.startswith("topic __transaction_state: 1 replica") for line in told)


@pytest.mark.parametrize(
    ("change", "state", "told"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, "failure", "maxmemory-policy allkeys-lru"),
        ({"evicted_keys": 5}, "warning", "5 keys were evicted"),
        ({"aof_enabled": 0}, "warning", "no append-only file"),
        ({"aof_last_write_status": "err"}, "failure", "could not be written"),
        ({"role": "slave"}, "failure", "it is a slave"),
        ({"maxmemory": 0}, "warning", "no limit"),
        ({"used_memory": 3.9 * GIB}, "failure", "soon full"),
        ({"valkey_version": "6.2.0"}, "warning", "Valkey 6.2.0"),
    ],
)
def test_what_is_wrong_with_redis(change: dict[str, Any], state: str, told: str) -> None:
    found = [check for check in of_redis.judged(redis({**INFO, **change}), load(), None) if check.state != "ok"]
    assert [(check.state, told in check.told, bool(check.todo)) for check in found] == [(state, True, True)]


def test_slow_redis_and_a_crash_that_forgets() -> None:
    checks = of_redis.judged(redis(ping_s=0.05, appendfsync="no"), load(), None)
    assert [check.told.split(":")[0] for check in checks if check.state == "warning"] == [
        "appendfsync no",
        "answers in 50.00 ms",
    ]


def test_memory_that_ends_before_the_window() -> None:
    """A million articles take 1 GiB; 10 a second for two windows of a week need 12.1 GiB of the 4."""
    (found,) = [check for check in of_redis.judged(redis(), load(), 10.0) if check.state != "ok"]
    assert found.state == "warning"
    assert "needs 12.1 GiB" in found.told
    assert "full within 4." in found.told


def test_few_articles_foretell_nothing() -> None:
    told = [check.told for check in of_redis.judged(redis(documents=10), load(), 10.0)]
    assert any("too few to foretell" in line for line in told)


def test_clocks_apart() -> None:
    found = list(of_redis.clock(redis(ahead_s=-7.0), kafka_ahead=True))
    assert [check.state for check in found] == ["warning", "warning"]
    assert "7.000 s behind" in found[0].told


def test_warnings_end_with_0_and_failures_with_3() -> None:
    checks = [ok("redis", "fine"), warning("redis", "so-so", "mend it")]
    assert doctor.status(checks) == 0
    assert doctor.status([*checks, failure("kafka", "bad", "mend it")]) == 3
    assert doctor.summary(checks) == "1 ok, 1 warning, 0 failures"


def test_a_line_has_a_mark_or_a_word_and_what_to_do() -> None:
    check = failure("kafka", "topic \x1b[2Jx is missing", "newswire topics")
    assert doctor.line(check).plain == "✗ kafka    topic \\x1b[2Jx is missing  → newswire topics"
    assert doctor.line(check, marks=False).plain.startswith("FAIL kafka ")


def test_a_wrong_setting_ends_with_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NEWSWIRE_PARTITIONS", "0")
    assert newswire(["doctor"]) == 2
    assert newswire(["doctor", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["status"] == 2


@pytest.mark.parametrize(("wrong", "status"), [(True, 3), (False, 0)])
def test_what_is_printed(
    wrong: bool, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = [warning("redis", "so-so", "mend it"), *([failure("kafka", "bad", "start it")] if wrong else [])]
    monkeypatch.setattr(sys.modules["workers.commands.doctor"], "examine", lambda _: checks)
    assert newswire(["doctor"]) == status
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("✓ settings")
    assert len(out) == 2 + len(checks), "one line each, and the sum"
    assert newswire(["doctor", "--json"]) == status
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] == (not wrong)
    assert [check["state"] for check in told["result"]["checks"]][1:] == [check.state for check in checks]
