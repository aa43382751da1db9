"""Scripts whose writes have reached replicas before they count.

Redis answers before its replicas have a write, so that a failover forgets the last ones. Here WAIT follows the script on the
same connection: what it counts are replicas of the very server that ran the script, up to this write. Where too few answer
in time the call fails and is repeated, which is safe; its claims get the same answers.
"""

from collections.abc import Sequence
from typing import Any

from redis import exceptions as redis_errors
from redis.asyncio.cluster import RedisCluster

from workers.settings import Settings

_SHARE_OF_TIMEOUT = 0.5
"""WAIT's own limit: the client must not give up before the server does."""


def register(redis: Any, source: str, settings: Settings) -> Any:
    """The script as redis-py registers it, or one that waits for `redis_replicas` replicas; called alike."""
    script = redis.register_script(source)
    return ReplicatedScript(redis, script, settings) if settings.redis_replicas else script


class ReplicatedScript:
    """A registered script that counts only when replicas have what it wrote.

    Args:
        redis: a client of any kind.
        script: registered with it.
        settings: how many replicas, and how long an answer is waited for.
    """

    def __init__(self, redis: Any, script: Any, settings: Settings) -> None:
        self._redis, self._script, self._replicas = redis, script, settings.redis_replicas
        self._wait_ms = int(settings.redis_timeout_s * _SHARE_OF_TIMEOUT * 1_000)

    async def __call__(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """The script's answer.

        Raises:
            redis.exceptions.RedisError, OSError: as the script does; NOREPLICAS when too few replicas have its writes.
        """
        try:
            return await self._once(keys, args)
        except redis_errors.NoScriptError:
            await self._redis.script_load(self._script.script)
            return await self._once(keys, args)

    async def _once(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        if isinstance(self._redis, RedisCluster):
            answer, count = await self._in_cluster(keys, args)
        else:
            answer, count = await self._ask(self._redis.pipeline(transaction=False), keys, args)
        if count < self._replicas:
            raise redis_errors.ResponseError(f"NOREPLICAS {count} of {self._replicas} replicas have the claims in time")
        return answer

    async def _in_cluster(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """A pipeline of a cluster client does not learn that a slot has moved; a plain command does."""
        if not self._redis.get_default_node():
            await self._redis.initialize()
        try:
            node = self._redis.get_node_from_key(keys[0])
            return await self._ask(self._redis.pipeline(), keys, args, target_nodes=node)
        except (redis_errors.MovedError, redis_errors.ConnectionError, redis_errors.TimeoutError, OSError) as e:
            await self._redis.exists(keys[0])
            raise redis_errors.ConnectionError(f"the index has moved: {e}") from e

    async def _ask(self, pipe: Any, keys: Sequence[str], args: Sequence[Any], **target: Any) -> tuple[Any, int]:
        pipe.execute_command("EVALSHA", self._script.sha, len(keys), *keys, *args, **target)
        pipe.execute_command("WAIT", self._replicas, self._wait_ms, **target)
        answer, count = await pipe.execute(raise_on_error=False)
        for result in (answer, count):
            if isinstance(result, BaseException):
                raise result
        return answer, int(count)
