"""What the index says of an article without taking it in: what is known of its uri, the verdict it would get, what is near.

Pure: the names of things, and how the answer of the look script (workers/lua/look.lua) is read.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import orjson

from workers.outcome import Decision

Standing = Literal["published", "killed", "taken back", "withheld", "duplicate", "rejected"]
"""What a uri last came to. `taken back`: withheld after it was published."""

_STANDINGS: Mapping[str, Standing] = {
    "p": "published",
    "k": "killed",
    "h": "taken back",
    "w": "withheld",
    "d": "duplicate",
    "r": "rejected",
}
_DECISION = frozenset(field.name for field in fields(Decision))
_INTEGER_OFFSET = 1 << 63
"""Keys of whole-number versions count from -2^63 on (workers/versions.py)."""


@dataclass(frozen=True, slots=True)
class State:
    """What the index keeps of a uri. `version` is the latest one as people write it, None where none was stated."""

    standing: Standing
    revision: int
    version: str | None
    version_created_us: int | None


@dataclass(frozen=True, slots=True)
class Near:
    """A published article that shares something with the one asked for; figures as the sketches estimate them."""

    uri: str
    story: str
    canceled: bool
    same_source: bool
    jaccard: float
    containment: float
    containment_of: float


@dataclass(frozen=True, slots=True)
class Look:
    """The answer of the index: `state` is None for a uri it does not know; the most alike first in `nearest`."""

    state: State | None
    decision: Decision
    nearest: tuple[Near, ...]


def read_look(answer: bytes) -> Look:
    """Reads what the look script returns."""
    told = orjson.loads(answer)
    state = told.get("state")
    nearest = told["nearest"] or ()  # Lua writes an empty list as an object
    return Look(
        _state(state) if state else None, decision_of(told["decision"]), tuple(Near(**near) for near in nearest)
    )


def decision_of(told: dict[str, Any]) -> Decision:
    """A decision as the scripts write it; what a later version may have added to it is left out."""
    whole = {name: math.floor(told.get(name, 0)) for name in ("revision", "seq")}
    known = {name: value for name, value in told.items() if name in _DECISION}
    return Decision(**{**known, **whole, "family": tuple(told.get("family") or ())})


def _state(told: Mapping[str, Any]) -> State:
    created = math.floor(told["created"])
    return State(
        _STANDINGS[told["status"]],
        math.floor(told["revision"]),
        version_shown(told["version"]),
        created if created >= 0 else None,
    )


def version_shown(key: str) -> str | None:
    """The version of a key, as people write it; of a version in words the key itself says enough.

    >>> version_shown("i800000000000000a"), version_shown("")
    ('10', None)
    """
    if key.startswith("i"):
        return str(int(key[1:], 16) - _INTEGER_OFFSET)
    return key[1:] or None
