"""A cluster of three Valkey masters, started for a test."""

import time
from pathlib import Path
from typing import Any, Self

from redis import Redis

from workers.local.ports import free_port
from workers.local.valkey import LocalValkey

SLOTS = 16_384
MASTERS = 3


class LocalCluster:
    """Three masters that share the slots; a context manager. `url` is for REDIS_URL."""

    def __init__(self, folder: Path, binary: Path | None = None) -> None:
        self.masters = [self._master(folder / f"master-{n}", binary) for n in range(MASTERS)]

    @property
    def url(self) -> str:
        return f"redis+cluster://127.0.0.1:{self.masters[0].port}"

    def __enter__(self) -> Self:
        for master in self.masters:
            master.start()
        clients: list[Any] = [Redis(port=master.port) for master in self.masters]
        for n, client in enumerate(clients):
            first, last = n * SLOTS // MASTERS, (n + 1) * SLOTS // MASTERS - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            own = self.masters[0]
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", own.port, own_bus_port(own))
        self._wait_until_joined(clients)
        return self

    def __exit__(self, *_: object) -> None:
        for master in self.masters:
            master.stop()

    @staticmethod
    def _master(folder: Path, binary: Path | None) -> LocalValkey:
        extra = {"cluster-enabled": "yes", "cluster-port": str(free_port()), "cluster-node-timeout": "2000"}
        return LocalValkey(folder, extra=extra, binary=binary)

    @staticmethod
    def _wait_until_joined(clients: list[Any]) -> None:
        end = time.monotonic() + 30
        for client in clients:
            while b"cluster_state:ok" not in state_of(client) or b"cluster_known_nodes:3" not in state_of(client):
                assert time.monotonic() < end, "the cluster did not come together"
                time.sleep(0.1)


def own_bus_port(master: LocalValkey) -> int:
    return int(master._extra["cluster-port"])


def state_of(client: Any) -> bytes:
    answer = client.execute_command("CLUSTER", "INFO")
    return answer if isinstance(answer, bytes) else repr(answer).replace("': '", ":").encode()
