"""Stops a worker when too large a share of recent records is bad: somebody has deployed something wrong.

Strategy: what became of a source partition's last records stands in the metadata of its committed offset. It is written in
one transaction with their outputs, and goes with the partition to whichever process has it next. Law: records are judged
one by one, before anything of their batch is claimed. So it depends neither on how batches are cut nor on how often a
worker was started where it stops, and the record at which it stops never comes out. Replays are not counted: they say
nothing about who sends now.
"""

import re
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import orjson
import structlog

from workers.errors import TooManyBad
from workers.headers import REPLAY_OF
from workers.outcome import OutputRecord
from workers.prepare import RawRecord, Ready
from workers.settings import Settings
from workers.terminal import plain

log = structlog.get_logger("newswire.delivery")

SHOWN = 5
SHOWN_CHARS = 100
REMEDY = (
    "mend what sends them; then start the worker with NEWSWIRE_BAD_SHARE_MAX=1, which makes dead letters of them, and without"
    " it once they are through. If they are good, mend or set back the worker. Those before them: newswire tail dlq --from-start"
)
_METADATA = re.compile(r"recent=([1-9a-f][0-9a-f]{0,2500})")

Work = Sequence[tuple[RawRecord, Ready | OutputRecord]]


class BadShare:
    """The limit. `recent` is a 1 for each bad one of the last records of a partition, a 0 for each other, oldest first."""

    def __init__(self, settings: Settings) -> None:
        self._over, self._limit = settings.bad_share_over, settings.bad_share_max * settings.bad_share_over
        self._max = settings.bad_share_max

    def after(self, recent: str, work: Work) -> str:
        """What is `recent` after these records of one partition; nothing while there is no limit: it begins anew then.

        Raises:
            TooManyBad: one of them is one bad record too many; it has been logged, with the reasons.
        """
        if self._max >= 1:
            return ""
        last, bad = deque(recent[-self._over :], self._over), recent[-self._over :].count("1")
        for count, (record, ready) in enumerate(work, 1):
            if any(name == REPLAY_OF for name, _ in record.headers):
                continue
            fate = "1" if is_bad(ready) else "0"
            bad += (fate == "1") - (len(last) == self._over and last[0] == "1")
            last.append(fate)
            if fate == "1" and len(last) == self._over and bad > self._limit:
                raise self._told(work[:count], bad)
        return "".join(last)

    def share(self, recent: str) -> float:
        """The share that `after` compares with the limit; 0 while too few are known."""
        return recent.count("1") / self._over if len(recent) >= self._over else 0.0

    def _told(self, work: Work, bad: int) -> TooManyBad:
        facts = facts_of(
            [(record, ready) for record, ready in work if isinstance(ready, OutputRecord) and is_bad(ready)]
        )
        at = work[-1][0].origin
        because = (
            f"{bad} of the last {self._over} records of {at.topic}/{at.partition} are bad, up to offset {at.offset}"
        )
        log.critical(
            "too many bad records: ended, with nothing of this batch published", because=because,
            allowed_share=self._max, **facts, remedy=REMEDY,
        )  # fmt: skip
        return TooManyBad(because)


def is_bad(ready: Ready | OutputRecord) -> bool:
    """Whether a record is to become a dead letter."""
    return isinstance(ready, OutputRecord) and ready.role == "dlq"


def facts_of(letters: Sequence[tuple[RawRecord, OutputRecord]]) -> dict[str, Any]:
    """Why these are bad, by how many, from whom where that can be told, and where the first of them stand."""
    headers = [dict(letter.headers) for _, letter in letters]
    reasons = Counter(h["dlq-reason"].decode() for h in headers)
    sources = Counter(source_of(record.value) for record, _ in letters)
    examples = [
        f"{record.origin}: {plain(h['dlq-message'].decode(errors='replace'))[:SHOWN_CHARS]}"
        for (record, _), h in zip(letters[:SHOWN], headers[:SHOWN], strict=True)
    ]
    return {
        "reasons": dict(reasons.most_common()),
        "sources": dict(sources.most_common(SHOWN)),
        "first_offset": letters[0][0].origin.offset,
        "examples": examples,
    }


def source_of(value: bytes | None) -> str:
    """The source that a bad record states.

    >>> source_of(b'{"source": "My Paper"}'), source_of(b"no JSON")
    ('My Paper', '(not to be told)')
    """
    with suppress(orjson.JSONDecodeError):
        article = orjson.loads(value or b"")
        if isinstance(article, dict) and isinstance(source := article.get("source"), str):
            return plain(source[:SHOWN_CHARS])
    return "(not to be told)"


def to_metadata(recent: str) -> str:
    """As it is kept with a committed offset, which may have 4,096 characters.

    >>> to_metadata("0101"), recent_of("recent=15"), recent_of("whatever another program wrote")
    ('recent=15', '0101', '')
    """
    return f"recent={int('1' + recent, 2):x}" if recent else ""


def recent_of(metadata: str) -> str:
    """The reverse; nothing where somebody else has committed the offset."""
    stated = _METADATA.fullmatch(metadata)
    return f"{int(stated[1], 16):b}"[1:] if stated else ""
