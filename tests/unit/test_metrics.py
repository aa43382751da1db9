"""The registry, the ledger, Burrow's states and the bounded sources."""

from collections.abc import Sequence
from typing import get_args

import pytest

from tests.scrape import Page, parse
from workers.article import RawArticle
from workers.metrics import CONTENT_TYPE, Metrics
from workers.metrics import catalogue as c
from workers.metrics.ledger import Ledger, Open
from workers.metrics.metrics import IndexFacts
from workers.metrics.partitions import LOOKS, Look, Partitions, PartitionState, state_of
from workers.metrics.registry import Registry
from workers.outcome import DeadLetterReason, Decision, Origin, OutputRecord
from workers.prepare import RawRecord


def page_of(metrics: Metrics) -> Page:
    return parse(metrics.exposition().decode())


def record(offset: int, partition: int = 0, timestamp_ms: int = 1_000) -> RawRecord:
    return RawRecord(Origin("raw", partition, offset), b"k", b"v", [], timestamp_ms)


def raw_article(source: str = "AP", **fields: str) -> RawArticle:
    return RawArticle(source, "urn:x", "body", "text/plain", **fields)  # type: ignore[arg-type]


def output(role: str = "clean", reason: str = "") -> OutputRecord:
    headers = (("dlq-reason", reason.encode()),) if reason else ()
    return OutputRecord(role, b"k", b"v", headers)  # type: ignore[arg-type]


def test_all_that_is_declared_stands_on_the_page_from_the_start() -> None:
    """An alert on a rate needs the series before the first event; sources alone come with their first article."""
    samples = page_of(Metrics()).samples
    for spec in c.CATALOGUE:
        suffix = "_count" if spec.kind == "histogram" else ""
        for values in spec.children() or ([()] if not spec.labels else []):
            key = (spec.full_name + suffix, tuple(sorted(zip(spec.labels, values, strict=True))))
            assert samples[key] == 0 or spec is c.WORKER_STATE, key
    assert {dict(labels)["code"] for name, labels in samples if name == "newswire_dead_letters_total"} == set(
        get_args(DeadLetterReason)
    )


def test_names_follow_prometheus() -> None:
    """Counters end with _total and nothing else does; names are told once; each says what it is for."""
    names = [spec.full_name for spec in c.CATALOGUE]
    assert len(set(names)) == len(names)
    assert all(spec.name.endswith("_total") == (spec.kind == "counter") for spec in c.CATALOGUE)
    assert all(spec.help and not {"\n", "|"} & set(spec.help) for spec in c.CATALOGUE)
    assert CONTENT_TYPE == "text/plain; version=0.0.4; charset=utf-8"


def test_a_value_outside_its_closed_set_is_refused() -> None:
    with pytest.raises(ValueError, match="closed set"):
        Registry().of(c.FINISHED, "mislaid")


def test_a_record_that_is_dropped_on_the_way_shows() -> None:
    """The batch ends and it was neither finished nor given back; one that is finished twice shows, too."""
    ledger = Ledger()
    for offset in range(3):
        ledger.take(0, offset, Open(1.0, is_kill=False))
    for offset in (0, 1):
        ledger.finish(0, offset)
    assert (ledger.imbalance, ledger.in_progress) == (0, 1)
    ledger.end_batch()
    assert (ledger.imbalance, ledger.in_progress) == (1, 0)
    for offset in (0, 1):
        ledger.finish(0, offset)
    assert ledger.imbalance == -1


def test_what_moves_or_comes_again_leaves_the_ledger_balanced() -> None:
    """Records given back are received again; an attempt that is repeated says twice what was committed already."""
    ledger = Ledger()
    for offset in range(4):
        ledger.take(0, offset, Open(float(offset + 1), is_kill=offset == 3))
    assert [ledger.give_back(0, [0, 1]), ledger.give_back(0, [0, 1])] == [2, 0]
    assert (ledger.oldest_s(), ledger.oldest_s(kills=True), ledger.oldest_s(1)) == (3.0, 4.0, 0.0)
    assert ledger.give_back_all() == 2
    ledger.end_batch()
    for offset in (2, 3):
        ledger.take(0, offset, Open(1.0, is_kill=False))
        ledger.finish(0, offset)
    ledger.end_batch()
    assert (ledger.imbalance, ledger.received, ledger.finished, ledger.returned) == (0, 6, 2, 4)


@pytest.mark.parametrize(
    ("committed", "ends", "held", "state"),
    [
        (range(LOOKS), [LOOKS + 5] * LOOKS, False, "ok"),
        ([7] * LOOKS, [7] * LOOKS, False, "ok"),
        ([7] * LOOKS, [9] * LOOKS, False, "stop"),
        ([7] * LOOKS, [9] * LOOKS, True, "stall"),
        ([7] * (LOOKS - 1), [9] * (LOOKS - 1), True, "ok"),
        (range(LOOKS), [10 + 2 * n for n in range(LOOKS)], True, "warn"),
        ([5, 4], [9, 9], False, "rewind"),
        ([7] * LOOKS, [*[9] * (LOOKS - 1), 7], False, "ok"),
    ],
)
def test_the_states_are_burrows(
    committed: Sequence[int], ends: Sequence[int], held: bool, state: PartitionState
) -> None:
    """Over a full window; nothing is said of a worker that has only begun, but for an offset that went back."""
    looks = [Look(float(n), done, end, held) for n, (done, end) in enumerate(zip(committed, ends, strict=True))]
    assert state_of(looks) == state


def test_partitions_that_go_are_forgotten() -> None:
    """And a change of state is told once."""
    partitions = Partitions()
    changes = [
        partitions.look({0: Look(float(n), 7, 9, is_held=True), 1: Look(float(n), 3, 3, is_held=False)})
        for n in range(LOOKS + 2)
    ]
    assert [change for change in changes if change] == [{0: ("ok", "stall")}]
    assert (partitions.lag(), partitions.behind_since_s()) == (2, {0: 0.0})
    partitions.look({1: Look(99.0, 3, 3, is_held=False)})
    assert (partitions.states(), partitions.lag(), partitions.behind_since_s()) == ({1: "ok"}, 0, {})


def test_what_goes_through_is_counted() -> None:
    """Sources beyond the limit are one; kills are told apart; what was judged by likeness has its figures."""
    metrics = Metrics(sources=1)
    records = [record(n) for n in range(4)]
    articles: list[RawArticle | OutputRecord] = [
        raw_article("AP"),
        raw_article("Reuters"),
        raw_article("AP", pub_status="canceled"),
        output("dlq", "empty"),
    ]
    metrics.taken(records, articles)
    open_page = page_of(metrics)
    assert (open_page.value("oldest_unfinished_kill_timestamp_seconds"), open_page.value("articles_in_progress")) == (
        1,
        4,
    )
    decisions = [
        Decision("new", "a", candidates=2, containment=0.3),
        Decision("new", "b", checked=False),
        Decision("cancel", "c", relation="cancel"),
        None,
    ]
    outputs = [output(), output(), output(), output("dlq", "empty")]
    metrics.finished(0, list(zip(records, outputs, decisions, strict=True)))
    metrics.ledger.end_batch()
    page = page_of(metrics)
    assert page.by("articles_received_total") == {"AP": 2, "other": 1, "unknown": 1}
    assert page.by("articles_finished_total") == {"new": 2, "cancel": 1, "dead-letter": 1}
    assert page.by("dedup_decisions_total") == {"none": 1, "cancel": 1}
    assert (page.value("unchecked_publishes_total"), page.value("dedup_similarity_ratio_sum")) == (1, 0.3)
    assert (page.value("kill_propagation_seconds_count"), page.value("end_to_end_seconds_count")) == (1, 4)
    assert page.value("ledger_imbalance") == page.value("oldest_unfinished_timestamp_seconds") == 0


def test_another_server_is_a_role_change() -> None:
    """The first answer is none."""
    metrics = Metrics()
    for server in ("a master", "a master", "b master"):
        metrics.index(IndexFacts(1, 0, 0, server, 1, 5))
    assert page_of(metrics).value("redis_role_changes_total") == 1
