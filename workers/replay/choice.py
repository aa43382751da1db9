"""Which letters are meant: by reason, source, time and origin, all of which have to fit. Pure."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from workers.errors import SettingsError
from workers.headers import origin_of
from workers.outcome import DeadLetterReason, Origin, RejectionReason
from workers.replay.letters import Letter, Role
from workers.times import parse_rfc3339

REASONS = (*get_args(DeadLetterReason), *get_args(RejectionReason))
TOPICS: dict[str, Role] = {"dead-letters": "dlq", "dlq": "dlq", "rejected": "rejected"}

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_AGO = re.compile(r"([0-9]{1,6})\s*([smhdw])")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for; what is empty or None excludes nothing. Times are those of the letters, in milliseconds."""

    roles: tuple[Role, ...] = ("dlq", "rejected")
    reasons: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    origins: frozenset[Origin] = frozenset()
    since_ms: int | None = None
    until_ms: int | None = None
    again: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether nothing was chosen that would leave anything out but a topic."""
        return not (self.reasons or self.sources or self.origins) and self.since_ms is None and self.until_ms is None

    def takes(self, letter: Letter) -> bool:
        """Whether the letter is meant; of an origin, also what came of its replays."""
        return (
            letter.role in self.roles
            and (not self.reasons or letter.reason in self.reasons)
            and (not self.sources or letter.source in self.sources)
            and (not self.origins or letter.origin in self.origins or letter.first in self.origins)
            and (self.since_ms is None or letter.written_ms >= self.since_ms)
            and (self.until_ms is None or letter.written_ms < self.until_ms)
        )


def reason(text: str) -> str:
    """A reason code.

    Raises:
        SettingsError: there is none of this name.
    """
    if text in REASONS:
        return text
    near = difflib.get_close_matches(text, REASONS, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(REASONS)}"
    raise SettingsError(f"--reason {text}: no such reason; {hint}")


def origin(text: str) -> Origin:
    """An origin as the header has it.

    Raises:
        SettingsError: it is none.
    """
    found = origin_of(text.encode(errors="replace"))
    if found is None:
        raise SettingsError(f"--origin {text}: write it as the header `origin` has it, like news.raw.v1/2/113")
    return found


def moment_ms(option: str, text: str | None, now_ms: int) -> int | None:
    """A moment, as RFC 3339 or as how long ago it was; None for None.

    Raises:
        SettingsError: it is neither.

    >>> moment_ms("--since", "2h", now_ms=10_000_000)
    2800000
    >>> moment_ms("--since", "1970-01-01T00:00:07Z", now_ms=10_000_000)
    7000
    """
    if text is None:
        return None
    if ago := _AGO.fullmatch(text.strip()):
        return now_ms - int(ago[1]) * _UNITS_MS[ago[2]]
    try:
        return parse_rfc3339(text.strip()) // 1_000
    except ValueError as e:
        example = f"{option} 2h (also s, m, d, w) or {option} 2026-11-23T08:00:00Z"
        raise SettingsError(f"{option} {text}: {e}; write it as {example}") from e


def roles(topics: Sequence[str]) -> tuple[Role, ...]:
    """The roles of topics by the names that people use; all where none is named."""
    return tuple(dict.fromkeys(TOPICS[topic] for topic in topics)) or ("dlq", "rejected")
