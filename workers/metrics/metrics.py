"""What happens in a worker, told by those who do it and counted here."""

import platform
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from workers import __version__
from workers.article import RawArticle
from workers.cleaning import CLEANER_VERSION
from workers.metrics import catalogue as c
from workers.metrics.ledger import Ledger, Open
from workers.metrics.partitions import Look, Partitions
from workers.metrics.registry import Registry
from workers.metrics.sources import BoundedSources
from workers.outcome import Decision, OutputRecord
from workers.prepare import RawRecord
from workers.signature import SIGNATURE_VERSION

Finished = tuple[RawRecord, OutputRecord, Decision | None]
"""A raw record, what it came to, and the decision of the index where it was asked."""


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What is asked of Redis now and then. Bytes; `limit_bytes` is 0 where there is no limit."""

    used_bytes: int
    limit_bytes: int
    evicted_keys: int
    server: str
    windows: int
    documents: int


class Metrics:
    """The metrics of one process.

    Args:
        sources: how many sources get series of their own.
    """

    def __init__(self, sources: int = 50) -> None:
        self._registry, self.ledger, self.partitions = Registry(), Ledger(), Partitions()
        self._of, self._sources = self._registry.of, BoundedSources(sources)
        self._newest: dict[str, float] = {}
        self._news: dict[str, float] = {}
        self._bad: dict[int, float] = {}
        self._server: str | None = None
        self._rebalances = self.commits = 0
        built = (__version__, SIGNATURE_VERSION, CLEANER_VERSION, platform.python_version())
        self._of(c.BUILD, *built).set(1)

    # the agent

    def taken(self, records: Sequence[RawRecord], articles: Sequence[RawArticle | OutputRecord]) -> None:
        """Records were taken up; `articles` is what each was understood as."""
        for record, article in zip(records, articles, strict=True):
            is_article = isinstance(article, RawArticle)
            source = self._sources.name(article.source if isinstance(article, RawArticle) else None)
            at = record.timestamp_ms / 1_000
            self._of(c.RECEIVED, source).inc()
            self._of(c.RECORD_BYTES).observe(record.size)
            self._newest[source] = max(at, self._newest.get(source, 0.0))
            self._news.setdefault(source, at)
            is_kill = is_article and article.pub_status == "canceled"  # type: ignore[union-attr]
            self.ledger.take(record.origin.partition, record.origin.offset, Open(at, is_kill, source))

    def moved(self) -> None:
        """The partitions have moved: what is open is read again by whoever has them now."""
        self._of(c.RETURNED_TOTAL, "partitions-moved").inc(self.ledger.give_back_all())

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures a stage that comes to its end."""
        began = time.perf_counter()
        yield
        self._of(c.STAGE, name).observe(time.perf_counter() - began)

    def page(self, result: Literal["read", "unsafe", "bug"]) -> None:
        """A web page was read, or could not be."""
        self._of(c.PAGES_READ, result).inc()

    # delivery

    def finished(self, partition: int, rows: Sequence[Finished]) -> None:
        """A transaction was committed with these outputs."""
        now = time.time()
        self.commits += 1
        self._of(c.COMMITS).inc()
        self._of(c.LAST_COMMIT).set(now)
        self._of(c.LAST_PROCESSED).set(now)
        for record, output, decision in rows:
            taken = self.ledger.finish(partition, record.origin.offset)
            if taken and output.role == "clean":
                self._news[taken.source] = max(taken.timestamp_s, self._news[taken.source])
            age = max(0.0, now - record.timestamp_ms / 1_000)
            self._of(c.END_TO_END).observe(age)
            self._count_outcome(output, decision, age)

    def _count_outcome(self, output: OutputRecord, decision: Decision | None, age: float) -> None:
        if output.role == "dlq":
            self._of(c.FINISHED, "dead-letter").inc()
            self._of(c.DEAD_LETTERS, dict(output.headers)["dlq-reason"].decode()).inc()
            return
        verdict = decision.verdict if decision else "rejected"
        self._of(c.FINISHED, verdict).inc()
        if verdict == "rejected":
            self._of(c.REJECTIONS, (decision.reason if decision else None) or "test").inc()
        elif verdict == "cancel":
            self._of(c.KILLS).observe(age)
        if decision:
            self._count_decision(decision)

    def _count_decision(self, decision: Decision) -> None:
        if not decision.checked:
            self._of(c.UNCHECKED).inc()
            return
        self._of(c.DECISIONS, decision.relation or c.NONE).inc()
        if decision.candidates is not None:
            self._of(c.CANDIDATES).observe(decision.candidates)
            self._of(c.SIMILARITY).observe(decision.containment or 0.0)

    def already_committed(self, partition: int, offsets: Collection[int]) -> None:
        """Records came again that had been committed before."""
        self._of(c.RETURNED_TOTAL, "already-committed").inc(self.ledger.give_back(partition, offsets))

    def write_failed(self, dead_letters: int) -> None:
        """A transaction failed, with so many dead letters in it."""
        self._of(c.PRODUCE_ERRORS).inc()
        self._of(c.DEAD_LETTER_FAILURES).inc(dead_letters)

    def bad_share(self, partition: int, share: float) -> None:
        """The share of dead letters among a partition's recent records."""
        self._bad[partition] = share

    def deleted_unread(self, count: int) -> None:
        """Retention was quicker than the workers."""
        self._of(c.UNREAD_DELETED).inc(count)

    def retried(self, server: Literal["kafka", "redis"]) -> None:
        """An attempt failed that is repeated."""
        self._of(c.RETRIES, server).inc()

    # Redis

    def command(self, name: str, seconds: float, *, failed: bool) -> None:
        """A call of Redis ended."""
        self._of(c.COMMAND, name).observe(seconds)
        if failed:
            self._of(c.REDIS_ERRORS, name).inc()

    def window_dropped(self) -> None:
        self._of(c.WINDOWS_DROPPED).inc()

    def lines_learned(self, count: int) -> None:
        self._of(c.LINES_LEARNED).inc(count)

    def index(self, facts: IndexFacts) -> None:
        """What Redis tells of itself and the index."""
        if self._server not in (None, facts.server):
            self._of(c.REDIS_ROLE_CHANGES).inc()
        self._server = facts.server
        self._of(c.REDIS_MEMORY).set(facts.used_bytes)
        self._of(c.REDIS_LIMIT).set(facts.limit_bytes)
        self._of(c.REDIS_EVICTED).set(facts.evicted_keys)
        self._of(c.INDEX_WINDOWS).set(facts.windows)
        self._of(c.INDEX_DOCUMENTS).set(facts.documents)

    # the observer

    def servers(self, *, kafka: bool, redis: bool) -> None:
        """Whether they answer."""
        self._of(c.KAFKA_UP).set(kafka)
        self._of(c.REDIS_UP).set(redis)

    def rebalances(self, total: int) -> None:
        """How many the worker has taken part in."""
        self._of(c.REBALANCES).inc(max(0, total - self._rebalances))
        self._rebalances = total

    def look(self, looks: Mapping[int, Look]) -> dict[int, tuple[str, str]]:
        """How the partitions stand; returns those whose state has changed, with the state before and after."""
        self._bad = {n: share for n, share in self._bad.items() if n in looks}
        return dict(self.partitions.look(dict(looks)))

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format."""
        self._derive(time.time())
        return self._registry.page()

    def _derive(self, now: float) -> None:
        ledger, states = self.ledger, self.partitions.states()
        self._of(c.IN_PROGRESS).set(ledger.in_progress)
        self._of(c.IMBALANCE).set(ledger.imbalance)
        self._of(c.OLDEST).set(ledger.oldest_s())
        self._of(c.OLDEST_KILL).set(ledger.oldest_s(kills=True))
        for source, newest in self._newest.items():
            self._of(c.SOURCE_LAST, source).set(newest)
            self._of(c.SOURCE_NEWS, source).set(self._news[source])
        self._of(c.ASSIGNED).set(len(states))
        self._of(c.BAD_SHARE).set(max(self._bad.values(), default=0.0))
        self._of(c.LAG_RECORDS).set(self.partitions.lag())
        behind = [ledger.oldest_s(n) or since for n, since in self.partitions.behind_since_s().items()]
        self._of(c.LAG_SECONDS).set(max((max(0.0, now - since) for since in behind), default=0.0))
        for state in c.PARTITION_STATES:
            self._of(c.PARTITION_STATE, state).set(list(states.values()).count(state))  # type: ignore[arg-type]
        worker = (
            "err"
            if {"stop", "stall", "rewind"} & set(states.values())
            else "warn"
            if "warn" in states.values()
            else "ok"
        )
        for word in c.WORKER_STATES:
            self._of(c.WORKER_STATE, word).set(word == worker)
