"""The index in Redis, as the business sees it: take a partition over, claim a run of articles.

Deciding happens in Redis, atomically (workers/lua); this file packs what the script needs and reads its answers. Everything
here may be repeated: claims are idempotent by origin, and an owner of the past changes nothing.
"""

import asyncio
import time
import zlib
from collections.abc import Sequence
from typing import Protocol

import orjson
import structlog
from redis import exceptions as redis_errors

from workers import formats, scripts, upkeep
from workers.claim import Claim
from workers.errors import ServerError
from workers.look import Look, decision_of, read_look
from workers.outcome import Decision
from workers.redis_io import connect, shown
from workers.refusals import remedy
from workers.replicated import register
from workers.settings import Settings
from workers.signature import SIGNATURE_VERSION
from workers.timed import UNOBSERVED, RedisObserver, timed
from workers.upkeep import ServerState, Slice

log = structlog.get_logger("newswire.index")

ROOM_AGAIN_S = 10.0
UNITS_PER_CHUNK = 8_184
"""As lua/documents.lua has it."""
NO_PARTITION = ""
"""Nothing is taken over: only whether the index fits is asked (lua/take_over.lua)."""

FEW_SHINGLES = 16
"""A text with fewer says too little to be judged by containment: it must be alike as a whole."""
FEW_JACCARD = 0.9
FEW_CONTAINMENT = 0.85
"""What fewer than 24 compared hashes have to show."""


class Index(Protocol):
    """What the agent asks of the index."""

    async def take_over(self, topic: str, partition: int, committed: int) -> int: ...

    async def claim(
        self, topic: str, partition: int, generation: int, committed: int, claims: Sequence[Claim]
    ) -> list[Decision | None]: ...


class RedisIndex:
    """The index in one Redis, Valkey, or cluster of either; `observer` is told of its calls."""

    def __init__(self, settings: Settings, observer: RedisObserver = UNOBSERVED) -> None:
        self._settings, self._observer = settings, observer
        self._redis = connect(settings)
        self._script = timed(register(self._redis, scripts.joined(*scripts.CLAIM), settings), "claim", observer)
        self._take_over = timed(register(self._redis, scripts.joined("take_over"), settings), "take-over", observer)
        self._prefix = "{newswire:" + settings.index + "}"
        self._making_room, self._room_made_at = asyncio.Lock(), float("-inf")
        self._constant = {
            "signature": SIGNATURE_VERSION,
            "signature_tag": zlib.crc32(SIGNATURE_VERSION.encode()) & 0xFF,
            "window_s": settings.window_s,
            "uri_state_s": settings.uri_state_s,
            "kill_state_s": settings.kill_state_s,
            "duplicate_containment": settings.duplicate_containment,
            "write_thru_containment": settings.write_thru_containment,
            "few_shingles": FEW_SHINGLES,
            "few_jaccard": FEW_JACCARD,
            "few_containment": FEW_CONTAINMENT,
        }

    async def take_over(self, topic: str, partition: int, committed: int) -> int:
        """Makes the caller the owner of a source partition from its committed offset on.

        Returns:
            The owner's generation: claims of every earlier one are answered with None from now on.

        Raises:
            ServerError: the index belongs to another consumer group, or to versions or settings that do not fit.
        """
        return await self._ask_to_take_over(topic, partition, committed)

    async def _ask_to_take_over(self, topic: str, partition: int | str, committed: int) -> int:
        own = [formats.INDEX_FORMAT, formats.OLDEST_FORMAT, formats.lengths(self._settings)]
        arguments = [topic, partition, committed, self._settings.group, *own]
        try:
            return int(await self._take_over(keys=[self._prefix], args=arguments))
        except redis_errors.ResponseError as e:
            if problem := formats.refusal(str(e), self._settings):
                raise ServerError(problem) from e
            raise

    async def claim(
        self, topic: str, partition: int, generation: int, committed: int, claims: Sequence[Claim]
    ) -> list[Decision | None]:
        """Claims articles of one partition, in order.

        Args:
            topic: the raw topic.
            partition: its number.
            generation: from `take_over`.
            committed: the partition's committed offset; decisions below it are forgotten.
            claims: the articles.

        Returns:
            One decision a claim; None where the caller does not own the origin any more.

        Raises:
            redis.exceptions.RedisError, OSError: see `redis_io.is_transient`.
        """
        call = self._constant | {"topic": topic, "partition": partition, "generation": generation, "low": committed}
        head, answers = orjson.dumps(call), []
        try:
            for first in range(0, len(claims), self._settings.claims_per_call):
                run = claims[first : first + self._settings.claims_per_call]
                answers += await self._script(
                    keys=[self._prefix], args=[head, *(a for c in run for a in c.arguments())]
                )
        except redis_errors.OutOfMemoryError:
            await self.make_room()
            raise
        return [_decision(answer) for answer in answers]

    async def found(self) -> list[Slice]:
        """The windows that stand in the index, also those made with other signatures, which are never read."""
        return await upkeep.slices(self._redis, self._prefix)

    async def server(self) -> ServerState:
        """What the server that has the index tells of itself.

        Raises:
            redis.exceptions.RedisError, OSError: see `redis_io.is_transient`.
        """
        told: ServerState = await timed(upkeep.server_state, "info", self._observer)(self._redis, self._prefix)
        return told

    async def make_room(self) -> None:
        """Redis is full: the oldest window goes, unless it is the only one."""
        async with self._making_room:  # several partitions meet a full server at once
            if time.monotonic() - self._room_made_at > ROOM_AGAIN_S:
                self._room_made_at = time.monotonic()
                await self._drop_oldest()

    async def _drop_oldest(self) -> None:
        there = await self.found()
        if len(there) < 2:
            log.error(
                "redis is full and holds one window only", remedy="more maxmemory, or a shorter NEWSWIRE_WINDOW_S"
            )
            return
        keys = await upkeep.drop(self._redis, self._prefix, there[0], UNITS_PER_CHUNK)
        self._observer.window_dropped()
        log.error(
            "redis is full: the oldest window was dropped, and copies of its articles may be published",
            index=self._settings.index,
            documents=there[0].documents,
            keys=keys,
            remedy="more maxmemory, or a shorter NEWSWIRE_WINDOW_S",
        )

    async def look(self, claim: Claim) -> Look:
        """What claiming this article would be answered now, and what stands near it. Changes nothing.

        Raises:
            ServerError: Redis is not there, or older than 7.0, which knows no read-only scripts.
        """
        script, head = scripts.joined(*scripts.LOOK), orjson.dumps(self._constant)
        try:
            return read_look(await self._redis.eval_ro(script, 1, self._prefix, head, *claim.arguments()))
        except (redis_errors.RedisError, redis_errors.RedisClusterException, OSError) as e:
            raise ServerError(
                f"cannot look into the index at {shown(self._settings.redis_url)} (REDIS_URL): {e}"
            ) from e

    async def delete(self) -> int:
        """Forgets the whole index, and says how many keys went. For indexes of trials: nothing else may use it."""
        keys = [key async for key in self._redis.scan_iter(f"{self._prefix}:*", count=1_000)]
        for first in range(0, len(keys), 1_000):
            await self._redis.unlink(*keys[first : first + 1_000])
        return len(keys)

    async def check_writes(self) -> None:
        """Raises what the client raises when Redis does not take a write."""
        await self._redis.set(f"{self._prefix}:asked", b"", ex=60)

    async def check(self) -> None:
        """Refuses a server that would forget what it must know, and an index that this version must not work on.

        Raises:
            ServerError: Redis is not there, or evicts keys when it is full; or as for `take_over`.
        """
        try:
            await self._ask_to_take_over(self._settings.topic_raw, NO_PARTITION, 0)
        except (redis_errors.RedisError, redis_errors.RedisClusterException, OSError) as e:
            at, todo = shown(self._settings.redis_url), remedy(e, self._settings)
            if not todo and self._settings.redis_url.startswith("rediss"):
                todo = "check that this port speaks TLS, as rediss:// says"
            raise ServerError(f"Redis does not answer at {at} (REDIS_URL): {e}" + (f"; {todo}" if todo else "")) from e
        try:
            policy = (await self._redis.config_get("maxmemory-policy")).get("maxmemory-policy", "")
        except redis_errors.ResponseError:  # managed servers refuse CONFIG, and a worker needs no right to it
            log.warning("redis does not tell its maxmemory-policy", remedy="see to it that it is noeviction")
            return
        except (redis_errors.RedisError, redis_errors.RedisClusterException, OSError) as e:
            raise ServerError(f"Redis does not answer at {shown(self._settings.redis_url)} (REDIS_URL): {e}") from e
        if policy not in ("noeviction", ""):
            raise ServerError(
                f"Redis at {shown(self._settings.redis_url)} has maxmemory-policy {policy}: it would evict what it must know, and "
                "copies would be published. Set it to noeviction: redis-cli CONFIG SET maxmemory-policy noeviction"
            )

    async def close(self) -> None:
        await self._redis.aclose()


async def refusal_of(settings: Settings) -> str | None:
    """Why a worker would refuse the index of these settings (`RedisIndex.check`); None when it would not."""
    index = RedisIndex(settings)
    try:
        await index.check()
    except ServerError as e:
        return str(e)
    finally:
        await index.close()
    return None


def _decision(answer: bytes) -> Decision | None:
    if answer == b"settled":
        return None
    return decision_of(orjson.loads(answer))
