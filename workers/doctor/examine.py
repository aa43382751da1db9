"""Everything that is looked at, in order: settings, program, Kafka, Redis, clocks. Kafka and Redis are asked at the same time.

Law: it ends. Whatever does not answer within `PATIENCE_S` is told as such, and not waited for longer.
"""

import asyncio
import os
import platform
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Generic, TypeVar

from workers import __version__
from workers.doctor import of_kafka, of_redis
from workers.doctor.check import Check, failure, ok, warning
from workers.doctor.redis_facts import RedisFacts, redis_facts
from workers.errors import NewswireError
from workers.kafka_io.facts import KafkaFacts, kafka_facts, silent_brokers
from workers.redis_io import shown
from workers.refusals import remedy
from workers.settings import Settings

PATIENCE_S = 15.0
REDIS_WAIT_S = 3.0
LIBRARIES = ("faust-streaming", "aiokafka", "kafka-python", "redis")


T = TypeVar("T")


class _Asked(Generic[T]):
    """A question that runs in a thread of its own; the thread does not keep the program from ending."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self.answer: T | None = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.answer = self._ask()
        except Exception as e:  # noqa: BLE001 - whatever it is, the other checks go on
            self.error = e

    def wait(self, seconds: float) -> None:
        self._thread.join(seconds)
        if self._thread.is_alive():
            self.error = TimeoutError(f"no answer within {seconds:g} s")


def examine(settings: Settings) -> Iterator[Check]:
    """All checks."""
    # What is asked waits for no replicas: whether there are enough is judged by what Redis tells of them.
    wait_s = min(settings.redis_timeout_s, REDIS_WAIT_S)
    quick = settings.model_copy(update={"redis_timeout_s": wait_s, "redis_replicas": 0})
    silent: dict[str, str] = {}
    kafka = _Asked(lambda: _ask_kafka(settings, silent))
    redis = _Asked(lambda: asyncio.run(redis_facts(quick)))
    yield from _program(settings)
    kafka.wait(PATIENCE_S)
    yield from _kafka(settings, silent, kafka)
    redis.wait(PATIENCE_S)
    yield from _redis(settings, redis, kafka.answer)


def _ask_kafka(settings: Settings, silent: dict[str, str]) -> KafkaFacts:
    """Those that answer; kafka-python leaves sockets of the others open."""
    silent |= silent_brokers(settings)
    answering = [a for a in map(str.strip, settings.kafka_bootstrap.split(",")) if a not in silent]
    return kafka_facts(settings.model_copy(update={"kafka_bootstrap": ",".join(answering)}) if answering else settings)


def _program(settings: Settings) -> Iterator[Check]:
    libraries = ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    yield ok("program", f"newswire {__version__}, Python {platform.python_version()}, {libraries}")
    folder = settings.state_folder.expanduser()
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK):
        yield warning(
            "program", f"{folder} cannot be written", "NEWSWIRE_STATE_FOLDER: a folder that a worker may write"
        )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _kafka(settings: Settings, silent: dict[str, str], asked: _Asked[KafkaFacts]) -> Iterator[Check]:
    facts = asked.answer
    if facts is None or asked.error:
        told, _, todo = _reason(asked.error).rpartition("; ")  # as workers/kafka_io/client.py words it
        yield failure("kafka", told or todo, todo if told else f"check Kafka at {settings.kafka_bootstrap}")
        return
    for address, why in silent.items():
        yield warning("kafka", f"broker {address} does not answer: {why}", "start it, or take it from KAFKA_BOOTSTRAP")
    yield from of_kafka.judged(facts, settings)


def _redis(settings: Settings, asked: _Asked[RedisFacts], kafka: KafkaFacts | None) -> Iterator[Check]:
    facts = asked.answer
    if facts is None or asked.error:
        error = asked.error or TimeoutError("no answer")
        todo = remedy(error, settings) or "start it (`newswire up` does on this machine), or mend REDIS_URL"
        yield failure("redis", f"Redis at {shown(settings.redis_url)}: {_reason(error)}", todo)
        return
    yield from of_redis.judged(facts, settings, kafka.clean_per_s if kafka else None)
    yield from of_redis.clock(facts, kafka_ahead=bool(kafka and kafka.ahead))


def _reason(error: BaseException | None) -> str:
    if isinstance(error, NewswireError):
        return str(error)
    return str(error) or type(error).__name__
