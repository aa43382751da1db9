"""Debian's promtool on what a worker exports and on the alerts. Run by `make test-system`, which says what to install."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.faults.wire import Feed, Wire
from tests.scrape import scrape
from workers.local.kafka import LocalKafka
from workers.local.valkey import LocalValkey
from workers.settings import load

RULES = Path(__file__).parents[2] / "ops/prometheus"


def promtool(*arguments: str, page: str | None = None) -> str:
    """Runs it, and fails with what it says unless it is content."""
    program = shutil.which("promtool")
    assert program, "promtool is not installed: sudo apt-get install prometheus"
    done = subprocess.run(
        [program, *arguments], cwd=RULES, input=page, capture_output=True, text=True, timeout=570, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_rules_are_well_formed() -> None:
    assert "SUCCESS" in promtool("check", "rules", "alerts.rules.yml")


@pytest.mark.parametrize("file", ["alerts.test.yml", "alerts.week.test.yml"])
def test_every_alert_fires_when_it_should_and_only_then(file: str) -> None:
    assert "SUCCESS" in promtool("test", "rules", file)


def test_a_running_workers_page_is_clean(kafka: LocalKafka, redis7: LocalValkey, tmp_path: Path) -> None:
    """By promtool's rules of naming, and not a word of complaint."""
    topics = {f"topic_{role}": f"metrics.{role}.v1" for role in ("raw", "clean", "duplicates", "rejected", "dlq")}
    servers = {"kafka_bootstrap": kafka.bootstrap, "redis_url": redis7.url}
    with Wire(load(**servers, **topics, group="metrics"), tmp_path) as wire:
        worker = wire.add_worker()
        wire.publish(Feed(100))
        wire.ledger().assert_balanced()
        page = scrape(worker.web_url)
    assert page.total("articles_finished_total") == 100
    assert promtool("check", "metrics", page=page.text) == ""
