"""Workers of two versions in one group: they work beside each other if they may, and else the later one does not start."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.pauses import read_all
from tests.faults.versions import changed, upgrade_and_rollback
from tests.faults.wire import Feed, Wire
from workers.headers import SCHEMA_VERSION
from workers.settings import Settings

SIZE = 5_000


@pytest.fixture
def wire(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Wire]:
    with Wire(make_settings(batch_max_records=50, session_timeout_s=6), tmp_path) as wire:
        yield wire


@pytest.mark.timeout(240)
def test_upgrade_and_rollback_under_load(wire: Wire) -> None:
    """The next version comes beside this one, takes over alone, and is taken back; both are killed while work is open."""
    with changed(wire, format=2, oldest=1) as other:
        upgrade_and_rollback(wire, other, Feed(SIZE))
        wire.ledger().assert_balanced()
    outputs = read_all(wire.settings, list(wire.settings.output_topics))
    by_version = Counter(record.headers["schema-version"] for record in outputs)
    assert by_version.keys() == {SCHEMA_VERSION, b"1.9.0"}
    assert min(by_version.values()) > 0.1 * SIZE, "both had their share of the work"


def test_a_format_that_does_not_fit_is_refused(wire: Wire) -> None:
    """A later version that cannot read what this one writes does not start, and this one goes on."""
    wire.add_worker()
    wire.publish(Feed(200))
    wire.ledger().assert_balanced()
    with changed(wire, format=3, oldest=2) as other:
        assert other.status() == 3
        told = other.log_file.read_text()
    for part in ("holds records of format 1", "NEWSWIRE_INDEX_NAME", "docs/UPGRADE.md"):
        assert part in told
    wire.publish(Feed(100, seed=2))
    assert not wire.ledger().lost, "this version goes on"


def test_rollback_behind_a_format_that_does_not_fit_is_refused(wire: Wire) -> None:
    """Where a later version has begun an index that this one cannot read, this one does not start."""
    with changed(wire, format=3, oldest=2) as other:
        other.wait_until_ready()
        wire.publish(Feed(200))
        wire.ledger().assert_balanced()
        assert other.stop() == 0
    this = wire.add_worker(wait=False)
    end = time.monotonic() + 30
    while "status 3" not in this.log_file.read_text():
        assert time.monotonic() < end
        time.sleep(0.2)
    assert "holds records of format 3" in this.log_file.read_text()


def test_another_signature_waits_until_the_group_is_empty(wire: Wire) -> None:
    """Workers that would not find each other's articles never work at the same time; after a drain the next ones start."""
    this = wire.add_worker()
    with changed(wire, signature="other-1") as other:
        assert other.status() == 3
        told = other.log_file.read_text()
        for part in ("another signature", "SIGTERM", wire.settings.group):
            assert part in told
        this.stop()
        other.start().wait_until_ready()
        wire.publish(Feed(200))
        wire.ledger().assert_balanced()
        assert other.stop() == 0
