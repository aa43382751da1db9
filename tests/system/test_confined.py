"""A worker as its container has it: a user without rights, no capabilities, nothing to write to but its state folder."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.faults.wire import Feed, Wire, environment_of
from workers.local.kafka import LocalKafka
from workers.local.ports import free_port
from workers.local.process import log_tail
from workers.local.valkey import LocalValkey
from workers.settings import load

UID = "10001"
ROOT = Path(__file__).parents[2]
CONFINE = """
set -eu
mount --make-rprivate /
mount --bind "$STATE" "$STATE"
mount -o remount,ro,bind /
mount -t tmpfs -o ro none /dev/shm
cd "$STATE"
exec setpriv $USER_OPTIONS --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
"""
"""In a mount namespace of its own; even /tmp is read-only, which the container does not ask for."""
WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('x')"


def is_within_reach() -> bool:
    """Whether another user may run this Python: not where it is installed in root's home."""
    folders = [*Path(sys.executable).resolve().parents, *ROOT.parents]
    return all(folder.stat().st_mode & 0o001 for folder in folders)


def confined(state: Path, *command: str, **variables: str) -> list[str]:
    """The command line; what cannot change its user here keeps it, and loses its capabilities all the same."""
    options = f"--reuid={UID} --regid={UID} --clear-groups" if is_within_reach() and os.geteuid() == 0 else ""
    given = [f"{name}={value}" for name, value in {**variables, "STATE": str(state), "USER_OPTIONS": options}.items()]
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    return ["env", *given, *namespace, "sh", "-c", CONFINE, "sh", *command]


def test_a_confined_worker_works(kafka: LocalKafka, valkey: LocalValkey, tmp_path: Path) -> None:
    """From its start through pages and plain text to its end, with status 0; its files are where they may be."""
    settings = load(
        kafka_bootstrap=kafka.bootstrap,
        redis_url=valkey.url,
        web_url=f"http://127.0.0.1:{free_port()}",
        group="confined",
        **{f"topic_{role}": f"confined.{role}" for role in ("raw", "clean", "duplicates", "rejected", "dlq")},
    )
    state, log = tmp_path / "state", tmp_path / "log"
    state.mkdir()
    if os.geteuid() == 0 and is_within_reach():
        os.chown(state, int(UID), int(UID))
        for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):  # pytest keeps its folders to itself
            folder.chmod(0o711)
    probe = subprocess.run(
        confined(state, sys.executable, "-c", WRITE, str(tmp_path / "elsewhere")), capture_output=True, check=False
    )
    assert b"Read-only file system" in probe.stderr, "nothing is confined: the test would tell nothing"
    own = environment_of(settings, tmp_path) | {
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "REDIS_URL": settings.redis_url,
        "WEB_URL": settings.web_url,
        "NEWSWIRE_STATE_FOLDER": str(state),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/nonexistent",
    }
    with Wire(settings, tmp_path) as wire, log.open("wb") as file:
        worker = subprocess.Popen(
            confined(state, sys.executable, "-m", "workers.cli", "worker", **own), stdout=file, stderr=file
        )
        try:
            wire.publish(Feed(40))
            page = {"source": "s", "uri": "urn:page", "contentType": "text/html", "body": "<p>" + "word " * 50}
            wire.publish(Page(page)).join()
            ledger = wire.ledger()
            assert not ledger.lost, log_tail(log)
            status = Path(f"/proc/{worker.pid}/status").read_text()
            assert "NoNewPrivs:\t1" in status
            assert "CapBnd:\t0000000000000000" in status
            assert "CapEff:\t0000000000000000" in status
        finally:
            worker.terminate()
            worker.wait(30)
    assert worker.returncode == 0, log_tail(log)
    assert [path.name for path in state.rglob("*") if path.is_file()]


class Page(Feed):
    """One web page, so that the children that read pages are started too."""

    def __init__(self, raw: dict[str, str]) -> None:
        super().__init__(1)
        self._raw = raw

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        self.groups[self._raw["uri"]] = 1_000
        yield self._raw["uri"], json.dumps(self._raw).encode()
