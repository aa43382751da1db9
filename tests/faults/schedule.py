"""Which fault comes when: a plan made of a seed alone, the same each time.

Faults are dealt from a shuffled deck that holds every kind, so that a plan of `len(KILL_DECK)` kills shows each at least
once. They overlap, except that one server has one trouble at a time. A kill is what ends or freezes a process; what
only troubles a connection or a member of the group is not counted.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

KILL_DECK = ("sigkill",) * 4 + ("sigterm",) * 3 + ("freeze",) * 2 + ("broker",) + ("valkey",) * 2
TROUBLE_DECK = (
    "member", "member",
    "valkey-full", "valkey-readonly", "valkey-no-replicas",
    "redis-slow", "redis-hold", "redis-cut",
    "kafka-slow", "kafka-hold", "kafka-cut",
)  # fmt: skip
CLUSTER_KILLS = {
    "brokers": ("broker-kill",) * 3 + ("broker-stop",) * 3 + ("broker-freeze",),
    "masters": ("valkey-master",) * 2 + ("valkey-freeze", "valkey-replica"),
    "workers": ("sigkill", "sigterm", "freeze"),
}
"""For servers that have others beside them: what troubles one of them leaves the rest at work."""
LASTS_S = {
    "freeze": (7.5, 10.0),  # past the session's timeout, which is 6 s here
    "broker": (0.5, 4.0),
    "broker-kill": (0.5, 5.0),
    "broker-stop": (0.1, 1.0),
    "broker-freeze": (5.0, 10.0),
    "valkey-master": (1.0, 7.0),  # shorter than a failover takes, or longer
    "valkey-replica": (1.0, 4.0),
    "valkey-freeze": (4.0, 8.0),
    "valkey": (0.5, 4.0),
    "redis-hold": (2.0, 8.0),
    "kafka-hold": (2.0, 8.0),
}
_GAP_S = (1.0, 4.0)
_MEMBERS = (2, 3)


KILLS = {*KILL_DECK, *(kind for kinds in CLUSTER_KILLS.values() for kind in kinds)}


@dataclass(frozen=True, slots=True)
class Fault:
    """Begins `at_s`, ends `lasts_s` later. `pick`, 0 to 1, chooses the worker that is hit."""

    at_s: float
    kind: str
    lasts_s: float
    pick: float

    @property
    def is_kill(self) -> bool:
        return self.kind in KILLS

    @property
    def server(self) -> str | None:
        """The server that it troubles."""
        if self.kind.startswith(("valkey", "redis")):
            return "valkey"
        return "kafka" if self.kind.startswith(("broker", "kafka")) else None


def plan(seed: int, kills: int, cards: Sequence[str] = (*KILL_DECK, *TROUBLE_DECK)) -> list[Fault]:
    """The faults in order of their beginning; exactly `kills` of them are kills.

    >>> plan(1, 30) == plan(1, 30)
    True
    >>> sum(f.is_kill for f in plan(7, 30))
    30
    >>> set(KILL_DECK) <= {f.kind for f in plan(3, 12)}
    True
    """
    chance = random.Random(seed)
    faults: list[Fault] = []
    free_at: Counter[str] = Counter()
    now, members, killed = 3.0, _MEMBERS[0], 0
    while killed < kills:
        deck = list(cards)
        chance.shuffle(deck)
        for card in deck:
            fault = Fault(0, card, chance.uniform(*LASTS_S.get(card, (1.0, 4.0))), chance.random())
            if fault.is_kill and killed == kills:
                continue
            now += chance.uniform(*_GAP_S)
            if fault.server:
                now = max(now, free_at[fault.server] + 1)
                free_at[fault.server] = now + fault.lasts_s  # type: ignore[assignment]
            kind = card
            if card == "member":
                kind = "join" if members == _MEMBERS[0] else "leave"
                members = sum(_MEMBERS) - members
            killed += fault.is_kill
            faults.append(Fault(round(now, 2), kind, round(fault.lasts_s, 2), fault.pick))
    return faults
