"""Web pages that a parser cannot stand, and what is left of their processes when the worker is killed."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.wire import Wire, article
from workers import kafka_io
from workers.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

ROW = "<tr><td>Harbour Party of Port Varney 412 votes</td></tr>"
HEAVY = f"<html><body><article><table>{ROW * 6_000}</table></article></body></html>"
"""Few enough tags to be tried, and more work than the test's limit allows."""


def publish(wire: Wire, bodies: list[tuple[str, str]]) -> None:
    def settled(uri: str, result: object) -> None:
        assert isinstance(result, kafka_io.Acknowledged)
        wire.sent[f"{wire.settings.topic_raw}/{result.partition}/{result.offset}"] = uri

    with kafka_io.Publisher(wire.settings, settled) as publisher:
        for n, (body, content_type) in enumerate(bodies):
            uri = wire_uri(n)
            wire.groups[uri] = n
            raw = {"source": "agency", "uri": uri, "body": body, "contentType": content_type}
            publisher.send(json.dumps(raw).encode(), b"one key", uri)
        publisher.flush()


def wire_uri(n: int) -> str:
    return f"urn:test:page:{n}"


def page_processes(state: Path) -> dict[int, int]:
    """Page processes of the workers that keep their state there, and their parents."""
    found = {}
    for folder in Path("/proc").iterdir():
        try:
            if b"workers.page_process" in (folder / "cmdline").read_bytes():
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if str(state).encode() in Path(f"/proc/{parent}/environ").read_bytes():
                    found[int(folder.name)] = parent
        except (OSError, ValueError):
            continue
    return found


def test_a_page_costs_only_itself(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """A page that takes too long is rejected, its batch goes on; a killed worker leaves no process behind."""
    pages = [(f"<html><body><article><p>{article(n)}</article></body></html>", "text/html") for n in range(6)]
    texts = [(article(n), "text/plain") for n in range(6, 12)]
    with Wire(make_settings(page_cpu_s=0.3), tmp_path) as wire:
        wire.add_worker()
        publish(wire, [*pages[:3], (HEAVY, "text/html"), *texts, *pages[3:]])
        ledger = wire.ledger(30)
        children = page_processes(tmp_path / "state")
        assert children
        for parent in set(children.values()):
            os.kill(parent, signal.SIGKILL)
        end = time.monotonic() + 10
        while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < end:
            time.sleep(0.1)
        assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert (ledger.lost, ledger.doubled) == ([], [])
    assert ledger.outcomes == {"new": 12, "rejected unsafe-page": 1}
