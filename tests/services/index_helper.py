"""Claims for the tests of the index, made the way the worker makes them: from raw bytes, through `prepare`."""

import json
from collections.abc import Sequence
from typing import Any

from workers.claims import RedisIndex
from workers.outcome import Decision, Origin
from workers.prepare import RawRecord, Ready, prepare
from workers.rules import rules_of
from workers.settings import Settings

DAY_S = 86_400
T0_S = 1_800_000_000


class Desk:
    """Sends raw articles to an index, one after the other, as partition 0 of a raw topic."""

    def __init__(self, settings: Settings, index: RedisIndex, partition: int = 0) -> None:
        self.index, self.partition = index, partition
        self.rules = rules_of(settings)
        self.offset, self.generation = 0, 0

    async def take_over(self, committed: int = 0) -> "Desk":
        self.generation = await self.index.take_over("raw", self.partition, committed)
        self.offset = max(self.offset, committed)
        return self

    def ready(self, at_s: float = T0_S, **raw: Any) -> Ready:
        value = json.dumps({"source": "agency", **raw}).encode()
        record = RawRecord(Origin("raw", self.partition, self.offset), None, value, (), int(at_s * 1_000))
        self.offset += 1
        ready = prepare(record, self.rules)
        assert isinstance(ready, Ready), ready
        return ready

    async def claim(self, run: Sequence[Ready], committed: int = 0) -> list[Decision | None]:
        return await self.index.claim("raw", self.partition, self.generation, committed, [r.claim for r in run])

    async def send(self, at_s: float = T0_S, **raw: Any) -> Decision:
        (decision,) = await self.claim([self.ready(at_s, **raw)])
        assert decision is not None
        return decision
