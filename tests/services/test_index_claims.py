"""Claims in a real Valkey: atomic between processes, the same again, fenced against owners of the past, bounded."""

import asyncio
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from tests.services.index_helper import Desk
from workers.claims import RedisIndex
from workers.errors import ServerError
from workers.local.valkey import LocalValkey
from workers.settings import Settings

_WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "ne", "ru", "sta") for b in ("bol", "dan", "rit", "tus", "ven")]


def text(number: int) -> str:
    chance = random.Random(number)
    return f"Report {number}. " + " ".join(f"{chance.choice(_WORDS)}{chance.randrange(50)}" for _ in range(60)) + "."


@pytest.fixture
async def desk(make_settings: Callable[..., Settings]) -> AsyncIterator[Desk]:
    settings = make_settings()
    index = RedisIndex(settings)
    yield await Desk(settings, index).take_over()
    await index.close()


async def test_replay_gives_the_same_answers(desk: Desk) -> None:
    """Any part of a batch claimed again is answered as before, also after other articles came between."""
    run = [desk.ready(uri=f"urn:{n}", body=text(n % 30)) for n in range(60)]
    first = await desk.claim(run)
    await desk.claim([desk.ready(uri=f"urn:later{n}", body=text(n + 100)) for n in range(20)])
    assert await desk.claim(run) == first
    assert await desk.claim(run[17:43]) == first[17:43]
    assert Counter(d.verdict for d in first if d) == {"new": 30, "duplicate": 30}


async def test_another_record_at_the_same_origin_is_judged_for_itself(desk: Desk) -> None:
    """A raw topic that was made anew starts at offset 0 again."""
    await desk.send(uri="urn:a", body=text(1))
    await desk.take_over(0)
    desk.offset = 0
    other = await desk.send(uri="urn:b", body=text(2))
    assert (other.verdict, other.story) == ("new", "urn:b")


async def test_an_owner_of_the_past_changes_nothing(desk: Desk) -> None:
    """A zombie's claims are answered with nothing, and its article is still new for the new owner."""
    zombie, article = desk.generation, desk.ready(uri="urn:a", body=text(1))
    await desk.take_over(0)
    owner, desk.generation = desk.generation, zombie
    assert await desk.claim([article]) == [None]
    desk.generation = owner
    (decision,) = await desk.claim([article])
    assert decision is not None
    assert decision.verdict == "new"


async def test_another_group_is_refused(desk: Desk, make_settings: Callable[..., Settings]) -> None:
    """Two wires on one index would take each other's articles for resends."""
    other = RedisIndex(make_settings(index_name=desk.index._settings.index))
    with pytest.raises(ServerError, match="NEWSWIRE_INDEX_NAME"):
        await other.take_over("raw", 0, 0)
    await other.close()


async def test_decisions_below_the_committed_offset_are_forgotten(desk: Desk) -> None:
    """What is committed is trimmed, and a claim below it changes nothing."""
    run = [desk.ready(uri=f"urn:{n}", body=text(n)) for n in range(10)]
    await desk.claim(run)
    await desk.claim([desk.ready(uri="urn:next", body=text(50))], committed=10)
    key = "{newswire:" + desk.index._settings.index_name + "}:o:raw/0"
    assert await desk.index._redis.hlen(key) == 1
    assert await desk.claim(run, committed=10) == [None] * 10


async def test_script_flush_in_mid_run(desk: Desk) -> None:
    """A server that forgot the scripts is given them again."""
    await desk.send(uri="urn:a", body=text(1))
    await desk.index._redis.script_flush()
    assert (await desk.send(uri="urn:b", source="b", body=text(1))).verdict == "duplicate"


async def test_hot_phrases_cost_no_more_and_merge_nothing(desk: Desk) -> None:
    """A template that hundreds of articles share neither slows a claim nor makes copies of them."""
    template = text(7_000)
    run = [desk.ready(uri=f"urn:{n}", body=template + " " + text(n) + " " + text(n + 5_000)) for n in range(600)]
    times, verdicts = [], Counter[str]()
    for first in range(0, 600, 50):
        began = time.perf_counter()
        verdicts.update(d.verdict for d in await desk.claim(run[first : first + 50]) if d)
        times.append(time.perf_counter() - began)
    assert verdicts["duplicate"] == 0
    assert sorted(times[6:])[3] < 4 * sorted(times[:6])[3]


async def test_memory_comes_back_when_windows_expire(
    make_settings: Callable[..., Settings], valkey: LocalValkey
) -> None:
    """Every key of an index expires by itself, counted from its slice's making."""
    settings = make_settings(window_s=1, uri_state_s=1, kill_state_s=1)
    index = RedisIndex(settings)
    desk = await Desk(settings, index).take_over()
    now = time.time()
    await desk.claim([desk.ready(now, uri=f"urn:{n}", body=text(n)) for n in range(300)])
    pattern = "{newswire:" + settings.index_name + "}:*"
    keys = [key async for key in index._redis.scan_iter(pattern)]
    assert len(keys) > 20
    await asyncio.sleep(3.2)
    rest = {key.decode().split("}:")[1] async for key in index._redis.scan_iter(pattern)}
    await index.close()
    assert rest <= {"seq", "format", "groups", "slices", "own:raw/0", "o:raw/0"}


async def test_what_monitoring_asks(desk: Desk) -> None:
    """The server's memory and who it is, and with how many articles one was compared; what is decided without likeness says none."""
    one, copy, again = await desk.claim([desk.ready(time.time(), uri=f"urn:{n}", body=text(1)) for n in (1, 2, 1)])
    assert one
    assert copy
    assert again
    assert (one.candidates, copy.candidates, again.candidates) == (0, 1, None)
    server = await desk.index.server()
    assert server.used_bytes > 100_000
    assert (server.limit_bytes, server.evicted_keys) == (0, 0)
    assert server.identity.endswith(" master")
    assert (await desk.index.server()).identity == server.identity


PROCESSES, PAIRS = 8, 10_000


def near_copy(body: str) -> str:
    """One word in twenty is another."""
    return " ".join("changed" if n % 20 == 11 else word for n, word in enumerate(body.split(" ")))


def claim_all(settings: Settings, number: int, start: Barrier, results: "Queue[dict[int, str]]") -> None:
    """One process of the race: of its share of pairs it claims the originals or the near copies, in the order of its twin."""
    mine = range(number // 2, PAIRS, PROCESSES // 2)

    async def work() -> dict[int, str]:
        index = RedisIndex(settings)
        desk = await Desk(settings, index, number).take_over()
        bodies = {n: near_copy(text(n)) if number % 2 else text(n) for n in mine}
        run = [desk.ready(uri=f"urn:{number}:{n}", source=f"outlet{number}", body=body) for n, body in bodies.items()]
        await asyncio.to_thread(start.wait)
        decisions = [d for at in range(0, len(run), 16) for d in await desk.claim(run[at : at + 16], committed=at)]
        await index.close()
        return dict(zip(mine, (d.verdict for d in decisions if d), strict=True))

    results.put(asyncio.run(work()))


@pytest.mark.timeout(180)
def test_race_of_processes(make_settings: Callable[..., Settings]) -> None:
    """Eight processes claim 10,000 pairs of near copies, both halves of a pair at the same time: of each exactly one is new."""
    settings, context = make_settings(), multiprocessing.get_context("spawn")
    start, results = context.Barrier(PROCESSES), context.Queue()
    racers = [context.Process(target=claim_all, args=(settings, n, start, results)) for n in range(PROCESSES)]
    for racer in racers:
        racer.start()
    news = Counter(n for _ in racers for n, verdict in results.get(timeout=150).items() if verdict == "new")
    for racer in racers:
        racer.join(10)
    assert len(news) == PAIRS
    assert set(news.values()) == {1}


async def test_an_evicting_server_is_refused(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """It would forget what it must know; the error names the policy and the remedy."""
    with LocalValkey(tmp_path, extra={"maxmemory-policy": "allkeys-lru"}) as evicting:
        index = RedisIndex(make_settings(redis_url=evicting.url))
        with pytest.raises(ServerError, match="noeviction"):
            await index.check()
        await index.close()
