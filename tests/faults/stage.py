"""A wire whose every part can be hurt: servers of its own behind proxies, workers as processes, and a feed that never stops.

Workers reach Kafka and Valkey through the proxies; the feed, the audit and the faults use the servers' own ports.
"""

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from redis import Redis

from tests.faults.pauses import read_all
from tests.faults.proxy import Proxy
from tests.faults.stories import Audit, Stories, audit
from tests.faults.wire import Wire
from workers import kafka_io
from workers.errors import ServerError
from workers.local.kafka import LocalKafka
from workers.local.ports import LOOPBACK, free_port
from workers.local.valkey import LocalValkey
from workers.local.worker import LocalWorker
from workers.settings import load

QUIET_S = 90.0


class ProxiedKafka(LocalKafka):
    """A broker with a second listener, which tells its clients to come through a proxy."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.listener = free_port()
        self.advertised = self.listener

    def _properties(self) -> dict[str, str]:
        given = super()._properties()
        protocols = given["listener.security.protocol.map"]
        return {
            **given,
            "listeners": f"{given['listeners']},PROXIED://{LOOPBACK}:{self.listener}",
            "advertised.listeners": f"{given['advertised.listeners']},PROXIED://{LOOPBACK}:{self.advertised}",
            "listener.security.protocol.map": f"{protocols},PROXIED:PLAINTEXT",
        }


class Stage:
    """Servers, proxies, workers and feed in a folder; a context manager."""

    def __init__(self, folder: Path, seed: int, per_s: float = 150.0) -> None:
        self.folder, self._seed, self._per_s = folder, seed, per_s
        self.kafka: Any
        self.valkey: Any
        seen_by_workers = self._make_servers(folder)
        self.settings = load(**self._settings())
        self.wire = Wire(self.settings, folder, seen_by_workers)
        self.members: list[LocalWorker] = []
        self.sent = 0
        self._ending = threading.Event()
        self._feeding = threading.Thread(target=self._feed, daemon=True)
        self._blocks = contextlib.ExitStack()

    def _make_servers(self, folder: Path) -> dict[str, str]:
        """Makes them, does not start them; returns the addresses that workers are given."""
        self.kafka = ProxiedKafka(folder / "kafka")
        self.valkey = LocalValkey(folder / "valkey", appendfsync="always")
        self.kafka_proxy, self.redis_proxy = Proxy(self.kafka.listener), Proxy(self.valkey.port)
        self.kafka.advertised = self.kafka_proxy.port
        return {
            "KAFKA_BOOTSTRAP": f"{LOOPBACK}:{self.kafka_proxy.port}",
            "REDIS_URL": f"redis://{LOOPBACK}:{self.redis_proxy.port}/0",
        }

    def _settings(self) -> dict[str, Any]:
        return {
            "kafka_bootstrap": self.kafka.bootstrap, "redis_url": self.valkey.url,
            "batch_max_records": 50, "session_timeout_s": 6, "redis_timeout_s": 1,
        }  # fmt: skip

    def _servers(self) -> list[contextlib.AbstractContextManager[Any]]:
        return [self.kafka, self.valkey, self.kafka_proxy, self.redis_proxy]

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as blocks:
            for block in (*self._servers(), self.wire):
                blocks.enter_context(block)
            self.join()
            self.join()
            self.members[0].wait_until_ready()
            self._feeding.start()
            blocks.callback(self._ending.set)
            self._blocks = blocks.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._blocks.close()

    @property
    def redis(self) -> "Redis":
        return Redis(port=self.valkey.port, socket_timeout=5)

    def join(self) -> LocalWorker:
        """One more worker; it is not waited for."""
        self.members.append(self.wire.add_worker(wait=False))
        return self.members[-1]

    def end_feed(self) -> None:
        """Ends the feed; all that it sent is acknowledged, or known to have failed."""
        self._ending.set()
        self._feeding.join(150)
        assert not self._feeding.is_alive(), "the feed does not come to its end"

    def wait_until_done(self) -> int:
        """Waits for the lag to come to 0 while it falls at all; returns what is left."""
        lag, fell = self.wire.lag(), time.monotonic()
        while lag and time.monotonic() - fell < QUIET_S:
            time.sleep(0.5)
            now = self.wire.lag()
            lag, fell = now, time.monotonic() if now < lag else fell
        return lag

    def audit(self) -> Audit:
        """What became of everything in the raw topic."""
        outputs = read_all(self.settings, list(self.settings.output_topics))
        raw = read_all(self.settings, ["raw"])
        return audit(raw, outputs, self._remembered())

    def _feed(self) -> None:
        stories, numbers, began = iter(Stories(self._seed)), itertools.count(), time.monotonic()
        while not self._ending.is_set():
            try:
                with kafka_io.Publisher(self.settings, self._settled) as publisher:
                    for n in numbers:
                        publisher.send(*self._packed(*next(stories)))
                        self._ending.wait(max(0.0, began + n / self._per_s - time.monotonic()))
                        if self._ending.is_set():
                            break
                    publisher.flush()
            except ServerError:
                self._ending.wait(1)  # what was under way is in the raw topic or not; that topic is what is audited

    @staticmethod
    def _packed(uri: str, value: bytes) -> tuple[bytes, bytes, str]:
        return value, uri.encode(), uri

    def _settled(self, _uri: str, result: kafka_io.Acknowledged | ServerError) -> None:
        self.sent += isinstance(result, kafka_io.Acknowledged)

    def _remembered(self) -> dict[str, dict[str, Any]]:
        return dict(self._decisions())

    def _decisions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        marker = b":o:" + self.settings.topic_raw.encode() + b"/"
        for key in self.redis.scan_iter("*:o:*"):
            if marker not in key:
                continue
            partition = key.rsplit(b"/", 1)[1].decode()
            held: Any = self.redis.hgetall(key)
            for offset, value in held.items():
                yield f"{self.settings.topic_raw}/{partition}/{offset.decode()}", json.loads(value[8:])
