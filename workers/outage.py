"""Which errors may pass, and what is said of them: one line when an outage begins, one when it ends.

Each partition waits and tries for itself, every few seconds, for as long as it takes; that is told once for all of them.
"""

import time
from collections.abc import Hashable

import structlog
from aiokafka import errors as kafka_errors

from workers.redis_io import is_transient

log = structlog.get_logger("newswire.delivery")

REMIND_S = 600.0

_LASTING = (
    kafka_errors.MessageSizeTooLargeError,
    kafka_errors.RecordListTooLargeError,
    kafka_errors.InvalidTopicError,
    kafka_errors.InvalidTransactionTimeout,
    kafka_errors.UnsupportedVersionError,
    kafka_errors.TopicAuthorizationFailedError,
    kafka_errors.GroupAuthorizationFailedError,
    kafka_errors.ClusterAuthorizationFailedError,
    kafka_errors.TransactionalIdAuthorizationFailed,
)
"""What Kafka will answer again however often it is asked: somebody has to change something."""


class Fenced(Exception):
    """Another worker took the partition over in the index; whether it is still ours shows in a moment."""


def may_pass(error: BaseException) -> bool:
    """Whether the same attempt may succeed later."""
    if isinstance(error, _LASTING):
        return False
    # IllegalOperation is no KafkaError: a fenced producer raises it at its next call
    passing = kafka_errors.KafkaError | kafka_errors.IllegalOperation | Fenced | OSError | TimeoutError
    return isinstance(error, passing) or is_transient(error)


class Outage:
    """From the first partition that waits until the last of them goes on; those that move away are not waited for."""

    def __init__(self) -> None:
        self._waiting: set[Hashable] = set()
        self._since = self._told = 0.0

    def failed(self, partition: Hashable, error: BaseException) -> None:
        self._waiting.add(partition)
        now = time.monotonic()
        if not self._since:
            self._since = now
        elif now - self._told < REMIND_S:
            return
        self._told = now
        log.warning("waiting", because=repr(error), for_s=round(now - self._since, 1))

    def succeeded(self, partition: Hashable) -> None:
        self._waiting.discard(partition)
        if self._since and not self._waiting:
            log.info("goes on", after_s=round(time.monotonic() - self._since, 1))
            self._since = 0.0

    def moved(self, partition: Hashable) -> None:
        self._waiting.discard(partition)
