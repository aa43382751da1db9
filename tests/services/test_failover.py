"""What a failover of Redis makes the index forget, and what it does not: on Valkey with replicas and three sentinels.

Replicas are cut off from the master; then it dies, and one takes over without the last writes. The same clients go on all the
time, as delivery does it: the same call again while its errors pass.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from redis.exceptions import RedisError, ResponseError

from tests.services.index_helper import Desk
from workers.claims import RedisIndex
from workers.local.valkey_replicas import LocalReplicas, ManagedValkey
from workers.outcome import Decision
from workers.prepare import Ready
from workers.redis_io import is_transient
from workers.settings import Settings, load

T = TypeVar("T")
IndexFor = Callable[[Settings], RedisIndex]
Scenario = AsyncIterator[None]

PIER = (
    "The harbour council voted on Tuesday to extend the northern pier by forty metres before the autumn storms begin. "
)
ORCHIDS = "Seven rare orchids have been found on the slopes above the reservoir, botanists of the university reported. "
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalReplicas]:
    """Each test costs one of the four."""
    with LocalReplicas(tmp_path_factory.mktemp("replicas"), replicas=3) as servers:
        yield servers


def settings_for(servers: LocalReplicas, name: str, **more: Any) -> Settings:
    return load(redis_url=servers.url, redis_timeout_s=1, index_name=name, group=name, **more)


def cut_off(replicas: Sequence[ManagedValkey]) -> None:
    """They follow nobody until the sentinels set that right, which they do after a failover, or in 8 s."""
    for replica in replicas:
        assert replica.ask("REPLICAOF", "127.0.0.1", "1").startswith("+OK")


@contextmanager
def frozen(server: ManagedValkey) -> Iterator[None]:
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


@pytest.fixture
async def index_for() -> AsyncIterator[IndexFor]:
    indexes: list[RedisIndex] = []

    def make(settings: Settings) -> RedisIndex:
        indexes.append(RedisIndex(settings))
        return indexes[-1]

    yield make
    for index in indexes:
        await index.close()


async def until_answered(call: Callable[[], Awaitable[T]]) -> T:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await call()
        except (RedisError, OSError) as e:
            if not is_transient(e) or time.monotonic() > end:
                raise
            await asyncio.sleep(0.1)


async def owner_of(settings: Settings, index: RedisIndex) -> Desk:
    return await until_answered(Desk(settings, index).take_over)


async def claim(desk: Desk, *run: Ready, committed: int = 0) -> list[Decision | None]:
    return await until_answered(lambda: desk.claim(run, committed))


async def send(desk: Desk, **raw: Any) -> Decision:
    (decision,) = await claim(desk, desk.ready(**raw))
    assert decision
    return decision


async def forgotten_article(settings: Settings, index: RedisIndex) -> Scenario:
    """A copy of what was forgotten comes through as new, its next version begins at revision 1; what was there before is known."""
    desk = await owner_of(settings, index)
    assert (await send(desk, uri="urn:before", body=PIER * 2)).verdict == "new"
    yield
    last = await send(desk, uri="urn:last", body=ORCHIDS * 2)
    assert last.verdict == "new"
    yield
    again = await send(desk, uri="urn:last", version=2, body=ORCHIDS * 2 + "A third site was found in the evening.")
    assert (again.verdict, again.revision) == ("new", 1)
    assert again.seq == last.seq, "the number is given twice"
    assert (await send(desk, uri="urn:copy", source="other", body=PIER * 2)).verdict == "duplicate"


async def forgotten_kill(settings: Settings, index: RedisIndex) -> Scenario:
    """A copy of the killed article is kept out all the same, as a duplicate; another version of its uri is published."""
    desk = await owner_of(settings, index)
    await send(desk, uri="urn:killed", body=PIER * 2)
    yield
    assert (await send(desk, uri="urn:killed", pubStatus="canceled")).verdict == "cancel"
    yield
    assert (await send(desk, uri="urn:copy", source="other", body=PIER * 2)).verdict == "duplicate"
    assert (await send(desk, uri="urn:killed", body=PIER * 2 + "Two members voted against it.")).verdict == "update"


async def forgotten_fence(settings: Settings, index: RedisIndex) -> Scenario:
    """The former owner is not fenced in Redis for a moment. Whoever asks first decides, and the other gets the same answer:
    it does not matter whom Kafka lets publish it.
    """
    zombie = await owner_of(settings, index)
    articles = [zombie.ready(uri=f"urn:{n}", body=text * 2) for n, text in enumerate((PIER, ORCHIDS))]
    yield
    owner = await owner_of(settings, index)
    assert await claim(zombie, articles[0]) == [None]
    yield
    (of_zombie,) = await claim(zombie, articles[0])
    assert of_zombie, "the fence is lost, as is to be shown"
    of_owner = await claim(owner, *articles)
    assert of_owner[0] == of_zombie
    assert await claim(zombie, articles[1]) == [None], "the owner's first claim has set the fence again"


async def forgotten_generation(settings: Settings, index: RedisIndex) -> Scenario:
    """A third worker gets the generation that the second one has: both get the same answers, and none below the committed offset."""
    await owner_of(settings, index)
    yield
    second = await owner_of(settings, index)
    yield
    third = await owner_of(settings, index)
    assert third.generation == second.generation
    articles = [second.ready(uri=f"urn:{n}", body=text * 2) for n, text in enumerate((PIER, ORCHIDS))]
    of_second = await claim(second, articles[0])
    of_third = await claim(third, *articles)
    assert of_third[:1] == of_second
    assert await claim(second, articles[1]) == of_third[1:]
    await claim(third, articles[1], committed=1)
    assert await claim(second, *articles) == [None, of_third[1]]


async def forgotten_floor(settings: Settings, index: RedisIndex) -> Scenario:
    """A record that was published could be claimed again by a worker of the past: it is made known again as what it was, which is as
    well, and the owner's next call sets the floor.
    """
    desk = await owner_of(settings, index)
    articles = [desk.ready(uri=f"urn:{n}", body=text * 2) for n, text in enumerate((PIER, ORCHIDS))]
    yield
    (published,) = await claim(desk, articles[0])
    assert await claim(desk, articles[0], committed=1) == [None]
    yield
    (late,) = await claim(desk, articles[0])
    assert published
    assert late
    assert (late.verdict, late.story) == (published.verdict, published.story)
    await claim(desk, articles[1], committed=1)
    assert await claim(desk, articles[0]) == [None]


SCENARIOS = (forgotten_article, forgotten_kill, forgotten_fence, forgotten_generation, forgotten_floor)


async def test_a_claim_that_a_replica_has_is_kept(servers: LocalReplicas, index_for: IndexFor) -> None:
    """With redis_replicas=1 a claim counts only when a replica has it: no answer while none can, and then nothing is forgotten."""
    settings = settings_for(servers, "kept", redis_replicas=1)
    desk = await owner_of(settings, index_for(settings))
    *late, awake = servers.replicas
    cut_off(late)
    assert (await send(desk, uri="urn:last", body=PIER * 2)).verdict == "new"
    refused = desk.ready(uri="urn:refused", body=ORCHIDS * 2)
    with frozen(awake), pytest.raises(ResponseError, match="NOREPLICAS 0 of 1") as error:
        await desk.claim([refused])
    assert is_transient(error.value)
    master = servers.master
    master.kill()
    servers.wait_for_another_master(master)
    assert servers.master is awake, "the one that has more"
    assert (await send(desk, uri="urn:copy", source="other", body=PIER * 2)).verdict == "duplicate"
    assert await claim(desk, refused), "as delivery repeats it"


async def test_a_master_that_was_replaced_is_left(servers: LocalReplicas, index_for: IndexFor) -> None:
    """It wakes up, still takes itself for the master and would take the claim, which would be forgotten."""
    servers.wait_until_in_step()
    settings = settings_for(servers, "replaced")
    desk = await owner_of(settings, index_for(settings))
    master = servers.master
    with frozen(master):
        servers.wait_for_another_master(master)
    assert (await send(desk, uri="urn:last", body=PIER * 2)).verdict == "new"
    assert master.is_master, "else nothing was tried"
    master.kill()
    assert (await send(desk, uri="urn:copy", source="other", body=PIER * 2)).verdict == "duplicate"


async def test_what_no_replica_has_is_forgotten_and_does_no_harm(servers: LocalReplicas, index_for: IndexFor) -> None:
    """All scenarios live through one failover."""
    servers.wait_until_in_step()
    settings = [settings_for(servers, scenario.__name__) for scenario in SCENARIOS]
    scenarios = [scenario(own, index_for(own)) for scenario, own in zip(SCENARIOS, settings, strict=True)]
    for scenario in scenarios:
        await anext(scenario)
    await asyncio.sleep(0.3)
    cut_off(servers.replicas)
    for scenario in scenarios:
        await anext(scenario)
    master = servers.master
    master.kill()
    servers.wait_for_another_master(master)
    for scenario in scenarios:
        assert await anext(scenario, "done") == "done"
