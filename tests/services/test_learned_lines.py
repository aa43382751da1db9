"""Lines that outlets repeat, learned in a real Valkey: how many stories it takes, what a redelivery gets, and what it costs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest
from redis import exceptions as redis_errors

from tests.services.index_helper import Desk
from workers.claims import RedisIndex
from workers.cleaning.learned import Learned, line_key
from workers.delivery import lessons_of
from workers.errors import ServerError
from workers.lines import LearnedLines, Lesson, Lists, Span, spans_of
from workers.outcome import Origin
from workers.redis_io import is_transient
from workers.settings import Settings

FEW = 8
"""As lua/lines_learn.lua has it: articles of a source before anything is kept of it. Then the first story with a line leaves
only a mark, and the next ones count."""
LABEL, SENTENCE = "Get the Kestrel app on your phone today", "This report belongs to the Courier and to nobody else."
KEYS = {line: line_key(line) for line in (LABEL, SENTENCE)}


@pytest.fixture
async def lines(settings: Settings) -> AsyncIterator[LearnedLines]:
    made = LearnedLines(settings)
    yield made
    await made.close()


def lessons(source: str, stories: Iterable[Any], *said: str) -> list[Lesson]:
    """Articles of a source, each a story of its own with these lines."""
    return [Lesson(source, f"urn:{source}:{story}", b"".join(map(line_key, said))) for story in stories]


def own_lines(source: str, stories: Iterable[Any], per_article: int = 10) -> list[Lesson]:
    """Articles in which no line is another's."""
    return [
        one for s in stories for one in lessons(source, [s], *(f"{source} {s} tells {n}" for n in range(per_article)))
    ]


async def begin(lines: LearnedLines, *sources: str) -> None:
    """The first articles of a source are counted, and nothing more."""
    for source in sources:
        await lines.learn(own_lines(source, [f"first {n}" for n in range(FEW)]))


async def known(lines: LearnedLines, source: str) -> set[str]:
    learned = await lines.latest(source)
    return {line for line, key in KEYS.items() if key in learned.lines}


async def test_how_many_stories_it_takes(lines: LearnedLines) -> None:
    """Ten for a label, thirty for a sentence, after the one that left the first mark."""
    await begin(lines, "courier")
    await lines.learn(lessons("courier", range(10), LABEL, SENTENCE))
    assert await known(lines, "courier") == set()
    await lines.learn(lessons("courier", [10], LABEL, SENTENCE))
    assert await known(lines, "courier") == {LABEL}
    await lines.learn(lessons("courier", range(11, 30), LABEL, SENTENCE))
    assert await known(lines, "courier") == {LABEL}
    await lines.learn(lessons("courier", [30], LABEL, SENTENCE))
    assert await known(lines, "courier") == {LABEL, SENTENCE}


async def test_one_story_teaches_once(lines: LearnedLines) -> None:
    """However often it comes: counts that come twice, after a redelivery, change nothing."""
    await begin(lines, "courier")
    for _ in range(60):
        await lines.learn(lessons("courier", ["same", "other"], LABEL))
    assert await known(lines, "courier") == set()


async def test_copies_versions_and_scrapes_again_teach_nothing(lines: LearnedLines, settings: Settings) -> None:
    """An article must not lose its body because its siblings repeat it, nor because it came often."""
    index = RedisIndex(settings)
    desk = await Desk(settings, index).take_over()
    body = "\n\n".join(f"The harbour wall of berth {n} was looked at by divers on Monday" for n in range(9))
    await begin(lines, "agency")
    for n in range(60):
        uri = f"urn:copy:{n}" if n % 2 else "urn:one"
        ready = desk.ready(uri=uri, body=f"{body}\n\nVersion {n // 20} of this report")
        (decision,) = await desk.claim([ready])
        assert decision
        assert n == 0 or decision.verdict in ("duplicate", "update")
        await lines.learn(lessons_of([(ready.record, ready)], [decision]))
    assert (await lines.latest("agency")).lines == frozenset()
    await index.close()


async def test_the_first_articles_are_only_counted(lines: LearnedLines) -> None:
    """Nothing is kept of outlets that send little."""
    await lines.learn(lessons("courier", range(FEW - 1), LABEL))
    await lines.learn(lessons("courier", range(10, 20), LABEL))
    assert await known(lines, "courier") == set()
    await lines.learn(lessons("courier", [20], LABEL))
    assert await known(lines, "courier") == {LABEL}


async def test_a_source_learns_for_itself(lines: LearnedLines) -> None:
    """What one outlet repeats may be news elsewhere."""
    await begin(lines, "courier", "post")
    await lines.learn(lessons("courier", range(20), LABEL) + lessons("post", range(5), LABEL))
    assert await known(lines, "courier") == {LABEL}
    assert await known(lines, "post") == set()


async def test_thresholds_are_settings(make_settings: Callable[..., Settings]) -> None:
    lines = LearnedLines(make_settings(learned_label_stories=3, learned_sentence_stories=5))
    await begin(lines, "courier")
    await lines.learn(lessons("courier", range(4), LABEL, SENTENCE))
    assert await known(lines, "courier") == {LABEL}
    await lines.learn(lessons("courier", [4, 5], LABEL, SENTENCE))
    assert await known(lines, "courier") == {LABEL, SENTENCE}
    await lines.close()


def of(lists: Lists, offset: int, source: str = "courier", partition: int = 0) -> Learned:
    return lists.of(Origin("raw", partition, offset), source)


async def test_a_redelivery_gets_what_it_got_first(lines: LearnedLines, settings: Settings) -> None:
    """Offsets that were handed out keep their version, in whatever batches and by whatever worker they come again."""
    await begin(lines, "courier")
    await lines.fetch([Span("raw", 0, 10, 19)], ["courier"])
    await lines.learn(lessons("courier", range(20), LABEL))
    await lines.fetch([Span("raw", 0, 20, 29)], ["courier"])
    await lines.learn(lessons("courier", range(40), SENTENCE))
    other = LearnedLines(settings)
    for worker in (lines, other):
        lists = await worker.fetch([Span("raw", 0, 5, 34)], ["courier"])
        assert [len(of(lists, offset).lines) for offset in (5, 9, 10, 19, 20, 29, 30, 34)] == [2, 2, 0, 0, 1, 1, 2, 2]
        assert len({of(lists, offset).version for offset in (10, 20, 30)}) == 3
        lists = await worker.fetch([Span("raw", 0, 15, 25)], ["courier"])
        assert [len(of(lists, offset).lines) for offset in (15, 19, 20, 25)] == [0, 0, 1, 1]
    await other.close()


async def test_partitions_are_pinned_apart(lines: LearnedLines) -> None:
    await begin(lines, "courier")
    await lines.fetch(spans_of([Origin("raw", 0, 1), Origin("raw", 1, 1)]), ["courier"])
    await lines.learn(lessons("courier", range(20), LABEL))
    lists = await lines.fetch([Span("raw", 0, 1, 2), Span("raw", 1, 1, 1), Span("other", 0, 1, 1)], ["courier"])
    assert [len(of(lists, n, partition=p).lines) for n, p in ((1, 0), (2, 0), (1, 1))] == [0, 1, 0]
    assert len(lists.of(Origin("other", 0, 1), "courier").lines) == 1


async def test_what_is_committed_is_not_remembered(lines: LearnedLines, settings: Settings) -> None:
    """Pins below the lowest untrimmed offset go; those above stay, also for a worker that owned the partition once."""
    index = RedisIndex(settings)
    await begin(lines, "courier")
    for n in range(0, 200, 2):
        await lines.learn(lessons("courier", range(20), f"line {n} of the outlet, say"))
        await lines.fetch([Span("raw", 0, n, n + 1)], ["courier"])
    key = f"{{newswire:{settings.index}}}:lines1:pins:raw/0"
    assert await lines._redis.strlen(key) == 100 * 20
    await index.take_over("raw", 0, 190)
    zombie = await lines.fetch([Span("raw", 0, 150, 199)], ["courier"])
    assert len(of(zombie, 198).lines) - len(of(zombie, 190).lines) == 4
    assert await lines._redis.strlen(key) < 15 * 20
    assert await lines._redis.ttl(key) > 0
    await index.close()


async def test_forgotten_after_a_window(make_settings: Callable[..., Settings]) -> None:
    """A line that is not met goes, with a new version; what was handed out before still holds it. A silent outlet goes whole."""
    lines = LearnedLines(make_settings(learned_window_s=2))
    await begin(lines, "courier", "post")
    await lines.learn(lessons("courier", range(20), LABEL) + lessons("post", range(20), LABEL))
    pinned = await lines.fetch([Span("raw", 0, 0, 9)], ["courier", "post"])
    assert len(of(pinned, 0).lines) == len(of(pinned, 0, "post").lines) == 1
    for n in range(5):
        await asyncio.sleep(0.8)
        await lines.learn(lessons("courier", [n], "a line that nobody repeats"))
        await lines.fetch([Span("raw", 0, 0, 9)], ["courier"])
    assert await known(lines, "courier") == set()
    assert await known(lines, "post") == set()
    again = await lines.fetch([Span("raw", 0, 0, 19)], ["courier"])
    assert (len(of(again, 9).lines), len(of(again, 19).lines)) == (1, 0)
    await lines.close()


async def test_a_line_in_use_is_kept(make_settings: Callable[..., Settings]) -> None:
    """Counted from when it was met last, and not from when it was learned."""
    lines = LearnedLines(make_settings(learned_window_s=2))
    await begin(lines, "courier")
    await lines.learn(lessons("courier", range(20), LABEL))
    for n in range(5):
        await asyncio.sleep(0.8)
        await lines.learn(lessons("courier", [n], LABEL))
    assert await known(lines, "courier") == {LABEL}
    await lines.close()


async def bytes_of(lines: LearnedLines) -> int:
    keys = [key async for key in lines._redis.scan_iter(f"{lines._prefix}:lines1:*", count=1_000)]
    return sum([await lines._redis.memory_usage(key, samples=0) for key in keys])


async def test_memory_is_bounded(lines: LearnedLines) -> None:
    """A few tens of bytes an article, less for each the more an outlet sends, and little for outlets that send one."""
    await lines.learn([one for n in range(500) for one in own_lines(f"blog {n}", [0])])
    assert await bytes_of(lines) < 500 * 100
    before = await bytes_of(lines)
    for n in range(0, 600, 20):
        await lines.learn(own_lines("courier", range(n, n + 20)))
    assert await bytes_of(lines) - before < 600 * 45
    for n in range(600, 4_000, 50):
        shared = [f"line {k} of a running story" for k in range(n, n + 60, 2)]
        await lines.learn(own_lines("courier", range(n, n + 50), 3) + lessons("courier", range(n, n + 5), *shared[:9]))
    assert await bytes_of(lines) - before < 32_000


async def test_a_server_that_lost_all_is_believed(lines: LearnedLines) -> None:
    """What a worker holds of the time before does not outlive it."""
    await begin(lines, "courier")
    await lines.learn(lessons("courier", range(20), LABEL))
    assert await known(lines, "courier") == {LABEL}
    async for key in lines._redis.scan_iter(f"{lines._prefix}:*"):
        await lines._redis.unlink(key)
    assert await known(lines, "courier") == set()


async def test_a_server_away_takes_no_lesson_and_raises_nothing(settings: Settings) -> None:
    """Teaching is never worth a retry."""
    away = LearnedLines(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    await away.learn(lessons("courier", range(20), LABEL))
    with pytest.raises(redis_errors.ConnectionError) as refused:
        await away.fetch([], ["courier"])
    assert is_transient(refused.value)
    with pytest.raises(ServerError, match="learned lines"):
        await away.latest("courier")
    await away.close()


async def test_as_much_is_held_as_fits(lines: LearnedLines, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker of many outlets asks again for those it has not had for long."""
    monkeypatch.setattr("workers.lines.MAX_SOURCES_HELD", 3)
    await begin(lines, *"abcd")
    await lines.learn([one for source in "abcd" for one in lessons(source, range(20), LABEL)])
    for source in "abcdabcd":
        assert await known(lines, source) == {LABEL}
    assert len(lines._held) == 3
