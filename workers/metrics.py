"""What the worker counts, by Prometheus' naming rules. Closed label sets stand at 0 from the start."""

import time
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from workers.outcome import DeadLetterReason, Decision, OutputRecord, Verdict

OUTCOMES = (*get_args(Verdict), "dead-letter")


class Metrics:
    """The worker's registry. `newswire_articles_received_total` minus all outcomes is what is in progress."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.commits = 0
        r = self.registry
        self._received = Counter("newswire_articles_received", "Raw records read, redeliveries included", registry=r)
        self._finished = Counter("newswire_articles_finished", "Records committed, by outcome", ["outcome"], registry=r)
        self._dead = Counter("newswire_dead_letters", "Dead letters by reason code", ["code"], registry=r)
        self._batch = Histogram("newswire_batch_seconds", "Time from a batch's first record to its commit", registry=r)
        self._committed = Gauge("newswire_last_commit_timestamp_seconds", "When a batch was committed last", registry=r)
        for outcome in OUTCOMES:
            self._finished.labels(outcome)
        for code in get_args(DeadLetterReason):
            self._dead.labels(code)

    def received(self, count: int) -> None:
        self._received.inc(count)

    def finished(self, record: OutputRecord, decision: Decision | None) -> None:
        if record.role == "dlq":
            self._finished.labels("dead-letter").inc()
            self._dead.labels(dict(record.headers)["dlq-reason"].decode()).inc()
        else:
            self._finished.labels(decision.verdict if decision else "rejected").inc()

    def committed(self) -> None:
        self.commits += 1
        self._committed.set(time.time())

    def batch_took(self, seconds: float) -> None:
        self._batch.observe(seconds)

    def exposition(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.registry)
