"""The index when Redis is full or away, and what a worker finds in it at its start."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from redis import exceptions as redis_errors

from tests.services.index_helper import DAY_S, T0_S, Desk
from tests.services.test_index_claims import text
from workers.claims import RedisIndex
from workers.local.valkey import LocalValkey
from workers.redis_io import is_transient
from workers.settings import Settings
from workers.signature import SIGNATURE_VERSION
from workers.unchecked import UncheckedIndex


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[LocalValkey]:
    """A server of this test alone: it is filled up or killed."""
    with LocalValkey(tmp_path / "valkey") as valkey:
        yield valkey


@pytest.fixture
async def desk(make_settings: Callable[..., Settings], own_valkey: LocalValkey) -> AsyncIterator[Desk]:
    settings = make_settings(redis_url=own_valkey.url, redis_timeout_s=1)
    index = RedisIndex(settings)
    yield await Desk(settings, index).take_over()
    await index.close()


async def test_windows_are_found(desk: Desk) -> None:
    """Which windows stand in the index, from when on, and how many articles each holds."""
    for n in range(5):
        await desk.send(T0_S, uri=f"urn:old{n}", body=text(n))
    for n in range(3):
        await desk.send(T0_S + 8 * DAY_S, uri=f"urn:new{n}", body=text(n + 100))
    found = await desk.index.found()
    assert [(s.signature, s.documents) for s in found] == [(SIGNATURE_VERSION, 5), (SIGNATURE_VERSION, 3)]
    assert found[0].from_s <= T0_S < found[1].from_s


async def test_full_memory_costs_the_oldest_window_and_nothing_else(desk: Desk) -> None:
    """Refused for want of memory, the claim is repeated, and by then the oldest window is gone."""
    for n in range(300):
        await desk.send(T0_S, uri=f"urn:old{n}", body=text(n))
    for n in range(50):
        await desk.send(T0_S + 8 * DAY_S, uri=f"urn:new{n}", body=text(n + 1_000))
    used = (await desk.index._redis.info("memory"))["used_memory"]
    await desk.index._redis.config_set("maxmemory", used - 30_000)
    article = desk.ready(T0_S + 8 * DAY_S, uri="urn:next", body=text(5_000))
    with pytest.raises(redis_errors.OutOfMemoryError) as refused:
        await desk.claim([article])
    assert is_transient(refused.value)
    await asyncio.sleep(0.5)  # Valkey frees in the background
    (decision,) = await desk.claim([article])
    assert decision
    assert decision.verdict == "new"
    assert [s.documents for s in await desk.index.found()] == [51]
    copy = await desk.send(T0_S + 8 * DAY_S, uri="urn:copy", source="b", body=text(1_001))
    assert copy.verdict == "duplicate", "the window that stays is whole"


async def test_the_only_window_is_kept_however_full(desk: Desk) -> None:
    """Then claims are refused, and wait."""
    for n in range(50):
        await desk.send(T0_S, uri=f"urn:{n}", body=text(n))
    await desk.index._redis.config_set("maxmemory", 1_000_000)
    with pytest.raises(redis_errors.OutOfMemoryError):
        await desk.claim([desk.ready(T0_S, uri="urn:next", body=text(5_000))])
    assert [s.documents for s in await desk.index.found()] == [50]


async def test_an_index_away_is_waited_for_and_then_not(desk: Desk, own_valkey: LocalValkey) -> None:
    """Within the time set the error goes on to be retried, after it articles pass unchecked; back again, all is as before."""
    patient = UncheckedIndex(desk.index, 0.5)
    own_valkey.kill()
    article = desk.ready(uri="urn:a", body=text(1))
    with pytest.raises(redis_errors.ConnectionError):
        await patient.claim("raw", 0, desk.generation, 0, [article.claim])
    await asyncio.sleep(0.6)
    (decision,) = await patient.claim("raw", 0, desk.generation, 0, [article.claim])
    assert decision
    assert (decision.verdict, decision.checked) == ("new", False)
    assert b'"method":"unchecked"' in article.finish(decision, time.time_ns() // 1_000).value
    own_valkey.start()
    (checked,) = await patient.claim("raw", 0, await desk.index.take_over("raw", 0, 0), 0, [article.claim])
    assert checked
    assert checked.checked
