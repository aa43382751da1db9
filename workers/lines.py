"""What outlets repeat, learned in Redis while the stream runs: fetched for a batch before cleaning, taught after its commit.

Lists are versioned, and each offset keeps the version that it was handed out first: a redelivery is cleaned as it was, and
what is learned meanwhile counts for later records only. Losing a lesson is harmless, so teaching is never repeated; lists
have to be there before a batch can be cleaned, so the caller fetches again until they are.
"""

import hashlib
import struct
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import structlog
from redis import exceptions as redis_errors

from workers import scripts
from workers.cleaning.learned import LINE_BYTES, NOTHING, Learned
from workers.errors import ServerError
from workers.outcome import Origin
from workers.redis_io import connect, is_transient, shown
from workers.settings import Settings
from workers.timed import UNOBSERVED, RedisObserver, timed

log = structlog.get_logger("newswire.lines")

MAX_SOURCES_HELD = 2_000
LESSONS_PER_CALL = 16
"""Bounds how long one call holds Redis."""
STORY_BYTES = 2

_PIN = struct.Struct("<ddI")
_CHANGED = struct.Struct("<I")
_SHOWN = struct.Struct("<8sII")


@dataclass(frozen=True, slots=True)
class Span:
    """The records of a batch that are of one partition, from the first offset to the last."""

    topic: str
    partition: int
    first: int
    last: int


def spans_of(origins: Iterable[Origin]) -> list[Span]:
    """One span a partition.

    >>> spans_of([Origin("raw", 0, 7), Origin("raw", 0, 9), Origin("raw", 1, 4)])
    [Span(topic='raw', partition=0, first=7, last=9), Span(topic='raw', partition=1, first=4, last=4)]
    """
    offsets: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for origin in origins:
        offsets[origin.topic, origin.partition].append(origin.offset)
    return [Span(topic, partition, min(o), max(o)) for (topic, partition), o in offsets.items()]


@dataclass(frozen=True, slots=True)
class Lesson:
    """The lines of an article of `source` that came out as new in `story`; `lines` is packed (cleaning/learned.py)."""

    source: str
    story: str
    lines: bytes


@dataclass(slots=True)
class _List:
    """What is known of a source: each line with the versions from which and before which it counts."""

    changed: int
    entries: Sequence[tuple[bytes, int, int]]
    _made: Learned = NOTHING

    def as_of(self, version: int) -> Learned:
        if self._made.version != version:
            lines = frozenset(line for line, since, until in self.entries if since <= version < until)
            self._made = Learned(version, lines)
        return self._made


@dataclass(frozen=True, slots=True)
class Lists:
    """The learned lines for one batch: of each source, as they were when its record was first cleaned."""

    pins: Mapping[tuple[str, int], Sequence[tuple[float, float, int]]] = field(default_factory=dict)
    lists: Mapping[str, _List] = field(default_factory=dict)

    def of(self, origin: Origin, source: str) -> Learned:
        """What counts for this record; nothing where it was not asked for."""
        held = self.lists.get(source)
        if held is None:
            return NOTHING
        pins = self.pins.get((origin.topic, origin.partition), ())
        return held.as_of(next((v for first, last, v in pins if first <= origin.offset <= last), 0))


class LearnedLines:
    """The learned lines of one index.

    Args:
        make_room: called when Redis is full; claims make room the same way.
        observer: is told of the calls.
    """

    def __init__(
        self,
        settings: Settings,
        make_room: Callable[[], Awaitable[None]] | None = None,
        observer: RedisObserver = UNOBSERVED,
    ) -> None:
        self._redis, self._address = connect(settings), shown(settings.redis_url)
        self._make_room, self._observer = make_room, observer
        self._fetch = timed(
            self._redis.register_script(scripts.joined("lines", "lines_fetch")), "lines-fetch", observer
        )
        self._learn = timed(
            self._redis.register_script(scripts.joined("lines", "lines_learn")), "lines-learn", observer
        )
        self._prefix = "{newswire:" + settings.index + "}"
        self._constant = {
            "window_s": settings.learned_window_s,
            "label_stories": settings.learned_label_stories,
            "sentence_stories": settings.learned_sentence_stories,
        }
        self._held: OrderedDict[str, _List] = OrderedDict()
        self._version = 0

    async def fetch(self, spans: Sequence[Span], sources: Iterable[str]) -> Lists:
        """The lines of these sources, for the records of these spans. The same spans get the same lines again.

        Raises:
            redis.exceptions.RedisError, OSError: see `redis_io.is_transient`.
        """
        wanted = sorted(set(sources))
        held = {source: self._held.get(source) for source in wanted}
        head = orjson.dumps(self._constant | {"spans": [[s.topic, s.partition, s.first, s.last] for s in spans]})
        asked = [a for s, h in held.items() for a in (source_key(s), h.changed if h else -1)]
        try:
            version, pins, *answers = await self._fetch(keys=[self._prefix], args=[head, *asked])
        except redis_errors.OutOfMemoryError:
            if self._make_room:
                await self._make_room()
            raise
        if version < self._version:
            self._held.clear()  # Redis has lost what it knew, and counts anew
            self._version = version
            return await self.fetch(spans, wanted)
        self._version = version
        lists = {s: _read(a) if a else held[s] for s, a in zip(wanted, answers, strict=True)}
        known = {source: found for source, found in lists.items() if found is not None}
        self._hold(known)
        return Lists(
            {(s.topic, s.partition): list(_PIN.iter_unpack(p)) for s, p in zip(spans, pins, strict=True)}, known
        )

    async def latest(self, source: str) -> Learned:
        """What counts for a source now. Changes nothing.

        Raises:
            ServerError: Redis is not there.
        """
        try:
            lists = await self.fetch([], [source])
        except (redis_errors.RedisError, redis_errors.RedisClusterException, OSError) as e:
            raise ServerError(f"cannot look up learned lines at {self._address} (REDIS_URL): {e}") from e
        return lists.lists[source].as_of(self._version)

    async def learn(self, lessons: Iterable[Lesson]) -> None:
        """Counts the lines of published articles. Where Redis does not take them they are forgotten."""
        rows, learned = sorted((lesson for lesson in lessons if lesson.lines), key=lambda row: row.source), 0
        head = orjson.dumps(self._constant)
        try:
            for first in range(0, len(rows), LESSONS_PER_CALL):
                arguments = _packed(rows[first : first + LESSONS_PER_CALL])
                learned += await self._learn(keys=[self._prefix], args=[head, *arguments])
        except Exception as e:
            if not is_transient(e):
                raise
            log.debug("lines not learned", because=repr(e))
        if learned:
            self._observer.lines_learned(learned)
            log.info("lines learned", lines=learned)

    async def close(self) -> None:
        await self._redis.aclose()

    def _hold(self, known: Mapping[str, _List]) -> None:
        for source, found in known.items():
            self._held[source] = found
            self._held.move_to_end(source)
        while len(self._held) > MAX_SOURCES_HELD:
            self._held.popitem(last=False)


def source_key(source: str) -> str:
    """The part of a key that names a source."""
    return _hash(source, 8).hex()


def _packed(lessons: Iterable[Lesson]) -> list[str | bytes]:
    """Two arguments a source, as lua/lines_learn.lua reads them."""
    by_source: defaultdict[str, bytes] = defaultdict(bytes)
    for lesson in lessons:
        count = len(lesson.lines) // LINE_BYTES
        by_source[lesson.source] += _hash(lesson.story, STORY_BYTES) + bytes([count]) + lesson.lines
    return [argument for source, articles in by_source.items() for argument in (source_key(source), articles)]


def _hash(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()


def _read(answer: bytes) -> _List:
    (changed,) = _CHANGED.unpack_from(answer)
    return _List(changed, [*_SHOWN.iter_unpack(answer[_CHANGED.size :])])
