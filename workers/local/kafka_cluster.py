"""Three Kafka nodes on this machine, each broker and controller, with everything on all three and two in sync to write.

For tests: one node may be killed at any time, and the others go on without it. Small heaps, so that it fits beside workers.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Self

from workers.errors import ServerError
from workers.local import probe
from workers.local.kafka import LocalKafka
from workers.local.ports import LOOPBACK

BROKERS = 3
HEAP = "320m"
STOP_GRACE_S = 2.0

_REPLICATED = {
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "unclean.leader.election.enable": "false",
    # A replica that does not fetch is out of the in-sync set after this; until then a write waits for it.
    "replica.lag.time.max.ms": "3000",
    "controlled.shutdown.enable": "true",
}


class Node(LocalKafka):
    """One of them; `fellows` are told when all ports are known."""

    def __init__(self, folder: Path, number: int, cluster_id: str | None) -> None:
        super().__init__(folder, heap=HEAP)
        self.number = number
        self.cluster_id = cluster_id or self.cluster_id
        self.fellows: list[Node] = [self]

    @property
    def title(self) -> str:
        return f"Kafka's node {self.number}"

    def _properties(self) -> dict[str, str]:
        voters = (f"{node.number}@{LOOPBACK}:{node.controller_port}" for node in self.fellows)
        more = {"node.id": str(self.number), "controller.quorum.voters": ",".join(voters)}
        return {**super()._properties(), **_REPLICATED, **more}

    def _answers(self) -> bool:
        """Also asks that it is a broker of the cluster again, and not only that it knows of others."""
        return probe.is_registered(self.port) and super()._answers()


class LocalKafkaCluster:
    """Three nodes in folders of their own; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.nodes: list[Node] = []
        for number in range(1, BROKERS + 1):
            cluster_id = self.nodes[0].cluster_id if self.nodes else None
            self.nodes.append(Node(folder / f"node-{number}", number, cluster_id))
        for node in self.nodes:
            node.fellows = self.nodes

    @property
    def bootstrap(self) -> str:
        """All addresses, so that a client starts while one is down."""
        return ",".join(node.bootstrap for node in self.nodes)

    @property
    def is_running(self) -> bool:
        """Whether the nodes that are up can decide anything."""
        return sum(node.is_running for node in self.nodes) > BROKERS // 2

    def start(self) -> Self:
        """Starts all nodes together and returns when every one answers."""
        at_once([node.launch for node in self.nodes])
        for node in self.nodes:
            node.wait_until_ready()
        self.wait_until_whole()
        return self

    def wait_until_whole(self, timeout_s: float = 60.0) -> None:
        """Returns when all brokers are there and all replicas are in sync: only then another one may go.

        Raises:
            ServerError: it takes longer.
        """
        end = time.monotonic() + timeout_s
        while not all(probe.is_whole(node.port, BROKERS) for node in self.nodes):
            if time.monotonic() > end:
                raise ServerError(f"Kafka's replicas are not in sync after {timeout_s:.0f} s")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends all nodes together. Without a quorum they cannot hand over, and are killed soon."""
        at_once([partial(node.stop, STOP_GRACE_S) for node in self.nodes])

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()


def at_once(calls: Sequence[Callable[[], object]]) -> None:
    """Runs all calls side by side and raises the first error."""
    with ThreadPoolExecutor(len(calls)) as threads:
        for running in [threads.submit(call) for call in calls]:
            running.result()
