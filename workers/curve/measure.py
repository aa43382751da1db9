"""Measures on a real index how many copies of each similarity are found and kept out, with texts of random words.

The index is one of trials: a name of its own, forgotten at the end. Its articles are prepared and claimed as the worker does
it; the copies are only looked up (workers/lua/look.lua decides with the code that decides claims), so that none meets another.
"""

import os
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson

from workers.claims import RedisIndex
from workers.curve.theory import shingles_of
from workers.outcome import Origin
from workers.prepare import RawRecord, Ready, prepare
from workers.rules import rules_of
from workers.settings import Settings
from workers.shingles import WORDS_PER_SHINGLE

TRIAL_WINDOW_S = 600.0
"""What is left of an index of trials when this program is killed is gone after two of these."""
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]

Tell = Callable[[int, int], None]
"""Is told how many trials of how many are done."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Of `trials` copies of one length and containment."""

    words: int
    containment: float
    trials: int
    found: int
    kept_out: int


async def measure(
    settings: Settings, lengths: Sequence[int], containments: Sequence[float], trials: int, tell: Tell
) -> list[Measured]:
    """Every length with every containment, with `trials` originals of each length."""
    results, done = [], 0
    async with index_of_trials(settings) as desk:
        for words in lengths:
            originals = [made_text(f"{words}/{n}", words) for n in range(trials)]
            for n, text in enumerate(originals):
                await desk.publish(uri_of(words, n), text)
            for containment in containments:
                found = kept_out = 0
                for n, text in enumerate(originals):
                    is_found, is_kept_out = await desk.try_copy(uri_of(words, n), copy_of(text, containment, n))
                    found, kept_out, done = found + is_found, kept_out + is_kept_out, done + 1
                    tell(done, len(lengths) * len(containments) * trials)
                results.append(Measured(words, containment, trials, found, kept_out))
    return results


def uri_of(words: int, number: int) -> str:
    return f"urn:newswire:curve:{words}:{number}"


class Desk:
    """Publishes articles to an index of trials, and asks what copies would come to."""

    def __init__(self, settings: Settings, index: RedisIndex, generation: int) -> None:
        self._rules, self._index, self._generation, self._offset = rules_of(settings), index, generation, 0

    async def publish(self, uri: str, text: str) -> None:
        await self._index.claim("curve", 0, self._generation, 0, [self._ready(uri, "original", text).claim])

    async def try_copy(self, original: str, text: str) -> tuple[bool, bool]:
        """Whether the original is among what was looked at, and whether the copy would be a duplicate of it."""
        look = await self._index.look(self._ready(original + ":copy", "copy", text).claim)
        found = any(near.uri == original for near in look.nearest)
        return found, look.decision.verdict == "duplicate" and look.decision.of == original

    def _ready(self, uri: str, source: str, text: str) -> Ready:
        value = orjson.dumps({"source": source, "uri": uri, "body": text})
        record = RawRecord(Origin("curve", 0, self._offset), None, value, (), int(time.time() * 1_000))
        self._offset += 1
        ready = prepare(record, self._rules)
        assert isinstance(ready, Ready)
        return ready


@asynccontextmanager
async def index_of_trials(settings: Settings) -> AsyncIterator[Desk]:
    """An empty index with the thresholds in force; it is forgotten when the block ends."""
    own = {"index_name": f"curve-{os.getpid()}-{time.time_ns() % 1_000_000}", "window_s": TRIAL_WINDOW_S}
    states = {"uri_state_s": TRIAL_WINDOW_S, "kill_state_s": TRIAL_WINDOW_S, "window_by": "arrival"}
    trial = settings.model_copy(update=own | states)
    index = RedisIndex(trial)
    try:
        yield Desk(trial, index, await index.take_over("curve", 0, 0))
    finally:
        await index.delete()
        await index.close()


def made_text(seed: str, words: int) -> str:
    """Random words, so that no two texts share a shingle but by a rare chance."""
    chance = random.Random(seed)
    return " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(words))


def copy_of(text: str, containment: float, seed: int) -> str:
    """A text as long, of which this share of shingles stands in `text`: its beginning, and new words."""
    words = text.split()
    common = round(containment * shingles_of(len(words)))
    taken = min(common + WORDS_PER_SHINGLE - 1, len(words)) if common else 0
    return " ".join([*words[:taken], *made_text(f"new/{containment}/{seed}/{len(words)}", len(words) - taken).split()])
