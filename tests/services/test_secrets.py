"""No secret in what a run prints, shows or starts: Kafka's password, Redis', and that of a key, all given in variables."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.wire import article, environment_of
from tests.services.guarded_kafka import PASSWORD, GuardedKafka, newswire, rights_of
from workers.local.valkey import LocalValkey
from workers.local.worker import LocalWorker
from workers.settings import Settings, load

OF_REDIS = "hush%21of-redis"
SECRETS = (PASSWORD, OF_REDIS, "hush!of-redis")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    made = GuardedKafka(tmp_path_factory.mktemp("secrets"))
    with made.server:
        made.add_users("ops")
        yield made


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalValkey]:
    with LocalValkey(tmp_path_factory.mktemp("locked"), extra={"requirepass": "hush!of-redis"}) as server:
        yield server


@pytest.fixture
def settings(guarded: GuardedKafka, locked: LocalValkey) -> Settings:
    """The password goes to Kafka as it is, inside TLS, and libraries may say all they know."""
    access = {k: v for k, v in guarded.access("ops").items() if k != "kafka_password_file"}
    topics = {f"topic_{role}": f"secrets.{role}" for role in ("raw", "clean", "duplicates", "rejected", "dlq")}
    url = f"redis://:{OF_REDIS}@127.0.0.1:{locked.port}/0"
    mechanism = {"kafka_sasl_mechanism": "PLAIN", "kafka_password": PASSWORD}
    return load(**access, **topics, **mechanism, redis_url=url, log_level="debug", group="secrets", partitions=1)


def told(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [secret for secret in SECRETS if secret.encode() in data]


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


@pytest.mark.timeout(240)
def test_a_run_tells_no_secret(guarded: GuardedKafka, settings: Settings, tmp_path: Path) -> None:
    """At the most talkative level: the worker, its pages, the command lines of its children, the commands."""
    for role in ("producer", "worker", "ops"):
        guarded.grant("ops", rights_of(role, settings))
    printed = [newswire(settings, tmp_path, "topics")]
    assert printed[0].returncode == 0, printed[0].stderr
    addresses = {"KAFKA_BOOTSTRAP": settings.kafka_bootstrap, "REDIS_URL": settings.redis_url}
    worker = LocalWorker(tmp_path, 1, addresses, environment_of(settings, tmp_path))
    page = {"source": "s", "uri": "urn:page", "contentType": "text/html", "body": f"<p>{article(1)}</p>"}
    with worker:
        printed.append(newswire(settings, tmp_path, "produce", "--raw", stdin=json.dumps(page) + "\nno json\n"))
        printed.append(newswire(settings, tmp_path, "tail", "all", "--from-start", "-n", "2"))
        printed.append(newswire(settings, tmp_path, "why", "urn:page"))
        printed.append(newswire(settings, tmp_path, "replay", "--all", "--dry-run"))
        printed.append(newswire(settings, tmp_path, "config", "--json"))
        assert [done.returncode for done in printed] == [0] * len(printed), printed
        for path in ("metrics", "livez", "startupz", "readyz"):
            assert not told(fetched(f"{worker.web_url}/{path}"))
        for path in ("router", "router/", "table/", "graph/", "stats/", "nothing"):
            assert b"404" in fetched(f"{worker.web_url}/{path}"), "Faust's own pages are off"
        pids = family(worker.pid)
        assert len(pids) >= 3, "supervisor, worker and a child that reads pages"
        for pid in pids:
            assert not told(Path(f"/proc/{pid}/cmdline").read_bytes())
        assert told(Path(f"/proc/{pids[1]}/environ").read_bytes()), "else nothing was there to be told"
        for pid in pids[2:]:
            assert not told(Path(f"/proc/{pid}/environ").read_bytes()), "what parses strangers' pages"
    log = worker.log_file.read_bytes()
    assert b'"level": "debug"' in log
    assert not told(log)
    assert not [done.args for done in printed if told(done.stdout + done.stderr)]
    for file in (tmp_path / "state").rglob("*"):
        assert file.is_dir() or not told(file.read_bytes())


def fetched(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as e:
        return e.read()


WRONG: dict[str, dict[str, str]] = {
    "redis is away": {"REDIS_URL": f"redis://desk:{OF_REDIS}@127.0.0.1:1/0"},
    "redis has another password": {"REDIS_URL": f"redis://default:{OF_REDIS}x@127.0.0.1:PORT/0"},
    "a port that is part of a password": {"REDIS_URL": f"redis://desk:{OF_REDIS}/x@127.0.0.1:1/0"},
    "no scheme": {"REDIS_URL": f":{OF_REDIS}@host:1"},
    "no such mechanism": {"NEWSWIRE_KAFKA_SASL_MECHANISM": "NONE"},
    "twice": {"NEWSWIRE_KAFKA_PASSWORD_FILE": "/dev/null"},
    "unused": {"NEWSWIRE_KAFKA_SECURITY_PROTOCOL": "SSL"},
    "misspelt": {"NEWSWIRE_KAFKA_PASSWORT": PASSWORD},
}


@pytest.mark.parametrize("variables", WRONG.values(), ids=WRONG)
def test_no_error_tells_a_secret(
    settings: Settings, locked: LocalValkey, tmp_path: Path, variables: dict[str, str]
) -> None:
    """Of the worker at its start, whatever is wrong."""
    wrong = {name: value.replace("PORT", str(locked.port)) for name, value in variables.items()}
    done = newswire(settings, tmp_path, "worker", **wrong)
    assert done.returncode in (2, 3), done.stderr
    assert "newswire: " in done.stderr
    assert not told(done.stdout + done.stderr)
