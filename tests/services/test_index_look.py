"""Looking: what a claim would be answered, by the code that answers claims, with nothing changed."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.services.index_helper import Desk
from tests.services.test_index_rules import text
from workers.claims import RedisIndex
from workers.errors import ServerError
from workers.local.ports import free_port
from workers.settings import Settings

BODY = text(1, 240)
ARTICLES: list[dict[str, Any]] = [
    {"uri": "urn:new", "body": text(9)},
    {"uri": "urn:copy", "source": "other", "body": BODY},
    {"uri": "urn:cut", "source": "other", "body": "\n\n".join(BODY.split("\n\n")[:3])},
    {"uri": "urn:longer", "body": BODY + "\n\n" + text(5, 140)},
    {"uri": "urn:a", "body": BODY, "version": 3},
    {"uri": "urn:a", "body": text(1, 228), "version": 4},
    {"uri": "urn:a", "body": BODY, "version": 1},
    {"uri": "urn:a", "pubStatus": "withheld", "body": BODY, "version": 5},
    {"uri": "urn:a", "pubStatus": "canceled", "version": 5},
    {"uri": "urn:short", "body": "Too short."},
    {"uri": "urn:of-killed", "source": "other", "body": text(2, 240)},
]


@pytest.fixture
async def desk(make_settings: Callable[..., Settings]) -> AsyncIterator[Desk]:
    """An index that knows an article, and a killed one."""
    settings = make_settings()
    index = RedisIndex(settings)
    desk = await Desk(settings, index).take_over()
    await desk.send(uri="urn:a", body=BODY, version=3)
    await desk.send(uri="urn:killed", body=text(2, 240))
    await desk.send(uri="urn:killed", pubStatus="canceled")
    yield desk
    await index.delete()
    await index.close()


async def contents(desk: Desk) -> dict[bytes, bytes]:
    """All of the index, byte for byte."""
    keys = [key async for key in desk.index._redis.scan_iter(f"{desk.index._prefix}:*")]
    return {key: await desk.index._redis.dump(key) for key in keys}


@pytest.mark.parametrize("raw", ARTICLES, ids=lambda raw: f"{raw['uri']}-{raw.get('version', '')}")
async def test_a_look_says_what_the_claim_then_says_and_changes_nothing(desk: Desk, raw: dict[str, Any]) -> None:
    ready, before = desk.ready(**raw), await contents(desk)
    look = await desk.index.look(ready.claim)
    assert await contents(desk) == before
    (decision,) = await desk.claim([ready])
    assert decision is not None
    assert (look.decision.verdict, look.decision.relation, look.decision.reason) == (
        decision.verdict,
        decision.relation,
        decision.reason,
    )
    assert (look.decision.of, look.decision.revision) == (decision.of, decision.revision)
    assert (look.decision.jaccard, look.decision.containment) == (decision.jaccard, decision.containment)


async def test_what_is_known_of_a_uri(desk: Desk) -> None:
    known = (await desk.index.look(desk.ready(uri="urn:a", pubStatus="canceled").claim)).state
    killed = (await desk.index.look(desk.ready(uri="urn:killed", pubStatus="canceled").claim)).state
    unknown = (await desk.index.look(desk.ready(uri="urn:b", pubStatus="canceled").claim)).state
    assert known is not None
    assert (known.standing, known.revision, known.version) == ("published", 1, "3")
    assert killed is not None
    assert killed.standing == "killed"
    assert unknown is None


async def test_the_nearest_articles_come_first(desk: Desk) -> None:
    await desk.send(uri="urn:b", source="b", body=text(7, 240))
    mixed = "\n\n".join([*BODY.split("\n\n")[:5], *text(7, 240).split("\n\n")[:2]])
    near = (await desk.index.look(desk.ready(uri="urn:c", body=mixed).claim)).nearest
    assert [n.uri for n in near] == ["urn:a", "urn:b"]
    assert near[0].containment > near[1].containment
    assert (near[0].same_source, near[1].same_source, near[0].canceled) == (True, False, False)


async def test_an_index_of_trials_is_forgotten_whole(desk: Desk) -> None:
    assert await desk.index.delete() > 3
    assert await contents(desk) == {}


async def test_a_redis_that_is_away_is_named(make_settings: Callable[..., Settings]) -> None:
    port = free_port()
    settings = make_settings(redis_url=f"redis://127.0.0.1:{port}/0")
    index = RedisIndex(settings)
    with pytest.raises(ServerError, match=f"127.0.0.1:{port}"):
        await index.look(Desk(settings, index).ready(uri="urn:a", body=BODY).claim)
    await index.close()
