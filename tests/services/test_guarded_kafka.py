"""Kafka over TLS, with SCRAM and with certificates, on a broker that asks of everybody what he may."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from kafka.admin import ACL

from tests.faults.wire import Feed, Wire, article
from tests.services.certificates import Authority
from tests.services.guarded_kafka import PASSWORD, GuardedKafka, newswire, rights_of
from workers import kafka_io
from workers.errors import ServerError, SettingsError
from workers.kafka_io import client, unfit_topics
from workers.local.ports import free_port
from workers.local.valkey import LocalValkey
from workers.log import Refused
from workers.offsets import Offsets
from workers.settings import Settings, load
from workers.wires import kafka_options

ROLES = ("producer", "worker", "consumer", "ops")
Make = Callable[..., Settings]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    made = GuardedKafka(tmp_path_factory.mktemp("guarded"))
    with made.server:
        made.add_users(*ROLES, "nobody")
        yield made


@pytest.fixture
def make(guarded: GuardedKafka, valkey: LocalValkey, request: pytest.FixtureRequest) -> Make:
    """Settings of a user in one wire of the test's own."""
    own = "".join(c if c.isalnum() else "-" for c in request.node.name)[:60]
    topics = {f"topic_{role}": f"{own}.{role}" for role in ("raw", "clean", "duplicates", "rejected", "dlq")}
    common = {**topics, "group": own, "redis_url": valkey.url, "web_url": f"http://127.0.0.1:{free_port()}"}

    def make(user: str, protocol: str = "SASL_SSL", **more: Any) -> Settings:
        return load(**{**common, "partitions": 2, **guarded.access(user, protocol), **more})

    return make


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not answered is given up after 2 s."""
    monkeypatch.setattr(client, "CONNECT_TIMEOUT_MS", 2_000)


@pytest.fixture
def roles(guarded: GuardedKafka, make: Make) -> dict[str, Settings]:
    """Each role with the rights that docs/SECURITY.md lists for it and no others; ops has made the topics."""
    settings = {role: make(role) for role in ROLES}
    for role, own in settings.items():
        guarded.grant(role, rights_of(role, own))
    kafka_io.create_topics(settings["ops"])
    return settings


def raw(number: int) -> str:
    return json.dumps({"source": "agency", "uri": f"urn:test:{number}", "body": article(number)})


@pytest.mark.timeout(240)
def test_each_role_does_its_work(roles: Mapping[str, Settings], tmp_path: Path) -> None:
    """With the rights that docs/SECURITY.md lists and no others: topics, articles, a worker and another that
    takes over, a reader, a question, a replay.
    """
    with Wire(roles["ops"], tmp_path) as wire:
        crew = Wire(roles["worker"], tmp_path)
        wire.workers = crew.workers  # so that they are ended
        worker = crew.add_worker()
        sent = newswire(roles["producer"], tmp_path, "produce", "--raw", stdin=f"{raw(1)}\n{raw(2)}\nno json\n")
        assert sent.returncode == 0, sent.stderr
        read = newswire(roles["consumer"], tmp_path, "tail", "clean", "--from-start", "-n", "2")
        assert {json.loads(line)["item"]["uri"] for line in read.stdout.splitlines()} == {"urn:test:1", "urn:test:2"}
        wire.publish(Feed(200))
        crew.add_worker()
        worker.stop()
        wire.ledger().assert_balanced()
        told = newswire(roles["ops"], tmp_path, "why", "urn:test:1")
        assert told.returncode == 0, told.stderr
        looked = newswire(roles["worker"], tmp_path, "doctor")
        assert "has no right" not in looked.stdout + looked.stderr
        assert "0 failures" in looked.stdout, looked.stdout + looked.stderr
        again = newswire(roles["ops"], tmp_path, "replay", "--all", "--json")
        assert json.loads(again.stdout)["sent"] == 1, again.stdout + again.stderr


def test_by_certificate(guarded: GuardedKafka, make: Make, tmp_path: Path) -> None:
    """The same rights for the names in certificates, which the broker asks for."""
    ops, worker = make("ops", "SSL"), make("worker", "SSL")
    for role, own in (("ops", ops), ("worker", worker)):
        guarded.grant(role, rights_of(role, own))
    with Wire(ops, tmp_path) as wire:
        crew = Wire(worker, tmp_path)
        wire.workers = crew.workers
        crew.add_worker()
        wire.publish(Feed(50))
        wire.ledger().assert_balanced()


def worker_rights(settings: Settings) -> list[ACL]:
    """Those that Kafka tells of before they are used."""
    return [
        acl for acl in rights_of("worker", settings) if "TRANSACTIONAL" not in acl.resource_pattern.resource_type.name
    ]


def test_a_worker_with_one_right_less_is_told_which(guarded: GuardedKafka, roles: Mapping[str, Settings]) -> None:
    """At its start, whichever it is; with all of them nothing is amiss."""
    mine = roles["worker"]
    assert unfit_topics(mine) == []
    rights = worker_rights(mine)
    assert len(rights) == 11
    for right in rights:
        guarded.withdraw("worker", right)
        try:
            told = "; ".join(unfit_topics(mine))
        except ServerError as e:
            told = str(e)
        guarded.grant("worker", [right])
        assert "user worker" in told, right
        assert "docs/SECURITY.md" in told, right
        assert right.resource_pattern.resource_name in told or right.resource_pattern.resource_type.name == "GROUP"


@pytest.mark.timeout(240)
def test_rights_that_are_withdrawn_lose_nothing(
    guarded: GuardedKafka, roles: Mapping[str, Settings], tmp_path: Path
) -> None:
    """A worker that must not write, or read, any more says so, and what to do, and ends; when it may again nothing is lost or
    doubled.
    """
    rights = rights_of("worker", roles["worker"])
    kinds = {"transactions": rights[-1], "raw topic": rights[0]}
    assert [right.operation.name for right in kinds.values()] == ["WRITE", "READ"]
    with Wire(roles["ops"], tmp_path) as wire:
        crew = Wire(roles["worker"], tmp_path)
        wire.workers = crew.workers
        worker = crew.add_worker()
        for number, (kind, right) in enumerate(kinds.items()):
            seen = worker.log_file.stat().st_size
            guarded.withdraw("worker", right)
            wire.publish(Feed(20, seed=number)).join()
            end = time.monotonic() + 30
            while b"docs/SECURITY.md" not in (told := worker.log_file.read_bytes()[seen:]):
                assert time.monotonic() < end, f"{kind}: {told[-3_000:].decode()}"
                time.sleep(0.2)
            guarded.grant("worker", [right])
            worker.wait_until_ready()
        ledger = wire.ledger()
        assert ledger.sent == 20 * len(kinds)
        assert not ledger.lost
        assert not ledger.doubled


@pytest.mark.parametrize(
    ("role", "words", "number"),
    [("producer", ("produce",), 0), ("consumer", ("tail", "--from-start", "-n", "1"), 0), ("ops", ("topics",), 0)],
)
def test_the_other_roles_with_one_right_less(
    guarded: GuardedKafka, roles: Mapping[str, Settings], tmp_path: Path, role: str, words: tuple[str, ...], number: int
) -> None:
    """A command is refused with a status other than 0 and one line."""
    mine = roles[role]
    if role == "ops":  # a topic that is not there yet
        mine = mine.model_copy(update={"topic_clean": f"{mine.topic_clean}.other"})
    else:
        guarded.withdraw(role, rights_of(role, mine)[number])
    done = newswire(mine, tmp_path, *words, stdin=raw(1))
    assert done.returncode == 3, done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert role in done.stderr or "topic" in done.stderr


def refused(settings: Settings) -> str:
    began = time.monotonic()
    with pytest.raises(ServerError) as error:
        kafka_io.create_topics(settings)
    assert time.monotonic() - began < 25
    assert PASSWORD not in str(error.value)
    return str(error.value)


def test_wrong_password(guarded: GuardedKafka, make: Make, impatient: None) -> None:
    told = refused(make("worker", **guarded.access("worker", password=f"not {PASSWORD}")))
    assert "user worker" in told
    assert "NEWSWIRE_KAFKA_PASSWORD" in told


def test_wrong_authority(make: Make, tmp_path: Path) -> None:
    told = refused(make("worker", kafka_ca_file=Authority(tmp_path / "other").file))
    assert "NEWSWIRE_KAFKA_CA_FILE" in told


def test_a_certificate_of_another_name(make: Make, guarded: GuardedKafka) -> None:
    """The broker's stands for 127.0.0.1; reached by another name it is not taken."""
    told = refused(make("worker", kafka_bootstrap=f"localhost:{guarded.ports['SASL_SSL']}"))
    assert "Hostname mismatch" in told
    assert "NEWSWIRE_KAFKA_CA_FILE" in told


def test_no_certificate_of_ones_own_where_one_is_asked_for(make: Make, guarded: GuardedKafka) -> None:
    told = refused(make("worker", "SSL", kafka_cert_file="", kafka_key_file=""))
    assert "NEWSWIRE_KAFKA_CERT_FILE" in told


def test_a_certificate_that_another_authority_signed(make: Make, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other").vouch("worker")
    told = refused(make("worker", "SSL", kafka_cert_file=other.certificate, kafka_key_file=other.key))
    assert "NEWSWIRE_KAFKA_CERT_FILE" in told


@pytest.mark.parametrize("protocol", ["SASL_SSL", "PLAINTEXT"])
def test_another_protocol_than_the_port_speaks(
    make: Make, guarded: GuardedKafka, impatient: None, protocol: str
) -> None:
    port = guarded.server.port if protocol == "SASL_SSL" else guarded.ports["SASL_SSL"]
    plain = {"kafka_username": "", "kafka_password_file": "", "kafka_ca_file": ""} if protocol == "PLAINTEXT" else {}
    told = refused(make("worker", kafka_bootstrap=f"127.0.0.1:{port}", kafka_security_protocol=protocol, **plain))
    assert f"NEWSWIRE_KAFKA_SECURITY_PROTOCOL={protocol}" in told


def test_a_key_of_another_certificate(make: Make, guarded: GuardedKafka) -> None:
    one, two = guarded.authority.vouch("one"), guarded.authority.vouch("two")
    settings = make("worker", "SSL", kafka_cert_file=one.certificate, kafka_key_file=two.key)
    with pytest.raises(SettingsError, match="NEWSWIRE_KAFKA_KEY_FILE"):
        kafka_options(settings)


async def test_a_running_worker_is_told_why_it_is_not_let_in(
    guarded: GuardedKafka, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """The error of aiokafka says only that nobody was reached; the reason comes through its log, with the remedy."""
    settings = make("worker", **guarded.access("worker", password=f"not {PASSWORD}"))
    logger, own = logging.getLogger("aiokafka"), Refused(settings)
    logger.addFilter(own)
    offsets = Offsets(settings, {"bootstrap_servers": settings.kafka_bootstrap, **kafka_options(settings)})
    try:
        with pytest.raises(KafkaConnectionError):
            await offsets.position(TopicPartition(settings.topic_raw, 0))
    finally:
        logger.removeFilter(own)
        await offsets.stop()
        await asyncio.sleep(0.05)  # asyncio closes a connection that was refused a moment later
    told = [r.getMessage() for r in caplog.records if r.name == "aiokafka"]
    assert told
    assert "NEWSWIRE_KAFKA_PASSWORD" in told[0]
    assert PASSWORD not in caplog.text
