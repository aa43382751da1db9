"""A running group at one moment, from Kafka and Redis alone: it is the same whichever machine asks, and whoever runs the workers."""

import asyncio
import time
from collections import Counter, deque
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any, Self

from workers.claims import RedisIndex
from workers.kafka_io.reader import Reader, Record
from workers.kafka_io.standing import Beside, GroupStanding, LastReader, PartitionStanding
from workers.redis_io import shown
from workers.settings import Settings
from workers.wire import ROLES

READ_S = 5.0
"""How long outcomes are read for at one look; what is left then is read at the next one."""
SHOWN_DEAD = 5
REDIS_WAIT_S = 3.0
OUTCOMES = ("new", "update", "cancel", "duplicate", "rejected", "dead-letter")


@dataclass(frozen=True, slots=True)
class IndexPicture:
    """The index and the server that has it, in bytes; `limit_bytes` 0: no limit."""

    documents: int
    windows: int
    used_bytes: int
    limit_bytes: int
    evicted_keys: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One of the last, with times in milliseconds since 1970."""

    at_ms: int
    reason: str
    message: str
    origin: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything of one screen.

    Attributes:
        at_ms: when.
        span_s: what "came" and the outcomes are counted over.
        outcomes: output records within the span, by what became of them.
        all_read: whether these are all of them; else there was no time to read the others.
        index: None where Redis does not answer; then `trouble` says why.
    """

    at_ms: int
    span_s: float
    group: GroupStanding
    outcomes: dict[str, int]
    all_read: bool
    index: IndexPicture | None
    trouble: str
    dead_letters: tuple[DeadLetter, ...]

    @property
    def lag(self) -> int:
        return sum(p.lag for p in self.group.partitions)

    @property
    def came_per_s(self) -> float:
        return sum(p.came for p in self.group.partitions) / self.span_s

    @property
    def finished_per_s(self) -> float:
        return sum(self.outcomes.values()) / self.span_s

    @property
    def slowest(self) -> PartitionStanding | None:
        """The partition whose oldest open record waits longest; None when nothing waits."""
        behind = [p for p in self.group.partitions if p.lag]
        return max(behind, key=lambda p: (-(p.oldest_ms or self.at_ms), p.lag), default=None)

    def lag_s(self, partition: PartitionStanding) -> float:
        """How long its oldest open record has waited."""
        return max(0.0, (self.at_ms - partition.oldest_ms) / 1_000) if partition.oldest_ms else 0.0

    def as_json(self, group: str) -> dict[str, Any]:
        slowest = self.slowest
        return {
            "group": group,
            "at_ms": self.at_ms,
            "state": self.group.state,
            "members": [asdict(member) for member in self.group.members],
            "partitions": [asdict(p) | {"lag_s": round(self.lag_s(p), 3)} for p in self.group.partitions],
            "lag": self.lag,
            "lag_s": round(self.lag_s(slowest), 3) if slowest else 0.0,
            "slowest": slowest.number if slowest else None,
            "span_s": self.span_s,
            "came_per_s": round(self.came_per_s, 3),
            "finished_per_s": round(self.finished_per_s, 3),
            "outcomes": self.outcomes,
            "outcomes_all_read": self.all_read,
            "index": asdict(self.index) if self.index else None,
            "trouble": self.trouble or None,
            "dead_letters": [asdict(letter) for letter in self.dead_letters],
        }


class Watcher:
    """Looks again and again. A context manager; `look` raises a ServerError when Kafka does not answer."""

    def __init__(self, settings: Settings, span_s: float) -> None:
        self._settings, self._span_s = settings, span_s
        self._open, self._seen = ExitStack(), deque[tuple[int, str]]()
        with ExitStack() as undo:
            self._beside = undo.enter_context(Beside(settings))
            with LastReader(settings, ["dlq"], from_start=False) as reader:
                self._dead = deque(map(_letter, reader.last(SHOWN_DEAD)), maxlen=SHOWN_DEAD)
            self._outputs = undo.enter_context(Reader(settings, ROLES, from_start=False))
            self._outputs.begin_at(_now_ms() - int(span_s * 1_000))
            self._open = undo.pop_all()

    def look(self) -> Picture:
        """Now."""
        all_read = self._read()
        at_ms = _now_ms()
        since_ms = at_ms - int(self._span_s * 1_000)
        while self._seen and self._seen[0][0] < since_ms:
            self._seen.popleft()
        counted = Counter(outcome for at, outcome in self._seen if at >= since_ms)
        index, trouble = self._index()
        return Picture(
            at_ms,
            self._span_s,
            self._beside.look(since_ms),
            {outcome: counted[outcome] for outcome in OUTCOMES},
            all_read,
            index,
            trouble,
            tuple(self._dead),
        )

    def _read(self) -> bool:
        """What came out since the last look."""
        until = time.monotonic() + READ_S
        while time.monotonic() < until:
            for record in self._outputs.poll(0.2):
                self._seen.append((record.timestamp_ms, _outcome(record)))
                self._take_up(record)
            if self._outputs.at_end():
                return True
        return False

    def _take_up(self, record: Record) -> None:
        if record.role == "dlq" and (letter := _letter(record)) not in self._dead:
            self._dead.append(letter)

    def _index(self) -> tuple[IndexPicture | None, str]:
        try:
            return asyncio.run(_index_of(self._settings)), ""
        except Exception as e:  # noqa: BLE001 - whatever it is, Kafka's figures are shown
            return None, f"Redis at {shown(self._settings.redis_url)} does not answer: {str(e) or type(e).__name__}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


async def _index_of(settings: Settings) -> IndexPicture:
    wait_s = min(settings.redis_timeout_s, REDIS_WAIT_S)
    index = RedisIndex(settings.model_copy(update={"redis_timeout_s": wait_s}))
    try:
        server, windows = await index.server(), await index.found()
    finally:
        await index.close()
    documents = sum(window.documents for window in windows)
    return IndexPicture(documents, len(windows), server.used_bytes, server.limit_bytes, server.evicted_keys)


def _outcome(record: Record) -> str:
    """By the headers alone: `news.article.new.v1`."""
    if record.role == "dlq":
        return "dead-letter"
    parts = record.headers.get("ce_type", b"").decode(errors="replace").split(".")
    return parts[2] if len(parts) == 4 else record.role


def _letter(record: Record) -> DeadLetter:
    reason, message, origin = (
        record.headers.get(name, b"").decode(errors="replace") for name in ("dlq-reason", "dlq-message", "origin")
    )
    return DeadLetter(record.timestamp_ms, reason, message, origin)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
