"""Whether Kafka and Redis answer, for probes and metrics: asked with clients of its own, and not more often than every few
seconds, however often probes come.
"""

import asyncio
import time
from typing import Any

from aiokafka import errors as kafka_errors
from aiokafka.client import AIOKafkaClient

from workers.claims import RedisIndex
from workers.settings import Settings
from workers.wires import kafka_options

TRUSTED_S = 3.0
WAIT_S = 2.0


class Health:
    """Asks both servers; `problem` is what is wrong, None when nothing is."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._index = settings, RedisIndex(settings)
        self._kafka: AIOKafkaClient | None = None
        self._lock, self._asked_at = asyncio.Lock(), float("-inf")
        self.kafka_answers = self.redis_answers = False

    async def problem(self) -> str | None:
        """Which server does not answer."""
        async with self._lock:
            if time.monotonic() - self._asked_at > TRUSTED_S:
                self.kafka_answers, self.redis_answers = await asyncio.gather(self._ask_kafka(), self._ask_redis())
                self._asked_at = time.monotonic()
        silent = [
            name for name, answers in (("Kafka", self.kafka_answers), ("Redis", self.redis_answers)) if not answers
        ]
        return f"{' and '.join(silent)} did not answer within {WAIT_S:g} s" if silent else None

    async def close(self) -> None:
        await self._index.close()
        await self._give_up_kafka()

    async def _ask_redis(self) -> bool:
        try:
            await asyncio.wait_for(self._index.check_writes(), WAIT_S)
        except Exception:  # noqa: BLE001 - whatever it is, it did not answer as it should
            return False
        return True

    async def _ask_kafka(self) -> bool:
        try:
            if await asyncio.wait_for(self._metadata(), WAIT_S):
                return True
        except (kafka_errors.KafkaError, OSError, TimeoutError):
            pass
        await self._give_up_kafka()
        return False

    async def _metadata(self) -> bool:
        if self._kafka is None:
            options: dict[str, Any] = kafka_options(self._settings)
            self._kafka = AIOKafkaClient(
                bootstrap_servers=self._settings.kafka_bootstrap, request_timeout_ms=int(WAIT_S * 1_000), **options
            )
            await self._kafka.bootstrap()
        return bool(await self._kafka.force_metadata_update())

    async def _give_up_kafka(self) -> None:
        client, self._kafka = self._kafka, None
        if client:
            try:
                await asyncio.wait_for(client.close(), WAIT_S)
            except (kafka_errors.KafkaError, OSError, TimeoutError):
                return
