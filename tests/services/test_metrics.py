"""A running worker's metrics add up with what went through it, also when a second worker takes partitions over."""

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from kafka import KafkaProducer

from tests.faults.wire import Feed, Wire, article
from tests.scrape import Page, scrape
from tests.services.test_bad_share import publish
from tests.services.test_worker_bad_input import raw, through
from workers.local.valkey import LocalValkey
from workers.metrics.partitions import LOOK_EVERY_S
from workers.settings import Settings


def wait_until(is_so: Callable[[], bool], patience_s: float = 30.0) -> None:
    end = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.5)


def status_of(web_url: str, page: str) -> int:
    try:
        with urllib.request.urlopen(f"{web_url}/{page}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as e:
        return e.code


def sum_of(pages: list[Page], name: str) -> Counter[str]:
    return sum((Counter(page.by(name)) for page in pages), Counter())


def test_every_verdict_is_counted_once(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """New, update, kill, copy, rejection and dead letter: each outcome, reason and source, and the ledger at 0."""
    records = {
        "new": raw(uri="urn:test:a", body=article(1), source="one"),
        "copy": raw(uri="urn:test:b", body=article(1), source="two"),
        "update": raw(uri="urn:test:a", body=article(2), source="one", version=2),
        "kill": json.dumps({"source": "one", "uri": "urn:test:a", "pubStatus": "canceled", "version": 3}).encode(),
        "page": raw(uri="urn:test:p", body=f"<html><body><p>{article(3)}</p></body></html>", contentType="text/html"),
        "test": raw(uri="urn:test:t", signal="test", body=article(4)),
        "dead": b"{",
    }
    with Wire(make_settings(), tmp_path) as wire:
        worker = wire.add_worker()
        through(wire, records)
        wait_until(lambda: scrape(worker.web_url).total("articles_finished_total") == len(records))
        wait_until(lambda: scrape(worker.web_url).value("redis_memory_used_bytes") > 0)
        page = scrape(worker.web_url)
        probes = {name: status_of(worker.web_url, name) for name in ("livez", "readyz", "startupz")}
    assert page.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert page.by("articles_finished_total") == {
        "new": 2, "update": 1, "cancel": 1, "duplicate": 1, "rejected": 1, "dead-letter": 1,
    }  # fmt: skip
    assert page.by("articles_received_total") == {"one": 3, "two": 1, "agency": 2, "unknown": 1}
    assert page.by("dead_letters_total") == {"not-json": 1}
    assert page.by("rejections_total") == {"test": 1}
    assert page.by("pages_read_total") == {"read": 1}
    assert page.by("dedup_decisions_total") == {"none": 2, "exact": 1, "revision": 1, "cancel": 1}
    assert page.value("dedup_candidates_count") == 3
    assert page.value("kill_propagation_seconds_count") == 1
    assert page.value("end_to_end_seconds_count") == len(records)
    assert (page.value("ledger_imbalance"), page.value("articles_in_progress")) == (0, 0)
    assert page.by("partition_state") == {"ok": page.value("partitions_assigned")}
    assert page.value("redis_command_duration_seconds_count", command="claim") >= 1
    assert (page.value("kafka_up"), page.value("redis_up")) == (1, 1)
    assert probes == {"livez": 200, "readyz": 200, "startupz": 200}


def test_marks_of_transactions_are_no_lag(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """They take offsets for ever behind what is committed; a record in an open transaction cannot be read yet."""
    settings = make_settings(partitions=1)
    with Wire(settings, tmp_path) as wire:
        worker = wire.add_worker()
        producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, transactional_id=settings.group)
        producer.init_transactions()
        producer.begin_transaction()
        producer.send(settings.topic_raw, raw(uri="urn:test:in-transaction")).get(10)
        producer.commit_transaction()
        wait_until(lambda: scrape(worker.web_url).total("articles_finished_total") == 1)
        producer.begin_transaction()
        producer.send(settings.topic_raw, raw(uri="urn:test:aborted")).get(10)
        producer.abort_transaction()
        time.sleep(2 * LOOK_EVERY_S)
        page = scrape(worker.web_url)
        producer.close()
    assert (page.value("consumer_lag_records"), page.value("consumer_lag_seconds")) == (0, 0)
    assert page.total("articles_finished_total") == 1


def test_what_waits_for_redis_is_seen(settings: Settings, tmp_path: Path) -> None:
    """Redis is killed: records lie in progress, grow old, are counted as retried, and the worker is alive and not ready."""
    with LocalValkey(tmp_path / "own") as valkey:
        away = settings.model_copy(update={"redis_url": valkey.url})
        with Wire(away, tmp_path) as wire:
            worker = wire.add_worker()
            valkey.kill()
            through_later = [json.dumps({"source": "one", "uri": "urn:test:k", "pubStatus": "canceled"}).encode()]
            publish(wire, through_later)
            wait_until(lambda: scrape(worker.web_url).value("articles_in_progress") == 1)
            wait_until(lambda: scrape(worker.web_url).value("redis_up") == 0)
            time.sleep(LOOK_EVERY_S + 1)
            page = scrape(worker.web_url)
            probes = {name: status_of(worker.web_url, name) for name in ("livez", "readyz", "startupz")}
    assert page.value("oldest_unfinished_kill_timestamp_seconds") > time.time() - 60
    assert (page.value("consumer_lag_records"), page.value("ledger_imbalance")) == (1, 0)
    assert 1 < page.value("consumer_lag_seconds") < 60
    assert page.value("retries_total", server="redis") >= 1
    assert page.value("kafka_up") == 1
    assert probes == {"livez": 200, "readyz": 503, "startupz": 200}


def test_the_ledgers_of_two_workers_add_up(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """A second worker joins under load: what was in hand is given back, and read again; nothing is missing, nothing is double."""
    with Wire(make_settings(), tmp_path) as wire:
        workers = [wire.add_worker()]
        wire.publish(Feed(4_000, seed=5), per_s=800)
        wire.wait_for_work()
        workers.append(wire.add_worker())
        ledger = wire.ledger()
        ledger.assert_balanced()
        wait_until(lambda: all(scrape(w.web_url).value("articles_in_progress") == 0 for w in workers))
        wait_until(lambda: all(scrape(w.web_url).value("consumer_lag_records") == 0 for w in workers))
        pages = [scrape(worker.web_url) for worker in workers]
    finished = sum_of(pages, "articles_finished_total")
    assert finished.total() == ledger.sent
    assert finished == ledger.outcomes
    assert all(page.value("ledger_imbalance") == 0 for page in pages)
    assert [page.value("rebalances_total") >= 1 for page in pages] == [True, True]
    received, returned = sum_of(pages, "articles_received_total"), sum_of(pages, "articles_returned_total")
    assert received.total() == finished.total() + returned.total()
    assert all(page.value("partitions_assigned") for page in pages)
