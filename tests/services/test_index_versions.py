"""Which versions and settings may work on one index, by the script that decides it on a real server."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.services.index_helper import Desk
from workers import formats, scripts
from workers.claims import RedisIndex
from workers.errors import ServerError
from workers.settings import Settings

Index = Callable[..., RedisIndex]


@pytest.fixture
async def index(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Index]:
    """Makes the index as a version sees it; settings may differ, too."""
    made: list[RedisIndex] = []

    def of(version: int = 1, oldest: int = 1, **other: Any) -> RedisIndex:
        monkeypatch.setattr(formats, "INDEX_FORMAT", version)
        monkeypatch.setattr(formats, "OLDEST_FORMAT", oldest)
        made.append(RedisIndex(settings.model_copy(update=other)))
        return made[-1]

    yield of
    for one in made:
        await one.close()


async def works(index: RedisIndex) -> bool:
    """Whether a worker may start, and take a partition over: both have to say the same."""
    refused = []
    for ask in (index.check, lambda: index.take_over("raw", 0, 0)):
        try:
            await ask()
        except ServerError as e:
            refused.append(str(e))
    assert len(refused) in (0, 2), refused
    return not refused


@pytest.mark.parametrize(
    ("first", "then", "works_beside"),
    [
        ((1, 1), (1, 1), True),
        ((1, 1), (2, 1), True),
        ((1, 1), (3, 2), False),
        ((2, 1), (1, 1), True),
        ((3, 2), (1, 1), False),
        ((3, 2), (2, 1), True),
        ((3, 2), (3, 3), True),
    ],
)
async def test_of_two_versions_the_newer_says_whether_they_fit(
    index: Index,
    first: tuple[int, int],
    then: tuple[int, int],
    works_beside: bool,
) -> None:
    """The same when upgrading and when rolling back."""
    assert await works(index(*first))
    assert await works(index(*then)) == works_beside
    assert await works(index(*first)), "whoever was refused has changed nothing"


async def test_all_that_ever_wrote_count(index: Index) -> None:
    """Version 3 reads what 2 wrote, but 1 wrote here, too."""
    assert await works(index(1, 1))
    assert await works(index(2, 1))
    assert not await works(index(3, 2))


async def test_an_index_from_before_the_mark_is_of_format_1(index: Index, settings: Settings) -> None:
    first = index()
    desk = await Desk(settings, first).take_over()
    await desk.send(uri="urn:a", body="Some words of an article that stands here.")
    await first._redis.delete(first._prefix + ":format")
    assert not await works(index(3, 2))
    assert await works(index(2, 1))
    mark: Any = await first._redis.hgetall(first._prefix + ":format")
    assert mark.keys() == {b"1", b"2", b"lengths"}


@pytest.mark.parametrize("changed", [{"window_s": 86_400.0}, {"kill_state_s": 180 * 86_400.0}])
async def test_lengths_are_the_index_s(index: Index, changed: dict[str, float]) -> None:
    """With another window or memory a worker would look in other keys, and forget even kills: it is told what to set."""
    assert await works(index())
    (name,) = changed
    with pytest.raises(ServerError, match=f"NEWSWIRE_{name.upper()}="):
        await index(**changed).check()
    assert await works(index(duplicate_containment=0.9)), "what is only a threshold may differ"


async def test_what_a_later_version_adds_to_a_decision_is_passed_over(
    index: Index, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died before it could publish, and this version gets its decision."""
    given = scripts.joined
    monkeypatch.setattr(
        scripts,
        "joined",
        lambda *names: given(*names).replace("decision.seq = a.seq", "decision.seq = a.seq; decision.more = {1}"),
    )
    later = await Desk(settings, index(2, 1)).take_over()
    article = later.ready(uri="urn:a", body="Some words of an article that stands here.")
    (first,) = await later.claim([article])
    monkeypatch.setattr(scripts, "joined", given)
    this = await Desk(settings, index()).take_over()
    assert await this.claim([article]) == [first]
