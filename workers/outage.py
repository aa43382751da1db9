"""Which errors may pass, and what is said of them: one line when an outage begins, one when it ends.

Each partition waits and tries for itself, every few seconds, for as long as it takes; that is told once for all of them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar

import structlog
from aiokafka import errors as kafka_errors

from workers.errors import OwnershipLost
from workers.redis_io import is_transient
from workers.refusals import remedy
from workers.settings import Settings

log = structlog.get_logger("newswire.delivery")

REMIND_S = 600.0
RETRY_FIRST_S, RETRY_MOST_S = 0.1, 5.0
_T = TypeVar("_T")

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

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings
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
        told = {"because": repr(error), "for_s": round(now - self._since, 1)}
        if self._settings and (todo := remedy(error, self._settings)):  # a password that was changed, say
            log.error("waiting", **told, remedy=todo)
        else:
            log.warning("waiting", **told)

    def succeeded(self, partition: Hashable) -> None:
        self._waiting.discard(partition)
        if self._since and not self._waiting:
            log.info("goes on", after_s=round(time.monotonic() - self._since, 1))
            self._since = 0.0

    def moved(self, partition: Hashable) -> None:
        self._waiting.discard(partition)


class Patience:
    """Tries again in place what may pass, for as long as it takes and the partitions are ours; that is the backpressure.

    Args:
        is_ours: tells whether the assignment of a generation of the consumer group still stands.
        settings: name what to do when a server refuses.
        tell: gets each error after which is tried again.
    """

    def __init__(
        self,
        is_ours: Callable[[int], bool],
        settings: Settings | None = None,
        tell: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self.is_ours, self._settings, self._tell = is_ours, settings, tell
        self._outage = Outage(settings)

    async def until_done(self, what: Hashable, assignment: int, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """What `attempt` returns, at last.

        Raises:
            OwnershipLost: the partitions move.
            Exception: what `attempt` raises, where trying again is of no use.
        """
        delay = RETRY_FIRST_S
        while True:
            try:
                result = await attempt()
            except OwnershipLost:
                self._outage.moved(what)
                raise
            except Exception as e:
                if not may_pass(e):
                    self._tell_refusal(e)
                    raise
                self._outage.failed(what, e)
                self._tell(e)
            else:
                self._outage.succeeded(what)
                return result
            await self._pause(delay, what, assignment)
            delay = min(delay * 2, RETRY_MOST_S)

    def _tell_refusal(self, error: BaseException) -> None:
        if self._settings and (todo := remedy(error, self._settings)):
            log.error("refused: the worker ends, and nothing is committed", because=repr(error), remedy=todo)

    async def _pause(self, seconds: float, what: Hashable, assignment: int) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.is_ours(assignment):
                self._outage.moved(what)
                raise OwnershipLost
            await asyncio.sleep(0.05)
