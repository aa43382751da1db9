"""Valkey with a replica and three sentinels on this machine, set so that a failover takes a few seconds. For tests.

Files that a server rewrites itself, as sentinels and servers under them do, are kept from one start to the next.
"""

import socket
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Self

from workers.errors import ServerError
from workers.local.kafka_cluster import at_once
from workers.local.ports import LOOPBACK
from workers.local.process import LocalServer
from workers.local.valkey import LocalValkey, server_binary

MASTER_NAME = "newswire"
SENTINELS, QUORUM = 3, 2
SENTINEL_CONF = f"""\
bind {LOOPBACK}
port {{port}}
dir "{{folder}}"
sentinel monitor {MASTER_NAME} {LOOPBACK} {{master_port}} {QUORUM}
sentinel down-after-milliseconds {MASTER_NAME} 1500
sentinel failover-timeout {MASTER_NAME} 5000
sentinel parallel-syncs {MASTER_NAME} 1
"""


class ManagedValkey(LocalValkey):
    """A server whose role others change while it runs: its settings are written once."""

    def _configuration_file(self, data: Path) -> Path:
        file = self.folder / "valkey.conf"
        return file if file.exists() else super()._configuration_file(data)

    def ask(self, *words: str) -> str:
        """The answer to a command, as Valkey writes it; "" when there is none."""
        return _ask(self.port, *words)

    @property
    def is_master(self) -> bool:
        return "role:master" in self.ask("INFO", "replication")

    @property
    def is_synced_replica(self) -> bool:
        return "master_link_status:up" in self.ask("INFO", "replication")


class LocalSentinel(LocalServer):
    """One sentinel that watches the master of `MASTER_NAME`."""

    name: ClassVar[str] = "Sentinel"

    def __init__(self, folder: Path, master_port: int) -> None:
        super().__init__(folder)
        self._master_port = master_port

    def ask(self, *words: str) -> str:
        return _ask(self.port, *words)

    def _prepare(self) -> list[str]:
        file = self.folder / "sentinel.conf"
        if not file.exists():
            file.write_text(SENTINEL_CONF.format(port=self.port, folder=self.folder, master_port=self._master_port))
        return [str(server_binary()), str(file), "--sentinel"]

    def _answers(self) -> bool:
        return self.ask("PING").startswith("+PONG")


class LocalReplicas:
    """A master, its replicas and three sentinels; a context manager. `url` is for REDIS_URL.

    Args:
        folder: holds a folder for each.
        replicas: how many.
        extra: further lines of each server's valkey.conf.
    """

    def __init__(self, folder: Path, replicas: int = 1, extra: Mapping[str, str] = MappingProxyType({})) -> None:
        usual = {"repl-ping-replica-period": "1", **extra}
        first = ManagedValkey(folder / "valkey-1", extra=usual)
        follow = {**usual, "replicaof": f"{LOOPBACK} {first.port}"}
        others = [ManagedValkey(folder / f"valkey-{n + 2}", extra=follow) for n in range(replicas)]
        self.servers = [first, *others]
        self.sentinels = [LocalSentinel(folder / f"sentinel-{n}", first.port) for n in range(1, SENTINELS + 1)]

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(f'{LOOPBACK}:{s.port}' for s in self.sentinels)}/{MASTER_NAME}/0"

    @property
    def master(self) -> ManagedValkey:
        """The one that the sentinels name."""
        port = self._master_port()
        return next(server for server in self.servers if server.port == port)

    @property
    def replicas(self) -> list[ManagedValkey]:
        """All others that run."""
        port = self._master_port()
        return [server for server in self.servers if server.port != port and server.is_running]

    @property
    def is_running(self) -> bool:
        return any(server.is_running for server in self.servers)

    def start(self) -> Self:
        for server in self.servers:
            server.start()
        at_once([sentinel.start for sentinel in self.sentinels])
        self.wait_until_whole()
        return self

    def wait_until_whole(self, timeout_s: float = 60.0) -> None:
        """Returns when all run, the sentinels know each other and the replica, and it has all that the master has.

        Raises:
            ServerError: it takes longer.
        """
        end = time.monotonic() + timeout_s
        while not self._is_whole():
            if time.monotonic() > end:
                raise ServerError(f"Valkey's replica is not in step after {timeout_s:.0f} s")
            time.sleep(0.1)

    def wait_until_in_step(self, timeout_s: float = 30.0) -> None:
        """Returns when all replicas that run follow the master."""
        end = time.monotonic() + timeout_s
        while not (self.replicas and all(replica.is_synced_replica for replica in self.replicas)):
            if time.monotonic() > end:
                raise ServerError(f"Valkey's replicas do not follow after {timeout_s:.0f} s")
            time.sleep(0.1)

    def wait_for_another_master(self, than: LocalValkey, timeout_s: float = 30.0) -> None:
        """Returns when all sentinels name another master, and it is one. They tell each other within two seconds."""
        end = time.monotonic() + timeout_s
        while than.port in map(_named_by, self.sentinels) or not self.master.is_master:
            if time.monotonic() > end:
                raise ServerError(f"no failover within {timeout_s:.0f} s")
            time.sleep(0.1)

    def stop(self) -> None:
        at_once([server.stop for server in (*self.sentinels, *self.servers)])

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _master_port(self) -> int:
        port = next(filter(None, map(_named_by, self.sentinels)), 0)
        if not port:
            raise ServerError("no sentinel tells the master")
        return port

    def _is_whole(self) -> bool:
        if not all(server.is_running for server in (*self.servers, *self.sentinels)):
            return False
        if not (self.master.is_master and all(replica.is_synced_replica for replica in self.replicas)):
            return False
        return all(_knows(sentinel, len(self.servers) - 1) for sentinel in self.sentinels)


def _named_by(sentinel: LocalSentinel) -> int:
    """The port of the master as this one sees it; 0 when it does not answer."""
    answer = sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME).split()
    return int(answer[4]) if len(answer) == 5 else 0  # *2 $9 127.0.0.1 $5 port


def _knows(sentinel: LocalSentinel, replicas: int) -> bool:
    """Whether it knows its fellows and all replicas, and has nothing against any."""
    words = sentinel.ask("SENTINEL", "MASTER", MASTER_NAME).split()
    told = {words[i]: words[i + 2] for i in range(len(words) - 2)}  # a name, the length of its value, the value
    due = {"num-slaves": str(replicas), "num-other-sentinels": str(SENTINELS - 1), "flags": "master"}
    return due.items() <= told.items() and "s_down" not in sentinel.ask("SENTINEL", "REPLICAS", MASTER_NAME)


def _ask(port: int, *words: str) -> str:
    """One command, one answer, without a client library; "" when nobody answers."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(f"{' '.join(words)}\r\n".encode())
            connection.settimeout(0.5)
            answer = connection.recv(64 << 10)
            return answer.decode()
    except OSError:
        return ""
