"""What Redis tells of itself: asked once, with a client of our own, and judged elsewhere."""

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workers.claims import refusal_of
from workers.redis_io import connect
from workers.settings import Settings
from workers.upkeep import Slice, slices

PINGS = 20


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """The server that has the index.

    Attributes:
        info: the fields of INFO.
        appendfsync: as CONFIG tells it; "" where we may not ask.
        ping_s: the median time of an answer.
        ahead_s: how far its clock is ahead of ours, as well as `ping_s` lets tell.
        windows: what stands in the index.
        refusal: why a worker would refuse the index, "" when it would not.
    """

    info: Mapping[str, Any]
    appendfsync: str
    ping_s: float
    ahead_s: float
    windows: tuple[Slice, ...]
    refusal: str


async def redis_facts(settings: Settings) -> RedisFacts:
    """Asks Redis.

    Raises:
        redis.exceptions.RedisError, OSError: it does not answer, or refuses.
        SettingsError: REDIS_URL is not understood.
    """
    redis, prefix = connect(settings), "{newswire:" + settings.index + "}"
    try:
        there = await _where(redis, prefix)
        info = await redis.info(**there)
        clock_s, ping_s = await _clock_and_ping(redis, there)
        return RedisFacts(
            info,
            await _appendfsync(redis, there),
            ping_s,
            clock_s,
            tuple(await slices(redis, prefix)),
            await refusal_of(settings) or "",
        )
    finally:
        await redis.aclose()


async def _where(redis: Any, prefix: str) -> dict[str, Any]:
    """Of a cluster, the master that has the index."""
    if not hasattr(redis, "get_node_from_key"):
        return {}
    await redis.initialize()
    return {"target_nodes": redis.get_node_from_key(prefix)}


async def _clock_and_ping(redis: Any, there: Mapping[str, Any]) -> tuple[float, float]:
    took, ahead = [], []
    for _ in range(PINGS):
        began, began_s = time.perf_counter(), time.time()
        seconds, micros = await redis.time(**there)
        took.append(time.perf_counter() - began)
        ahead.append(seconds + micros / 1e6 - began_s - took[-1] / 2)
    return statistics.median(ahead), statistics.median(took)


async def _appendfsync(redis: Any, there: Mapping[str, Any]) -> str:
    try:
        told = await redis.config_get("appendfsync", **there)
    except Exception:  # noqa: BLE001 - managed servers refuse CONFIG, and a worker needs no right to it
        return ""
    return str(told.get("appendfsync", ""))
