"""How the source partitions of a worker get on, in Burrow's words, over a sliding window and without thresholds for lag.

ok      all is committed, or what is behind becomes less.
warn    it commits, and falls further behind all the same.
stop    records wait that were not even taken up, and nothing was committed over the whole window.
stall   records were taken up, and nothing was committed over the whole window.
rewind  the committed offset went back.

Rules as in Burrow's core/protocol/evaluator.go; what it calls an error of the group is `err` of the worker here: any of its
partitions is in stop, stall or rewind.
"""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

PartitionState = Literal["ok", "warn", "stop", "stall", "rewind"]
LOOK_EVERY_S = 5.0
LOOKS = 13
"""A minute from the first look to the last."""


@dataclass(frozen=True, slots=True)
class Look:
    """A partition at one moment: what is committed, where the readable log ends, and whether some of it is in progress."""

    at_s: float
    committed: int
    end: int
    is_held: bool

    @property
    def lag(self) -> int:
        return max(0, self.end - self.committed)


def state_of(looks: list[Look], wanted: int = LOOKS) -> PartitionState:
    """The state of a partition after these looks, oldest first; with fewer than `wanted` only a rewind can be told."""
    if any(after.committed < before.committed for before, after in pairwise(looks)):
        return "rewind"
    if len(looks) < wanted or any(look.lag == 0 for look in looks):
        return "ok"
    if looks[0].committed == looks[-1].committed:
        return "stall" if looks[-1].is_held else "stop"
    if looks[-1].lag > looks[0].lag and all(after.lag >= before.lag for before, after in pairwise(looks)):
        return "warn"
    return "ok"


class Partitions:
    """The partitions that are a worker's now, each with its window of looks."""

    def __init__(self) -> None:
        self._looks: dict[int, deque[Look]] = {}
        self._behind_since: dict[int, float] = {}

    def look(self, looks: dict[int, Look]) -> dict[int, tuple[PartitionState, PartitionState]]:
        """Takes one look at all partitions; those that are missing are forgotten. Returns those whose state has changed,
        with the state before and after.
        """
        before = self.states()
        self._looks = {n: self._looks.get(n, deque(maxlen=LOOKS)) for n in looks}
        self._behind_since = {n: since for n, since in self._behind_since.items() if n in looks}
        for number, look in looks.items():
            self._looks[number].append(look)
            if look.lag:
                self._behind_since.setdefault(number, look.at_s)
            else:
                self._behind_since.pop(number, None)
        after = self.states()
        return {n: (before.get(n, "ok"), state) for n, state in after.items() if before.get(n, "ok") != state}

    def states(self) -> dict[int, PartitionState]:
        return {number: state_of(list(looks)) for number, looks in self._looks.items()}

    def lag(self) -> int:
        """In offsets, over all partitions, at the last look."""
        return sum(looks[-1].lag for looks in self._looks.values())

    def behind_since_s(self) -> dict[int, float]:
        """Since when each partition that is behind has been so, in seconds since 1970."""
        return dict(self._behind_since)
