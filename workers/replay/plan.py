"""Which of the chosen letters go, and why the others do not. Pure.

A raw record that was sent again bears `replay-of`, the origin of the first one, and its outcome bears it too. So a letter
has been replayed when a raw record with that mark and the same bytes stands behind it, whatever became of that one. A mark on
other bytes is a forged one and counts for nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from workers.kafka_io import Record
from workers.outcome import Origin
from workers.replay.letters import Letter, digest_of, first_of

Standing = Literal["due", "replayed", "failed-again", "gone", "other-topic"]


class Mark(NamedTuple):
    """A replay: where its raw record stands or stood, and what it held, where that is known."""

    origin: Origin
    digest: bytes | None


class Memory:
    """What the topics tell of some letters' raw records and of replays of them."""

    def __init__(self, letters: Iterable[Letter]) -> None:
        self._by_origin = {letter.origin: letter for letter in letters}
        self._firsts = {letter.first for letter in self._by_origin.values()}
        self._marks: dict[Origin, list[Mark]] = defaultdict(list)
        self._digests: dict[Origin, bytes] = {}
        self._sizes: dict[Origin, int] = {}

    def see_raw(self, record: Record) -> None:
        """A record of the raw topic: it may be a letter's own raw record, or a replay of one."""
        place = Origin(record.topic, record.partition, record.offset)
        letter = self._by_origin.get(place)
        if letter and is_raw_record_of(letter, record):
            self._digests[place] = digest_of(record.value)
            self._sizes[place] = len(record.value)
        first = first_of(record) if record.all_headers else None
        if first in self._firsts:
            self._marks[first].append(Mark(place, digest_of(record.value)))

    def see_output(self, record: Record, origin: Origin | None) -> None:
        """A record of an output topic: it may be what came of a replay whose raw record is gone."""
        first = first_of(record) if record.all_headers else None
        if first in self._firsts and origin is not None:
            self._marks[first].append(Mark(origin, digest_of(record.value) if record.role == "dlq" else None))

    def stands(self, letter: Letter) -> bool:
        """Whether its raw record can still be read."""
        return letter.origin in self._digests

    def with_size(self, letter: Letter) -> Letter:
        """The letter with the size of its raw record, where that is not its own."""
        return replace(letter, size=max(letter.size, self._sizes.get(letter.origin, 0)))

    def is_replayed(self, letter: Letter) -> bool:
        digests = {None, letter.digest, self._digests.get(letter.origin)}
        marks = (mark for mark in self._marks[letter.first] if mark.origin != letter.origin)
        return any(mark.digest in digests and _is_after(mark.origin, letter) for mark in marks)


def is_raw_record_of(letter: Letter, record: Record) -> bool:
    """Whether the record at a letter's origin is the one it was written for: a topic made anew has others there."""
    same_time = record.timestamp_ms == letter.received_ms
    return same_time and letter.digest in (None, digest_of(record.value))


def _is_after(origin: Origin, letter: Letter) -> bool:
    """Whether a replay came after the letter's own raw record. Replays stay in their partition."""
    if not letter.is_of_a_replay or origin.partition != letter.origin.partition:
        return True
    return origin.offset > letter.origin.offset


@dataclass(slots=True)
class Plan:
    """The letters that go, in the order of their first arrival by partition, and how many do not."""

    due: list[Letter] = field(default_factory=list)
    others: Counter[Standing] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def chosen(self) -> int:
        return len(self.due) + self.others.total()

    @property
    def undated(self) -> int:
        return sum(letter.is_undated for letter in self.due)


def standing_of(letter: Letter, memory: Memory, topic_raw: str, *, again: bool) -> Standing:
    """Whether a letter goes, and why not."""
    if letter.origin.topic != topic_raw:
        return "other-topic"
    if memory.is_replayed(letter):
        return "replayed"
    if letter.is_of_a_replay and not again:
        return "failed-again"
    return "due" if letter.has_value or memory.stands(letter) else "gone"


def plan(letters: Iterable[Letter], memory: Memory, topic_raw: str, *, again: bool) -> Plan:
    """What is to be done with the chosen letters."""
    made = Plan()
    for letter in letters:
        standing = standing_of(letter, memory, topic_raw, again=again)
        if standing == "due":
            made.due.append(memory.with_size(letter))
            made.reasons[letter.reason, letter.source] += 1
        else:
            made.others[standing] += 1
    made.due.sort(key=lambda letter: (letter.first.partition, letter.first.offset))
    return made
