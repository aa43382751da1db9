"""Calls of Redis that are measured, for whoever wants to know how long it takes to answer."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Call = Callable[..., Awaitable[Any]]


class RedisObserver(Protocol):
    """Is told what goes on with Redis (workers/metrics)."""

    def command(self, name: str, seconds: float, *, failed: bool) -> None: ...

    def window_dropped(self) -> None: ...

    def lines_learned(self, count: int) -> None: ...


class _Unobserved:
    """Nobody wants to know."""

    def command(self, name: str, seconds: float, *, failed: bool) -> None: ...

    def window_dropped(self) -> None: ...

    def lines_learned(self, count: int) -> None: ...


UNOBSERVED = _Unobserved()


def timed(call: Call, name: str, observer: RedisObserver) -> Call:
    """The same call; the observer is told how long it took, and whether it failed."""

    async def measured(*args: Any, **options: Any) -> Any:
        began, failed = time.perf_counter(), True
        try:
            answer = await call(*args, **options)
            failed = False
            return answer
        finally:
            observer.command(name, time.perf_counter() - began, failed=failed)

    return measured
