"""A wire on servers that have others beside them, and what happens to one of them at a time.

Kafka is one broker or three; Redis is one server, a master with replicas and sentinels, or a cluster. Workers reach them
without proxies: a client of a cluster goes where the servers send it.
"""

import contextlib
import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

from kafka.errors import KafkaError
from redis import Redis

from tests.faults.drive import Drive
from tests.faults.schedule import CLUSTER_KILLS, Fault
from tests.faults.stage import Stage
from tests.services.cluster import LocalCluster
from workers.errors import ServerError
from workers.kafka_io import ensure_topics
from workers.local.kafka import LocalKafka
from workers.local.kafka_cluster import LocalKafkaCluster, Node, at_once
from workers.local.ports import LOOPBACK
from workers.local.valkey import LocalValkey
from workers.local.valkey_replicas import LocalReplicas

INDEX_KEY = "{newswire:newswire}"


@dataclass(frozen=True)
class Layout:
    """Which servers a wire stands on."""

    brokers: Literal[1, 3] = 3
    redis: Literal["one", "sentinel", "cluster"] = "sentinel"
    replicas: int = 1
    wait_for: int = 0
    """Replicas that must have a claim before it counts."""

    @property
    def may_forget(self) -> bool:
        """Whether the index may lose its last moments."""
        return self.redis != "one" and not self.wait_for

    def cards(self) -> list[str]:
        """What may happen to them, for `schedule.plan`."""
        return [
            *CLUSTER_KILLS["workers"],
            *(CLUSTER_KILLS["brokers"] if self.brokers > 1 else ()),
            *(CLUSTER_KILLS["masters"] if self.redis != "one" else ()),
        ]


@dataclass
class _Together:
    """Servers that start side by side."""

    servers: list[Any]

    def __enter__(self) -> Self:
        at_once([server.__enter__ for server in self.servers])
        return self

    def __exit__(self, *_: object) -> None:
        at_once([partial(server.__exit__, None, None, None) for server in self.servers])


class ClusterStage(Stage):
    """A stage on a layout of servers."""

    def __init__(self, folder: Path, seed: int, per_s: float = 150.0, *, layout: Layout) -> None:
        self.layout = layout
        super().__init__(folder, seed, per_s)

    def _make_servers(self, folder: Path) -> dict[str, str]:
        many = self.layout.brokers > 1
        self.kafka = LocalKafkaCluster(folder / "kafka") if many else LocalKafka(folder / "kafka")
        if self.layout.redis == "sentinel":
            self.valkey = LocalReplicas(folder / "valkey", self.layout.replicas)
        elif self.layout.redis == "cluster":
            self.valkey = LocalCluster(folder / "valkey", replicas=self.layout.replicas, key=INDEX_KEY)
        else:
            self.valkey = LocalValkey(folder / "valkey", appendfsync="always")
        return {"KAFKA_BOOTSTRAP": self.kafka.bootstrap, "REDIS_URL": self.valkey.url}

    def _settings(self) -> dict[str, Any]:
        return {**super()._settings(), "replication": self.layout.brokers, "redis_replicas": self.layout.wait_for}

    def _servers(self) -> list[contextlib.AbstractContextManager[Any]]:
        return [_Together([self.kafka, self.valkey])]

    def __enter__(self) -> Self:
        super().__enter__()
        told = [difference for state in ensure_topics(self.settings) for difference in state.differences]
        assert not told, told  # replicas and how many must be in sync, by the brokers' own word
        return self

    @property
    def redis(self) -> Redis:
        """The one that holds the index now."""
        server = self.valkey if self.layout.redis == "one" else self.valkey.master
        return Redis(host=LOOPBACK, port=server.port, socket_timeout=5)


class ClusterDrive(Drive):
    """Plays what happens to one of several servers. The next waits until the former is back, and in step with the others."""

    _turn = 0

    def play(self, faults: list[Fault]) -> None:
        with ThreadPoolExecutor(2) as self._threads:
            super().play(faults)

    def _beside(self, work: Callable[[], object]) -> Callable[[], bool]:
        """What ends a fault and takes its time, while others begin and end."""
        running: list[Future[object]] = []

        def is_done() -> bool:
            if not running:
                running.append(self._threads.submit(work))
            return running[0].done() and running[0].result() is not False

        return is_done

    def _open_work(self) -> int:
        with contextlib.suppress(KafkaError, ServerError):  # a coordinator that has just died; the last figure stands
            return super()._open_work()
        return self._lag

    def _next_node(self) -> Node:
        """Each in its turn: three stops are a rolling restart."""
        nodes: list[Node] = self.stage.kafka.nodes
        self._turn += 1
        return nodes[self._turn % len(nodes)]

    def _broker_back(self, node: Node) -> Callable[[], object]:
        def back() -> None:
            node.start()
            self.stage.kafka.wait_until_whole()

        return self._beside(back)

    def _broker_kill(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        node = self._next_node()
        node.kill()
        return f"kill -9 of {node.title}", self._broker_back(node)

    def _broker_stop(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        node = self._next_node()
        node.stop()
        return f"SIGTERM of {node.title}", self._broker_back(node)

    def _broker_freeze(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        node = self._next_node()
        return f"SIGSTOP of {node.title}", self._frozen_until_back(node.pid, self.stage.kafka.wait_until_whole)

    def _valkey_master(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return self._valkey_killed(self.stage.valkey.master, "master")

    def _valkey_replica(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        return self._valkey_killed(self.stage.valkey.replicas[0], "replica")

    def _valkey_killed(self, server: LocalValkey, what: str) -> tuple[str, Callable[[], object]]:
        server.kill()

        def back() -> None:
            server.start()
            self.stage.valkey.wait_until_whole()

        return f"kill -9 of Valkey's {what}", self._beside(back)

    def _valkey_freeze(self, _fault: Fault) -> tuple[str, Callable[[], object]]:
        server = self.stage.valkey.master
        return "SIGSTOP of Valkey's master", self._frozen_until_back(server.pid, self.stage.valkey.wait_until_whole)

    def _frozen_until_back(self, pid: int, wait: Callable[[], object]) -> Callable[[], object]:
        os.kill(pid, signal.SIGSTOP)

        def back() -> None:
            os.kill(pid, signal.SIGCONT)
            wait()

        return self._beside(back)
